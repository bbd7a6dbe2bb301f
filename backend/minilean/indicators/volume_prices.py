"""Prices weighted by volume."""

from decimal import Decimal

from minilean import times
from minilean.indicators.base import ZERO, Identity, IndicatorBase, Point
from minilean.indicators.extensions import weighted_by
from minilean.indicators.moving_averages import Sum
from minilean.indicators.volume import TradeBarIndicator


class VolumeWeightedMovingAverage(TradeBarIndicator):
    """Average of closes, weighted by volume; the close without any."""

    short_name = "VWMA({period})"

    def setup(self, period: int) -> None:  # type: ignore[override]
        """Take the number of bars."""
        self.warm_up_period = period
        self._products = Sum(f"{self.name}_SumPxV", period)
        self._volumes = Sum(f"{self.name}_SumVolume", period)
        self.parts = (self._products, self._volumes)

    @property
    def is_ready(self) -> bool:
        """Whether the sums are over a full period."""
        return self._products.is_ready and self._volumes.is_ready

    def compute(self, point: Point) -> Decimal:
        """Relate the sums."""
        self._products.push(point.end_local, point.close_ * point.volume_)
        self._volumes.push(point.end_local, point.volume_)
        volume = self._volumes.current.value_
        close: Decimal = point.close_
        return self._products.current.value_ / volume if volume else close


class VolumeWeightedAveragePriceIndicator(TradeBarIndicator):
    """Average of the bars' mean prices over a period, weighted by volume."""

    short_name = "VWAP({period})"

    def setup(self, period: int) -> None:  # type: ignore[override]
        """Take the number of bars."""
        self.warm_up_period = period
        self._price = Identity("Price")
        self._volume = Identity("Volume")
        self._average = weighted_by(self._price, self._volume, period)
        self.parts = (self._price, self._volume, self._average)

    @property
    def is_ready(self) -> bool:
        """Whether the average is."""
        return self._average.is_ready

    def compute(self, point: Point) -> Decimal:
        """Update price and volume."""
        self._price.push(point.end_local, (point.open_ + point.high_ + point.low_ + point.value_) / 4)
        self._volume.push(point.end_local, point.volume_)
        return self._average.current.value_


class IntradayVwap(IndicatorBase):
    """Average of typical prices since midnight, weighted by volume; bars that were filled forward do not count."""

    short_name = "VWAP"
    takes_bars = True

    def setup(self) -> None:  # type: ignore[override]
        """Nothing to take."""

    def clear(self) -> None:
        """Begin without a day."""
        self._day: int | None = None
        self._volume = self._product = ZERO

    @property
    def is_ready(self) -> bool:
        """Whether there was volume today."""
        return self._volume > 0

    def compute(self, point: Point) -> Decimal | None:
        """Add to the sums of the day; there is no value for quotes and bars filled forward."""
        volume = getattr(point, "volume_", None)
        if volume is None or point.is_fill_forward:
            return None
        day = times.midnight(point.end_local)
        if self._day != day:
            self._volume = self._product = ZERO
            self._day = day
        self._volume += volume
        self._product += (point.high_ + point.low_ + point.close_) / 3 * volume
        price: Decimal = point.value_
        return self._product / self._volume if self._volume else price
