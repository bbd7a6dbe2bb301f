"""Risk management models: the base, the empty one, the one that is made of several, and LEAN's own."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from minilean.data.time_slice import SecurityChanges
from minilean.framework.algorithm import Algorithm
from minilean.framework.enums import PositionSide
from minilean.framework.model import FrameworkModel, require_methods
from minilean.framework.portfolio_target import PortfolioTarget
from minilean.securities.security import Security
from minilean.securities.symbol import Symbol
from minilean.surface import core_of, decimal_argument, model_method

ZERO = Decimal(0)
_FIVE_PERCENT = Decimal("0.05")


class RiskManagementModel(FrameworkModel):
    """Overrides targets."""

    def manage_risk(self, algorithm: Algorithm, targets: Sequence[PortfolioTarget]) -> Iterable[PortfolioTarget]:
        """Return targets that take the place of those of the portfolio construction.

        Raises:
            NotImplementedError: Always; models define it.
        """
        raise NotImplementedError(
            "Types deriving from 'RiskManagementModel' must implement the 'IEnumerable<IPortfolioTarget> "
            "ManageRisk(QCAlgorithm, IPortfolioTarget[]) method."
        )

    def on_securities_changed(self, algorithm: Algorithm, changes: SecurityChanges) -> None:
        """Take securities that joined or left."""


class NullRiskManagementModel(RiskManagementModel):
    """Overrides nothing."""

    def manage_risk(self, algorithm: Algorithm, targets: Sequence[PortfolioTarget]) -> Iterable[PortfolioTarget]:  # noqa: ARG002
        """Return nothing."""
        return []


class CompositeRiskManagementModel(RiskManagementModel):
    """Asks several models in turn, each with the targets that the one before left."""

    def __init__(self, *risk_management_models: Any) -> None:  # noqa: ANN401 - models, or a list of them
        listed = list(risk_management_models)
        if len(listed) == 1 and isinstance(listed[0], (list, tuple)):
            listed = list(listed[0])
        if not listed:
            raise ValueError("Must specify at least 1 risk management model for the CompositeRiskManagementModel")
        self.models_: list[Any] = []
        for model in listed:
            self.add_risk_management(model)

    def add_risk_management(self, risk_management_model: Any) -> None:  # noqa: ANN401 - a model
        """Add a model."""
        self.models_.append(as_risk_model(risk_management_model))

    def manage_risk(self, algorithm: Algorithm, targets: Sequence[PortfolioTarget]) -> Iterable[PortfolioTarget]:
        """Return the targets after all models."""
        for model in self.models_:
            adjusted = model_method(model, "manage_risk")(algorithm, targets)
            targets = distinct_by_symbol([*adjusted, *targets])
        return targets

    def on_securities_changed(self, algorithm: Algorithm, changes: SecurityChanges) -> None:
        """Tell all models."""
        for model in self.models_:
            model_method(model, "on_securities_changed")(algorithm, changes)


def as_risk_model(model: Any) -> Any:  # noqa: ANN401 - a risk model, or an object with its methods
    """Return what a strategy gives as a risk model.

    Raises:
        NotImplementedError: A method is missing.
    """
    require_methods(model, "IRiskManagementModel", "manage_risk", "on_securities_changed")
    return model


def distinct_by_symbol(targets: Iterable[PortfolioTarget]) -> list[PortfolioTarget]:
    """Return the first target of each symbol."""
    first: dict[Symbol, PortfolioTarget] = {}
    for target in targets:
        first.setdefault(target.symbol, target)
    return list(first.values())


def _flatten(algorithm: Algorithm, symbol: Symbol) -> PortfolioTarget:
    """End a symbol's insights and return the target of nothing."""
    core_of(algorithm).insights.cancel([symbol])
    return PortfolioTarget(symbol, 0)


def _held(algorithm: Algorithm) -> Iterator[Security]:
    for security in list(dict.values(core_of(algorithm).securities)):
        if security.invested:
            yield security


class MaximumDrawdownPercentPerSecurity(RiskManagementModel):
    """Closes positions whose unrealized loss is too large."""

    def __init__(self, maximum_drawdown_percent: object = _FIVE_PERCENT) -> None:
        limit = decimal_argument(maximum_drawdown_percent, "MaximumDrawdownPercentPerSecurity")
        self.limit_ = -abs(limit)

    def manage_risk(self, algorithm: Algorithm, targets: Sequence[PortfolioTarget]) -> Iterable[PortfolioTarget]:  # noqa: ARG002
        """Return targets of nothing for such positions."""
        for security in _held(algorithm):
            if security.holdings.unrealized_profit_percent_ < self.limit_:
                yield _flatten(algorithm, security.symbol)


class MaximumUnrealizedProfitPercentPerSecurity(RiskManagementModel):
    """Closes positions whose unrealized profit is large enough."""

    def __init__(self, maximum_unrealized_profit_percent: object = _FIVE_PERCENT) -> None:
        limit = decimal_argument(maximum_unrealized_profit_percent, "MaximumUnrealizedProfitPercentPerSecurity")
        self.limit_ = abs(limit)

    def manage_risk(self, algorithm: Algorithm, targets: Sequence[PortfolioTarget]) -> Iterable[PortfolioTarget]:  # noqa: ARG002
        """Return targets of nothing for such positions."""
        for security in _held(algorithm):
            if security.holdings.unrealized_profit_percent_ > self.limit_:
                yield _flatten(algorithm, security.symbol)


class MaximumDrawdownPercentPortfolio(RiskManagementModel):
    """Closes the positions with new targets when the portfolio fell too far, from its start or its highest value."""

    def __init__(self, maximum_drawdown_percent: object = _FIVE_PERCENT, is_trailing: bool = False) -> None:  # noqa: FBT001, FBT002
        self.limit_ = -abs(decimal_argument(maximum_drawdown_percent, "MaximumDrawdownPercentPortfolio"))
        self.is_trailing_ = is_trailing
        self.high_: Decimal | None = None

    def manage_risk(self, algorithm: Algorithm, targets: Sequence[PortfolioTarget]) -> Iterable[PortfolioTarget]:
        """Return targets of nothing in place of all new ones after such a fall; the measure then begins anew."""
        value = core_of(algorithm).portfolio.total_value_()
        if self.high_ is None:
            self.high_ = value
        if self.is_trailing_ and self.high_ < value:
            self.high_ = value
            return
        if value / self.high_ - 1 < self.limit_ and targets:
            self.high_ = None
            for target in targets:
                yield _flatten(algorithm, target.symbol)


class _Trail:
    """The best value that a position had."""

    def __init__(self, side: PositionSide, value: Decimal) -> None:
        self.side = side
        self.value = value


class TrailingStopRiskManagementModel(RiskManagementModel):
    """Closes positions that fell too far from their best value."""

    def __init__(self, maximum_drawdown_percent: object = _FIVE_PERCENT) -> None:
        self.limit_ = abs(decimal_argument(maximum_drawdown_percent, "TrailingStopRiskManagementModel"))
        self.trails_: dict[Symbol, _Trail] = {}

    def manage_risk(self, algorithm: Algorithm, targets: Sequence[PortfolioTarget]) -> Iterable[PortfolioTarget]:  # noqa: ARG002
        """Return targets of nothing for such positions."""
        for symbol, security in list(dict.items(core_of(algorithm).securities)):
            if not security.invested:
                self.trails_.pop(symbol, None)
            elif self.fell_(symbol, security):
                del self.trails_[symbol]
                yield _flatten(algorithm, symbol)

    def fell_(self, symbol: Symbol, security: Security) -> bool:
        """Tell whether a position fell from its best value by more than the limit."""
        holdings = security.holdings
        side = PositionSide.LONG if holdings.is_long else PositionSide.SHORT
        value = holdings.absolute_value_
        trail = self.trails_.get(symbol)
        if trail is None or trail.side is not side:
            trail = self.trails_[symbol] = _Trail(side, holdings.absolute_cost_)
        if (trail.value < value) if side is PositionSide.LONG else (trail.value > value):
            trail.value = value
            return False
        return self.limit_ < abs((trail.value - value) / trail.value)
