"""Oscillators made of several smoothings."""

import math
from decimal import Decimal

from minilean import numbers
from minilean.enums import MovingAverageType
from minilean.indicators.bar_oscillators import Stochastic
from minilean.indicators.base import ONE, ZERO, IndicatorBase, Point
from minilean.indicators.channels import KeltnerChannels
from minilean.indicators.composite import chain
from minilean.indicators.momentum import RelativeStrengthIndex
from minilean.indicators.moving_averages import ExponentialMovingAverage, SimpleMovingAverage
from minilean.indicators.rolling_window import RollingWindow
from minilean.indicators.volatility import BollingerBands, Maximum, Minimum

_HALF = Decimal("0.5")
_FACTOR = Decimal("0.015")


class DerivativeOscillator(IndicatorBase):
    """Twice smoothed RSI less its average; zero until ready."""

    short_name = "DO({rsi_period},{smoothing_rsi_period},{double_smoothing_rsi_period},{signal_line_period})"

    def setup(  # type: ignore[override]
        self, rsi_period: int, smoothing_rsi_period: int, double_smoothing_rsi_period: int, signal_line_period: int
    ) -> None:
        """Take the periods of RSI, smoothings and average."""
        name = self.name
        self._rsi = RelativeStrengthIndex(f"{name}_RSI", rsi_period)
        first = chain(ExponentialMovingAverage(f"{name}_SmoothedRSI", smoothing_rsi_period), self._rsi)
        self._smooth = chain(ExponentialMovingAverage(f"{name}_DoubleSmoothedRSI", double_smoothing_rsi_period), first)
        self._signal = chain(SimpleMovingAverage(f"{name}_SignalLine", signal_line_period), self._smooth)
        self.parts = (self._rsi, first, self._smooth, self._signal)
        self.warm_up_period = rsi_period + smoothing_rsi_period + double_smoothing_rsi_period + signal_line_period - 2

    @property
    def is_ready(self) -> bool:
        """Whether the average is."""
        return self._signal.is_ready

    def compute(self, point: Point) -> Decimal:
        """Pass the input to the chain."""
        self._rsi.update_with(point)
        return self._smooth.current.value_ - self._signal.current.value_ if self.is_ready else ZERO


class ConnorsRelativeStrengthIndex(IndicatorBase):
    """Mean of an RSI of prices, one of streaks, and the rank of the last change; zero until ready."""

    short_name = "CRSI({rsi_period},{rsi_period_streak},{look_back_period})"

    def setup(self, rsi_period: int, rsi_period_streak: int, look_back_period: int) -> None:  # type: ignore[override]
        """Take the periods of both RSI and of the changes to rank among."""
        self._rsi = RelativeStrengthIndex(rsi_period)
        self._streaks = RelativeStrengthIndex(rsi_period_streak)
        self._changes: RollingWindow[Decimal] = RollingWindow(look_back_period)
        self.parts = (self._rsi, self._streaks)
        self.warm_up_period = max(look_back_period, rsi_period + 1, rsi_period_streak + 1)

    def clear(self) -> None:
        """Begin without a last input."""
        self._changes.reset()
        self._streak = 0
        self._last: Decimal | None = None

    @property
    def is_ready(self) -> bool:
        """Whether all parts are."""
        return self._rsi.is_ready and self._streaks.is_ready and self._changes.is_ready

    def compute(self, point: Point) -> Decimal:
        """Update the parts; the first change is zero."""
        value: Decimal = point.value_
        self._rsi.update_with(point)
        self._count(value)
        self._streaks.push(point.end_local, Decimal(self._streak))
        last, self._last = self._last, value
        if not last:
            self._changes.add(ZERO)
            return ZERO
        change = (value - last) / last
        rank = ZERO
        if self._changes.is_ready:
            below = sum(1 for each in self._changes if each < change)
            rank = Decimal(100) * below / self._changes.count
        self._changes.add(change)
        if not self.is_ready:
            return ZERO
        return (self._rsi.current.value_ + self._streaks.current.value_ + rank) / 3

    def _count(self, value: Decimal) -> None:
        if self._last is None or value == self._last:
            return
        step = 1 if value > self._last else -1
        self._streak = self._streak + step if self._streak * step >= 0 else step


class WaveTrendOscillator(IndicatorBase):
    """Average of the distance from an average in average distances, with a signal line."""

    short_name = "WTO({channel_period},{average_period},{signal_period})"
    takes_bars = True

    def setup(self, channel_period: int, average_period: int, signal_period: int) -> None:  # type: ignore[override]
        """Take the periods.

        Raises:
            ValueError: One is less than 1.
        """
        if min(channel_period, average_period, signal_period) < 1:
            raise ValueError("WaveTrendOscillator: all periods must be greater than zero.")
        name = self.name
        self.channel_average = ExponentialMovingAverage(f"{name}_ChannelAverage", channel_period)
        self.channel_deviation = ExponentialMovingAverage(f"{name}_ChannelDeviation", channel_period)
        self.channel_index_average = ExponentialMovingAverage(f"{name}_ChannelIndexAverage", average_period)
        self.signal = SimpleMovingAverage(f"{name}_Signal", signal_period)
        self.parts = (self.channel_average, self.channel_deviation, self.channel_index_average, self.signal)
        self.warm_up_period = 2 * channel_period + average_period + signal_period - 3

    @property
    def is_ready(self) -> bool:
        """Whether the signal is."""
        return self.signal.is_ready

    def compute(self, point: Point) -> Decimal:
        """Update each part once the one before is ready."""
        end = point.end_local
        typical = (point.high_ + point.low_ + point.close_) / 3
        if not self.channel_average.push(end, typical):
            return ZERO
        distance = typical - self.channel_average.current.value_
        if not self.channel_deviation.push(end, abs(distance)):
            return ZERO
        deviation = _FACTOR * self.channel_deviation.current.value_
        if not deviation:
            return self.current.value_
        if self.channel_index_average.push(end, distance / deviation):
            self.signal.push(end, self.channel_index_average.current.value_)
        return self.channel_index_average.current.value_


class PremierStochasticOscillator(IndicatorBase):
    """Twice smoothed stochastic, bent to -1 to 1; zero until ready."""

    short_name = "PSO({period},{ema_period})"
    takes_bars = True

    def setup(self, period: int, ema_period: int) -> None:  # type: ignore[override]
        """Take the periods of stochastic and smoothings."""
        self._stochastic = Stochastic(self.name, period, period, period)
        self._first = ExponentialMovingAverage(ema_period)
        self._second = chain(ExponentialMovingAverage(ema_period), self._first)
        self.parts = (self._stochastic, self._first, self._second)
        self.warm_up_period = period + 2 * (ema_period - 1)

    @property
    def is_ready(self) -> bool:
        """Whether the second smoothing is."""
        return self._second.is_ready

    def compute(self, point: Point) -> Decimal:
        """Smooth and bend; the exponential in floating point."""
        self._stochastic.update_with(point)
        fast = self._stochastic.fast_stoch
        if not fast.is_ready:
            return ZERO
        ready = self._first.push(point.end_local, Decimal("0.1") * (fast.current.value_ - 50))
        if not ready or not self.is_ready:
            return ZERO
        power = numbers.safe_decimal_cast(math.exp(numbers.to_double(self._second.current.value_)))
        return (power - 1) / (power + 1)


class SqueezeMomentum(IndicatorBase):
    """1 while the Bollinger bands lie inside the Keltner channels, -1 otherwise; zero until ready."""

    short_name = "SM({bollinger_period},{bollinger_multiplier},{keltner_period},{keltner_multiplier})"
    takes_bars = True

    def setup(  # type: ignore[override]
        self,
        bollinger_period: int,
        bollinger_multiplier: object,
        keltner_period: int,
        keltner_multiplier: object,
    ) -> None:
        """Take the periods and widths of bands and channels."""
        self.bollinger_bands = BollingerBands(bollinger_period, bollinger_multiplier)
        self.keltner_channels = KeltnerChannels(keltner_period, keltner_multiplier, MovingAverageType.EXPONENTIAL)
        self.parts = (self.bollinger_bands, self.keltner_channels)
        self.warm_up_period = max(bollinger_period, keltner_period)

    @property
    def is_ready(self) -> bool:
        """Whether both are."""
        return self.bollinger_bands.is_ready and self.keltner_channels.is_ready

    def compute(self, point: Point) -> Decimal:
        """Compare both borders."""
        bands, channels = self.bollinger_bands, self.keltner_channels
        bands.update_with(point)
        channels.update_with(point)
        if not self.is_ready:
            return ZERO
        above = channels.upper_band.current.value_ > bands.upper_band.current.value_
        below = channels.lower_band.current.value_ < bands.lower_band.current.value_
        return ONE if above and below else -ONE


class FisherTransform(IndicatorBase):
    """Place of the middle between its extremes, bent to a normal distribution; zero until ready."""

    short_name = "FISH({period})"
    takes_bars = True

    def setup(self, period: int) -> None:  # type: ignore[override]
        """Take the number of bars."""
        self.warm_up_period = period
        self._highest = Maximum("MedianMax", period)
        self._lowest = Minimum("MedianMin", period)
        self.parts = (self._highest, self._lowest)

    def clear(self) -> None:
        """Begin without a place before."""
        self._place = 0.0

    @property
    def is_ready(self) -> bool:
        """Whether both extremes are."""
        return self._highest.is_ready and self._lowest.is_ready

    def compute(self, point: Point) -> Decimal:
        """Smooth the place in floating point, bend it, and add half of the value before."""
        price = (point.low_ + point.high_) / 2
        self._lowest.push(point.end_local, price)
        self._highest.push(point.end_local, price)
        if not self.is_ready:
            return ZERO
        low, high = self._lowest.current.value_, self._highest.current.value_
        place = bent = 0.0
        if low != high:
            share = numbers.to_double((price - low) / (high - low))
            place = 0.33 * 2 * (share - 0.5) + (1 - 0.33) * self._place
            inside = min(max(place, -0.999), 0.999)
            bent = 0.5 * math.log((1.0 + inside) / (1.0 - inside))
        self._place = place
        return numbers.safe_decimal_cast(bent) + _HALF * self.current.value_
