"""What indicators share: samples, current value, window of past values, update events, composition."""

from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, Self, TypeAlias

from minilean import numbers, times
from minilean.indicators.parameters import bind, texts_of
from minilean.indicators.rolling_window import RecentItems, RollingWindow
from minilean.securities.symbol import Symbol
from minilean.surface import Surface, as_datetime, as_float, decimal_argument, no_method_matches

ZERO = Decimal(0)
ONE = Decimal(1)
HUNDRED = Decimal(100)
_new = object.__new__

START = times.YEAR_ONE
"""Year 1, .NET's first moment."""

Point: TypeAlias = Any
"""An input: a bar, or an `IndicatorDataPoint`."""


class IndicatorDataPoint(Surface):
    """A value of an indicator at a time."""

    __slots__ = ("end_local", "symbol", "value_")

    def __init__(self, symbol: Any = None, end_local: Any = None, value: Any = None) -> None:  # noqa: ANN401
        """Make a point; strategies give (symbol,) naive time and number, the engine microseconds and a decimal."""
        if type(end_local) is int:
            self.symbol: Symbol | None = symbol
            self.end_local: int = end_local
            self.value_: Decimal = value
            return
        if isinstance(symbol, datetime):
            symbol, end_local, value = None, symbol, end_local
        self.symbol = symbol
        self.end_local = START if end_local is None else times.from_datetime(end_local)
        self.value_ = ZERO if value is None else decimal_argument(value, "IndicatorDataPoint")

    value = as_float("value_")
    price = as_float("value_")
    time = as_datetime("end_local")
    end_time = as_datetime("end_local")

    def __str__(self) -> str:
        return f"{times.iso_text(self.end_local)} - {self.value_:f}"

    def __float__(self) -> float:
        return float(self.value_)


class EventHandlers:
    """Callbacks of an event: ``indicator.updated += handler``."""

    __slots__ = ("handlers",)

    def __init__(self) -> None:
        self.handlers: list[Callable[..., object]] = []

    def __iadd__(self, handler: Callable[..., object]) -> Self:
        self.handlers = [*self.handlers, handler]
        return self

    def __isub__(self, handler: Callable[..., object]) -> Self:
        self.handlers = [each for each in self.handlers if each != handler]
        return self

    def fire(self, sender: object, argument: object) -> None:
        """Call all handlers in order."""
        for handler in self.handlers:
            handler(sender, argument)


class IndicatorBase(Surface):
    """Base of all indicators.

    Subclasses name themselves in ``short_name`` (a format of their parameters), take the parameters in `setup` and
    compute in `compute`. State of their own begins in `clear`; indicators that they are made of go to `parts`, so that
    a reset reaches them.

    Attributes:
        keeps_inputs: Whether inputs are kept, and so have to be points that do not change; else a bar will do.
        samples: How many inputs were taken.
        current: The newest value.
        updated: Event of each new value.
    """

    short_name: ClassVar[str] = ""
    takes_bars: ClassVar[bool] = False
    keeps_inputs: ClassVar[bool] = True
    takes_trade_bars: ClassVar[bool] = False
    parts: tuple["IndicatorBase", ...] = ()

    def __init__(self, *arguments: Any, **keywords: Any) -> None:  # noqa: ANN401 - LEAN's overloads: a name may come first
        parts = list(arguments)
        name = keywords.pop("name", None)
        if parts and (isinstance(parts[0], str) or parts[0] is None) and name is None:
            name = parts.pop(0)
        values = self.complete(bind(type(self), type(self).setup, parts, keywords))
        self.name: str = name if name is not None else self.short_name.format(**texts_of(values))
        self.prepare()
        self.setup(**values)
        self.clear()

    def prepare(self) -> None:
        """Begin with no inputs."""
        self.samples = 0
        self._past_values: RecentItems[IndicatorDataPoint] = RecentItems()
        self._begin()
        self.updated = EventHandlers()
        self.consolidators: list[object] = []
        self.warm_up_period = 0
        self._previous: dict[Symbol | None, Any] = {}
        self._last_symbol: Symbol | None = None
        self._last_input: Any = None

    @staticmethod
    def complete(values: dict[str, Any]) -> dict[str, Any]:
        """Fill in parameters whose default depends on others."""
        return values

    def setup(self, **parameters: Any) -> None:  # noqa: ANN401 - each indicator's own
        """Take the parameters."""

    def clear(self) -> None:
        """Begin anew with what this kind of indicator remembers."""

    def _begin(self) -> None:
        """Start with a zero in year 1, which the window counts, too."""
        self.current = IndicatorDataPoint(None, START, ZERO)
        self._past_values.add(self.current)

    @property
    def window(self) -> RollingWindow[IndicatorDataPoint]:
        """The newest values."""
        return self._past_values.window

    @property
    def is_ready(self) -> bool:
        """Whether enough inputs were taken."""
        raise NotImplementedError

    def compute(self, point: Point) -> Decimal | None:
        """Return the next value, None when there is none for this input."""
        raise NotImplementedError

    def update_with(self, point: Any) -> bool:  # noqa: ANN401 - a bar or a data point
        """Take an input; one older than the last of its symbol, or the very same, is ignored."""
        self.take(self, point)
        return self.is_ready

    def take(self, _sender: object, point: Any) -> None:  # noqa: ANN401 - a bar or a data point
        """Take an input as `update_with` does; a handler of finished bars."""
        symbol, end = point.symbol, point.end_local
        if symbol is not self._last_symbol:
            self._change_symbol(symbol)
        previous = self._last_input
        if previous is not None and (point is previous or end < previous.end_local):
            return
        self.samples += 1
        if not self.takes_bars and self.keeps_inputs and not isinstance(point, IndicatorDataPoint):
            point = IndicatorDataPoint(symbol, end, point.value_)
        self._last_input = point
        value = self.compute(point)
        if value is not None:
            current = _new(IndicatorDataPoint)
            current.symbol = symbol
            current.end_local = end
            current.value_ = value
            self.current = current
            past = self._past_values
            if past.window_is_used:
                past.add(current)
            else:
                past.samples += 1
                past.removed, past.before, past.newest = past.before, past.newest, current
            for handler in self.updated.handlers:
                handler(self, current)

    def _change_symbol(self, symbol: Symbol | None) -> None:
        """Remember the last input of a symbol and find that of another."""
        self._previous[self._last_symbol] = self._last_input
        self._last_symbol = symbol
        self._last_input = self._previous.get(symbol)

    def push(self, end_local: int, value: Decimal) -> bool:
        """Take a number at a time."""
        return self.update_with(IndicatorDataPoint(None, end_local, value))

    def update(self, *arguments: Any) -> bool:  # noqa: ANN401 - LEAN's overloads
        """Take an input from the strategy: a bar or data point, or a time and a value.

        Raises:
            TypeError: The arguments fit no overload.
        """
        if len(arguments) == 1:
            return self.update_with(arguments[0])
        if len(arguments) == 2 and isinstance(arguments[0], datetime) and not self.takes_bars:
            value = decimal_argument(arguments[1], "Update")
            return self.update_with(IndicatorDataPoint(None, times.from_datetime(arguments[0]), value))
        raise no_method_matches("Update", *arguments)

    def reset(self) -> None:
        """Forget all inputs."""
        for part in self.parts:
            part.reset()
        self.samples = 0
        self._previous.clear()
        self._last_input = None
        self._past_values.reset()
        self._begin()
        self.clear()

    @property
    def previous(self) -> IndicatorDataPoint:
        """The value before the newest."""
        found = self.window[1]
        return found if found is not None else IndicatorDataPoint(None, START, ZERO)

    def __getitem__(self, index: int) -> Any:  # noqa: ANN401 - a data point or None
        return self.window[index]

    def __iter__(self) -> Iterator[IndicatorDataPoint]:
        return iter(self.window)

    def __len__(self) -> int:
        return len(self.window)

    def __float__(self) -> float:
        return float(self.current.value_)

    def __bool__(self) -> bool:
        return True

    def __eq__(self, other: object) -> bool:
        """Compare with a number by value, with anything else by identity."""
        if isinstance(other, (int, float)):
            return self.current.value_ == _value_of(other)
        return self is other

    __hash__ = object.__hash__

    def __lt__(self, other: Any) -> bool:  # noqa: ANN401 - another indicator or a number
        return self.current.value_ < _value_of(other)

    def __gt__(self, other: Any) -> bool:  # noqa: ANN401 - another indicator or a number
        return self.current.value_ > _value_of(other)

    def __le__(self, other: Any) -> bool:  # noqa: ANN401 - another indicator or a number
        return self.current.value_ <= _value_of(other)

    def __ge__(self, other: Any) -> bool:  # noqa: ANN401 - another indicator or a number
        return self.current.value_ >= _value_of(other)

    def __str__(self) -> str:
        text = f"{self.current.value_.quantize(Decimal('0.00001')):f}".rstrip("0")
        return text + "0" if text.endswith(".") else text

    def to_detailed_string(self) -> str:
        """Return name and value."""
        return f"{self.name} - {self}"


def _value_of(other: Any) -> Decimal | int:  # noqa: ANN401 - an indicator or a number
    """Return what LEAN compares with: of a float 15 digits."""
    if isinstance(other, IndicatorBase):
        return other.current.value_
    return numbers.safe_decimal_cast(other) if isinstance(other, float) else other


class WindowIndicator(IndicatorBase):
    """An indicator over the last inputs."""

    def setup(self, period: int) -> None:  # type: ignore[override]
        """Take the number of inputs."""
        self.period = period
        self.warm_up_period = period
        self._inputs: RollingWindow[Any] = RollingWindow(period)

    @property
    def is_ready(self) -> bool:
        """Whether the window of inputs is full."""
        return self._inputs.is_ready

    def compute(self, point: Point) -> Decimal | None:
        """Add the input and compute over the window."""
        self._inputs.add(point)
        return self.compute_window(self._inputs, point)

    def compute_window(self, window: RollingWindow[Any], point: Point) -> Decimal | None:
        """Return the next value."""
        raise NotImplementedError

    def clear(self) -> None:
        """Begin with an empty window."""
        self._inputs.reset()


class Identity(IndicatorBase):
    """The input itself."""

    def setup(self) -> None:  # type: ignore[override]
        """Nothing to take."""
        self.warm_up_period = 1

    @property
    def is_ready(self) -> bool:
        """Whether there was an input."""
        return self.samples > 0

    def compute(self, point: Point) -> Decimal:
        """Return the input's value."""
        value: Decimal = point.value_
        return value


class FilteredIdentity(IndicatorBase):
    """The last input that passed a filter; zero before there was one."""

    takes_bars = True

    def setup(self, filter: Any = None) -> None:  # type: ignore[override]  # noqa: A002, ANN401 - LEAN's name
        """Take the filter of inputs, None for all."""
        self._filter: Callable[[Point], object] | None = filter

    def clear(self) -> None:
        """Begin without an input."""
        self._last = ZERO

    @property
    def is_ready(self) -> bool:
        """Whether an input passed."""
        return self.samples > 0 and self.current.value_ > 0

    def compute(self, point: Point) -> Decimal:
        """Return the input that passed last."""
        if self._filter is None or self._filter(point):
            self._last = point.value_
        return self._last


class FunctionalIndicator(IndicatorBase):
    """A value that a function makes of each input."""

    def setup(  # type: ignore[override]
        self,
        compute: Callable[[Point], Decimal],
        ready: Callable[[IndicatorBase], bool],
        reset: Any = None,  # noqa: ANN401
    ) -> None:
        """Take the function, what tells whether there are enough inputs, and what a reset calls."""
        self._compute = compute
        self._ready = ready
        self._also_reset: Callable[[], None] | None = reset

    @property
    def is_ready(self) -> bool:
        """Whether the given function says so."""
        return self._ready(self)

    def compute(self, point: Point) -> Decimal:
        """Call the function."""
        return self._compute(point)

    def reset(self) -> None:
        """Forget all inputs."""
        if self._also_reset is not None:
            self._also_reset()
        super().reset()
