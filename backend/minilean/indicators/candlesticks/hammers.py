"""Patterns of a small body with one long shadow."""

from typing import Any

from minilean.indicators.candlesticks.pattern import (
    CandlestickPattern,
    Measures,
    body,
    body_bottom,
    body_gaps_down,
    body_gaps_up,
    lower_shadow,
    total,
    upper_shadow,
)
from minilean.indicators.rolling_window import RollingWindow


class Hammer(CandlestickPattern):
    """Small body above a long shadow, near the low before."""

    short_name = "HAMMER"
    size = 12
    totals = (
        total(Measures.BODY_SHORT),
        total(Measures.SHADOW_LONG),
        total(Measures.SHADOW_VERY_SHORT),
        total(Measures.NEAR, 1),
    )

    def match(self, window: RollingWindow[Any]) -> int:
        """Return 1 for the pattern."""
        bar, before = window[0], window[1]
        found = (
            body(bar) < self.average(0, bar)
            and lower_shadow(bar) > self.average(1, bar)
            and upper_shadow(bar) < self.average(2, bar)
            and body_bottom(bar) <= before.low_ + self.average(3, before)
        )
        return 1 if found else 0


class HangingMan(CandlestickPattern):
    """Small body above a long shadow, near the high before."""

    short_name = "HANGINGMAN"
    size = 12
    totals = (
        total(Measures.BODY_SHORT),
        total(Measures.SHADOW_LONG),
        total(Measures.SHADOW_VERY_SHORT),
        total(Measures.NEAR, 1),
    )

    def match(self, window: RollingWindow[Any]) -> int:
        """Return -1 for the pattern."""
        bar, before = window[0], window[1]
        found = (
            body(bar) < self.average(0, bar)
            and lower_shadow(bar) > self.average(1, bar)
            and upper_shadow(bar) < self.average(2, bar)
            and body_bottom(bar) >= before.high_ - self.average(3, before)
        )
        return -1 if found else 0


class InvertedHammer(CandlestickPattern):
    """Small body below a long shadow, under the body before."""

    short_name = "INVERTEDHAMMER"
    size = 12
    totals = (
        total(Measures.BODY_SHORT),
        total(Measures.SHADOW_LONG),
        total(Measures.SHADOW_VERY_SHORT),
    )

    def match(self, window: RollingWindow[Any]) -> int:
        """Return 1 for the pattern."""
        bar, before = window[0], window[1]
        found = (
            body(bar) < self.average(0, bar)
            and upper_shadow(bar) > self.average(1, bar)
            and lower_shadow(bar) < self.average(2, bar)
            and body_gaps_down(bar, before)
        )
        return 1 if found else 0


class ShootingStar(CandlestickPattern):
    """Small body below a long shadow, above the body before."""

    short_name = "SHOOTINGSTAR"
    size = 12
    totals = (
        total(Measures.BODY_SHORT),
        total(Measures.SHADOW_LONG),
        total(Measures.SHADOW_VERY_SHORT),
    )

    def match(self, window: RollingWindow[Any]) -> int:
        """Return -1 for the pattern."""
        bar, before = window[0], window[1]
        found = (
            body(bar) < self.average(0, bar)
            and upper_shadow(bar) > self.average(1, bar)
            and lower_shadow(bar) < self.average(2, bar)
            and body_gaps_up(bar, before)
        )
        return -1 if found else 0
