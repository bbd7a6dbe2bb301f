"""Patterns of two candles."""

from typing import Any

from minilean.indicators.candlesticks.pattern import (
    BLACK,
    WHITE,
    CandlestickPattern,
    Measures,
    body,
    body_bottom,
    body_top,
    color,
    total,
)
from minilean.indicators.rolling_window import RollingWindow


class Engulfing(CandlestickPattern):
    """A body round the one before, of the other colour."""

    short_name = "ENGULFING"
    size = 3

    def match(self, window: RollingWindow[Any]) -> int:
        """Return the colour of the second candle for the pattern."""
        bar, before = window[0], window[1]
        if color(bar) == WHITE:
            found = color(before) == BLACK and bar.close_ > before.open_ and bar.open_ < before.close_
        else:
            found = color(before) == WHITE and bar.open_ > before.close_ and bar.close_ < before.open_
        return color(bar) if found else 0


class Harami(CandlestickPattern):
    """A short body inside the long one before."""

    short_name = "HARAMI"
    size = 12
    totals = (total(Measures.BODY_LONG, 1), total(Measures.BODY_SHORT))

    def match(self, window: RollingWindow[Any]) -> int:
        """Return the colour that the first candle does not have for the pattern."""
        bar, before = window[0], window[1]
        found = (
            body(before) > self.average(0, before)
            and body(bar) <= self.average(1, bar)
            and body_top(bar) < body_top(before)
            and body_bottom(bar) > body_bottom(before)
        )
        return -color(before) if found else 0
