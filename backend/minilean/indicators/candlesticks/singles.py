"""Patterns of one candle."""

from typing import Any

from minilean.indicators.candlesticks.pattern import (
    WHITE,
    CandlestickPattern,
    Measures,
    body,
    body_bottom,
    body_top,
    color,
    high_low,
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
        bar = window[0]
        found = body(bar) <= self.average(0, bar)
        return 1 if found else 0


class DragonflyDoji(CandlestickPattern):
    """Doji with a lower shadow only."""

    short_name = "DRAGONFLYDOJI"
    size = 11
    totals = (
        total(Measures.BODY_DOJI),
        total(Measures.SHADOW_VERY_SHORT),
    )

    def match(self, window: RollingWindow[Any]) -> int:
        """Return 1 for the pattern."""
        bar = window[0]
        found = (
            body(bar) <= self.average(0, bar)
            and upper_shadow(bar) < self.average(1, bar)
            and lower_shadow(bar) > self.average(1, bar)
        )
        return 1 if found else 0


class GravestoneDoji(CandlestickPattern):
    """Doji with an upper shadow only."""

    short_name = "GRAVESTONEDOJI"
    size = 11
    totals = (
        total(Measures.BODY_DOJI),
        total(Measures.SHADOW_VERY_SHORT),
    )

    def match(self, window: RollingWindow[Any]) -> int:
        """Return 1 for the pattern."""
        bar = window[0]
        found = (
            body(bar) <= self.average(0, bar)
            and lower_shadow(bar) < self.average(1, bar)
            and upper_shadow(bar) > self.average(1, bar)
        )
        return 1 if found else 0


class LongLeggedDoji(CandlestickPattern):
    """Doji with a long shadow."""

    short_name = "LONGLEGGEDDOJI"
    size = 11
    totals = (
        total(Measures.BODY_DOJI),
        total(Measures.SHADOW_LONG),
    )

    def match(self, window: RollingWindow[Any]) -> int:
        """Return 1 for the pattern."""
        bar = window[0]
        found = body(bar) <= self.average(0, bar) and (
            lower_shadow(bar) > self.average(1, bar) or upper_shadow(bar) > self.average(1, bar)
        )
        return 1 if found else 0


class RickshawMan(CandlestickPattern):
    """Doji in the middle of two long shadows."""

    short_name = "RICKSHAWMAN"
    size = 11
    totals = (
        total(Measures.BODY_DOJI),
        total(Measures.SHADOW_LONG),
        total(Measures.NEAR),
    )

    def match(self, window: RollingWindow[Any]) -> int:
        """Return 1 for the pattern."""
        bar = window[0]
        found = (
            body(bar) <= self.average(0, bar)
            and lower_shadow(bar) > self.average(1, bar)
            and upper_shadow(bar) > self.average(1, bar)
            and body_bottom(bar) <= bar.low_ + high_low(bar) / 2 + self.average(2, bar)
            and body_top(bar) >= bar.low_ + high_low(bar) / 2 - self.average(2, bar)
        )
        return 1 if found else 0


class Takuri(CandlestickPattern):
    """Dragonfly doji with a very long shadow."""

    short_name = "TAKURI"
    size = 11
    totals = (
        total(Measures.BODY_DOJI),
        total(Measures.SHADOW_VERY_SHORT),
        total(Measures.SHADOW_VERY_LONG),
    )

    def match(self, window: RollingWindow[Any]) -> int:
        """Return 1 for the pattern."""
        bar = window[0]
        found = (
            body(bar) <= self.average(0, bar)
            and upper_shadow(bar) < self.average(1, bar)
            and lower_shadow(bar) > self.average(2, bar)
        )
        return 1 if found else 0


class Marubozu(CandlestickPattern):
    """Long body with hardly any shadows."""

    short_name = "MARUBOZU"
    size = 11
    totals = (
        total(Measures.BODY_LONG),
        total(Measures.SHADOW_VERY_SHORT),
    )

    def match(self, window: RollingWindow[Any]) -> int:
        """Return the pattern's direction for the pattern."""
        bar = window[0]
        found = (
            body(bar) > self.average(0, bar)
            and upper_shadow(bar) < self.average(1, bar)
            and lower_shadow(bar) < self.average(1, bar)
        )
        return color(bar) if found else 0


class ClosingMarubozu(CandlestickPattern):
    """Long body with hardly any shadow at the close."""

    short_name = "CLOSINGMARUBOZU"
    size = 11
    totals = (
        total(Measures.BODY_LONG),
        total(Measures.SHADOW_VERY_SHORT),
    )

    def match(self, window: RollingWindow[Any]) -> int:
        """Return the pattern's direction for the pattern."""
        bar = window[0]
        found = body(bar) > self.average(0, bar) and (
            upper_shadow(bar) if color(bar) == WHITE else lower_shadow(bar)
        ) < self.average(1, bar)
        return color(bar) if found else 0


class BeltHold(CandlestickPattern):
    """Long body with hardly any shadow at the open."""

    short_name = "BELTHOLD"
    size = 11
    totals = (
        total(Measures.BODY_LONG),
        total(Measures.SHADOW_VERY_SHORT),
    )

    def match(self, window: RollingWindow[Any]) -> int:
        """Return the pattern's direction for the pattern."""
        bar = window[0]
        found = body(bar) > self.average(0, bar) and (
            lower_shadow(bar) if color(bar) == WHITE else upper_shadow(bar)
        ) < self.average(1, bar)
        return color(bar) if found else 0


class SpinningTop(CandlestickPattern):
    """Small body with longer shadows."""

    short_name = "SPINNINGTOP"
    size = 11
    totals = (total(Measures.BODY_SHORT),)

    def match(self, window: RollingWindow[Any]) -> int:
        """Return the pattern's direction for the pattern."""
        bar = window[0]
        found = body(bar) < self.average(0, bar) and upper_shadow(bar) > body(bar) and lower_shadow(bar) > body(bar)
        return color(bar) if found else 0


class HighWaveCandle(CandlestickPattern):
    """Small body with very long shadows."""

    short_name = "HIGHWAVECANDLE"
    size = 11
    totals = (
        total(Measures.BODY_SHORT),
        total(Measures.SHADOW_VERY_LONG),
    )

    def match(self, window: RollingWindow[Any]) -> int:
        """Return the pattern's direction for the pattern."""
        bar = window[0]
        found = (
            body(bar) < self.average(0, bar)
            and upper_shadow(bar) > self.average(1, bar)
            and lower_shadow(bar) > self.average(1, bar)
        )
        return color(bar) if found else 0


class LongLineCandle(CandlestickPattern):
    """Long body with short shadows."""

    short_name = "LONGLINECANDLE"
    size = 11
    totals = (
        total(Measures.BODY_LONG),
        total(Measures.SHADOW_SHORT),
    )

    def match(self, window: RollingWindow[Any]) -> int:
        """Return the pattern's direction for the pattern."""
        bar = window[0]
        found = (
            body(bar) > self.average(0, bar)
            and upper_shadow(bar) < self.average(1, bar)
            and lower_shadow(bar) < self.average(1, bar)
        )
        return color(bar) if found else 0


class ShortLineCandle(CandlestickPattern):
    """Small body with short shadows."""

    short_name = "SHORTLINECANDLE"
    size = 11
    totals = (
        total(Measures.BODY_SHORT),
        total(Measures.SHADOW_SHORT),
    )

    def match(self, window: RollingWindow[Any]) -> int:
        """Return the pattern's direction for the pattern."""
        bar = window[0]
        found = (
            body(bar) < self.average(0, bar)
            and upper_shadow(bar) < self.average(1, bar)
            and lower_shadow(bar) < self.average(1, bar)
        )
        return color(bar) if found else 0
