"""Consolidators that strategies write."""

from typing import Any, Self

from minilean import times
from minilean.consolidators.base import DataConsolidator
from minilean.data.bars import BaseData
from minilean.indicators.rolling_window import RollingWindow
from minilean.surface import NotSupportedError, snake_case


class PythonConsolidator(DataConsolidator):
    """Base of the strategy's own consolidators, which have ``update(bar)`` and ``scan(time)``.

    They say what they take in ``input_type``, keep ``working_data`` and ``consolidated`` themselves, and call
    ``on_data_consolidated`` with themselves and each finished bar.
    """

    working_data = None
    window: Any = None

    def __new__(cls, *_: Any, **__: Any) -> Self:  # noqa: ANN401 - the strategy's own arguments
        """Prepare before the strategy's ``__init__``, which need not call this class's."""
        instance = object.__new__(cls)
        DataConsolidator.__init__(instance)
        instance.window = RollingWindow(2)
        return instance

    def __init__(self, *_: Any, **__: Any) -> None:  # noqa: ANN401 - the strategy's own arguments
        """Leave everything as `__new__` prepared it."""

    def __setattr__(self, name: str, value: object) -> None:
        object.__setattr__(self, snake_case(name) if name[:1].isupper() else name, value)

    def reset(self) -> None:
        """Forget everything."""
        self.consolidated = None
        self.window.reset()

    def on_data_consolidated(self, consolidator: Any, data: BaseData) -> None:  # noqa: ANN401
        """Announce a finished bar."""
        if data is not None:
            self.window.add(data)
        self.data_consolidated.fire(consolidator, data)


class PythonConsolidatorWrapper(DataConsolidator):
    """What a feed updates: passes bars and times on in the form that strategies know.

    Attributes:
        inner: The strategy's consolidator.
    """

    def __init__(self, inner: PythonConsolidator) -> None:
        """Take the strategy's consolidator.

        Raises:
            NotImplementedError: It lacks a method.
        """
        super().__init__()
        self.inner = inner
        self.input_type = inner.input_type
        self._update = _own(inner, "update")
        self._scan = _own(inner, "scan")
        self.data_consolidated = inner.data_consolidated

    @property
    def working_data(self) -> BaseData | None:
        """The unfinished bar."""
        return self.inner.working_data

    def update(self, data: Any) -> None:  # noqa: ANN401 - a bar
        """Take a bar."""
        self._update(data)

    def scan(self, local_now: int) -> None:
        """Pass on the time."""
        self._scan(times.to_datetime(local_now))


def wrapped(consolidator: Any) -> DataConsolidator:  # noqa: ANN401 - what a strategy registers
    """Return what a feed can update.

    Raises:
        NotSupportedError: The strategy derived it from one of LEAN's consolidators, or from nothing.
    """
    if isinstance(consolidator, PythonConsolidator):
        return PythonConsolidatorWrapper(consolidator)
    if isinstance(consolidator, DataConsolidator) and type(consolidator).__module__.startswith("minilean."):
        return consolidator
    raise NotSupportedError(f"class {type(consolidator).__name__}, a consolidator that is no PythonConsolidator")


def belongs_to(registered: DataConsolidator, consolidator: Any) -> bool:  # noqa: ANN401
    """Tell whether a feed's consolidator is the one that a strategy names."""
    return registered is consolidator or getattr(registered, "inner", None) is consolidator


def _own(consolidator: PythonConsolidator, name: str) -> Any:  # noqa: ANN401 - a method
    for spelling in (name, name.capitalize()):
        for kind in type(consolidator).__mro__:
            if kind is PythonConsolidator:
                break
            if spelling in kind.__dict__:
                return getattr(consolidator, spelling)
    raise NotImplementedError(
        f"IDataConsolidator.{name.capitalize()} must be implemented. Please implement this missing method on "
        f"{type(consolidator).__name__}"
    )
