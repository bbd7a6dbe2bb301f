"""Portfolio construction by online mean reversion: weights move towards securities below their average."""

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Any

from minilean import numbers
from minilean.data.time_slice import SecurityChanges
from minilean.enums import Resolution
from minilean.framework.algorithm import Algorithm
from minilean.framework.enums import PortfolioBias
from minilean.framework.insight import Insight
from minilean.framework.portfolio.construction import PortfolioConstructionModel
from minilean.indicators.base import IndicatorBase
from minilean.securities.symbol import Symbol
from minilean.surface import core_of, model_method


def simplex_projection(vector: Sequence[float], total: float = 1) -> list[float]:
    """Return the nearest vector without negative parts that sums up to a total.

    Raises:
        ValueError: The total is not positive.
    """
    if total <= 0:
        raise ValueError("Total must be > 0 for Euclidean Projection onto the Simplex.")
    ordered = sorted(vector, reverse=True)
    shares = [(value - total) / (index + 1) for index, value in enumerate(accumulate(ordered))]
    theta = [share for value, share in zip(ordered, shares, strict=True) if value > share][-1]
    return [max(value - theta, 0.0) for value in vector]


class MeanReversionPortfolioConstructionModel(PortfolioConstructionModel):
    """Weighs securities by how far they are below their average, from the weights of the last time on."""

    def __init__(
        self,
        rebalance: Any = Resolution.DAILY,  # noqa: ANN401 - a resolution, timedelta, date rule or function
        portfolio_bias: PortfolioBias = PortfolioBias.LONG_SHORT,
        reversion_threshold: float = 1,
        window_size: int = 20,
        resolution: Resolution = Resolution.DAILY,
    ) -> None:
        super().__init__(rebalance)
        if portfolio_bias is PortfolioBias.SHORT:
            raise ValueError("Long position must be allowed in MeanReversionPortfolioConstructionModel.")
        self.threshold_ = float(reversion_threshold)
        self.window_ = window_size
        self.resolution_ = resolution
        self.weights_: list[float] = []
        self.data_: dict[Symbol, tuple[IndicatorBase, IndicatorBase]] = {}

    def determine_target_percent(self, active_insights: list[Insight]) -> Mapping[Insight, Any]:
        """Return the next weights; none before all averages are ready."""
        if not active_insights or not all(self.is_ready_(insight.symbol) for insight in active_insights):
            return {}
        count = len(active_insights)
        if len(self.weights_) != count:
            self.weights_ = [1 / count] * count
        relatives: list[float] = model_method(self, "get_price_relatives")(active_insights)
        self.weights_ = self.next_(relatives)
        return dict(zip(active_insights, self.weights_, strict=True))

    def is_ready_(self, symbol: Symbol) -> bool:
        """Tell whether the indicators of a symbol are ready."""
        return all(indicator.is_ready for indicator in self.data_[symbol])

    def next_(self, relatives: Sequence[float]) -> list[float]:
        """Return the weights after a move, projected back to a portfolio."""
        mean = sum(relatives) / len(relatives)
        deviations = [value - mean for value in relatives]
        norm = math.sqrt(sum(value * value for value in deviations)) ** 2
        step = 0.0
        if norm:
            product = sum(weight * value for weight, value in zip(self.weights_, relatives, strict=True))
            step = max(0.0, (product - self.threshold_) / norm)
        return simplex_projection(
            [weight - value * step for weight, value in zip(self.weights_, deviations, strict=True)]
        )

    def get_price_relatives(self, active_insights: Iterable[Insight]) -> list[float]:
        """Return what prices are expected to become: by the insights' magnitudes, or by price over average."""
        return [self.relative_(insight) for insight in active_insights]

    def relative_(self, insight: Insight) -> float:
        """Return an insight's price in relation to its average."""
        if insight.magnitude is not None:
            return 1 + insight.magnitude * int(insight.direction)
        price, average = self.data_[insight.symbol]
        return numbers.to_double(price.current.value_) / numbers.to_double(average.current.value_)

    def on_securities_changed(self, algorithm: Algorithm, changes: SecurityChanges) -> None:
        """Follow securities that joined, forget those that left."""
        super().on_securities_changed(algorithm, changes)
        for security in changes.removed_securities:
            for indicator in self.data_.pop(security.symbol):
                indicator.reset()
        for security in changes.added_securities:
            if security.symbol not in self.data_:
                self.data_[security.symbol] = self.follow_(algorithm, security.symbol)

    def follow_(self, algorithm: Algorithm, symbol: Symbol) -> tuple[IndicatorBase, IndicatorBase]:
        """Make the indicators of a symbol."""
        core = core_of(algorithm)
        price: IndicatorBase = core.indicator_helper("identity")(symbol, self.resolution_)
        average: IndicatorBase = core.indicator_helper("sma")(symbol, self.window_, self.resolution_)
        core.warm_up_indicator(symbol, price, self.resolution_)
        core.warm_up_indicator(symbol, average, self.resolution_)
        return price, average
