"""History requests: ``self.history(...)`` and ``self.history[TradeBar](...)``."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from minilean import times
from minilean.algorithm.consolidation import ConsolidationPart
from minilean.algorithm.context import AlgorithmContext
from minilean.algorithm.history_requests import BarType, HistoryOptions, HistoryRequests
from minilean.algorithm.universes import UniversesPart
from minilean.data.bars import BaseData, QuoteBar, TradeBar
from minilean.data.custom import PythonData
from minilean.data.data_frames import DataFrames
from minilean.data.history_provider import HistoryRequest, HistorySlice
from minilean.data.pandas_mapper import PandasMapper
from minilean.data.slice import DataDictionary, Slice
from minilean.enums import DataNormalizationMode, Resolution
from minilean.securities.security import Security
from minilean.securities.symbol import Symbol
from minilean.surface import NotSupportedError, no_method_matches, snake_case
from minilean.universes.universe import Universe

_FUTURE = "Request for future history modified to end now."
_REST = (
    "resolution", "fill_forward", "extended_market_hours", "data_mapping_mode", "data_normalization_mode",
    "contract_depth_offset", "flatten",
)  # fmt: skip
_SUBJECTS = ("tickers", "symbol", "symbols")
_KINDS = (TradeBar, QuoteBar)


class Enumerable(Iterable[Any]):
    """What LEAN returns where no frame is asked for: it can be gone through any number of times, and is read once."""

    def __init__(self, source: Iterator[Any]) -> None:
        self._source = source
        self._items: list[Any] = []

    def __iter__(self) -> Iterator[Any]:
        index = 0
        while True:
            if index == len(self._items):
                try:
                    self._items.append(next(self._source))
                except StopIteration:
                    return
            yield self._items[index]
            index += 1


class HistoryCall(NamedTuple):
    """A request as it was written.

    Attributes:
        kind: Type of the bars, None for all.
        subject: Whose history: a symbol or ticker or several, None for all securities.
        length: Number of bars, a timedelta, or start and end.
        options: What else it says.
    """

    kind: type | None
    subject: Any
    length: int | timedelta | tuple[datetime, datetime]
    options: HistoryOptions


class History:
    """``self.history``: a function with LEAN's overloads, and by type of data a function that gives the data itself."""

    def __init__(self, context: AlgorithmContext, algorithm: "HistoryPart") -> None:
        self._context = context
        self._algorithm = algorithm
        self._requests = HistoryRequests(context, algorithm)
        self._known: dict[str, Symbol] = {}
        self._frames = DataFrames(PandasMapper(self._symbol_of_key).install)

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:  # noqa: ANN401 - a frame or slices
        """Return a data frame; slices when only a length is given.

        Raises:
            TypeError: The arguments fit no overload.
        """
        if any(isinstance(each, HistoryRequest) for each in arguments):
            raise NotSupportedError("history(HistoryRequest)")
        call = parse(arguments, keywords)
        slices = self.slices(self._requests_of(call))
        if call.subject is None and call.kind is None:
            return Enumerable(slices)
        return self._frames.of_slices(slices, call.kind)

    def __getitem__(self, kind: Any) -> Callable[..., Enumerable]:  # noqa: ANN401 - a type of data
        """Return the function that gives data of a type."""
        if not _is_kind(kind):
            raise NotSupportedError(f"history[{getattr(kind, '__name__', kind)}]")

        def history(*arguments: Any, **keywords: Any) -> Enumerable:  # noqa: ANN401
            return self._typed(kind, parse(arguments, keywords))

        return history

    def _typed(self, kind: BarType, call: HistoryCall) -> Enumerable:
        """Return bars of one symbol, or dictionaries of bars by symbol.

        Raises:
            ValueError: The one symbol has no such data.
        """
        call = call._replace(kind=kind, options=call.options._replace(kind=kind))
        requests = self._requests_of(call)
        one = call.subject is not None and _is_one(call.subject)
        if one and not requests:
            symbol = self._symbols(call.subject)[0]
            raise ValueError(
                "No history data could be fetched. This could be due to the specified security not being of the "
                f"requested type. Symbol: {symbol} Requested Type: {kind.__name__}"
            )
        found = (_of_kind(each, kind) for each in self.slices(requests))
        if not one:
            return Enumerable(bars for bars in found if bars)
        symbol = self._symbols(call.subject)[0]
        return Enumerable(bars[symbol] for bars in found if symbol in bars)

    def before(self, symbols: Iterable[Symbol], count: int, resolution: Resolution | None) -> Iterator[HistorySlice]:
        """Yield the slices of a number of bars before now."""
        return self.slices(self._requests.of_bars(symbols, count, HistoryOptions(resolution=resolution)))

    def bars_before(self, symbols: Iterable[Symbol], count: int, options: HistoryOptions) -> list[HistoryRequest]:
        """Return the requests of a number of bars before now."""
        return self._requests.of_bars(symbols, count, options)

    def between(
        self, symbols: Iterable[Symbol], span: tuple[int, int], resolution: Resolution | None, earlier: int
    ) -> Iterator[HistorySlice]:
        """Yield the slices between two instants, and those of a number of bars before."""
        options = HistoryOptions(resolution=resolution)
        listed = list(symbols)
        start, end = span
        if earlier > 0:
            asked = self._requests.of_span(listed, start, end, options)
            start = min([start, *(self._requests.start_before(request, earlier) for request in asked)])
        return self.slices(self._requests.of_span(listed, start, end, options))

    def slices(self, requests: Iterable[HistoryRequest]) -> Iterator[HistorySlice]:
        """Yield the slices of requests, none of which reaches beyond now."""
        now = self._context.clock.utc
        past = []
        for request in requests:
            if request.end_utc > now:
                self._algorithm.debug(_FUTURE)
            start = min(request.start_utc, request.end_utc) if request.end_utc > now else request.start_utc
            past.append(HistoryRequest(request.config, start, min(request.end_utc, now)))
        return self._context.history.slices(past)

    def _requests_of(self, call: HistoryCall) -> list[HistoryRequest]:
        symbols = self._symbols(call.subject)
        length = call.length
        if isinstance(length, int):
            return self._requests.of_bars(symbols, length, call.options)
        to_utc = self._context.state.zone.to_utc
        if isinstance(length, timedelta):
            start = self._context.local_now - times.from_timedelta(length)
            return self._requests.of_span(symbols, to_utc(start), self._context.clock.utc, call.options)
        first, last = (to_utc(times.from_datetime(moment)) for moment in length)
        return self._requests.of_span(symbols, first, last, call.options)

    def _symbols(self, subject: Any) -> list[Symbol]:  # noqa: ANN401
        if subject is None:
            return list(dict.keys(self._context.securities))
        return self.symbols_of(subject)

    def symbols_of(self, subject: Any) -> list[Symbol]:  # noqa: ANN401 - a symbol or ticker, or several
        """Return the symbols that a strategy means.

        Raises:
            ValueError: A ticker is not known.
        """
        if isinstance(subject, Universe):
            raise NotSupportedError("history(universe)")
        return [self._symbol(each) for each in ([subject] if _is_one(subject) else subject)]

    def _symbol(self, key: Any) -> Symbol:  # noqa: ANN401
        if isinstance(key, str) and self._context.securities.find(key) is None:
            raise ValueError(f"We were unable to locate the ticker '{key}'.")
        return self._algorithm.symbol_of(key)

    def _symbol_of_key(self, text: str) -> Symbol | None:
        """Find the symbol of a ticker or SID for pandas, which asks often."""
        securities = self._context.securities
        if len(self._known) != 2 * len(securities):
            symbols = list(dict.keys(securities))
            self._known = {symbol.sid.upper(): symbol for symbol in symbols}
            self._known |= {symbol.value.upper(): symbol for symbol in symbols}
        return self._known.get(text.upper())


def _is_one(subject: Any) -> bool:  # noqa: ANN401
    return isinstance(subject, (str, Symbol, Security))


def _is_kind(kind: Any) -> bool:  # noqa: ANN401
    """Tell whether history has data of a type."""
    return kind in _KINDS or (isinstance(kind, type) and issubclass(kind, PythonData))


def _of_kind(found: Slice, kind: type[BaseData]) -> DataDictionary:
    if issubclass(kind, PythonData):
        return found.custom.get(kind, DataDictionary())
    return found.bars if kind is TradeBar else found.quote_bars


def parse(arguments: tuple[Any, ...], keywords: Mapping[str, Any]) -> HistoryCall:
    """Read a call by LEAN's overloads: perhaps a type, perhaps whose history, how much, and the rest.

    Raises:
        TypeError: The arguments fit no overload.
    """
    parts = list(arguments)
    named = {snake_case(key) if key[:1].isupper() or key != key.lower() else key: keywords[key] for key in keywords}
    kind = _take_type(parts, named)
    subject = next((named.pop(name) for name in _SUBJECTS if name in named), None)
    if subject is None and parts and not _is_length(parts[0]):
        subject = parts.pop(0)
    length = _take_length(parts, named)
    if length is None or len(parts) > len(_REST) or set(named) - set(_REST):
        raise no_method_matches("History", *arguments, *keywords.values())
    rest = {**dict(zip(_REST, parts, strict=False)), **named}
    return HistoryCall(kind, subject, length, _options(kind, rest, arguments))


def _take_type(parts: list[Any], named: dict[str, Any]) -> type | None:
    kind: type | None = named.pop("type", None)
    if kind is None and parts and isinstance(parts[0], type):
        kind = parts.pop(0)
    if kind is not None and not _is_kind(kind):
        raise NotSupportedError(f"history({getattr(kind, '__name__', kind)})")
    return kind


def _is_length(value: Any) -> bool:  # noqa: ANN401
    counts = isinstance(value, int) and not isinstance(value, (bool, Resolution))
    return counts or isinstance(value, (timedelta, datetime))


def _take_length(parts: list[Any], named: dict[str, Any]) -> int | timedelta | tuple[datetime, datetime] | None:
    for name in ("periods", "span"):
        if name in named:
            value = named.pop(name)
            return value if _is_length(value) and not isinstance(value, datetime) else None
    start = named.pop("start", None)
    if start is None:
        if not parts or not _is_length(parts[0]):
            return None
        start = parts.pop(0)
        if not isinstance(start, datetime):
            return int(start) if isinstance(start, int) else start
    end = named.pop("end", None)
    if end is None:
        end = parts.pop(0) if parts else None
    if not isinstance(start, datetime) or not isinstance(end, datetime):
        return None
    return start.replace(tzinfo=None), end.replace(tzinfo=None)


def _options(kind: type | None, rest: dict[str, Any], arguments: tuple[Any, ...]) -> HistoryOptions:
    resolution, mode = rest.get("resolution"), rest.get("data_normalization_mode")
    flags = rest.get("fill_forward"), rest.get("extended_market_hours")
    for value, expected in ((resolution, Resolution), (mode, DataNormalizationMode), *((flag, bool) for flag in flags)):
        if value is not None and not isinstance(value, expected):
            raise no_method_matches("History", *arguments)
    if resolution in {Resolution.TICK, Resolution.SECOND}:
        raise NotSupportedError(f"Resolution.{resolution.name}")
    for name in ("data_mapping_mode", "contract_depth_offset", "flatten"):
        if rest.get(name):
            raise NotSupportedError(f"history({name}=...)")
    return HistoryOptions(kind, resolution, *flags, mode)


class HistoryPart(ConsolidationPart, UniversesPart):
    """``history``, ``warm_up_indicator`` and what else reads the past."""

    @property
    def history(self) -> History:
        """Asks for data before now."""
        found: History | None = self.__dict__.get("_history")
        if found is None:
            found = self.__dict__["_history"] = History(self._context, self)
        return found
