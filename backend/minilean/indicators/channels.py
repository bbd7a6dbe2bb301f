"""Channels round the price: Donchian, Keltner, acceleration bands."""

from decimal import Decimal
from typing import Any

from minilean.enums import MovingAverageType
from minilean.indicators.average_types import moving_average
from minilean.indicators.base import ZERO, FunctionalIndicator, IndicatorBase, Point
from minilean.indicators.volatility import AverageTrueRange, Maximum, Minimum
from minilean.surface import decimal_argument


class DonchianChannel(IndicatorBase):
    """Highest high and lowest low; the value is their middle."""

    short_name = "DCH({lower_period},{lower_period})"
    takes_bars = True

    @staticmethod
    def complete(values: dict[str, Any]) -> dict[str, Any]:
        """Use one number for both bands."""
        lower = values["upper_period"] if values["lower_period"] is None else values["lower_period"]
        return {**values, "lower_period": lower}

    def setup(self, upper_period: int, lower_period: Any = None) -> None:  # type: ignore[override]  # noqa: ANN401
        """Take the periods of both bands."""
        self.warm_up_period = max(upper_period, lower_period)
        self.upper_band = Maximum(f"{self.name}_UpperBand", upper_period)
        self.lower_band = Minimum(f"{self.name}_LowerBand", lower_period)
        self.parts = (self.upper_band, self.lower_band)

    @property
    def is_ready(self) -> bool:
        """Whether both bands are."""
        return self.upper_band.is_ready and self.lower_band.is_ready

    def compute(self, point: Point) -> Decimal:
        """Halve the sum of both bands."""
        self.upper_band.push(point.end_local, point.high_)
        self.lower_band.push(point.end_local, point.low_)
        return (self.upper_band.current.value_ + self.lower_band.current.value_) / 2


class KeltnerChannels(IndicatorBase):
    """An average of typical prices with bands of average true ranges."""

    short_name = "KC({period},{k})"
    takes_bars = True

    def setup(  # type: ignore[override]
        self, period: int, k: object, moving_average_type: MovingAverageType = MovingAverageType.SIMPLE
    ) -> None:
        """Take the period, the width in average true ranges and the kind of average."""
        self.warm_up_period = period
        width = decimal_argument(k, "KeltnerChannels")
        self.average_true_range = AverageTrueRange(f"{self.name}_AverageTrueRange", period, MovingAverageType.SIMPLE)
        self.middle_band = moving_average(moving_average_type, f"{self.name}_MiddleBand", period)
        self.lower_band = self._band("_LowerBand", -width)
        self.upper_band = self._band("_UpperBand", width)
        self.parts = (self.average_true_range, self.middle_band, self.lower_band, self.upper_band)

    def _band(self, suffix: str, width: Decimal) -> FunctionalIndicator:
        middle = self.middle_band

        def compute(_point: Point) -> Decimal:
            if not middle.is_ready:
                return ZERO
            return middle.current.value_ + self.average_true_range.current.value_ * width

        return FunctionalIndicator(self.name + suffix, compute, lambda _: middle.is_ready, middle.reset)

    @property
    def is_ready(self) -> bool:
        """Whether average and true range are."""
        return self.middle_band.is_ready and self.average_true_range.is_ready

    def compute(self, point: Point) -> Decimal:
        """Update the average, the true range and both bands."""
        self.average_true_range.update_with(point)
        self.middle_band.push(point.end_local, (point.high_ + point.low_ + point.close_) / 3)
        self.lower_band.push(point.end_local, ZERO)
        self.upper_band.push(point.end_local, ZERO)
        return self.middle_band.current.value_


class AccelerationBands(IndicatorBase):
    """An average of closes with averages of highs and lows, stretched by the bars' range."""

    short_name = "ABANDS({period},{width},{moving_average_type})"
    takes_bars = True

    def setup(  # type: ignore[override]
        self, period: int, width: object = Decimal(4), moving_average_type: MovingAverageType = MovingAverageType.SIMPLE
    ) -> None:
        """Take the period, how much to stretch and the kind of average."""
        self.warm_up_period = period
        self._width = decimal_argument(width, "AccelerationBands")
        self.moving_average_type = moving_average_type
        self.middle_band = moving_average(moving_average_type, f"{self.name}_MiddleBand", period)
        self.lower_band = moving_average(moving_average_type, f"{self.name}_LowerBand", period)
        self.upper_band = moving_average(moving_average_type, f"{self.name}_UpperBand", period)
        self.parts = (self.middle_band, self.lower_band, self.upper_band)

    @property
    def is_ready(self) -> bool:
        """Whether all averages are."""
        return all(part.is_ready for part in self.parts)

    def compute(self, point: Point) -> Decimal:
        """Stretch low and high and average them."""
        total = point.high_ + point.low_
        stretch = self._width * ((point.high_ - point.low_) / total) if total else ZERO
        self.lower_band.push(point.end_local, point.low_ * (1 - stretch))
        self.upper_band.push(point.end_local, point.high_ * (1 + stretch))
        self.middle_band.push(point.end_local, point.close_)
        return self.middle_band.current.value_
