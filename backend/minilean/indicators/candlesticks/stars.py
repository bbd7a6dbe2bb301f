"""Patterns of a small body between two longer ones."""

from typing import Any

from minilean.indicators.candlesticks.pattern import (
    BLACK,
    WHITE,
    Measures,
    PenetratingPattern,
    Total,
    body,
    body_gaps_down,
    body_gaps_up,
    color,
    total,
)
from minilean.indicators.rolling_window import RollingWindow


class MorningStar(PenetratingPattern):
    """Long black, short below it, white reaching into the first."""

    short_name = "MORNINGSTAR"
    size = 13
    totals = (
        total(Measures.BODY_LONG, 2),
        total(Measures.BODY_SHORT, 1),
        Total(Measures.BODY_SHORT, 0, 11, 1, filled_from=1),
    )

    def match(self, window: RollingWindow[Any]) -> int:
        """Return 1 for the pattern."""
        third, second, first = window[0], window[1], window[2]
        found = (
            body(first) > self.average(0, first)
            and color(first) == BLACK
            and body(second) <= self.average(1, second)
            and body_gaps_down(second, first)
            and body(third) > self.average(2, third)
            and color(third) == WHITE
            and third.close_ > first.close_ + body(first) * self._penetration
        )
        return 1 if found else 0


class EveningStar(PenetratingPattern):
    """Long white, short above it, black reaching into the first."""

    short_name = "EVENINGSTAR"
    size = 13
    totals = (
        total(Measures.BODY_LONG, 2),
        Total(Measures.BODY_SHORT, 1, 10, 0, filled_from=1),
        total(Measures.BODY_SHORT),
    )

    def match(self, window: RollingWindow[Any]) -> int:
        """Return -1 for the pattern."""
        third, second, first = window[0], window[1], window[2]
        found = (
            body(first) > self.average(0, first)
            and color(first) == WHITE
            and body(second) <= self.average(1, second)
            and body_gaps_up(second, first)
            and body(third) > self.average(2, third)
            and color(third) == BLACK
            and third.close_ < first.close_ - body(first) * self._penetration
        )
        return -1 if found else 0
