"""Lines that follow the price until it crosses them: parabolic stop, super trend, Chande and Kroll."""

from decimal import Decimal

from minilean.enums import MovingAverageType
from minilean.indicators.base import ZERO, IndicatorBase, Point
from minilean.indicators.volatility import AverageTrueRange, Maximum, Minimum
from minilean.surface import decimal_argument

_START, _LIMIT = Decimal("0.02"), Decimal("0.2")


class _Acceleration:
    """How fast the stop of one side follows: from a start by steps up to a limit."""

    def __init__(self, start: object, increment: object, limit: object) -> None:
        self._start = decimal_argument(start, "ParabolicStopAndReverse")
        self._increment = decimal_argument(increment, "ParabolicStopAndReverse")
        self._limit = decimal_argument(limit, "ParabolicStopAndReverse")
        self.factor = self._start

    def restart(self) -> None:
        """Begin anew."""
        self.factor = self._start

    def advance(self) -> None:
        """Take a step."""
        self.factor = min(self.factor + self._increment, self._limit)


class ParabolicStopAndReverseExtended(IndicatorBase):
    """Parabolic stop with separate factors for long and short; negative while short."""

    short_name = (
        "SAREXT({sar_start},{offset_on_reverse},{af_start_short},{af_increment_short},{af_max_short},"
        "{af_start_long},{af_increment_long},{af_max_long})"
    )
    takes_bars = True

    def setup(  # type: ignore[override]  # noqa: PLR0917 - LEAN's parameters
        self,
        sar_start: object = ZERO,
        offset_on_reverse: object = ZERO,
        af_start_short: object = _START,
        af_increment_short: object = _START,
        af_max_short: object = _LIMIT,
        af_start_long: object = _START,
        af_increment_long: object = _START,
        af_max_long: object = _LIMIT,
    ) -> None:
        """Take the first stop, the offset at a reversal, and start, step and limit of both factors."""
        self.warm_up_period = 2
        self._first_stop = decimal_argument(sar_start, "SAREXT")
        self._offset = decimal_argument(offset_on_reverse, "SAREXT")
        self._short = _Acceleration(af_start_short, af_increment_short, af_max_short)
        self._long = _Acceleration(af_start_long, af_increment_long, af_max_long)

    def clear(self) -> None:
        """Begin with the first factors."""
        self._short.restart()
        self._long.restart()
        self._last: Point = None
        self._is_long = False
        self._stop = self._extreme = ZERO

    @property
    def is_ready(self) -> bool:
        """Whether there were two bars."""
        return self.samples >= 2

    def compute(self, point: Point) -> Decimal:
        """Return the first stop or the close of the first bar, then the stop."""
        if self.samples == 1:
            self._last = point
            first: Decimal = self._first_stop or point.close_
            return first
        if self.samples == 2:
            self._choose_side(point)
            self._last = point
        output = self._follow_long(point) if self._is_long else self._follow_short(point)
        self._last = point
        return output

    def _choose_side(self, bar: Point) -> None:
        last = self._last
        if self._first_stop:
            self._is_long = self._first_stop > 0
            self._stop = abs(self._first_stop)
        else:
            falls = bar.low_ < last.low_ and bar.high_ - last.high_ < last.low_ - bar.low_
            self._is_long = not falls
            self._stop = last.low_ if self._is_long else last.high_
        self._extreme = bar.high_ if self._is_long else bar.low_

    def _follow_long(self, bar: Point) -> Decimal:
        """Return the stop below the price, or reverse when the low reaches it."""
        last_high, last_low = self._last.high_, self._last.low_
        if bar.low_ <= self._stop:
            self._is_long = False
            self._stop = max(self._extreme, last_high, bar.high_)
            if self._offset:
                self._stop += self._stop * self._offset
            output = -self._stop
            self._short.restart()
            self._extreme = bar.low_
            self._stop += self._short.factor * (self._extreme - self._stop)
            self._stop = max(self._stop, last_high, bar.high_)
            return output
        output = self._stop
        if bar.high_ > self._extreme:
            self._extreme = bar.high_
            self._long.advance()
        self._stop += self._long.factor * (self._extreme - self._stop)
        self._stop = min(self._stop, last_low, bar.low_)
        return output

    def _follow_short(self, bar: Point) -> Decimal:
        """Return the stop above the price, negative, or reverse when the high reaches it."""
        last_high, last_low = self._last.high_, self._last.low_
        if bar.high_ >= self._stop:
            self._is_long = True
            self._stop = min(self._extreme, last_low, bar.low_)
            if self._offset:
                self._stop -= self._stop * self._offset
            output = self._stop
            self._long.restart()
            self._extreme = bar.high_
            self._stop += self._long.factor * (self._extreme - self._stop)
            self._stop = min(self._stop, last_low, bar.low_)
            return output
        output = -self._stop
        if bar.low_ < self._extreme:
            self._extreme = bar.low_
            self._short.advance()
        self._stop += self._short.factor * (self._extreme - self._stop)
        self._stop = max(self._stop, last_high, bar.high_)
        return output


class ParabolicStopAndReverse(ParabolicStopAndReverseExtended):
    """Parabolic stop, always positive."""

    short_name = "PSAR({af_start},{af_increment},{af_max})"

    def setup(self, af_start: object = _START, af_increment: object = _START, af_max: object = _LIMIT) -> None:  # type: ignore[override]
        """Take start, step and limit of the factor."""
        super().setup(ZERO, ZERO, af_start, af_increment, af_max, af_start, af_increment, af_max)

    def compute(self, point: Point) -> Decimal:
        """Drop the sign."""
        return abs(super().compute(point))


class SuperTrend(IndicatorBase):
    """A band of average true ranges that only follows the trend; zero until ready."""

    short_name = "SuperTrend({period},{multiplier})"
    takes_bars = True

    def setup(  # type: ignore[override]
        self, period: int, multiplier: object, moving_average_type: MovingAverageType = MovingAverageType.WILDERS
    ) -> None:
        """Take the period and kind of the average, and the width in average true ranges."""
        self.warm_up_period = period
        self._width = decimal_argument(multiplier, "SuperTrend")
        self._average = AverageTrueRange(period, moving_average_type)
        self.parts = (self._average,)
        self.basic_upper_band = self.basic_lower_band = ZERO
        self.current_trailing_upper_band = self.current_trailing_lower_band = ZERO
        self._trend = ZERO

    def clear(self) -> None:
        """Begin without bands before."""
        self._last_upper = self._last_lower = self._last_close = ZERO
        self._last_trend = Decimal(-1)

    @property
    def is_ready(self) -> bool:
        """Whether the average is."""
        return self._average.is_ready

    def compute(self, point: Point) -> Decimal:
        """Move the bands, and change the side when the close crosses the one that the trend is on."""
        last_close, self._last_close = self._last_close, point.close_
        if not self._average.update_with(point):
            return ZERO
        self._move_bands(point, last_close)
        upper, lower = self.current_trailing_upper_band, self.current_trailing_lower_band
        if self._last_trend in {Decimal(-1), self._last_upper}:
            self._trend = upper if point.close_ <= upper else lower
        elif self._last_trend == self._last_lower:
            self._trend = lower if point.close_ >= lower else upper
        self._last_trend, self._last_lower, self._last_upper = self._trend, lower, upper
        return self._trend

    def _move_bands(self, bar: Point, last_close: Decimal) -> None:
        middle, reach = (bar.high_ + bar.low_) / 2, self._width * self._average.current.value_
        self.basic_lower_band, self.basic_upper_band = middle - reach, middle + reach
        falls_below = self.basic_lower_band > self._last_lower or last_close < self._last_lower
        self.current_trailing_lower_band = self.basic_lower_band if falls_below else self._last_lower
        rises_above = self.basic_upper_band < self._last_upper or last_close > self._last_upper
        self.current_trailing_upper_band = self.basic_upper_band if rises_above else self._last_upper


class ChandeKrollStop(IndicatorBase):
    """Stops for long and short some average true ranges away from recent extremes; the value is the close."""

    short_name = "CKS({atr_period},{atr_mult},{period})"
    takes_bars = True

    def setup(  # type: ignore[override]
        self,
        atr_period: int,
        atr_mult: object,
        period: int,
        moving_average_type: MovingAverageType = MovingAverageType.WILDERS,
    ) -> None:
        """Take the period of ranges and extremes, the width in ranges, and the period of the stops."""
        self.warm_up_period = atr_period + period - 1
        self._width = decimal_argument(atr_mult, "ChandeKrollStop")
        self._average = AverageTrueRange(atr_period, moving_average_type)
        self._highest = Maximum(atr_period)
        self._lowest = Minimum(atr_period)
        self.long_stop = Minimum(f"{self.name}_Long", period)
        self.short_stop = Maximum(f"{self.name}_Short", period)
        self.parts = (self._average, self._highest, self._lowest, self.short_stop, self.long_stop)

    @property
    def is_ready(self) -> bool:
        """Whether the stops had time to fill."""
        return self.samples >= self.warm_up_period

    def compute(self, point: Point) -> Decimal:
        """Update both stops."""
        end = point.end_local
        self._average.update_with(point)
        self._highest.push(end, point.high_)
        self._lowest.push(end, point.low_)
        reach = self._average.current.value_ * self._width
        self.short_stop.push(end, self._highest.current.value_ - reach)
        self.long_stop.push(end, self._lowest.current.value_ + reach)
        value: Decimal = point.value_
        return value
