"""Patterns of two candles."""

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
    follow,
    gaps_down,
    gaps_up,
    lower_shadow,
    total,
    upper_shadow,
)
from minilean.indicators.rolling_window import RollingWindow


class Harami(CandlestickPattern):
    """A short body inside the long one before."""

    short_name = "HARAMI"
    size = 12
    totals = (
        total(Measures.BODY_LONG, 1),
        total(Measures.BODY_SHORT),
    )

    def match(self, window: RollingWindow[Any]) -> int:
        """Return the pattern's direction for the pattern."""
        bar, before = window[0], window[1]
        found = (
            body(before) > self.average(0, before)
            and body(bar) <= self.average(1, bar)
            and body_top(bar) < body_top(before)
            and body_bottom(bar) > body_bottom(before)
        )
        return -color(before) if found else 0


class HaramiCross(CandlestickPattern):
    """A doji inside the long body before."""

    short_name = "HARAMICROSS"
    size = 12
    totals = (
        total(Measures.BODY_LONG, 1),
        total(Measures.BODY_DOJI),
    )

    def match(self, window: RollingWindow[Any]) -> int:
        """Return the pattern's direction for the pattern."""
        bar, before = window[0], window[1]
        found = (
            body(before) > self.average(0, before)
            and body(bar) <= self.average(1, bar)
            and body_top(bar) < body_top(before)
            and body_bottom(bar) > body_bottom(before)
        )
        return -color(before) if found else 0


class DojiStar(CandlestickPattern):
    """A doji beyond the long body before."""

    short_name = "DOJISTAR"
    size = 12
    totals = (
        total(Measures.BODY_LONG, 1),
        total(Measures.BODY_DOJI),
    )

    def match(self, window: RollingWindow[Any]) -> int:
        """Return the pattern's direction for the pattern."""
        bar, before = window[0], window[1]
        found = (
            body(before) > self.average(0, before)
            and body(bar) <= self.average(1, bar)
            and (body_gaps_up(bar, before) if color(before) == WHITE else body_gaps_down(bar, before))
        )
        return -color(before) if found else 0


class Piercing(CandlestickPattern):
    """Long black, then long white from below its low to above its middle."""

    short_name = "PIERCING"
    size = 12
    totals = (
        follow(Measures.BODY_LONG, 0),
        follow(Measures.BODY_LONG, 1),
    )

    def match(self, window: RollingWindow[Any]) -> int:
        """Return 1 for the pattern."""
        bar, before = window[0], window[1]
        found = (
            color(before) == BLACK
            and body(before) > self.average(1, before)
            and color(bar) == WHITE
            and body(bar) > self.average(0, bar)
            and bar.open_ < before.low_
            and before.close_ + body(before) / 2 < bar.close_ < before.open_
        )
        return 1 if found else 0


class DarkCloudCover(PenetratingPattern):
    """Long white, then black from above its high into its body."""

    short_name = "DARKCLOUDCOVER"
    size = 12
    totals = (follow(Measures.BODY_LONG, 1),)
    default_penetration = "0.5"

    def match(self, window: RollingWindow[Any]) -> int:
        """Return -1 for the pattern."""
        bar, before = window[0], window[1]
        found = (
            color(before) == WHITE
            and body(before) > self.average(0, before)
            and color(bar) == BLACK
            and bar.open_ > before.high_
            and before.open_ < bar.close_ < before.close_ - body(before) * self._penetration
        )
        return -1 if found else 0


class Kicking(CandlestickPattern):
    """Two candles without shadows that gap away from each other."""

    short_name = "KICKING"
    size = 12
    totals = (
        follow(Measures.SHADOW_VERY_SHORT, 0),
        follow(Measures.SHADOW_VERY_SHORT, 1),
        follow(Measures.BODY_LONG, 0),
        follow(Measures.BODY_LONG, 1),
    )

    def match(self, window: RollingWindow[Any]) -> int:
        """Return the pattern's direction for the pattern."""
        bar, before = window[0], window[1]
        found = (
            color(before) == -color(bar)
            and body(before) > self.average(3, before)
            and upper_shadow(before) < self.average(1, before)
            and lower_shadow(before) < self.average(1, before)
            and body(bar) > self.average(2, bar)
            and upper_shadow(bar) < self.average(0, bar)
            and lower_shadow(bar) < self.average(0, bar)
            and (gaps_up(bar, before) if color(before) == BLACK else gaps_down(bar, before))
        )
        return color(bar) if found else 0


class Counterattack(CandlestickPattern):
    """Two long bodies of different colours with the same close."""

    short_name = "COUNTERATTACK"
    size = 12
    totals = (
        Total(Measures.EQUAL, 0, 5, filled_from=1, dropped=6),
        follow(Measures.BODY_LONG, 0),
        follow(Measures.BODY_LONG, 1),
    )

    def match(self, window: RollingWindow[Any]) -> int:
        """Return the pattern's direction for the pattern."""
        bar, before = window[0], window[1]
        found = (
            color(before) == -color(bar)
            and body(before) > self.average(2, before)
            and body(bar) > self.average(1, bar)
            and abs(bar.close_ - before.close_) <= self.average(0, before)
        )
        return color(bar) if found else 0


class MatchingLow(CandlestickPattern):
    """Two black candles with the same close."""

    short_name = "MATCHINGLOW"
    size = 7
    totals = (follow(Measures.EQUAL, 1),)

    def match(self, window: RollingWindow[Any]) -> int:
        """Return 1 for the pattern."""
        bar, before = window[0], window[1]
        found = (
            color(before) == BLACK
            and color(bar) == BLACK
            and abs(bar.close_ - before.close_) <= self.average(0, before)
        )
        return 1 if found else 0


class HomingPigeon(CandlestickPattern):
    """A short black body inside a long black one."""

    short_name = "HOMINGPIGEON"
    size = 12
    totals = (
        follow(Measures.BODY_LONG, 1),
        total(Measures.BODY_SHORT),
    )

    def match(self, window: RollingWindow[Any]) -> int:
        """Return 1 for the pattern."""
        bar, before = window[0], window[1]
        found = (
            color(before) == BLACK
            and color(bar) == BLACK
            and body(before) > self.average(0, before)
            and body(bar) <= self.average(1, bar)
            and bar.open_ < before.open_
            and bar.close_ > before.close_
        )
        return 1 if found else 0


class InNeck(CandlestickPattern):
    """White from below a long black candle to its close."""

    short_name = "INNECK"
    size = 12
    totals = (
        follow(Measures.EQUAL, 1),
        follow(Measures.BODY_LONG, 1),
    )

    def match(self, window: RollingWindow[Any]) -> int:
        """Return -1 for the pattern."""
        bar, before = window[0], window[1]
        found = (
            color(before) == BLACK
            and body(before) > self.average(1, before)
            and color(bar) == WHITE
            and bar.open_ < before.low_
            and before.close_ <= bar.close_ <= before.close_ + self.average(0, before)
        )
        return -1 if found else 0


class OnNeck(CandlestickPattern):
    """White from below a long black candle to its low."""

    short_name = "ONNECK"
    size = 12
    totals = (
        follow(Measures.EQUAL, 1),
        follow(Measures.BODY_LONG, 1),
    )

    def match(self, window: RollingWindow[Any]) -> int:
        """Return -1 for the pattern."""
        bar, before = window[0], window[1]
        found = (
            color(before) == BLACK
            and body(before) > self.average(1, before)
            and color(bar) == WHITE
            and bar.open_ < before.low_
            and abs(bar.close_ - before.low_) <= self.average(0, before)
        )
        return -1 if found else 0


class Thrusting(CandlestickPattern):
    """White from below a long black candle into its lower half."""

    short_name = "THRUSTING"
    size = 12
    totals = (
        follow(Measures.EQUAL, 1),
        follow(Measures.BODY_LONG, 1),
    )

    def match(self, window: RollingWindow[Any]) -> int:
        """Return -1 for the pattern."""
        bar, before = window[0], window[1]
        found = (
            color(before) == BLACK
            and body(before) > self.average(1, before)
            and color(bar) == WHITE
            and bar.open_ < before.low_
            and before.close_ + self.average(0, before) < bar.close_ <= before.close_ + body(before) / 2
        )
        return -1 if found else 0


class SeparatingLines(CandlestickPattern):
    """Two candles of different colours with the same open, the second a belt hold."""

    short_name = "SEPARATINGLINES"
    size = 12
    totals = (
        total(Measures.SHADOW_VERY_SHORT),
        total(Measures.BODY_LONG),
        follow(Measures.EQUAL, 1),
    )

    def match(self, window: RollingWindow[Any]) -> int:
        """Return the pattern's direction for the pattern."""
        bar, before = window[0], window[1]
        found = (
            color(before) == -color(bar)
            and abs(bar.open_ - before.open_) <= self.average(2, before)
            and body(bar) > self.average(1, bar)
            and (lower_shadow(bar) if color(bar) == WHITE else upper_shadow(bar)) < self.average(0, bar)
        )
        return color(bar) if found else 0


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
