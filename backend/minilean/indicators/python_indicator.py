"""``PythonIndicator``: base of indicators that strategies write."""

from typing import Any, Self

from minilean.indicators.base import START, ZERO, EventHandlers, IndicatorBase, IndicatorDataPoint, Point
from minilean.indicators.rolling_window import RollingWindow
from minilean.surface import decimal_argument

_MISSING = object()


class PythonIndicator(IndicatorBase):
    """Base of the strategy's own indicators, which have ``update(input)`` and ``value``.

    What other indicators are made of (``setup``, ``compute``, ``clear`` and so on) is not called here, as a strategy
    may have methods of these names; what this class remembers ends with an underscore.
    """

    takes_bars = True
    window: Any = None

    def __new__(cls, *_: Any, **__: Any) -> Self:  # noqa: ANN401 - the strategy's own arguments
        """Prepare before the strategy's ``__init__``, which need not call this class's."""
        instance = object.__new__(cls)
        instance.name = cls.__name__
        instance.warm_up_period = 0
        instance.window = RollingWindow(2)
        instance.updated = EventHandlers()
        instance.consolidators = []
        instance.inputs_ = {}
        _begin(instance)
        return instance

    inputs_: dict[Any, Point]
    ready_: bool

    def __init__(self, *_: Any, **__: Any) -> None:  # noqa: ANN401 - the strategy's own arguments
        self.ready_ = False

    @property
    def is_ready(self) -> bool:
        """Whether the last ``update`` said so."""
        return self.ready_

    def update_with(self, point: Point) -> bool:
        """Pass an input to the strategy's ``update`` and take over its ``value``."""
        previous = self.inputs_.get(point.symbol)
        if previous is not None and (point is previous or point.end_local < previous.end_local):
            return _is_ready(self)
        self.samples += 1
        self.inputs_[point.symbol] = point
        answer = _own(self, "update", "Update")(point)
        self.ready_ = bool(_is_ready(self) if answer is None else answer)
        value = decimal_argument(_own(self, "value", "Value"), "Value")
        self.current = current = IndicatorDataPoint(point.symbol, point.end_local, value)
        self.window.add(current)
        self.updated.fire(self, current)
        return _is_ready(self)

    def on_updated(self, consolidated: IndicatorDataPoint) -> None:
        """Announce a value, as the strategy's ``update`` may do by itself."""
        self.updated.fire(self, consolidated)

    def reset(self) -> None:
        """Forget all inputs."""
        self.inputs_.clear()
        self.window.reset()
        _begin(self)


def _begin(indicator: PythonIndicator) -> None:
    """Start with a zero in year 1, which the window counts, too."""
    indicator.samples = 0
    indicator.ready_ = False
    indicator.current = IndicatorDataPoint(None, START, ZERO)
    indicator.window.add(indicator.current)


def _is_ready(indicator: PythonIndicator) -> bool:
    return indicator.ready_ or bool(indicator.is_ready)


def _own(indicator: PythonIndicator, *names: str) -> Any:  # noqa: ANN401 - a method or value of the strategy's class
    """Return what the strategy defines under one of LEAN's spellings.

    Raises:
        NotImplementedError: It defines none.
    """
    for name in names:
        found = indicator.__dict__.get(name, _MISSING)
        if found is not _MISSING:
            return found
        for kind in type(indicator).__mro__:
            if kind is PythonIndicator:
                break
            if name in kind.__dict__:
                return getattr(indicator, name)
    raise NotImplementedError(
        f"Indicator.{names[0]} must be implemented. Please implement this missing method in {indicator.name}"
    )
