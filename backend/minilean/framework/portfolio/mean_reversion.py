"""Portfolio construction by online mean reversion: weights move towards securities below their average."""

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from minilean import numbers
from minilean.data.time_slice import SecurityChanges
from minilean.enums import Resolution
from minilean.framework.enums import PortfolioBias
from minilean.framework.insight import Insight
from minilean.framework.portfolio.construction import PortfolioConstructionModel
from minilean.indicators.base import IndicatorBase
from minilean.securities.symbol import Symbol
from minilean.surface import core_of, model_method

if TYPE_CHECKING:
    from minilean.algorithm.qc_algorithm import QCAlgorithm


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
        self._threshold = float(reversion_threshold)
        self._window = window_size
        self._resolution = resolution
        self._weights: list[float] = []
        self._data: dict[Symbol, tuple[IndicatorBase, IndicatorBase]] = {}

    def determine_target_percent(self, active_insights: list[Insight]) -> Mapping[Insight, Any]:
        """Return the next weights; none before all averages are ready."""
        if not active_insights or not all(self._is_ready(insight.symbol) for insight in active_insights):
            return {}
        count = len(active_insights)
        if len(self._weights) != count:
            self._weights = [1 / count] * count
        relatives: list[float] = model_method(self, "get_price_relatives")(active_insights)
        self._weights = self._next(relatives)
        return dict(zip(active_insights, self._weights, strict=True))

    def _is_ready(self, symbol: Symbol) -> bool:
        return all(indicator.is_ready for indicator in self._data[symbol])

    def _next(self, relatives: Sequence[float]) -> list[float]:
        mean = sum(relatives) / len(relatives)
        deviations = [value - mean for value in relatives]
        norm = math.sqrt(sum(value * value for value in deviations)) ** 2
        step = 0.0
        if norm:
            product = sum(weight * value for weight, value in zip(self._weights, relatives, strict=True))
            step = max(0.0, (product - self._threshold) / norm)
        return simplex_projection(
            [weight - value * step for weight, value in zip(self._weights, deviations, strict=True)]
        )

    def get_price_relatives(self, active_insights: Iterable[Insight]) -> list[float]:
        """Return what prices are expected to become: by the insights' magnitudes, or by price over average."""
        return [self._relative(insight) for insight in active_insights]

    def _relative(self, insight: Insight) -> float:
        if insight.magnitude is not None:
            return 1 + insight.magnitude * int(insight.direction)
        price, average = self._data[insight.symbol]
        return numbers.to_double(price.current.value_) / numbers.to_double(average.current.value_)

    def on_securities_changed(self, algorithm: "QCAlgorithm", changes: SecurityChanges) -> None:
        """Follow securities that joined, forget those that left."""
        super().on_securities_changed(algorithm, changes)
        for security in changes.removed_securities:
            for indicator in self._data.pop(security.symbol):
                indicator.reset()
        for security in changes.added_securities:
            if security.symbol not in self._data:
                self._data[security.symbol] = self._follow(algorithm, security.symbol)

    def _follow(self, algorithm: "QCAlgorithm", symbol: Symbol) -> tuple[IndicatorBase, IndicatorBase]:
        core = core_of(algorithm)
        price: IndicatorBase = core.indicator_helper("identity")(symbol, self._resolution)
        average: IndicatorBase = core.indicator_helper("sma")(symbol, self._window, self._resolution)
        core.warm_up_indicator(symbol, price, self._resolution)
        core.warm_up_indicator(symbol, average, self._resolution)
        return price, average
