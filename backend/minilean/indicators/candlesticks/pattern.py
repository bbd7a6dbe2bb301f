"""What candlestick patterns share: colours, bodies, shadows, gaps, and running totals to compare with."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from minilean.indicators.base import ZERO, Point, WindowIndicator
from minilean.indicators.rolling_window import RollingWindow
from minilean.surface import decimal_argument

WHITE, BLACK = 1, -1
_TWO = Decimal(2)


def color(bar: Point) -> int:
    """Return 1 for a white candle (it did not fall), -1 for a black one."""
    return WHITE if bar.close_ >= bar.open_ else BLACK


def body(bar: Point) -> Decimal:
    """Return the distance of open and close."""
    size: Decimal = abs(bar.close_ - bar.open_)
    return size


def body_top(bar: Point) -> Decimal:
    """Return the greater of open and close."""
    top: Decimal = max(bar.open_, bar.close_)
    return top


def body_bottom(bar: Point) -> Decimal:
    """Return the lesser of open and close."""
    bottom: Decimal = min(bar.open_, bar.close_)
    return bottom


def high_low(bar: Point) -> Decimal:
    """Return the whole range."""
    size: Decimal = bar.high_ - bar.low_
    return size


def upper_shadow(bar: Point) -> Decimal:
    """Return the range above the body."""
    size: Decimal = bar.high_ - body_top(bar)
    return size


def lower_shadow(bar: Point) -> Decimal:
    """Return the range below the body."""
    return body_bottom(bar) - bar.low_  # type: ignore[no-any-return]


def _shadows(bar: Point) -> Decimal:
    return upper_shadow(bar) + lower_shadow(bar)


def body_gaps_up(bar: Point, before: Point) -> bool:
    """Tell whether the body is above the one before."""
    return body_bottom(bar) > body_top(before)


def body_gaps_down(bar: Point, before: Point) -> bool:
    """Tell whether the body is below the one before."""
    return body_top(bar) < body_bottom(before)


def gaps_up(bar: Point, before: Point) -> bool:
    """Tell whether the whole candle is above the one before."""
    return bool(bar.low_ > before.high_)


def gaps_down(bar: Point, before: Point) -> bool:
    """Tell whether the whole candle is below the one before."""
    return bool(bar.high_ < before.low_)


@dataclass(frozen=True, slots=True)
class Measure:
    """What a candle is compared with: the average of a size over the candles before, times a factor.

    Attributes:
        size: Which size.
        count: Number of candles; 0 for the candle's own size.
        factor: Times the average.
        halved: Whether half of it counts, since two shadows were added.
    """

    size: Callable[[Point], Decimal]
    count: int
    factor: Decimal
    halved: bool = False

    def average(self, total: Decimal, bar: Point) -> Decimal:
        """Return what to compare with, from the total of the candles before."""
        value = self.factor * (total / self.count if self.count else self.size(bar))
        return value / _TWO if self.halved else value


class Measures:
    """LEAN's default settings."""

    BODY_LONG = Measure(body, 10, Decimal(1))
    BODY_VERY_LONG = Measure(body, 10, Decimal(3))
    BODY_SHORT = Measure(body, 10, Decimal(1))
    BODY_DOJI = Measure(high_low, 10, Decimal("0.1"))
    SHADOW_LONG = Measure(body, 0, Decimal(1))
    SHADOW_VERY_LONG = Measure(body, 0, Decimal(2))
    SHADOW_SHORT = Measure(_shadows, 10, Decimal(1), halved=True)
    SHADOW_VERY_SHORT = Measure(high_low, 10, Decimal("0.1"))
    NEAR = Measure(high_low, 5, Decimal("0.2"))
    FAR = Measure(high_low, 5, Decimal("0.6"))
    EQUAL = Measure(high_low, 5, Decimal("0.05"))


@dataclass(frozen=True, slots=True)
class Total:
    """How a running total is kept.

    LEAN begins some totals with other candles than it later takes out, so those stay off by a few; hence both rules.

    Attributes:
        measure: What is added up.
        place: The candle whose predecessors it covers, 0 for the newest.
        begins: How many inputs before the first result it begins.
        ends: How many inputs before the first result it pauses.
        filled_from: The candle that is added until then.
        filled_with: Its measure, when that is another one.
        dropped: The candle that is taken out, None for the oldest that the total should cover.
    """

    measure: Measure
    place: int
    begins: int
    ends: int = 0
    filled_from: int = 0
    filled_with: Measure | None = None
    dropped: int | None = None

    @property
    def warm_measure(self) -> Measure:
        """What is added before the first result."""
        return self.filled_with or self.measure

    @property
    def oldest(self) -> int:
        """The candle that leaves the total."""
        return self.place + self.measure.count if self.dropped is None else self.dropped


def total(measure: Measure, place: int = 0) -> Total:
    """Make the usual total: it covers the candles before the one at a place."""
    return Total(measure, place, measure.count + place, place)


def follow(measure: Measure, place: int) -> Total:
    """Make a total that adds the candle at its place from the beginning."""
    return Total(measure, place, measure.count, filled_from=place)


class CandlestickPattern(WindowIndicator):
    """Base of patterns: the window's size, the totals, and the comparison."""

    takes_bars = True
    size: ClassVar[int]
    totals: ClassVar[tuple[Total, ...]] = ()

    def setup(self) -> None:  # type: ignore[override]
        """Nothing to take."""
        super().setup(self.size)

    def clear(self) -> None:
        """Begin with empty totals."""
        super().clear()
        self._sums = [ZERO] * len(self.totals)

    def compute_window(self, window: RollingWindow[Any], point: Point) -> Decimal:  # noqa: ARG002
        """Compare once the window is full, then bring the totals up to date."""
        if not self.is_ready:
            missing = self.period - self.samples
            for index, each in enumerate(self.totals):
                if each.ends < missing <= each.begins:
                    self._sums[index] += each.warm_measure.size(window[each.filled_from])
            return ZERO
        value = self.match(window)
        for index, each in enumerate(self.totals):
            size = each.measure.size
            self._sums[index] += size(window[each.place]) - size(window[each.oldest])
        return Decimal(value)

    def average(self, index: int, bar: Point) -> Decimal:
        """Return what to compare a candle with, by the number of a total."""
        return self.totals[index].measure.average(self._sums[index], bar)

    def match(self, window: RollingWindow[Any]) -> int:
        """Return 1, -1 or 0."""
        raise NotImplementedError


class PenetratingPattern(CandlestickPattern):
    """Base of patterns in which a close reaches some share into an earlier body."""

    default_penetration: ClassVar[str] = "0.3"

    def setup(self, penetration: object = None) -> None:  # type: ignore[override]
        """Take the share."""
        super().setup()
        share = self.default_penetration if penetration is None else penetration
        self._penetration = Decimal(share) if isinstance(share, str) else decimal_argument(share, type(self).__name__)
