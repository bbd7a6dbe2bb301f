"""Oscillators of a single value."""

from decimal import Decimal
from typing import Any

from minilean.enums import MovingAverageType
from minilean.indicators.average_types import moving_average
from minilean.indicators.base import HUNDRED, ZERO, Identity, IndicatorBase, Point, WindowIndicator
from minilean.indicators.composite import chain, combine, constant, ratio
from minilean.indicators.momentum import (
    MovingAverageConvergenceDivergence,
    RateOfChange,
    RateOfChangePercent,
    RelativeStrengthIndex,
)
from minilean.indicators.moving_averages import (
    Delay,
    ExponentialMovingAverage,
    LinearWeightedMovingAverage,
    SimpleMovingAverage,
)
from minilean.indicators.rolling_window import RollingWindow
from minilean.indicators.volatility import Maximum, Minimum


class ChandeMomentumOscillator(WindowIndicator):
    """Gains less losses, relative to both, -100 to 100."""

    short_name = "CMO({period})"

    def setup(self, period: int) -> None:  # type: ignore[override]
        """Take the period."""
        super().setup(period)
        self.warm_up_period = period + 1

    def clear(self) -> None:
        """Begin without gains and losses."""
        super().clear()
        self._last = self._gain = self._loss = ZERO

    @property
    def is_ready(self) -> bool:
        """Whether there is a period of changes."""
        return self.samples > self.period

    def compute_window(self, window: RollingWindow[Any], point: Point) -> Decimal:  # noqa: ARG002
        """Smooth gains and losses as Wilder and relate them; zero until ready."""
        last, self._last = self._last, point.value_
        if self.samples == 1:
            return ZERO
        if self.samples > self.period + 1:
            self._loss *= self.period - 1
            self._gain *= self.period - 1
        change = point.value_ - last
        if change < 0:
            self._loss -= change
        else:
            self._gain += change
        if not self.is_ready:
            return ZERO
        self._loss /= self.period
        self._gain /= self.period
        total = self._gain + self._loss
        return HUNDRED * ((self._gain - self._loss) / total) if total else ZERO


class DetrendedPriceOscillator(IndicatorBase):
    """A past input less the average."""

    short_name = "DPO({period})"

    def setup(self, period: int) -> None:  # type: ignore[override]
        """Take the period of the average; the lag is half of it and one."""
        self.warm_up_period = period
        self._lagged = Delay(period // 2 + 1)
        self._average = SimpleMovingAverage(period)
        self.parts = (self._lagged, self._average)

    @property
    def is_ready(self) -> bool:
        """Whether both are."""
        return self._average.is_ready and self._lagged.is_ready

    def compute(self, point: Point) -> Decimal:
        """Subtract the average."""
        self._lagged.update_with(point)
        self._average.update_with(point)
        return self._lagged.current.value_ - self._average.current.value_


class Trix(IndicatorBase):
    """Change in per cent of a triple exponential average."""

    short_name = "TRIX({period})"

    def setup(self, period: int) -> None:  # type: ignore[override]
        """Take the period of the averages."""
        self._averages = tuple(ExponentialMovingAverage(f"{self.name}_{number}", period) for number in (1, 2, 3))
        self._change = RateOfChangePercent(f"{self.name}_ROCP1", 1)
        self.parts = (*self._averages, self._change)
        self.warm_up_period = 3 * (period - 1) + 2

    @property
    def is_ready(self) -> bool:
        """Whether there is a change of the third average."""
        return self._change.is_ready

    def compute(self, point: Point) -> Decimal:
        """Pass the input on while each average is ready."""
        value: Any = point
        for average in self._averages:
            average.update_with(value)
            value = average.current
            if not average.is_ready:
                return self._change.current.value_
        self._change.update_with(value)
        return self._change.current.value_


class TrueStrengthIndex(IndicatorBase):
    """Twice smoothed changes relative to their twice smoothed sizes."""

    short_name = "TSI({long_term_period},{short_term_period},{signal_period})"

    def setup(  # type: ignore[override]
        self,
        long_term_period: int = 25,
        short_term_period: int = 13,
        signal_period: int = 7,
        signal_type: MovingAverageType = MovingAverageType.EXPONENTIAL,
    ) -> None:
        """Take the periods of the first and second smoothing and of the signal, and the signal's kind."""
        name = self.name
        self._change = ExponentialMovingAverage(f"{name}_PC_EMA", long_term_period)
        self._size = ExponentialMovingAverage(f"{name}_APC_EMA", long_term_period)
        change = chain(ExponentialMovingAverage(f"{name}_PC_EMA_EMA", short_term_period), self._change)
        size = chain(ExponentialMovingAverage(f"{name}_APC_EMA_EMA", short_term_period), self._size)
        relative = combine(change, size, ratio)
        self._index = combine(relative, constant(HUNDRED), lambda a, b: a * b)
        self.signal = chain(moving_average(signal_type, f"{name}_Signal", signal_period), self._index)
        self.parts = (self._change, self._size, change, size, self._index, self.signal)
        self.warm_up_period = long_term_period + short_term_period

    def clear(self) -> None:
        """Begin without a last input."""
        self._last = ZERO

    @property
    def is_ready(self) -> bool:
        """Whether both smoothings had time to fill."""
        return self.samples >= self.warm_up_period

    def compute(self, point: Point) -> Decimal:
        """Pass the change to the chain."""
        last, self._last = self._last, point.value_
        if self.samples == 1:
            return ZERO
        change = point.value_ - last
        self._change.push(point.end_local, change)
        self._size.push(point.end_local, abs(change))
        return self._index.current.value_


class KnowSureThing(IndicatorBase):
    """Weighted sum of four smoothed rates of change."""

    short_name = (
        "KST({roc1_period},{roc1_ma_period},{roc2_period},{roc2_ma_period},{roc3_period},{roc3_ma_period},"
        "{roc4_period},{roc4_ma_period},{signal_period},{moving_average_type})"
    )

    def setup(  # type: ignore[override]  # noqa: PLR0917 - LEAN's parameters
        self,
        roc1_period: int,
        roc1_ma_period: int,
        roc2_period: int,
        roc2_ma_period: int,
        roc3_period: int,
        roc3_ma_period: int,
        roc4_period: int,
        roc4_ma_period: int,
        signal_period: int,
        moving_average_type: MovingAverageType = MovingAverageType.SIMPLE,
    ) -> None:
        """Take the periods of the rates, of their averages and of the signal line."""
        name = self.name
        periods = (
            (roc1_period, roc1_ma_period), (roc2_period, roc2_ma_period),
            (roc3_period, roc3_ma_period), (roc4_period, roc4_ma_period),
        )  # fmt: skip
        self.warm_up_period = max(rate + average for rate, average in periods)
        self._pairs = [
            (RateOfChange(rate), moving_average(moving_average_type, f"{name}_ROC{number}MA", average))
            for number, (rate, average) in enumerate(periods, 1)
        ]
        self.signal_line = moving_average(moving_average_type, f"{name}_SignalLine", signal_period)
        (self.roc1, self.roc1_ma), (self.roc2, self.roc2_ma) = self._pairs[:2]
        (self.roc3, self.roc3_ma), (self.roc4, self.roc4_ma) = self._pairs[2:]
        self.parts = (*(part for pair in self._pairs for part in pair), self.signal_line)

    @property
    def is_ready(self) -> bool:
        """Whether all averages and the signal are."""
        return all(average.is_ready for _, average in self._pairs) and self.signal_line.is_ready

    def compute(self, point: Point) -> Decimal:
        """Sum up the averages, weighted 1 to 4; zero until the signal line is ready."""
        total = ZERO
        for weight, (rate, average) in enumerate(self._pairs, 1):
            if rate.update_with(point):
                average.push(point.end_local, 100 * rate.current.value_)
            total += weight * average.current.value_
        return total if self.signal_line.push(point.end_local, total) else ZERO


class CoppockCurve(IndicatorBase):
    """Weighted average of two rates of change."""

    short_name = "CC({short_roc_period},{long_roc_period},{lwma_period})"

    def setup(self, short_roc_period: int = 11, long_roc_period: int = 14, lwma_period: int = 10) -> None:  # type: ignore[override]
        """Take the periods of the rates and of the average."""
        self._short = RateOfChangePercent(short_roc_period)
        self._long = RateOfChangePercent(long_roc_period)
        self._average = LinearWeightedMovingAverage(lwma_period)
        self.parts = (self._short, self._long, self._average)
        self.warm_up_period = max(short_roc_period, long_roc_period) + lwma_period

    @property
    def is_ready(self) -> bool:
        """Whether the average is."""
        return self._average.is_ready

    def compute(self, point: Point) -> Decimal:
        """Average the sum once both rates are ready."""
        self._short.update_with(point)
        self._long.update_with(point)
        if not (self._long.is_ready and self._short.is_ready):
            return ZERO
        self._average.push(point.end_local, self._short.current.value_ + self._long.current.value_)
        return self._average.current.value_


class StochasticRelativeStrengthIndex(IndicatorBase):
    """Where the RSI is between its recent extremes."""

    short_name = "SRSI({rsi_period},{stoch_period},{k_smoothing_period},{d_smoothing_period},{moving_average_type})"

    def setup(  # type: ignore[override]
        self,
        rsi_period: int,
        stoch_period: int,
        k_smoothing_period: int,
        d_smoothing_period: int,
        moving_average_type: MovingAverageType = MovingAverageType.SIMPLE,
    ) -> None:
        """Take the periods of RSI and extremes, and of the smoothing of K and D."""
        label = moving_average_type.label
        self._rsi = RelativeStrengthIndex(rsi_period)
        self._recent: RollingWindow[Decimal] = RollingWindow(stoch_period)
        self.k = moving_average(moving_average_type, f"{self.name}_K_{label}", k_smoothing_period)
        self.d = moving_average(moving_average_type, f"{self.name}_D_{label}", d_smoothing_period)
        self.parts = (self._rsi, self.k, self.d)
        self.warm_up_period = rsi_period + stoch_period + max(k_smoothing_period, d_smoothing_period)

    def clear(self) -> None:
        """Begin without recent values."""
        self._recent.reset()

    @property
    def is_ready(self) -> bool:
        """Whether all had time to fill."""
        return self.samples >= self.warm_up_period

    def compute(self, point: Point) -> Decimal:
        """Update K and D; the value itself is the input."""
        self._rsi.update_with(point)
        value = self._rsi.current.value_
        self._recent.add(value)
        if not self._recent.is_ready:
            return ZERO
        highest, lowest = max(self._recent), min(self._recent)
        place = 100 * (value - lowest) / (highest - lowest) if highest != lowest else HUNDRED
        self.k.push(point.end_local, place)
        self.d.push(point.end_local, self.k.current.value_)
        passed: Decimal = point.value_
        return passed


class SchaffTrendCycle(IndicatorBase):
    """Stochastic of a stochastic of MACD."""

    short_name = "SchaffTrendCycle({cycle_period},{fast_period},{slow_period})"

    def setup(  # type: ignore[override]
        self,
        cycle_period: int = 10,
        fast_period: int = 23,
        slow_period: int = 50,
        type: MovingAverageType = MovingAverageType.EXPONENTIAL,  # noqa: A002 - LEAN's name
    ) -> None:
        """Take the periods of the extremes and of MACD, and the kind of average."""
        self._macd = MovingAverageConvergenceDivergence(fast_period, slow_period, cycle_period, type)
        self._maximum = chain(Maximum(cycle_period), self._macd, wait=False)
        self._minimum = chain(Minimum(cycle_period), self._macd, wait=False)
        self._k = Identity(f"{self.name}_K")
        self._d = chain(moving_average(type, None, 3), self._k, wait=False)
        self._maximum_d = chain(Maximum(cycle_period), self._d, wait=False)
        self._minimum_d = chain(Minimum(cycle_period), self._d, wait=False)
        self._pf = Identity(f"{self.name}_PF")
        self._pff = chain(moving_average(type, None, 3), self._pf, wait=False)
        self.parts = (
            self._macd, self._maximum, self._minimum, self._k, self._d, self._maximum_d, self._minimum_d, self._pf,
            self._pff,
        )  # fmt: skip
        self.warm_up_period = self._macd.warm_up_period

    @property
    def is_ready(self) -> bool:
        """Whether MACD is."""
        return self._macd.is_ready

    def compute(self, point: Point) -> Decimal:
        """Update the two stochastics one after the other."""
        self._macd.update_with(point)
        self._k.push(point.end_local, _place(self._macd, self._maximum, self._minimum))
        self._pf.push(point.end_local, _place(self._d, self._maximum_d, self._minimum_d))
        return self._pff.current.value_


def _place(value: IndicatorBase, highest: IndicatorBase, lowest: IndicatorBase) -> Decimal:
    """Return where a value is between two others, in per cent; zero when there is no room."""
    low = lowest.current.value_
    room = highest.current.value_ - low
    return (value.current.value_ - low) / room * 100 if room > 0 else ZERO


class Momersion(WindowIndicator):
    """Share of changes that go on in the same direction, in per cent."""

    short_name = "Momersion({min_period},{full_period})"

    def setup(self, min_period: int | None, full_period: int) -> None:  # type: ignore[override]
        """Take after how many changes there is a value (None: a full period) and the period.

        Raises:
            ValueError: The minimum is less than 4.
        """
        if min_period is not None and min_period < 4:
            raise ValueError("The minimum period should be 4. (Parameter 'minPeriod')")
        super().setup(full_period)
        self._minimum = min_period
        self._products: RollingWindow[Decimal] = RollingWindow(full_period)
        self.warm_up_period = full_period + 3 if min_period is None else min_period + 2

    def clear(self) -> None:
        """Begin without changes."""
        super().clear()
        self._products.reset()

    @property
    def is_ready(self) -> bool:
        """Whether there are enough changes."""
        if self._minimum is not None:
            return self._products.count >= self._minimum
        return self._products.samples > self._products.size

    def compute_window(self, window: RollingWindow[Any], point: Point) -> Decimal:  # noqa: ARG002
        """Count products of neighbouring changes by sign; 50 when half of them are zero."""
        if window.count >= 3:
            newest, middle, oldest = (window[index].value_ for index in range(3))
            self._products.add((newest - middle) * (middle - oldest))
        products = list(self._products)
        if self.is_ready and products.count(ZERO) < 0.5 * len(products):
            same = sum(1 for product in products if product > 0)
            other = sum(1 for product in products if product < 0)
            return HUNDRED * same / (same + other)
        return Decimal(50)
