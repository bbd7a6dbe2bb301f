"""Patterns of three candles in one direction."""

from typing import Any

from minilean.indicators.candlesticks.pattern import (
    WHITE,
    CandlestickPattern,
    Measures,
    Total,
    body,
    color,
    total,
    upper_shadow,
)
from minilean.indicators.rolling_window import RollingWindow


class ThreeWhiteSoldiers(CandlestickPattern):
    """Three white candles, each opening in the body before and closing higher, hardly with upper shadows."""

    short_name = "THREEWHITESOLDIERS"
    size = 13
    totals = (
        *(Total(Measures.SHADOW_VERY_SHORT, place, 10, filled_from=place) for place in (0, 1, 2)),
        *(Total(Measures.NEAR, place, 5, filled_from=place) for place in (1, 2)),
        *(Total(Measures.FAR, place, 5, filled_from=place) for place in (1, 2)),
        total(Measures.BODY_SHORT),
    )

    def match(self, window: RollingWindow[Any]) -> int:
        """Return 1 for the pattern."""
        third, second, first = bars = window[0], window[1], window[2]
        found = (
            all(color(bar) == WHITE for bar in bars)
            and all(upper_shadow(bar) < self.average(index, bar) for index, bar in enumerate(bars))
            and third.close_ > second.close_ > first.close_
            and first.open_ < second.open_ <= first.close_ + self.average(4, first)
            and second.open_ < third.open_ <= second.close_ + self.average(3, second)
            and body(second) > body(first) - self.average(6, first)
            and body(third) > body(second) - self.average(5, second)
            and body(third) > self.average(7, third)
        )
        return 1 if found else 0
