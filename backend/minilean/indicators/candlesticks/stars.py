"""Patterns of a small body between two other candles."""

from typing import Any

from minilean.indicators.candlesticks.pattern import (
    BLACK,
    WHITE,
    CandlestickPattern,
    Measures,
    PenetratingPattern,
    Total,
    body,
    body_bottom,
    body_gaps_down,
    body_gaps_up,
    body_top,
    color,
    gaps_down,
    gaps_up,
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
        Total(Measures.BODY_SHORT, 1, 10, filled_from=1),
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


class MorningDojiStar(PenetratingPattern):
    """Long black, doji below it, white reaching into the first."""

    short_name = "MORNINGDOJISTAR"
    size = 13
    totals = (
        total(Measures.BODY_LONG, 2),
        total(Measures.BODY_DOJI, 1),
        total(Measures.BODY_SHORT),
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


class EveningDojiStar(PenetratingPattern):
    """Long white, doji above it, black reaching into the first."""

    short_name = "EVENINGDOJISTAR"
    size = 13
    totals = (
        total(Measures.BODY_LONG, 2),
        total(Measures.BODY_DOJI, 1),
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


class AbandonedBaby(PenetratingPattern):
    """Long, doji with gaps on both sides, and a candle of the other colour reaching into the first."""

    short_name = "ABANDONEDBABY"
    size = 12
    totals = (
        Total(Measures.BODY_LONG, 2, 9, filled_from=2, dropped=9),
        Total(Measures.BODY_DOJI, 1, 9, filled_from=1, dropped=10),
        Total(Measures.BODY_SHORT, 0, 9, dropped=11),
    )

    def match(self, window: RollingWindow[Any]) -> int:
        """Return the pattern's direction for the pattern."""
        third, second, first = window[0], window[1], window[2]
        found = (
            body(first) > self.average(0, first)
            and body(second) <= self.average(1, second)
            and body(third) > self.average(2, third)
            and color(third) == -color(first)
            and (
                self._turns_down(first, second, third)
                if color(first) == WHITE
                else self._turns_up(first, second, third)
            )
        )
        return color(third) if found else 0

    def _turns_down(self, first: Any, second: Any, third: Any) -> bool:  # noqa: ANN401 - bars
        reached = third.close_ < first.close_ - body(first) * self._penetration
        return bool(reached and gaps_up(second, first) and gaps_down(third, second))

    def _turns_up(self, first: Any, second: Any, third: Any) -> bool:  # noqa: ANN401 - bars
        reached = third.close_ > first.close_ + body(first) * self._penetration
        return bool(reached and gaps_down(second, first) and gaps_up(third, second))


class Tristar(CandlestickPattern):
    """Three dojis, the second beyond the others."""

    short_name = "TRISTAR"
    size = 13
    totals = (total(Measures.BODY_DOJI, 2),)

    def match(self, window: RollingWindow[Any]) -> int:
        """Return the pattern's direction for the pattern."""
        third, second, first = bars = window[0], window[1], window[2]
        limit = self.average(0, first)
        if any(body(bar) > limit for bar in bars):
            return 0
        if body_gaps_down(second, first) and body_bottom(third) > body_bottom(second):
            return 1
        return -1 if body_gaps_up(second, first) and body_top(third) < body_top(second) else 0
