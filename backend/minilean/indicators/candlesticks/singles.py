"""Patterns of one candle, some with a look at the one before."""

from typing import Any

from minilean.indicators.candlesticks.pattern import (
    CandlestickPattern,
    Measures,
    body,
    body_bottom,
    lower_shadow,
    total,
    upper_shadow,
)
from minilean.indicators.rolling_window import RollingWindow


class Doji(CandlestickPattern):
    """Open and close nearly the same."""

    short_name = "DOJI"
    size = 11
    totals = (total(Measures.BODY_DOJI),)

    def match(self, window: RollingWindow[Any]) -> int:
        """Return 1 for the pattern."""
        return 1 if body(window[0]) <= self.average(0, window[0]) else 0


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
