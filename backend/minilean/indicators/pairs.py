"""Indicators of two securities: beta, covariance, correlation."""

import math
from decimal import Decimal
from typing import Any

from minilean import numbers, times
from minilean.enums import LeanEnum
from minilean.indicators.base import ZERO, IndicatorBase, Point
from minilean.indicators.rolling_window import RollingWindow
from minilean.statistics import moments


class CorrelationType(LeanEnum):
    """How correlation is measured."""

    PEARSON = 0
    SPEARMAN = 1


class DualSymbolIndicator(IndicatorBase):
    """Base: computes whenever both securities have an input for the same time."""

    takes_bars = True

    def pair(self, target: Any, reference: Any, size: int) -> None:  # noqa: ANN401 - symbols
        """Take the symbols and how many inputs of each are kept."""
        self._symbols = (target, reference)
        self.warm_up_period = size
        self._target: RollingWindow[Point] = RollingWindow(size)
        self._reference: RollingWindow[Point] = RollingWindow(size)

    def clear(self) -> None:
        """Begin without inputs."""
        self._target.reset()
        self._reference.reset()
        self._inputs: dict[Any, tuple[int, Point]] = {}
        self._value = ZERO
        self._step = 1

    @property
    def is_ready(self) -> bool:
        """Whether both windows are full."""
        return self._target.is_ready and self._reference.is_ready

    def compute(self, point: Point) -> Decimal:
        """Wait for the other security's input of the same time; the old value stays meanwhile.

        Raises:
            ValueError: The input is of a third security.
        """
        if point.symbol not in self._symbols:
            known = ", ".join(str(symbol) for symbol in self._symbols)
            raise ValueError(
                f"Input symbol {point.symbol} does not correspond to any of the symbols this indicator works on "
                f"({known})"
            )
        if self.samples == 1:
            self._step = _step_of(point)
        self._inputs[point.symbol] = (point.end_utc - point.end_utc % self._step, point)
        if self.samples > 1 and len({moment for moment, _ in self._inputs.values()}) == 1 and len(self._inputs) == 2:
            target, reference = self._symbols
            self._target.add(self._inputs[target][1])
            self._reference.add(self._inputs[reference][1])
            self._value = self.relate()
        return self._value

    def relate(self) -> Decimal:
        """Compute from the windows of both."""
        raise NotImplementedError


def _step_of(point: Point) -> int:
    """Return the length of time within which inputs count as simultaneous."""
    span = point.end_local - point.time_local
    if span > times.HOUR:
        return times.DAY
    return next((step for step in (times.HOUR, times.MINUTE) if span >= step), 1)


class _ReturnsIndicator(DualSymbolIndicator):
    """Base: keeps the returns of both securities."""

    def setup(self, target_symbol: Any, reference_symbol: Any, period: int) -> None:  # type: ignore[override]  # noqa: ANN401
        """Take the symbols and the number of returns, at least 2.

        Raises:
            ValueError: It is less.
        """
        if period < 2:
            raise ValueError(
                f"Period parameter for {type(self).__name__} indicator must be greater than 2 but was {period}."
            )
        self.pair(target_symbol, reference_symbol, 2)
        self.warm_up_period = period + 1
        self._target_returns: RollingWindow[float] = RollingWindow(period)
        self._reference_returns: RollingWindow[float] = RollingWindow(period)

    def clear(self) -> None:
        """Begin without returns."""
        super().clear()
        self._target_returns.reset()
        self._reference_returns.reset()

    @property
    def is_ready(self) -> bool:
        """Whether there are enough returns of both."""
        return self._target_returns.is_ready and self._reference_returns.is_ready

    def returns(self) -> tuple[list[float], list[float]]:
        """Add the newest returns and give all, the newest first."""
        for bars, kept in ((self._target, self._target_returns), (self._reference, self._reference_returns)):
            if bars.is_ready:
                before = bars[1].close_
                kept.add(numbers.to_double((bars[0].close_ / before if before else ZERO) - 1))
        return list(self._target_returns), list(self._reference_returns)


def _or(value: float, fallback: float) -> float:
    return fallback if math.isnan(value) or not value else value


class Beta(_ReturnsIndicator):
    """Covariance of both over the variance of the reference."""

    short_name = "B({period})"

    def relate(self) -> Decimal:
        """Divide in floating point."""
        target, reference = self.returns()
        variance = _or(moments.variance(reference), 1.0)
        return numbers.safe_decimal_cast(_or(moments.covariance(target, reference), 0.0) / variance)


class Covariance(_ReturnsIndicator):
    """Covariance of the returns of both."""

    short_name = "COV({period})"

    def relate(self) -> Decimal:
        """Compute in floating point."""
        return numbers.safe_decimal_cast(_or(moments.covariance(*self.returns()), 0.0))


class Correlation(DualSymbolIndicator):
    """Correlation of the closes of both."""

    short_name = "Correlation({period})"

    def setup(  # type: ignore[override]
        self,
        target_symbol: Any,  # noqa: ANN401
        reference_symbol: Any,  # noqa: ANN401
        period: int,
        correlation_type: CorrelationType = CorrelationType.PEARSON,
    ) -> None:
        """Take the symbols, the number of closes (at least 2) and how to measure.

        Raises:
            ValueError: The number is less.
        """
        if period < 2:
            raise ValueError(f"Period parameter for Correlation indicator must be greater than 2 but was {period}")
        self.pair(target_symbol, reference_symbol, period)
        self._ranked = correlation_type is CorrelationType.SPEARMAN

    def relate(self) -> Decimal:
        """Compute in floating point; zero where there is no spread."""
        target = [numbers.to_double(bar.close_) for bar in self._target]
        reference = [numbers.to_double(bar.close_) for bar in self._reference]
        if self._ranked:
            target, reference = _ranks(target), _ranks(reference)
        return numbers.safe_decimal_cast(_or(pearson(target, reference), 0.0))


def pearson(first: list[float], second: list[float]) -> float:
    """Return the correlation of two lists in MathNet's order of operations, NaN where there is no spread."""
    mean_first = mean_second = spread_first = spread_second = product = 0.0
    for count, (a, b) in enumerate(zip(first, second, strict=True), 1):
        delta_first, delta_second = a - mean_first, b - mean_second
        step_first, step_second = delta_first / count, delta_second / count
        mean_first += step_first
        mean_second += step_second
        spread_first += step_first * delta_first * (count - 1)
        spread_second += step_second * delta_second * (count - 1)
        product += (delta_first * delta_second * (count - 1)) / count
    spread = math.sqrt(spread_first * spread_second)
    return product / spread if spread else math.nan


def _ranks(values: list[float]) -> list[float]:
    """Return ranks from 1, equal values sharing their mean rank."""
    ordered = sorted(range(len(values)), key=values.__getitem__)
    ranks = [0.0] * len(values)
    start = 0
    while start < len(ordered):
        end = start
        while end + 1 < len(ordered) and values[ordered[end + 1]] == values[ordered[start]]:
            end += 1
        for place in range(start, end + 1):
            ranks[ordered[place]] = (start + end) / 2 + 1
        start = end + 1
    return ranks
