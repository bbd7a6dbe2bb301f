"""What a strategy gets in ``on_data``: all data of one moment."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

from minilean import times
from minilean.data.auxiliary_data import Delisting, Dividend, Split, SymbolChangedEvent
from minilean.data.bars import BaseData, QuoteBar, TradeBar
from minilean.data.custom import PythonData
from minilean.enums import SecurityType
from minilean.securities.symbol import Symbol
from minilean.spellings import refusing
from minilean.statistics.capacity import CapacityBar
from minilean.surface import NotSupportedError, Surface
from minilean.symbol_dictionary import KeyValuePair, SymbolDictionary


def missing_text(key: object, kind: str) -> str:
    """Return LEAN's text for a symbol that has no data at this moment."""
    return (
        f"'{key}' wasn't found in the {kind} object, likely because there was no-data at this moment in time and it "
        "wasn't possible to fillforward historical data. To prevent the exception, use data.get(symbol), "
        "which returns None when the symbol is not found, or guard the access with 'if symbol in data:'."
    )


Packets: TypeAlias = Iterable[tuple[Any, Any, Sequence[BaseData]]]
"""Feed, security and new bars; gone through once."""


class DataDictionary(SymbolDictionary[Any]):
    """Data of one kind by symbol."""

    __slots__ = ()

    def _missing_text(self, key: object) -> str:
        return missing_text(key, type(self).__name__)


class TradeBars(DataDictionary):
    """Trade bars by symbol."""

    __slots__ = ()

    if TYPE_CHECKING:

        def __getitem__(self, key: Symbol | str, /) -> TradeBar: ...


class QuoteBars(DataDictionary):
    """Quote bars by symbol."""

    __slots__ = ()

    if TYPE_CHECKING:

        def __getitem__(self, key: Symbol | str, /) -> QuoteBar: ...


class Splits(DataDictionary):
    """Splits by symbol."""

    __slots__ = ()

    if TYPE_CHECKING:

        def __getitem__(self, key: Symbol | str, /) -> Split: ...


class Dividends(DataDictionary):
    """Dividends by symbol."""

    __slots__ = ()

    if TYPE_CHECKING:

        def __getitem__(self, key: Symbol | str, /) -> Dividend: ...


class Delistings(DataDictionary):
    """Delistings by symbol."""

    __slots__ = ()

    if TYPE_CHECKING:

        def __getitem__(self, key: Symbol | str, /) -> Delisting: ...


class SymbolChangedEvents(DataDictionary):
    """Ticker changes by symbol."""

    __slots__ = ()

    if TYPE_CHECKING:

        def __getitem__(self, key: Symbol | str, /) -> SymbolChangedEvent: ...


REFUSED = frozenset({"option_chains", "future_chains", "futures_chains", "ticks", "margin_interest_rates"})
"""Members of LEAN's ``Slice`` that this engine does not have."""


@refusing(REFUSED, "slice.")
class Slice(Surface):
    """All data of one moment.

    Attributes:
        has_data: Whether there is anything for the strategy.
        has_auxiliary: Whether there are corporate actions.
        local: Algorithm time.
    """

    _all: dict[Symbol, BaseData | None] | None = None
    _bars: TradeBars | None = None
    _quote_bars: QuoteBars | None = None
    has_auxiliary = False
    splits = Splits()
    dividends = Dividends()
    delistings = Delistings()
    symbol_changed_events = SymbolChangedEvents()
    _custom: dict[type, DataDictionary] | None = None

    def __init__(self, utc: int, local: int, packets: Packets = (), has_data: bool = False) -> None:  # noqa: FBT001, FBT002
        """Begin with the bars of feeds, which are sorted in when they are first asked for."""
        self.utc = utc
        self.local = local
        self._packets = packets
        self.has_data = has_data

    @property
    def time(self) -> datetime:
        """Algorithm time."""
        return times.to_datetime(self.local)

    @property
    def utc_time(self) -> datetime:
        """Time in UTC."""
        return times.to_datetime(self.utc)

    @property
    def bars(self) -> TradeBars:
        """Trade bars by symbol."""
        if self._bars is None:
            self._sort_in()
        return self._bars  # type: ignore[return-value]

    @property
    def quote_bars(self) -> QuoteBars:
        """Quote bars by symbol."""
        if self._quote_bars is None:
            self._sort_in()
        return self._quote_bars  # type: ignore[return-value]

    @property
    def custom(self) -> Mapping[type, DataDictionary]:
        """Points of strategies' own classes, by class."""
        if self._bars is None:
            self._sort_in()
        return self._custom or {}

    def _sort_in(self) -> None:
        self._bars = TradeBars()
        self._quote_bars = QuoteBars()
        for config, _, points in self._packets:
            if not config.is_internal:
                for point in points:
                    self.add_bar(point)

    def add_bar(self, bar: BaseData) -> None:
        """Add a bar; of two of the same symbol the shorter one is kept."""
        self.has_data = True
        if isinstance(bar, PythonData):
            self._add_custom(bar)
            return
        bars: DataDictionary = self.bars if type(bar) is TradeBar else self.quote_bars
        existing = dict.get(bars, bar.symbol)
        if existing is None or existing.period_us > bar.period_us:
            dict.__setitem__(bars, bar.symbol, bar)

    def _add_custom(self, point: PythonData) -> None:
        """Add a point of a strategy's own class; of several of the same symbol the last one is kept."""
        if self._custom is None:
            self._custom = {}
        dict.__setitem__(self._custom.setdefault(type(point), DataDictionary()), point.symbol, point)

    def add_auxiliary(self, data: BaseData) -> None:
        """Add a corporate action."""
        self.has_data = self.has_auxiliary = True
        name, kind = _AUXILIARY[type(data)]
        if not getattr(self, name):
            setattr(self, name, kind())
        dict.__setitem__(getattr(self, name), data.symbol, data)

    def _data(self) -> dict[Symbol, BaseData | None]:
        if self._all is None:
            found: dict[Symbol, BaseData | None] = {}
            for points in self.custom.values():
                found.update(dict.items(points))
            for events in (self.splits, self.dividends, self.delistings, self.symbol_changed_events):
                found.update(dict.fromkeys(dict.keys(events)))
            found.update(dict.items(self.quote_bars))
            found.update(dict.items(self.bars))
            self._all = found
        return self._all

    def _find(self, key: object) -> Symbol | None:
        data = self._data()
        if isinstance(key, Symbol):
            return key if key in data else None
        return next((symbol for symbol in data if symbol == key), None)

    def __getitem__(self, key: object) -> Any:  # noqa: ANN401 - a bar or None
        if isinstance(key, Symbol):
            bar = dict.get(self.bars, key)
            if bar is not None:
                return bar
        symbol = self._find(key)
        if symbol is None:
            raise KeyError(missing_text(key, "Slice"))
        return self._data()[symbol]

    def __contains__(self, key: object) -> bool:
        return self._find(key) is not None

    def __len__(self) -> int:
        return len(self._data())

    def __iter__(self) -> Iterator[KeyValuePair]:
        for symbol, data in self._data().items():
            yield KeyValuePair(symbol, data)

    def contains_key(self, key: object) -> bool:
        """Tell whether there is data of a symbol."""
        return key in self

    def get(self, key: Any, default: Any = None) -> Any:  # noqa: ANN401 - a kind of data, a symbol, or both
        """Return data of a symbol, or all data of a kind by symbol."""
        if isinstance(key, type):
            kinds: dict[type, DataDictionary] = {TradeBar: self.bars, QuoteBar: self.quote_bars}
            if issubclass(key, PythonData):
                kinds[key] = self.custom.get(key, DataDictionary())
            if key not in kinds:
                raise NotSupportedError(f"slice.get({key.__name__})")
            found = kinds[key]
            return found if default is None else found[default]
        symbol = self._find(key)
        return default if symbol is None else self._data()[symbol]

    def keys(self) -> list[Symbol]:
        """Return the symbols that have data."""
        return list(self._data())

    def values(self) -> list[BaseData | None]:
        """Return the data of all symbols."""
        return list(self._data().values())

    def items(self) -> list[tuple[Symbol, BaseData | None]]:
        """Return pairs of symbol and data."""
        return list(self._data().items())

    @property
    def count(self) -> int:
        """Number of symbols."""
        return len(self)

    def capacity_bar(self, sid: str) -> CapacityBar | None:
        """Return the bar that the capacity estimate looks at."""
        for bars in (self.bars, self.quote_bars):
            for symbol, bar in dict.items(bars):
                if symbol.sid == sid:
                    return _sample(bar)
        return None


def _sample(bar: BaseData) -> CapacityBar:
    start = bar.end_utc - bar.period_us
    if isinstance(bar, TradeBar):
        return CapacityBar(start, bar.end_utc, bar.close_, bar.volume_)
    if isinstance(bar, QuoteBar):
        if bar.symbol.security_type is SecurityType.FOREX:
            return CapacityBar(start, bar.end_utc, bar.close_, _FOREX_VOLUME)
        return CapacityBar(start, bar.end_utc, bar.close_, (bar.last_bid_size_ + bar.last_ask_size_) / 2)
    raise TypeError(type(bar))


_FOREX_VOLUME = Decimal(25_000_000)
"""Volume that LEAN assumes of a forex bar, whose files have none."""
_AUXILIARY: dict[type, tuple[str, Callable[[], DataDictionary]]] = {
    Split: ("splits", Splits),
    Dividend: ("dividends", Dividends),
    Delisting: ("delistings", Delistings),
    SymbolChangedEvent: ("symbol_changed_events", SymbolChangedEvents),
}
