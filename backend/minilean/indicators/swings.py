"""Turning points and swings: Wilder's swing index, zig-zag, pivots of highs and lows."""

from decimal import Decimal

from minilean.enums import LeanEnum
from minilean.indicators.base import ZERO, EventHandlers, Identity, IndicatorBase, Point
from minilean.indicators.rolling_window import RollingWindow
from minilean.indicators.volume import TradeBarIndicator
from minilean.surface import Surface, as_datetime, as_float, decimal_argument

_ONE = Decimal(1)
_HALF, _QUARTER = Decimal("0.5"), Decimal("0.25")


class WilderSwingIndex(TradeBarIndicator):
    """Wilder's comparison of two bars."""

    short_name = "SI"

    def setup(self, limit_move: object) -> None:  # type: ignore[override]
        """Take the largest move allowed in a day."""
        self.warm_up_period = 2
        self._limit = abs(decimal_argument(limit_move, type(self).__name__))

    def clear(self) -> None:
        """Begin without a bar before."""
        self._last: Point = None

    @property
    def is_ready(self) -> bool:
        """Whether there is a bar before."""
        return self.samples > 1

    def compute(self, point: Point) -> Decimal:
        """Relate the moves to range and limit."""
        last, self._last = self._last, point
        if last is None:
            return ZERO
        body, last_body = point.close_ - point.open_, last.close_ - last.open_
        move = (point.close_ - last.close_) + _HALF * body + _QUARTER * last_body
        to_high, to_low = point.high_ - last.close_, point.low_ - last.close_
        room = _range(abs(to_high), abs(to_low), abs(point.high_ - point.low_), (to_high, to_low, last_body))
        if not room or not self._limit:
            return ZERO
        value: Decimal = 50 * (move / room) * (max(abs(to_high), abs(to_low)) / self._limit)
        return value


def _range(high: Decimal, low: Decimal, whole: Decimal, moves: tuple[Decimal, Decimal, Decimal]) -> Decimal:
    to_high, to_low, last_body = moves
    base = abs(_QUARTER * last_body)
    if high >= low and high >= whole:
        return high - abs(_HALF * to_low) + base
    return low - abs(_HALF * to_high) + base if low >= whole else whole + base


class WilderAccumulativeSwingIndex(TradeBarIndicator):
    """Sum of the swing indices."""

    short_name = "ASI"

    def setup(self, limit_move: object) -> None:  # type: ignore[override]
        """Take the largest move allowed in a day."""
        self.warm_up_period = 2
        self._swing = WilderSwingIndex(limit_move)
        self.parts = (self._swing,)

    @property
    def is_ready(self) -> bool:
        """Whether there is a bar before."""
        return self.samples > 1

    def compute(self, point: Point) -> Decimal:
        """Add the index."""
        if not self._swing.update_with(point):
            return ZERO
        return self.current.value_ + self._swing.current.value_


class PivotPointType(LeanEnum):
    """Kind of a turning point."""

    LOW = -1
    NONE = 0
    HIGH = 1
    BOTH = 2


class ZigZag(IndicatorBase):
    """The last turning point that a move of some size has confirmed."""

    short_name = "ZZ({sensitivity},{min_trend_length})"
    takes_bars = True

    def setup(self, sensitivity: object = Decimal("0.05"), min_trend_length: int = 1) -> None:  # type: ignore[override]
        """Take the size of the move as a share of the price, and how many bars a trend has at least.

        Raises:
            ValueError: The size is not between 0 and 1, or the length is below 1.
        """
        self._share = decimal_argument(sensitivity, "ZigZag")
        if not 0 < self._share < 1:
            raise ValueError("Sensitivity must be between 0 and 1. (Parameter 'sensitivity')")
        if min_trend_length < 1:
            raise ValueError("Minimum trend length must be greater than 0. (Parameter 'minTrendLength')")
        self._length = min_trend_length
        self.warm_up_period = min_trend_length + 1
        self.high_pivot = Identity(f"{self.name}_HighPivot")
        self.low_pivot = Identity(f"{self.name}_LowPivot")
        self.parts = (self.high_pivot, self.low_pivot)
        self._was_low = False
        self._count = 0

    def clear(self) -> None:
        """Begin without a turning point."""
        self._pivot: Point = None
        self.pivot_type = PivotPointType.LOW

    @property
    def is_ready(self) -> bool:
        """Whether a trend of the least length may have passed."""
        return self.samples > self._length

    def compute(self, point: Point) -> Decimal:
        """Look for a confirmed turn, or a new extreme in the same direction."""
        if self._pivot is None:
            self._turn(point, low=True)
            return ZERO
        low, high = self._pivot.low_, self._pivot.high_
        long_enough = self._count >= self._length
        value: Decimal = low if self._was_low else high
        if self._was_low:
            rises, falls_on = point.high_ >= low * (_ONE + self._share) and long_enough, point.low_ <= low
            if rises or falls_on:
                value = self._turn(point, low=not rises)
        else:
            falls, rises_on = point.low_ <= high * (_ONE - self._share) and long_enough, point.high_ >= high
            if falls or rises_on:
                value = self._turn(point, low=falls)
        self._count += 1
        return value

    def _turn(self, bar: Point, *, low: bool) -> Decimal:
        self._pivot = bar
        self._count = 0
        line, price = (self.low_pivot, bar.low_) if low else (self.high_pivot, bar.high_)
        line.push(bar.end_local, price)
        if self._was_low is not low:
            self.pivot_type = PivotPointType.LOW if low else PivotPointType.HIGH
        self._was_low = low
        return line.current.value_


class PivotPoint(Surface):
    """A high or low that its neighbours do not reach."""

    def __init__(self, kind: PivotPointType, symbol: object, end_local: int, price: Decimal) -> None:
        self.pivot_point_type = kind
        self.symbol = symbol
        self.end_local = end_local
        self.value_ = price

    value = as_float("value_")
    price = as_float("value_")
    time = as_datetime("end_local")
    end_time = as_datetime("end_local")


class PivotPointsEventArgs(Surface):
    """What handlers of new turning points get."""

    def __init__(self, pivot_point: PivotPoint) -> None:
        self.pivot_point = pivot_point


class PivotPointsHighLow(IndicatorBase):
    """Tells whether the middle bar of a window is its highest or lowest: 1, -1, 2 for both, 0 for neither."""

    short_name = "PivotPointsHighLow({length_high},{length_low})"
    takes_bars = True

    def setup(  # type: ignore[override]
        self,
        length_high: int,
        length_low: int,
        last_stored_values: int = 100,
        strict: bool = True,  # noqa: FBT001, FBT002 - LEAN's parameter
    ) -> None:
        """Take the neighbours of highs and of lows on each side, how many points to keep, and whether equals count."""
        self._reach_high, self._reach_low = length_high, length_low
        self._strict = strict
        self._highs: RollingWindow[Point] = RollingWindow(2 * length_high + 1)
        self._lows: RollingWindow[Point] = RollingWindow(2 * length_low + 1)
        self._points: RollingWindow[PivotPoint] = RollingWindow(last_stored_values)
        self.new_pivot_point_formed = EventHandlers()
        self.warm_up_period = max(self._highs.size, self._lows.size)

    def clear(self) -> None:
        """Begin with empty windows."""
        for window in (self._highs, self._lows):
            window.reset()
        self._points.reset()

    @property
    def is_ready(self) -> bool:
        """Whether both windows are full."""
        return self._highs.is_ready and self._lows.is_ready

    def compute(self, point: Point) -> Decimal:
        """Compare the middle bars with their neighbours."""
        self._highs.add(point)
        self._lows.add(point)
        high = self._highs.is_ready and self._stands_out([bar.high_ for bar in self._highs], self._reach_high)
        low = self._lows.is_ready and self._stands_out([-bar.low_ for bar in self._lows], self._reach_low)
        if high:
            middle = self._highs[self._reach_high]
            self._form(PivotPointType.HIGH, middle, middle.high_)
        if low:
            middle = self._lows[self._reach_low]
            self._form(PivotPointType.LOW, middle, middle.low_)
        kind = PivotPointType.BOTH if high and low else PivotPointType.HIGH if high else PivotPointType.NONE
        return Decimal(int(PivotPointType.LOW if low and not high else kind))

    def _stands_out(self, values: list[Decimal], middle: int) -> bool:
        others = values[:middle] + values[middle + 1 :]
        if self._strict:
            return all(other < values[middle] for other in others)
        return all(other <= values[middle] for other in others)

    def _form(self, kind: PivotPointType, bar: Point, price: Decimal) -> None:
        pivot = PivotPoint(kind, bar.symbol, bar.end_local, price)
        self._points.add(pivot)
        self.new_pivot_point_formed.fire(self, PivotPointsEventArgs(pivot))

    def get_high_pivot_points_array(self) -> list[PivotPoint]:
        """Return the highs that are kept, the newest first."""
        return [point for point in self._points if point.pivot_point_type is PivotPointType.HIGH]

    def get_low_pivot_points_array(self) -> list[PivotPoint]:
        """Return the lows that are kept, the newest first."""
        return [point for point in self._points if point.pivot_point_type is PivotPointType.LOW]

    def get_all_pivot_points_array(self) -> list[PivotPoint]:
        """Return all points that are kept, the newest first."""
        return list(self._points)
