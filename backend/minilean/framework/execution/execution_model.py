"""The base of execution models, the empty one and the one that orders at once."""

from collections.abc import Sequence

from minilean.data.time_slice import SecurityChanges
from minilean.framework.algorithm import Algorithm
from minilean.framework.execution.order_sizing import above_minimum_margin, unordered_quantity
from minilean.framework.model import FrameworkModel
from minilean.framework.portfolio.targets import PortfolioTargetCollection
from minilean.framework.portfolio_target import PortfolioTarget
from minilean.orders.order_event import OrderEvent
from minilean.surface import core_of


class ExecutionModel(FrameworkModel):
    """Makes orders of targets.

    Attributes:
        asynchronous: Whether orders shall not wait for their fill; in back-tests it makes no difference.
    """

    asynchronous = True

    def __init__(self, asynchronous: bool = True) -> None:  # noqa: FBT001, FBT002 - LEAN's signature
        self.asynchronous = asynchronous

    def execute(self, algorithm: Algorithm, targets: Sequence[PortfolioTarget]) -> None:
        """Order towards new and earlier targets.

        Raises:
            NotImplementedError: Always; models define it.
        """
        raise NotImplementedError(
            "Types deriving from 'ExecutionModel' must implement the "
            "'void Execute(QCAlgorithm, IPortfolioTarget[]) method."
        )

    def on_securities_changed(self, algorithm: Algorithm, changes: SecurityChanges) -> None:
        """Take securities that joined or left."""

    def on_order_event(self, algorithm: Algorithm, order_event: OrderEvent) -> None:
        """Take an event of an order."""


class NullExecutionModel(ExecutionModel):
    """Orders nothing."""

    def execute(self, algorithm: Algorithm, targets: Sequence[PortfolioTarget]) -> None:
        """Do nothing."""


class TargetExecutionModel(ExecutionModel):
    """Base of models that keep targets until they are fulfilled."""

    def begin_(self) -> None:
        """Start without targets."""
        self.targets_collection = PortfolioTargetCollection()

    def execute(self, algorithm: Algorithm, targets: Sequence[PortfolioTarget]) -> None:
        """Order towards all targets that are not fulfilled."""
        self.targets_collection.add_range(targets)
        if self.targets_collection.is_empty:
            return
        for target in self.targets_collection.order_by_margin_impact(algorithm):
            self.order_towards_(algorithm, target)
        self.targets_collection.clear_fulfilled(algorithm)

    def order_towards_(self, algorithm: Algorithm, target: PortfolioTarget) -> None:
        """Order towards one target, if it is time.

        Raises:
            NotImplementedError: Always; models define it.
        """
        raise NotImplementedError


class ImmediateExecutionModel(TargetExecutionModel):
    """Orders at the market at once."""

    def order_towards_(self, algorithm: Algorithm, target: PortfolioTarget) -> None:
        """Order what is missing, unless its margin is below the least that settings allow."""
        core = core_of(algorithm)
        quantity = unordered_quantity(algorithm, target, with_fees=True)
        if quantity == 0:
            return
        security = core.securities[target.symbol]
        if above_minimum_margin(algorithm, security, quantity):
            core.market_order(target.symbol, quantity, self.asynchronous, target.tag)
        elif PortfolioTarget.minimum_order_margin_percentage_warning_sent is None:
            PortfolioTarget.minimum_order_margin_percentage_warning_sent = False
