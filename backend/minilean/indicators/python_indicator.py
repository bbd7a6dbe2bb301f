"""``PythonIndicator``: base of indicators that strategies write."""

from typing import Any, Self

from minilean.indicators.base import START, ZERO, IndicatorBase, IndicatorDataPoint, Point
from minilean.indicators.rolling_window import RollingWindow
from minilean.surface import decimal_argument

_MISSING = object()


class PythonIndicator(IndicatorBase):
    """Base of the strategy's own indicators, which have ``update(input)`` and ``value``.

    Nothing here may depend on names of this engine that a strategy could use for its own: `update_with` calls only
    what LEAN asks for.
    """

    takes_bars = True
    window: Any = None

    def prepare(self) -> None:
        """Begin with a window that the strategy may replace by one of its own."""
        self.window = RollingWindow(2)
        super().prepare()

    def _begin(self) -> None:
        self.current = IndicatorDataPoint(None, START, ZERO)
        self.window.add(self.current)

    def __new__(cls, *_: Any, **__: Any) -> Self:  # noqa: ANN401 - the strategy's own arguments
        """Prepare before the strategy's ``__init__``, which need not call this class's."""
        instance = object.__new__(cls)
        instance.name = cls.__name__
        instance.prepare()
        instance._is_ready = False
        return instance

    def __init__(self, *_: Any, **__: Any) -> None:  # noqa: ANN401 - the strategy's own arguments
        self._is_ready = False

    @property
    def is_ready(self) -> bool:
        """Whether the last ``update`` said so."""
        return self._is_ready

    def _own(self, *names: str) -> Any:  # noqa: ANN401 - a method or value of the strategy's class
        """Return what the strategy defines under one of LEAN's spellings.

        Raises:
            NotImplementedError: It defines none.
        """
        for name in names:
            found = self.__dict__.get(name, _MISSING)
            if found is not _MISSING:
                return found
            for kind in type(self).__mro__:
                if kind is PythonIndicator:
                    break
                if name in kind.__dict__:
                    return getattr(self, name)
        raise NotImplementedError(
            f"Indicator.{names[0]} must be implemented. Please implement this missing method in {self.name}"
        )

    def update_with(self, point: Point) -> bool:
        """Pass an input to the strategy's ``update`` and take over its ``value``."""
        previous = self._previous.get(point.symbol)
        if previous is not None and (point is previous or point.end_local < previous.end_local):
            return self._ready()
        self.samples += 1
        self._previous[point.symbol] = point
        answer = self._own("update", "Update")(point)
        self._is_ready = bool(self._ready() if answer is None else answer)
        value = decimal_argument(self._own("value", "Value"), "Value")
        self.current = current = IndicatorDataPoint(point.symbol, point.end_local, value)
        self.window.add(current)
        self.updated.fire(self, current)
        return self._ready()

    def _ready(self) -> bool:
        return self._is_ready or bool(self.is_ready)

    def reset(self) -> None:
        """Forget all inputs."""
        self.samples = 0
        self._previous.clear()
        self.window.reset()
        self._begin()
        self._is_ready = False
