"""Indicators of volume."""

from decimal import Decimal

from minilean.enums import MovingAverageType
from minilean.indicators.average_types import moving_average
from minilean.indicators.base import HUNDRED, ZERO, IndicatorBase, Point
from minilean.indicators.moving_averages import ExponentialMovingAverage, SimpleMovingAverage, Sum
from minilean.indicators.rolling_window import RollingWindow

_LEAST_MOVEMENT = Decimal("0.00000001")


class TradeBarIndicator(IndicatorBase):
    """Base of indicators that need bars of trades, for their volume."""

    takes_bars = True
    takes_trade_bars = True


class OnBalanceVolume(TradeBarIndicator):
    """Sum of the volumes of rises less those of falls."""

    short_name = "OBV"

    def setup(self) -> None:  # type: ignore[override]
        """Nothing to take."""
        self.warm_up_period = 1

    def clear(self) -> None:
        """Begin without a bar before."""
        self._last: Decimal | None = None

    @property
    def is_ready(self) -> bool:
        """Whether there was a bar."""
        return self._last is not None

    def compute(self, point: Point) -> Decimal:
        """Add or subtract the volume; begin with that of the first bar."""
        last, self._last = self._last, point.value_
        volume: Decimal = getattr(point, "volume_", ZERO)
        if last is None:
            return volume
        if point.value_ > last:
            return self.current.value_ + volume
        return self.current.value_ - volume if point.value_ < last else self.current.value_


class SmoothedOnBalanceVolume(IndicatorBase):
    """Average of the on-balance volume; zero until ready."""

    short_name = "SOBV({period})"
    takes_bars = True

    def setup(self, period: int, moving_average_type: MovingAverageType = MovingAverageType.SIMPLE) -> None:  # type: ignore[override]
        """Take period and kind of the average."""
        self.warm_up_period = period
        self.on_balance_volume = OnBalanceVolume()
        self._average = moving_average(moving_average_type, f"{self.name}_{moving_average_type.label}", period)
        self.parts = (self._average, self.on_balance_volume)

    @property
    def is_ready(self) -> bool:
        """Whether the average is."""
        return self._average.is_ready

    def compute(self, point: Point) -> Decimal:
        """Average the volume."""
        self.on_balance_volume.update_with(point)
        ready = self._average.push(point.end_local, self.on_balance_volume.current.value_)
        return self._average.current.value_ if ready else ZERO


class AccumulationDistribution(TradeBarIndicator):
    """Sum of volumes, weighted by where bars close in their range."""

    short_name = "AD"

    def setup(self) -> None:  # type: ignore[override]
        """Nothing to take."""
        self.warm_up_period = 1

    @property
    def is_ready(self) -> bool:
        """Whether there was a bar."""
        return self.samples > 0

    def compute(self, point: Point) -> Decimal:
        """Add the weighted volume; nothing without a range."""
        room = point.high_ - point.low_
        if room <= 0:
            return self.current.value_
        weighted: Decimal = ((point.close_ - point.low_) - (point.high_ - point.close_)) / room * point.volume_
        return self.current.value_ + weighted


class AccumulationDistributionOscillator(TradeBarIndicator):
    """Fast less slow average of accumulation and distribution; zero until ready."""

    short_name = "ADOSC({fast_period},{slow_period})"

    def setup(self, fast_period: int, slow_period: int) -> None:  # type: ignore[override]
        """Take the periods of both averages."""
        self._period = self.warm_up_period = max(fast_period, slow_period)
        self._flow = AccumulationDistribution(f"{self.name}_AD")
        self._fast = ExponentialMovingAverage(f"{self.name}_Fast", fast_period)
        self._slow = ExponentialMovingAverage(f"{self.name}_Slow", slow_period)
        self.parts = (self._flow, self._fast, self._slow)

    @property
    def is_ready(self) -> bool:
        """Whether the longer period has passed."""
        return self.samples >= self._period

    def compute(self, point: Point) -> Decimal:
        """Subtract the slow average."""
        self._flow.update_with(point)
        self._fast.update_with(self._flow.current)
        self._slow.update_with(self._flow.current)
        return self._fast.current.value_ - self._slow.current.value_ if self.is_ready else ZERO


class ChaikinOscillator(AccumulationDistributionOscillator):
    """The same by its other name."""

    short_name = "ChaikinOscillator({fast_period},{slow_period})"


class ChaikinMoneyFlow(TradeBarIndicator):
    """Volume weighted by where bars close in their range, relative to the whole volume."""

    short_name = "CMF({period})"

    def setup(self, period: int) -> None:  # type: ignore[override]
        """Take the number of bars."""
        self.warm_up_period = period
        self._flows = Sum(period)
        self._volumes = Sum(period)
        self.parts = (self._flows, self._volumes)

    @property
    def is_ready(self) -> bool:
        """Whether the sums are over a full period."""
        return self._flows.is_ready

    def compute(self, point: Point) -> Decimal:
        """Relate the sums; zero until ready or without volume."""
        room = point.high_ - point.low_
        flow = ZERO
        if room > 0:
            flow = point.volume_ * (point.close_ - point.low_ - (point.high_ - point.close_)) / room
        self._flows.push(point.end_local, flow)
        self._volumes.push(point.end_local, point.volume_)
        volume = self._volumes.current.value_
        return self._flows.current.value_ / volume if self.is_ready and volume else ZERO


class ForceIndex(TradeBarIndicator):
    """Average of price changes times volume."""

    short_name = "FI({period})"

    def setup(self, period: int, moving_average_type: MovingAverageType = MovingAverageType.EXPONENTIAL) -> None:  # type: ignore[override]
        """Take period and kind of the average."""
        self.warm_up_period = period + 1
        self._average = moving_average(moving_average_type, f"{self.name}_{moving_average_type.label}", period)
        self.parts = (self._average,)

    def clear(self) -> None:
        """Begin without a bar before."""
        self._last_close = ZERO

    @property
    def is_ready(self) -> bool:
        """Whether the average is."""
        return self._average.is_ready

    def compute(self, point: Point) -> Decimal:
        """Average from the second bar on."""
        last, self._last_close = self._last_close, point.close_
        if self.samples < 2:
            return ZERO
        self._average.push(point.end_local, (point.close_ - last) * point.volume_)
        return self._average.current.value_


class MoneyFlowIndex(TradeBarIndicator):
    """Money flow of rising typical prices in per cent of all; 100 without any."""

    short_name = "MFI({period})"

    def setup(self, period: int) -> None:  # type: ignore[override]
        """Take the number of bars."""
        self.warm_up_period = period
        self.positive_money_flow = Sum(f"{self.name}_PositiveMoneyFlow", period)
        self.negative_money_flow = Sum(f"{self.name}_NegativeMoneyFlow", period)
        self.parts = (self.positive_money_flow, self.negative_money_flow)

    def clear(self) -> None:
        """Begin with a typical price of zero."""
        self._last_typical = ZERO

    @property
    def previous_typical_price(self) -> float:
        """Typical price of the last bar."""
        return float(self._last_typical)

    @property
    def is_ready(self) -> bool:
        """Whether the sums are over a full period."""
        return self.positive_money_flow.is_ready and self.negative_money_flow.is_ready

    def compute(self, point: Point) -> Decimal:
        """Relate the flows."""
        typical = (point.high_ + point.low_ + point.close_) / 3
        flow = typical * point.volume_
        last, self._last_typical = self._last_typical, typical
        self.positive_money_flow.push(point.end_local, flow if typical > last else ZERO)
        self.negative_money_flow.push(point.end_local, flow if typical < last else ZERO)
        positive = self.positive_money_flow.current.value_
        total = positive + self.negative_money_flow.current.value_
        return HUNDRED * positive / total if total else HUNDRED


class EaseOfMovementValue(TradeBarIndicator):
    """Average of how far the middle moves per volume and range."""

    short_name = "EMV({period}, {scale})"

    def setup(self, period: int = 1, scale: int = 10000) -> None:  # type: ignore[override]
        """Take the period of the average and the scale of volumes."""
        self.warm_up_period = period
        self._scale = scale
        self._average = SimpleMovingAverage(period)
        self.parts = (self._average,)

    def clear(self) -> None:
        """Begin without a bar before."""
        self._last_high = self._last_low = ZERO

    @property
    def is_ready(self) -> bool:
        """Whether the average is."""
        return self._average.is_ready

    def compute(self, point: Point) -> Decimal:
        """Average the movement; zero counts for a bar without volume or range."""
        if not self._last_high and not self._last_low:
            self._last_high, self._last_low = point.high_, point.low_
        value = ZERO
        if point.volume_ and point.high_ != point.low_:
            move = (point.high_ + point.low_) / 2 - (self._last_high + self._last_low) / 2
            value = move / ((point.volume_ / self._scale) / (point.high_ - point.low_))
            self._last_high, self._last_low = point.high_, point.low_
        self._average.push(point.end_local, value)
        return self._average.current.value_


class KlingerVolumeOscillator(TradeBarIndicator):
    """Fast less slow average of the volume force, with a signal line; zero until both averages are ready."""

    short_name = "KVO({fast_period},{slow_period},{signal_period})"

    def setup(self, fast_period: int, slow_period: int, signal_period: int = 13) -> None:  # type: ignore[override]
        """Take the periods of the averages and of the signal."""
        self._fast = ExponentialMovingAverage(f"{self.name}_FastEma", fast_period)
        self._slow = ExponentialMovingAverage(f"{self.name}_SlowEma", slow_period)
        self.signal = ExponentialMovingAverage(f"{self.name}_Signal", signal_period)
        self._prices: RollingWindow[Decimal] = RollingWindow(2)
        self._ranges: RollingWindow[Decimal] = RollingWindow(2)
        self._trends: RollingWindow[int] = RollingWindow(2)
        self.parts = (self.signal, self._fast, self._slow)
        self.warm_up_period = max(fast_period, slow_period, signal_period) + 2

    def clear(self) -> None:
        """Begin without bars before."""
        for window in (self._prices, self._ranges):
            window.reset()
        self._trends.reset()
        self._movement = ZERO

    @property
    def is_ready(self) -> bool:
        """Whether all averages are."""
        return self._fast.is_ready and self._slow.is_ready and self.signal.is_ready

    def compute(self, point: Point) -> Decimal:
        """Average the force from the third bar on."""
        self._ranges.add(point.high_ - point.low_)
        self._prices.add(point.high_ + point.low_ + point.close_)
        if not self._prices.is_ready:
            return ZERO
        self._trends.add(1 if self._prices[0] > self._prices[1] else -1)
        if not self._trends.is_ready:
            return ZERO
        force = self._force(point.volume_)
        self._fast.push(point.end_local, force)
        self._slow.push(point.end_local, force)
        value = ZERO
        if self._fast.is_ready and self._slow.is_ready:
            value = self._fast.current.value_ - self._slow.current.value_
        self.signal.push(point.end_local, value)
        return value

    def _force(self, volume: Decimal) -> Decimal:
        newest: Decimal = self._ranges[0]
        if not self._movement or self._trends[0] != self._trends[1]:
            self._movement = newest + self._ranges[1]
        else:
            self._movement += newest
        divisor = _LEAST_MOVEMENT if abs(self._movement) < _LEAST_MOVEMENT else self._movement
        trend: int = self._trends[0]
        return volume * abs(2 * (newest / divisor - 1)) * trend * HUNDRED


class MassIndex(TradeBarIndicator):
    """Sum of averaged ranges relative to twice averaged ones; the period until ready."""

    short_name = "MASS({ema_period},{sum_period})"

    def setup(self, ema_period: int = 9, sum_period: int = 25) -> None:  # type: ignore[override]
        """Take the periods of the averages and of the sum."""
        self._first = ExponentialMovingAverage(ema_period)
        self._second = ExponentialMovingAverage(ema_period)
        self._sum = Sum(sum_period)
        self.parts = (self._first, self._second, self._sum)
        self.warm_up_period = 2 * (ema_period - 1) + sum_period

    @property
    def is_ready(self) -> bool:
        """Whether the sum is over a full period."""
        return self._sum.is_ready

    def compute(self, point: Point) -> Decimal:
        """Relate the averages once both are ready."""
        if self._first.push(point.end_local, point.high_ - point.low_):
            self._second.update_with(self._first.current)
        if self._second.is_ready:
            divisor = self._second.current.value_
            self._sum.push(point.end_local, self._first.current.value_ / divisor if divisor else ZERO)
        return self._sum.current.value_ if self.is_ready else Decimal(self._sum.period)
