"""``QCAlgorithm``: the class that strategies derive from."""

from typing import TYPE_CHECKING, Any, Self

from minilean.algorithm.context import current_context
from minilean.algorithm.core import AlgorithmCore
from minilean.algorithm.face import show
from minilean.algorithm.indicator_catalogue import HELPER_NAMES
from minilean.algorithm.lean_names import QC_ALGORITHM_NAMES
from minilean.surface import CORE

EVENTS = frozenset({
    "on_data", "on_end_of_day", "on_order_event", "on_end_of_algorithm", "on_warmup_finished", "on_securities_changed",
    "on_margin_call", "on_margin_call_warning", "on_splits", "on_dividends", "on_delistings",
    "on_symbol_changed_events", "initialize",
})  # fmt: skip
"""Methods that the engine calls when the strategy defines them."""

if TYPE_CHECKING:
    from minilean.algorithm.indicator_types import IndicatorHelpers

    class _Face(IndicatorHelpers, AlgorithmCore):
        """All that a strategy's ``self`` has."""
else:
    _Face = object


class QCAlgorithm(_Face):
    """Base of strategies: LEAN's names, and nothing else. The engine's parts are there before ``__init__`` runs."""

    def __new__(cls, *_: Any, **__: Any) -> Self:  # noqa: ANN401 - the strategy's own arguments
        """Make the core that this instance shows, for the run that it belongs to."""
        instance = object.__new__(cls)
        instance.__dict__[CORE] = AlgorithmCore(current_context(), instance)
        return instance

    if TYPE_CHECKING:

        def __init__(self) -> None: ...

        def __getattr__(self, name: str) -> Any: ...  # noqa: ANN401 - the indicators' helpers

    def initialize(self) -> None:
        """Prepare the run; strategies override this.

        Raises:
            NotImplementedError: Always.
        """
        raise NotImplementedError("Please override the Initialize() method")


def _nothing(_algorithm: QCAlgorithm, *_arguments: object) -> None:
    """Do nothing: what LEAN does at events that a strategy does not handle."""


for _event in EVENTS - {"initialize"}:
    setattr(QCAlgorithm, _event, _nothing)
REFUSED = show(QCAlgorithm, AlgorithmCore, QC_ALGORITHM_NAMES, HELPER_NAMES)
"""Members of LEAN's `QCAlgorithm` that this engine refuses by name."""


def find_event(algorithm: QCAlgorithm, name: str) -> Any:  # noqa: ANN401 - a bound method or None
    """Return the strategy's own method for an event, in snake_case or PascalCase, None when it has none."""
    pascal = "".join(part.capitalize() for part in name.split("_"))
    for cls in type(algorithm).__mro__:
        if cls is QCAlgorithm:
            return None
        for spelling in (name, pascal):
            if spelling in cls.__dict__:
                return getattr(algorithm, spelling)
    return None
