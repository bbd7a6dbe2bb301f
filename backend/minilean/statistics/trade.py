"""Closed trades: what the trade builder makes and the trade statistics read."""

from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum


class TradeDirection(IntEnum):
    """Direction of a trade, with LEAN's numbers."""

    LONG = 0
    SHORT = 1

    @property
    def sign(self) -> int:
        """1 for long, -1 for short."""
        return 1 if self is TradeDirection.LONG else -1


@dataclass(frozen=True, slots=True)
class TradedSymbol:
    """The three texts by which results name a security."""

    value: str
    sid: str
    permtick: str


@dataclass(frozen=True, slots=True)
class Trade:
    """A position that was opened by one fill and closed by another.

    Times are microseconds UTC; amounts in account currency, profit, excursions and drawdown rounded to cents.

    Attributes:
        trade_id: Random id, as text.
        symbol: What was traded.
        entry_time: Time of the opening fill.
        entry_price: Its price.
        direction: Long or short.
        quantity: Size, positive.
        exit_time: Time of the closing fill.
        exit_price: Its price.
        profit_loss: Profit without fees.
        total_fees: Fees of the fills that were not yet counted in another trade.
        mae: Maximum adverse excursion, not positive.
        mfe: Maximum favourable excursion, not negative.
        end_trade_drawdown: Largest fall of the open profit from its high.
        is_win: Whether it counts as a win.
        order_ids: Orders that made it.
    """

    trade_id: str
    symbol: TradedSymbol
    entry_time: int
    entry_price: Decimal
    direction: TradeDirection
    quantity: Decimal
    exit_time: int
    exit_price: Decimal
    profit_loss: Decimal
    total_fees: Decimal
    mae: Decimal
    mfe: Decimal
    end_trade_drawdown: Decimal
    is_win: bool
    order_ids: tuple[int, ...]

    @property
    def duration(self) -> int:
        """Microseconds between entry and exit."""
        return self.exit_time - self.entry_time
