"""Patterns of three and four candles."""

from typing import Any

from minilean.indicators.candlesticks.pattern import (
    BLACK,
    WHITE,
    CandlestickPattern,
    Measures,
    Total,
    body,
    body_bottom,
    body_gaps_up,
    body_top,
    color,
    follow,
    lower_shadow,
    total,
    upper_shadow,
)
from minilean.indicators.rolling_window import RollingWindow


class ThreeBlackCrows(CandlestickPattern):
    """White, then three black candles, each opening in the body before and closing lower."""

    short_name = "THREEBLACKCROWS"
    size = 14
    totals = (
        follow(Measures.SHADOW_VERY_SHORT, 0),
        follow(Measures.SHADOW_VERY_SHORT, 1),
        follow(Measures.SHADOW_VERY_SHORT, 2),
    )

    def match(self, window: RollingWindow[Any]) -> int:
        """Return -1 for the pattern."""
        third, second, first, zeroth = window[0], window[1], window[2], window[3]
        found = (
            color(zeroth) == WHITE
            and all(color(bar) == BLACK for bar in (third, second, first))
            and all(lower_shadow(bar) < self.average(index, bar) for index, bar in enumerate((third, second, first)))
            and first.close_ < second.open_ < first.open_
            and second.close_ < third.open_ < second.open_
            and zeroth.high_ > first.close_ > second.close_ > third.close_
        )
        return -1 if found else 0


class ThreeInside(CandlestickPattern):
    """A harami that the third candle confirms."""

    short_name = "THREEINSIDE"
    size = 13
    totals = (
        total(Measures.BODY_LONG, 2),
        total(Measures.BODY_SHORT, 1),
    )

    def match(self, window: RollingWindow[Any]) -> int:
        """Return the pattern's direction for the pattern."""
        third, second, first = window[0], window[1], window[2]
        found = (
            body(first) > self.average(0, first)
            and body(second) <= self.average(1, second)
            and body_top(second) < body_top(first)
            and body_bottom(second) > body_bottom(first)
            and color(third) == -color(first)
            and (third.close_ < first.open_ if color(first) == WHITE else third.close_ > first.open_)
        )
        return -color(first) if found else 0


class ThreeOutside(CandlestickPattern):
    """An engulfing that the third candle confirms."""

    short_name = "THREEOUTSIDE"
    size = 3

    def match(self, window: RollingWindow[Any]) -> int:
        """Return the pattern's direction for the pattern."""
        third, second, first = window[0], window[1], window[2]
        found = color(second) == -color(first) and (
            second.close_ > first.open_ and second.open_ < first.close_ and third.close_ > second.close_
            if color(second) == WHITE
            else second.open_ > first.close_ and second.close_ < first.open_ and third.close_ < second.close_
        )
        return color(second) if found else 0


class TwoCrows(CandlestickPattern):
    """Long white, black above it, black from there into the first."""

    short_name = "TWOCROWS"
    size = 13
    totals = (total(Measures.BODY_LONG, 2),)

    def match(self, window: RollingWindow[Any]) -> int:
        """Return -1 for the pattern."""
        third, second, first = window[0], window[1], window[2]
        found = (
            color(first) == WHITE
            and body(first) > self.average(0, first)
            and color(second) == BLACK
            and body_gaps_up(second, first)
            and color(third) == BLACK
            and second.close_ < third.open_ < second.open_
            and first.open_ < third.close_ < first.close_
        )
        return -1 if found else 0


class UpsideGapTwoCrows(CandlestickPattern):
    """Long white, and two black candles above it, the second round the first of them."""

    short_name = "UPSIDEGAPTWOCROWS"
    size = 13
    totals = (
        total(Measures.BODY_LONG, 2),
        total(Measures.BODY_SHORT, 1),
    )

    def match(self, window: RollingWindow[Any]) -> int:
        """Return -1 for the pattern."""
        third, second, first = window[0], window[1], window[2]
        found = (
            color(first) == WHITE
            and body(first) > self.average(0, first)
            and color(second) == BLACK
            and body(second) <= self.average(1, second)
            and body_gaps_up(second, first)
            and color(third) == BLACK
            and third.open_ > second.open_
            and first.close_ < third.close_ < second.close_
        )
        return -1 if found else 0


class StickSandwich(CandlestickPattern):
    """A white candle between two black ones with the same close."""

    short_name = "STICKSANDWICH"
    size = 8
    totals = (Total(Measures.EQUAL, 2, 5, filled_from=2, filled_with=Measures.BODY_LONG),)

    def match(self, window: RollingWindow[Any]) -> int:
        """Return 1 for the pattern."""
        third, second, first = window[0], window[1], window[2]
        found = (
            color(first) == BLACK
            and color(second) == WHITE
            and color(third) == BLACK
            and second.low_ > first.close_
            and abs(third.close_ - first.close_) <= self.average(0, first)
        )
        return 1 if found else 0


class ThreeLineStrike(CandlestickPattern):
    """Three candles in one direction, and one that takes all of them back."""

    short_name = "THREELINESTRIKE"
    size = 9
    totals = (
        follow(Measures.NEAR, 2),
        follow(Measures.NEAR, 3),
    )

    def match(self, window: RollingWindow[Any]) -> int:
        """Return the direction of the three candles for the pattern."""
        strike, third, second, first = window[0], window[1], window[2], window[3]
        way = color(third)
        near_first, near_second = self.average(1, first), self.average(0, second)
        found = (
            color(first) == color(second) == way == -color(strike)
            and body_bottom(first) - near_first <= second.open_ <= body_top(first) + near_first
            and body_bottom(second) - near_second <= third.open_ <= body_top(second) + near_second
            and way * third.close_ > way * second.close_ > way * first.close_
            and way * strike.open_ > way * third.close_
            and way * strike.close_ < way * first.open_
        )
        return way if found else 0


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
