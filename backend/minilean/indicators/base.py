"""What indicators share: samples, current value, window of past values, update events, composition."""

from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, Self

from minilean import times
from minilean.data.bars import BaseData
from minilean.enums import MovingAverageType
from minilean.indicators.rolling_window import RollingWindow
from minilean.securities.symbol import Symbol
from minilean.surface import Surface, as_datetime, as_float, decimal_argument, no_method_matches

ZERO = Decimal(0)
ONE = Decimal(1)
HUNDRED = Decimal(100)
_DEFAULT_WINDOW = 2


class IndicatorDataPoint(Surface):
    """A value of an indicator at a time."""

    __slots__ = ("end_local", "symbol", "value_")

    def __init__(self, symbol: Symbol | None, end_local: int, value: Decimal) -> None:
        self.symbol = symbol
        self.end_local = end_local
        self.value_ = value

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

    __slots__ = ("_handlers",)

    def __init__(self) -> None:
        self._handlers: list[Callable[..., object]] = []

    def __iadd__(self, handler: Callable[..., object]) -> Self:
        self._handlers = [*self._handlers, handler]
        return self

    def __isub__(self, handler: Callable[..., object]) -> Self:
        self._handlers = [each for each in self._handlers if each != handler]
        return self

    def fire(self, sender: object, argument: object) -> None:
        """Call all handlers in order."""
        for handler in self._handlers:
            handler(sender, argument)


_START = -62135596800 * times.SECOND  # year 1, .NET's first moment


class IndicatorBase(Surface):
    """Base of all indicators.

    Subclasses name themselves in ``short_name`` (a format of their parameters), take the parameters in `setup` and
    compute in `compute`.

    Attributes:
        samples: How many inputs were taken.
        current: The newest value.
        window: The newest values.
        updated: Event of each new value.
    """

    short_name: ClassVar[str] = ""
    takes_bars: ClassVar[bool] = False

    def __init__(self, *arguments: Any, **keywords: Any) -> None:  # noqa: ANN401 - LEAN's overloads: a name may come first
        parts = list(arguments)
        name = keywords.pop("name", None)
        if parts and (isinstance(parts[0], str) or parts[0] is None) and name is None:
            name = parts.pop(0)
        values = bind(type(self), type(self).setup, parts, keywords)
        self.name: str = name if name is not None else self.short_name.format(**values)
        self.samples = 0
        self.current = IndicatorDataPoint(None, _START, ZERO)
        self.window: RollingWindow[IndicatorDataPoint] = RollingWindow(_DEFAULT_WINDOW)
        self.updated = EventHandlers()
        self.consolidators: list[object] = []
        self.warm_up_period = 0
        self._previous: dict[Symbol | None, Any] = {}
        self.setup(**values)

    def setup(self, **parameters: Any) -> None:  # noqa: ANN401 - each indicator's own
        """Take the parameters."""

    @property
    def is_ready(self) -> bool:
        """Whether enough inputs were taken."""
        raise NotImplementedError

    def compute(self, point: Any) -> Decimal | None:  # noqa: ANN401 - a bar or a data point
        """Return the next value, None when there is none for this input."""
        raise NotImplementedError

    def update_with(self, point: Any) -> bool:  # noqa: ANN401 - a bar or a data point
        """Take an input; one older than the last of its symbol, or the very same, is ignored."""
        previous = self._previous.get(point.symbol)
        if previous is not None and (point is previous or point.end_local < previous.end_local):
            return self.is_ready
        self.samples += 1
        if not self.takes_bars and not isinstance(point, IndicatorDataPoint):
            point = IndicatorDataPoint(point.symbol, point.end_local, point.value_)
        self._previous[point.symbol] = point
        value = self.compute(point)
        if value is not None:
            self.current = current = IndicatorDataPoint(point.symbol, point.end_local, value)
            self.window.add(current)
            self.updated.fire(self, current)
        return self.is_ready

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
        self.samples = 0
        self._previous.clear()
        self.window.reset()
        self.current = IndicatorDataPoint(None, _START, ZERO)

    @property
    def previous(self) -> IndicatorDataPoint:
        """The value before the newest."""
        found = self.window[1]
        return found if found is not None else IndicatorDataPoint(None, _START, ZERO)

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


def _value_of(other: Any) -> Decimal | float:  # noqa: ANN401 - an indicator or a number
    return other.current.value_ if isinstance(other, IndicatorBase) else other


def bind(owner: type, method: Any, arguments: list[Any], keywords: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401
    """Bind arguments to the parameters of a `setup` method, in LEAN's names and order.

    Raises:
        TypeError: They do not fit.
    """
    names, defaults = signature_of(method)
    values = dict(zip(names, arguments, strict=False))
    known = {name.replace("_", ""): name for name in names}
    for keyword, value in keywords.items():
        name = known.get(keyword.replace("_", "").lower())
        if name is None or name in values:
            raise no_method_matches(owner.__name__, *arguments, *keywords)
        values[name] = value
    for name, default in defaults.items():
        values.setdefault(name, default)
        if isinstance(default, MovingAverageType) and not isinstance(values[name], MovingAverageType):
            raise no_method_matches(owner.__name__, *arguments)
    if len(arguments) > len(names) or any(name not in values for name in names):
        raise no_method_matches(owner.__name__, *arguments)
    return values


def signature_of(method: Any) -> tuple[tuple[str, ...], dict[str, Any]]:  # noqa: ANN401 - any function
    """Return names and defaults of a function's parameters, ``self`` left out."""
    code = method.__code__
    names = code.co_varnames[1 : code.co_argcount]
    defaults = method.__defaults__ or ()
    return names, dict(zip(names[len(names) - len(defaults) :], defaults, strict=True))


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

    def compute(self, point: Any) -> Decimal | None:  # noqa: ANN401 - a bar or a data point
        """Add the input and compute over the window."""
        self._inputs.add(point)
        return self.compute_window(self._inputs, point)

    def compute_window(self, window: RollingWindow[Any], point: Any) -> Decimal | None:  # noqa: ANN401
        """Return the next value."""
        raise NotImplementedError

    def reset(self) -> None:
        """Forget all inputs."""
        super().reset()
        self._inputs.reset()


class CompositeIndicator(IndicatorBase):
    """A value made of two indicators whenever both have changed."""

    def setup(self, left: IndicatorBase, right: IndicatorBase, composer: Callable[..., Any]) -> None:  # type: ignore[override]
        """Take the two indicators and what composes them."""
        self.left = left
        self.right = right
        self._composer = composer
        if not self.name:
            self.name = f"COMPOSE({left.name},{right.name})"
        self._new_left = isinstance(left, ConstantIndicator)
        self._new_right = isinstance(right, ConstantIndicator)
        left.updated += self._left_updated
        right.updated += self._right_updated

    @property
    def is_ready(self) -> bool:
        """Whether both are ready."""
        return self.left.is_ready and self.right.is_ready

    def _left_updated(self, _sender: object, point: IndicatorDataPoint) -> None:
        self._new_left = True
        if self._new_right:
            self._compose(point)

    def _right_updated(self, _sender: object, point: IndicatorDataPoint) -> None:
        self._new_right = True
        if self._new_left:
            self._compose(point)

    def _compose(self, point: IndicatorDataPoint) -> None:
        end = max(point.end_local, self.left.current.end_local, self.right.current.end_local)
        self._new_left = isinstance(self.left, ConstantIndicator)
        self._new_right = isinstance(self.right, ConstantIndicator)
        self.update_with(IndicatorDataPoint(None, end, ZERO))

    def compute(self, point: Any) -> Decimal | None:  # noqa: ANN401, ARG002 - only its time counts
        """Compose the two current values."""
        result = self._composer(self.left, self.right)
        if result is None or isinstance(result, Decimal):
            return result
        return decimal_argument(getattr(result, "value", result), "CompositeIndicator")

    def reset(self) -> None:
        """Forget all inputs of both."""
        self.left.reset()
        self.right.reset()
        super().reset()


class ConstantIndicator(IndicatorBase):
    """Always the same value."""

    def setup(self, value: Decimal) -> None:  # type: ignore[override]
        """Take the value."""
        self._value = value
        self.current = IndicatorDataPoint(None, _START, value)

    @property
    def is_ready(self) -> bool:
        """Always."""
        return True

    def compute(self, point: Any) -> Decimal:  # noqa: ANN401, ARG002
        """Return the value."""
        return self._value


class Identity(IndicatorBase):
    """The input itself."""

    def setup(self) -> None:  # type: ignore[override]
        """Nothing to take."""
        self.warm_up_period = 1

    @property
    def is_ready(self) -> bool:
        """Whether there was an input."""
        return self.samples > 0

    def compute(self, point: Any) -> Decimal:  # noqa: ANN401
        """Return the input's value."""
        value: Decimal = point.value_
        return value


def combine(
    left: IndicatorBase,
    right: IndicatorBase,
    compose: Callable[[Decimal, Decimal], Decimal | None],
    name: str | None = None,
) -> CompositeIndicator:
    """Compose two indicators by their current values."""
    return CompositeIndicator(
        name if name is not None else f"COMPOSE({left.name},{right.name})",
        left, right, lambda a, b: compose(a.current.value_, b.current.value_),
    )  # fmt: skip


def constant(value: Decimal) -> ConstantIndicator:
    """Make an indicator of a constant."""
    return ConstantIndicator(f"{value:f}", value)


def ratio(left: Decimal, right: Decimal) -> Decimal | None:
    """Divide; there is no value for a zero divisor."""
    return left / right if right else None


BarLike = BaseData | IndicatorDataPoint
