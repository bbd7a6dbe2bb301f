"""LEAN's trade statistics: running figures over closed trades."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from minilean.numbers import ONE, ZERO, add_96_bits, divide_96_bits, safe_decimal_cast, to_double
from minilean.statistics.time_span import TICKS_PER_MICROSECOND, from_seconds, total_seconds
from minilean.statistics.trade import Trade

_TEN = Decimal(10)
_SPAN = {"json_type": "time_span"}


@dataclass(frozen=True, slots=True)
class TradeStatistics:
    """The figures of ``tradeStatistics`` in LEAN's order; times in microseconds UTC, durations in ticks of 100 ns."""

    start_date_time: int | None = None
    end_date_time: int | None = None
    total_number_of_trades: int = 0
    number_of_winning_trades: int = 0
    number_of_losing_trades: int = 0
    total_profit_loss: Decimal = ZERO
    total_profit: Decimal = ZERO
    total_loss: Decimal = ZERO
    largest_profit: Decimal = ZERO
    largest_loss: Decimal = ZERO
    average_profit_loss: Decimal = ZERO
    average_profit: Decimal = ZERO
    average_loss: Decimal = ZERO
    average_trade_duration: int = field(default=0, metadata=_SPAN)
    average_winning_trade_duration: int = field(default=0, metadata=_SPAN)
    average_losing_trade_duration: int = field(default=0, metadata=_SPAN)
    median_trade_duration: int = field(default=0, metadata=_SPAN)
    median_winning_trade_duration: int = field(default=0, metadata=_SPAN)
    median_losing_trade_duration: int = field(default=0, metadata=_SPAN)
    max_consecutive_winning_trades: int = 0
    max_consecutive_losing_trades: int = 0
    profit_loss_ratio: Decimal = ZERO
    win_loss_ratio: Decimal = ZERO
    win_rate: Decimal = ZERO
    loss_rate: Decimal = ZERO
    average_mae: Decimal = field(default=ZERO, metadata={"json": "averageMAE"})
    average_mfe: Decimal = field(default=ZERO, metadata={"json": "averageMFE"})
    largest_mae: Decimal = field(default=ZERO, metadata={"json": "largestMAE"})
    largest_mfe: Decimal = field(default=ZERO, metadata={"json": "largestMFE"})
    maximum_closed_trade_drawdown: Decimal = ZERO
    maximum_intra_trade_drawdown: Decimal = ZERO
    profit_loss_standard_deviation: Decimal = ZERO
    profit_loss_downside_deviation: Decimal = ZERO
    profit_factor: Decimal = ZERO
    sharpe_ratio: Decimal = ZERO
    sortino_ratio: Decimal = ZERO
    profit_to_max_drawdown_ratio: Decimal = ZERO
    maximum_end_trade_drawdown: Decimal = ZERO
    average_end_trade_drawdown: Decimal = ZERO
    maximum_drawdown_duration: int = field(default=0, metadata=_SPAN)
    total_fees: Decimal = ZERO


def running_average(average: Decimal, value: Decimal, count: int) -> Decimal:
    """Return the average of ``count`` values from that of one less, at .NET's full precision.

    ``copy_negate`` because the unary minus would round to 28 digits.
    """
    return add_96_bits(average, divide_96_bits(add_96_bits(value, average.copy_negate()), Decimal(count)))


class _Group:
    """Running figures of all, the winning or the losing trades."""

    def __init__(self) -> None:
        self.count = 0
        self.total = ZERO
        self.average = ZERO
        self.average_duration = 0
        self.durations: list[int] = []
        self._squares = ZERO

    def add(self, profit_loss: Decimal, duration: int) -> None:
        self.count += 1
        self.total += profit_loss
        previous = self.average
        self.average = running_average(previous, profit_loss, self.count)
        self._squares += (profit_loss - previous) * (profit_loss - self.average)
        seconds = total_seconds(duration) - total_seconds(self.average_duration)
        self.average_duration += from_seconds(seconds / self.count)
        self.durations.append(duration)

    def deviation(self) -> Decimal:
        variance = self._squares / (self.count - 1) if self.count > 1 else ZERO
        return safe_decimal_cast(math.sqrt(to_double(variance)))

    def median_duration(self) -> int:
        """Return the middle duration; of an even count LEAN takes the longer of the two, not their mean."""
        if not self.durations:
            return 0
        return sorted(self.durations)[len(self.durations) // 2]


class _Streaks:
    """Longest runs of wins and of losses."""

    def __init__(self) -> None:
        self.longest_win = 0
        self.longest_loss = 0
        self._current_win = 0
        self._current_loss = 0

    def add(self, *, win: bool) -> None:
        self._current_win = self._current_win + 1 if win else 0
        self._current_loss = 0 if win else self._current_loss + 1
        self.longest_win = max(self.longest_win, self._current_win)
        self.longest_loss = max(self.longest_loss, self._current_loss)


class _Drawdowns:
    """Drawdowns of the sum of closed profits, with and without the trades' excursions."""

    def __init__(self) -> None:
        self.closed = ZERO
        self.intra = ZERO
        self.longest = 0
        self._total = ZERO
        self._high = ZERO
        self._high_with_mfe = ZERO
        self._peak_time: int | None = None
        self._falling = False

    def add(self, trade: Trade) -> None:
        if self._peak_time is None:
            self._peak_time = trade.entry_time
        self._high_with_mfe = max(self._high_with_mfe, self._total + trade.mfe)
        self.intra = min(self.intra, self._total + trade.mae - self._high_with_mfe)
        self._total += trade.profit_loss
        if trade.profit_loss > 0:
            self._won(trade, self._peak_time)
        else:
            self.closed = min(self.closed, self._total - self._high)
            self._falling = True

    def _won(self, trade: Trade, peak_time: int) -> None:
        if self._total <= self._high:
            return
        self._high = self._total
        if self._falling:
            self.longest = max(self.longest, trade.exit_time - peak_time)
        self._peak_time = trade.exit_time
        self._falling = False


def trade_statistics(trades: Sequence[Trade]) -> TradeStatistics:
    """Compute the figures over trades in the order in which they were closed."""
    if not trades:
        return TradeStatistics()
    every, wins, losses, streaks, drawdowns = _Group(), _Group(), _Group(), _Streaks(), _Drawdowns()
    average_mae, average_mfe = ZERO, ZERO
    for count, trade in enumerate(trades, 1):
        duration = trade.duration * TICKS_PER_MICROSECOND
        won = trade.profit_loss > 0
        every.add(trade.profit_loss, duration)
        (wins if won else losses).add(trade.profit_loss, duration)
        streaks.add(win=won)
        drawdowns.add(trade)
        average_mae = running_average(average_mae, trade.mae, count)
        average_mfe = running_average(average_mfe, trade.mfe, count)
    deviation, downside = every.deviation(), losses.deviation()
    win_rate = Decimal(wins.count) / every.count
    return TradeStatistics(
        start_date_time=min(trade.entry_time for trade in trades),
        end_date_time=max(trade.exit_time for trade in trades),
        total_number_of_trades=every.count,
        number_of_winning_trades=wins.count,
        number_of_losing_trades=losses.count,
        total_profit_loss=every.total,
        total_profit=wins.total,
        total_loss=losses.total,
        largest_profit=max([ZERO, *(trade.profit_loss for trade in trades)]),
        largest_loss=min([ZERO, *(trade.profit_loss for trade in trades)]),
        average_profit_loss=every.average,
        average_profit=wins.average,
        average_loss=losses.average,
        average_trade_duration=every.average_duration,
        average_winning_trade_duration=wins.average_duration,
        average_losing_trade_duration=losses.average_duration,
        median_trade_duration=every.median_duration(),
        median_winning_trade_duration=wins.median_duration(),
        median_losing_trade_duration=losses.median_duration(),
        max_consecutive_winning_trades=streaks.longest_win,
        max_consecutive_losing_trades=streaks.longest_loss,
        profit_loss_ratio=wins.average / abs(losses.average) if losses.average else ZERO,
        win_loss_ratio=Decimal(wins.count) / losses.count if losses.count else _TEN,
        win_rate=win_rate,
        loss_rate=ONE - win_rate,
        average_mae=average_mae,
        average_mfe=average_mfe,
        largest_mae=min([ZERO, *(trade.mae for trade in trades)]),
        largest_mfe=max([ZERO, *(trade.mfe for trade in trades)]),
        maximum_closed_trade_drawdown=drawdowns.closed,
        maximum_intra_trade_drawdown=drawdowns.intra,
        profit_loss_standard_deviation=deviation,
        profit_loss_downside_deviation=downside,
        profit_factor=_ratio_or_ten(wins.total, losses.total),
        sharpe_ratio=every.average / deviation if deviation else ZERO,
        sortino_ratio=every.average / downside if downside else ZERO,
        profit_to_max_drawdown_ratio=_ratio_or_ten(every.total, drawdowns.closed),
        maximum_end_trade_drawdown=max([ZERO, *(trade.end_trade_drawdown for trade in trades)]),
        average_end_trade_drawdown=add_96_bits(every.average, average_mfe.copy_negate()),
        maximum_drawdown_duration=drawdowns.longest * TICKS_PER_MICROSECOND,
        total_fees=sum((trade.total_fees for trade in trades), ZERO),
    )


def _ratio_or_ten(gain: Decimal, loss: Decimal) -> Decimal:
    if loss:
        return gain / abs(loss)
    return _TEN if gain else ZERO
