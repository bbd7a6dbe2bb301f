"""Portfolio construction by risk parity: every security adds the same risk."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from minilean import numbers
from minilean.data.history_provider import bars_of
from minilean.data.time_slice import SecurityChanges
from minilean.enums import Resolution
from minilean.framework.algorithm import Algorithm
from minilean.framework.enums import PortfolioBias
from minilean.framework.insight import Insight
from minilean.framework.portfolio.construction import PortfolioConstructionModel
from minilean.indicators.base import IndicatorDataPoint
from minilean.indicators.momentum import RateOfChange
from minilean.securities.symbol import Symbol
from minilean.surface import NotSupportedError, core_of

Matrix = list[list[float]]
_LOWEST = 1e-05
_TOLERANCE = 1e-11
_MOST_STEPS = 15000


class _Returns:
    """The last returns of a security, newest first."""

    def __init__(self, symbol: Symbol, lookback: int, period: int) -> None:
        self.roc = RateOfChange(f"{symbol}.ROC({lookback})", lookback)
        self.roc.updated += self._add
        self._period = period
        self._values: list[tuple[int, float]] = []

    def _add(self, _sender: object, point: IndicatorDataPoint) -> None:
        if self.roc.is_ready and not (self._values and self._values[0][0] == point.end_local):
            self._values.insert(0, (point.end_local, numbers.to_double(point.value_)))
            del self._values[self._period :]

    @property
    def by_time(self) -> dict[int, float]:
        """Returns by their time."""
        return dict(self._values)


def returns_matrix(columns: Sequence[Mapping[int, float]], longest: int) -> Matrix:
    """Return rows of the returns of all securities, without those that lack one or are all zero.

    Rows are by time when all securities have returns at the same times, else the newest returns go together.
    """
    times = list(dict.fromkeys(moment for column in columns for moment in column))
    if longest == len(times):
        rows = [[column.get(moment, math.nan) for column in columns] for moment in times]
    else:
        values = [list(column.values()) for column in columns]
        rows = [[each[i] if i < len(each) else math.nan for each in values] for i in range(longest)]
    return [row for row in rows if (total := sum(map(abs, row))) and not math.isnan(total)]


def covariance(rows: Matrix) -> Matrix:
    """Return the sample covariance of the columns."""
    count, columns = len(rows), list(zip(*rows, strict=True))
    means = [sum(column) / count for column in columns]
    centered = [[value - mean for value in column] for column, mean in zip(columns, means, strict=True)]
    return [[sum(a * b for a, b in zip(x, y, strict=True)) / (count - 1) for y in centered] for x in centered]


def _solve(matrix: Matrix, vector: Sequence[float]) -> list[float]:
    """Solve a system of linear equations."""
    size = len(vector)
    rows = [[*row, value] for row, value in zip(matrix, vector, strict=True)]
    for i in range(size):
        pivot = max(range(i, size), key=lambda each: abs(rows[each][i]))
        rows[i], rows[pivot] = rows[pivot], rows[i]
        for j in range(i + 1, size):
            factor = rows[j][i] / rows[i][i]
            rows[j] = [b - factor * a for a, b in zip(rows[i], rows[j], strict=True)]
    solution = [0.0] * size
    for i in reversed(range(size)):
        known = sum(rows[i][j] * solution[j] for j in range(i + 1, size))
        solution[i] = (rows[i][size] - known) / rows[i][i]
    return solution


def _dot(first: Sequence[float], second: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(first, second, strict=True))


def risk_parity_weights(matrix: Matrix) -> list[float]:
    """Return weights of equal risk by Newton's method, as parts of their sum."""
    size = len(matrix)
    if size == 1:
        return [1.0]
    budget = 1 / size
    weights = [budget] * size
    old, new = math.inf, -math.inf
    for _ in range(_MOST_STEPS):
        if abs(new - old) <= _TOLERANCE:
            break
        old = new
        slopes = [_dot(row, weights) - budget / x for row, x in zip(matrix, weights, strict=True)]
        hessian = [
            [value + (budget / (weights[i] * weights[i]) if i == j else 0.0) for j, value in enumerate(row)]
            for i, row in enumerate(matrix)
        ]
        weights = [x - step for x, step in zip(weights, _solve(hessian, slopes), strict=True)]
        risk = _dot([_dot(row, weights) for row in matrix], weights)
        new = 0.5 * risk - sum(budget * math.log(x) for x in weights)
    total = sum(weights)
    return [max(x / total, _LOWEST) for x in weights]


class RiskParityPortfolioConstructionModel(PortfolioConstructionModel):
    """Weighs securities so that each adds the same risk, by the covariance of their returns."""

    def __init__(  # noqa: PLR0917 - LEAN's signature
        self,
        rebalance: Any = Resolution.DAILY,  # noqa: ANN401 - a resolution, timedelta, date rule or function
        portfolio_bias: PortfolioBias = PortfolioBias.LONG_SHORT,
        lookback: int = 1,
        period: int = 252,
        resolution: Resolution = Resolution.DAILY,
        optimizer: object = None,
    ) -> None:
        super().__init__(rebalance)
        if portfolio_bias is PortfolioBias.SHORT:
            raise ValueError("Long position must be allowed in RiskParityPortfolioConstructionModel.")
        if optimizer is not None:
            raise NotSupportedError("RiskParityPortfolioConstructionModel(optimizer=...)")
        self.lookback_ = lookback
        self.period_ = period
        self.resolution_ = resolution
        self.returns_: dict[Symbol, _Returns] = {}

    def determine_target_percent(self, active_insights: list[Insight]) -> Mapping[Insight, Any]:
        """Return the weights of equal risk."""
        if not active_insights:
            return {}
        columns = [self.returns_[insight.symbol].by_time for insight in active_insights]
        longest = max((len(each.by_time) for each in self.returns_.values()), default=0)
        rows = returns_matrix(columns, longest)
        if len(rows) < 2:
            raise NotSupportedError("RiskParityPortfolioConstructionModel with less than two returns")
        return dict(zip(active_insights, risk_parity_weights(covariance(rows)), strict=True))

    def on_securities_changed(self, algorithm: Algorithm, changes: SecurityChanges) -> None:
        """Follow the returns of securities that joined, forget those of securities that left."""
        core = core_of(algorithm)
        super().on_securities_changed(algorithm, changes)
        for security in changes.removed_securities:
            core.unregister_indicator(self.returns_.pop(security.symbol).roc)
        symbols = [security.symbol for security in changes.added_securities]
        for symbol in symbols:
            if symbol not in self.returns_:
                self.returns_[symbol] = returns = _Returns(symbol, self.lookback_, self.period_)
                core.register_indicator(symbol, returns.roc, self.resolution_)
        if symbols:
            count = self.lookback_ * self.period_
            for found in core.history.before(symbols, count, self.resolution_):
                for bar in bars_of(found):
                    self.returns_[bar.symbol].roc.push(bar.end_local, bar.value_)
