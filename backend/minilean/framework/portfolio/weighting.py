"""Portfolio construction models that weigh insights: equally, by their own weights, or step by step."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from minilean import numbers
from minilean.enums import Resolution
from minilean.framework.enums import InsightDirection, PortfolioBias
from minilean.framework.insight import Insight
from minilean.framework.portfolio.construction import PortfolioConstructionModel
from minilean.net_list import NetList
from minilean.securities.symbol import Symbol
from minilean.surface import model_method, no_method_matches

_NAMES = ("resolution", "time_span", "rebalancing_date_rules", "rebalancing_func", "rebalance")


def _rule_of(rebalance: Any, named: dict[str, Any], default: Any) -> Any:  # noqa: ANN401 - LEAN's overloads
    """Return the rebalancing rule, which each of LEAN's overloads names otherwise."""
    for name in _NAMES:
        if name in named:
            rebalance = named.pop(name)
    if named:
        raise no_method_matches("PortfolioConstructionModel", *named.values())
    return default if rebalance is _UNSET else rebalance


_UNSET = object()


class EqualWeightingPortfolioConstructionModel(PortfolioConstructionModel):
    """Gives each security with an insight the same part of the portfolio."""

    bias_ = PortfolioBias.LONG_SHORT

    def __init__(
        self,
        rebalance: Any = _UNSET,  # noqa: ANN401 - a resolution, timedelta, date rule or function
        portfolio_bias: PortfolioBias = PortfolioBias.LONG_SHORT,
        **named: Any,  # noqa: ANN401 - the rule by the names of LEAN's overloads
    ) -> None:
        super().__init__(_rule_of(rebalance, named, Resolution.DAILY))
        self.bias_ = portfolio_bias

    def determine_target_percent(self, active_insights: list[Insight]) -> Mapping[Insight, Any]:
        """Return the same fraction for each insight that is not flat, on its side."""
        count = sum(
            i.direction is not InsightDirection.FLAT and self.respect_portfolio_bias(i) for i in active_insights
        )
        part = Decimal(1) / count if count else Decimal(0)
        return {insight: numbers.to_double(self.side_(insight) * part) for insight in active_insights}

    def side_(self, insight: Insight) -> int:
        """Return the sign of an insight's position, zero against the bias."""
        return int(insight.direction) if self.respect_portfolio_bias(insight) else 0

    def respect_portfolio_bias(self, insight: Insight) -> bool:
        """Tell whether an insight is on the side that the portfolio may take."""
        return self.bias_ is PortfolioBias.LONG_SHORT or int(insight.direction) == int(self.bias_)


class InsightWeightingPortfolioConstructionModel(EqualWeightingPortfolioConstructionModel):
    """Gives each security the weight of its insight; insights without one are left out."""

    def should_create_target_for_insight(self, insight: Insight) -> bool:
        """Tell whether an insight has a weight."""
        return insight.weight is not None

    def determine_target_percent(self, active_insights: list[Insight]) -> Mapping[Insight, Any]:
        """Return the weights on their sides, scaled down when they sum up to more than 1."""
        value = model_method(self, "get_value")
        total = 0.0
        for insight in active_insights:
            if self.respect_portfolio_bias(insight):
                total += value(insight)
        factor = 1 / total if total > 1 else 1.0
        return {insight: self.side_(insight) * value(insight) * factor for insight in active_insights}

    def get_value(self, insight: Insight) -> float:
        """Return the weight of an insight."""
        return 0.0 if insight.weight is None else abs(insight.weight)


class ConfidenceWeightedPortfolioConstructionModel(InsightWeightingPortfolioConstructionModel):
    """Gives each security the confidence of its insight; insights without one are left out."""

    def should_create_target_for_insight(self, insight: Insight) -> bool:
        """Tell whether an insight has a confidence."""
        return insight.confidence is not None

    def get_value(self, insight: Insight) -> float:
        """Return the confidence of an insight."""
        return insight.confidence or 0.0


class AccumulativeInsightPortfolioConstructionModel(PortfolioConstructionModel):
    """Moves each security's part of the portfolio by a step for each insight that holds."""

    bias_ = PortfolioBias.LONG_SHORT
    percent_ = 0.03

    def __init__(
        self,
        rebalance: Any = _UNSET,  # noqa: ANN401 - a resolution, timedelta, date rule or function
        portfolio_bias: PortfolioBias = PortfolioBias.LONG_SHORT,
        percent: float = 0.03,
        **named: Any,  # noqa: ANN401
    ) -> None:
        super().__init__(_rule_of(rebalance, named, None))
        self.bias_ = portfolio_bias
        self.percent_ = abs(percent)

    def get_target_insights(self) -> list[Insight]:
        """Return all insights that hold, oldest first."""
        return NetList(sorted(self.valid_insights_(), key=lambda insight: insight.generated_utc))

    def determine_target_percent(self, active_insights: list[Insight]) -> Mapping[Insight, Any]:
        """Return the sum of the steps of each symbol, by its first insight."""
        percents: dict[Symbol, float] = {}
        first: dict[Symbol, Insight] = {}
        for insight in active_insights:
            first.setdefault(insight.symbol, insight)
            percents[insight.symbol] = self.moved_(percents.get(insight.symbol, 0.0), insight)
        return {insight: percents[symbol] for symbol, insight in first.items()}

    def moved_(self, percent: float, insight: Insight) -> float:
        """Return a percentage after an insight."""
        if insight.direction is InsightDirection.FLAT:
            if abs(percent) < self.percent_:
                percent = 0.0
            else:
                percent += -self.percent_ if percent > 0 else self.percent_
        percent += self.percent_ * int(insight.direction)
        sign = (percent > 0) - (percent < 0)
        if self.bias_ is not PortfolioBias.LONG_SHORT and sign != int(self.bias_):
            return 0.0
        return percent
