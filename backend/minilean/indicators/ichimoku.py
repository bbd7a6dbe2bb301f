"""Ichimoku's equilibrium lines, and Heikin-Ashi bars."""

from decimal import Decimal

from minilean.indicators.base import ZERO, Identity, IndicatorBase, Point
from minilean.indicators.composite import CompositeIndicator, chain, combine, constant, ratio
from minilean.indicators.moving_averages import Delay
from minilean.indicators.volatility import Maximum, Minimum

_TWO = Decimal(2)


class IchimokuKinkoHyo(IndicatorBase):
    """Middles of recent extremes, two of them delayed to a cloud; the value is the close."""

    short_name = (
        "ICHIMOKU({tenkan_period},{kijun_period},{senkou_a_period},{senkou_b_period},"
        "{senkou_a_delay_period},{senkou_b_delay_period})"
    )
    takes_bars = True

    def setup(  # type: ignore[override]  # noqa: PLR0917 - LEAN's parameters
        self,
        tenkan_period: int = 9,
        kijun_period: int = 26,
        senkou_a_period: int = 26,  # noqa: ARG002 - LEAN does not use it
        senkou_b_period: int = 52,
        senkou_a_delay_period: int = 26,
        senkou_b_delay_period: int = 26,
    ) -> None:
        """Take the periods of the lines and the delays of the cloud's borders."""
        name, delay = self.name, senkou_a_delay_period
        self.warm_up_period = max(tenkan_period + delay, kijun_period + delay, senkou_b_period + senkou_b_delay_period)
        self.tenkan_maximum = Maximum(f"{name}_TenkanMax", tenkan_period)
        self.tenkan_minimum = Minimum(f"{name}_TenkanMin", tenkan_period)
        self.kijun_maximum = Maximum(f"{name}_KijunMax", kijun_period)
        self.kijun_minimum = Minimum(f"{name}_KijunMin", kijun_period)
        self.senkou_b_maximum = Maximum(f"{name}_SenkouBMaximum", senkou_b_period)
        self.senkou_b_minimum = Minimum(f"{name}_SenkouBMinimum", senkou_b_period)
        self.delayed_maximum_senkou_b = chain(Delay(f"{name}DelayedMax", senkou_b_delay_period), self.senkou_b_maximum)
        self.delayed_minimum_senkou_b = chain(Delay(f"{name}DelayedMin", senkou_b_delay_period), self.senkou_b_minimum)
        self.tenkan = _middle(self.tenkan_maximum, self.tenkan_minimum)
        self.delayed_tenkan_senkou_a = chain(Delay(f"{name}DelayedTenkan", delay), self.tenkan)
        self.kijun = _middle(self.kijun_maximum, self.kijun_minimum)
        self.delayed_kijun_senkou_a = chain(Delay(f"{name}DelayedKijun", delay), self.kijun)
        self.senkou_a = _middle(self.delayed_tenkan_senkou_a, self.delayed_kijun_senkou_a)
        self.senkou_b = _middle(self.delayed_maximum_senkou_b, self.delayed_minimum_senkou_b)
        self.chikou = Delay(f"{name}_Chikou", delay)
        self.parts = (self.tenkan, self.kijun, self.senkou_a, self.senkou_b_maximum, self.senkou_b_minimum,
                      self.chikou, self.senkou_b)  # fmt: skip

    @property
    def is_ready(self) -> bool:
        """Whether all lines are."""
        return self.tenkan.is_ready and self.kijun.is_ready and self.senkou_a.is_ready and self.senkou_b.is_ready

    def compute(self, point: Point) -> Decimal:
        """Pass highs, lows and the close on."""
        end = point.end_local
        self.tenkan_maximum.push(end, point.high_)
        self.tenkan_minimum.push(end, point.low_)
        self.kijun_maximum.push(end, point.high_)
        self.kijun_minimum.push(end, point.low_)
        self.senkou_b_maximum.push(end, point.high_)
        self.senkou_b_minimum.push(end, point.low_)
        close: Decimal = point.close_
        self.chikou.push(end, close)
        return close


def _middle(upper: IndicatorBase, lower: IndicatorBase) -> CompositeIndicator:
    return combine(combine(upper, lower, lambda a, b: a + b), constant(_TWO), ratio)


class HeikinAshi(IndicatorBase):
    """Smoothed bars; the value is their close."""

    short_name = "HA"
    takes_bars = True

    def setup(self) -> None:  # type: ignore[override]
        """Nothing to take."""
        self.warm_up_period = 2
        self.open, self.high, self.low, self.close, self.volume = self.parts = tuple(
            Identity(f"{self.name}_{field}") for field in ("Open", "High", "Low", "Close", "Volume")
        )

    @property
    def is_ready(self) -> bool:
        """Whether there was a bar before."""
        return self.samples > 1

    def compute(self, point: Point) -> Decimal:
        """Begin between the middles of the bar before; reach to the extremes of both."""
        end = point.end_local
        last = (self.open.current.value_ + self.close.current.value_) / 2
        self.open.push(end, last if self.is_ready else (point.open_ + point.close_) / 2)
        self.close.push(end, (point.open_ + point.high_ + point.low_ + point.close_) / 4)
        first, final = self.open.current.value_, self.close.current.value_
        self.high.push(end, max(point.high_, first, final) if self.is_ready else point.high_)
        self.low.push(end, min(point.low_, first, final) if self.is_ready else point.low_)
        self.volume.push(end, getattr(point, "volume_", ZERO))
        return final
