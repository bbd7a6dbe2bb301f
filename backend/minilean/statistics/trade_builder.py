"""Closed trades from fills: LEAN's FillToFill grouping, the first or the last entries matched first."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

from minilean.numbers import ONE, ZERO, net_round, normalize
from minilean.statistics.trade import Trade, TradeDirection, TradedSymbol


def random_id() -> str:
    """Return a random trade id."""
    return str(uuid.uuid4())


@dataclass(frozen=True, slots=True)
class Fill:
    """An execution as the trade builder needs it.

    Attributes:
        symbol: What was traded.
        order_id: The order.
        time: Microseconds UTC.
        price: Fill price in quote currency.
        quantity: Signed fill quantity.
        fee: Fee in account currency.
        conversion: Contract multiplier times the quote currency's rate in account currency.
    """

    symbol: TradedSymbol
    order_id: int
    time: int
    price: Decimal
    quantity: Decimal
    fee: Decimal
    conversion: Decimal = ONE


class _Lot:
    """An open part of a position, with the largest move against it so far."""

    __slots__ = ("_turn", "direction", "entry_price", "entry_time", "fall", "fees", "order_ids", "peak", "quantity")

    def __init__(self, fill: Fill, quantity: Decimal, fees: Decimal) -> None:
        self.direction = TradeDirection.LONG if quantity > 0 else TradeDirection.SHORT
        self.entry_time = fill.time
        self.entry_price = fill.price
        self.quantity = abs(quantity)
        self.fees = fees
        self.order_ids = (fill.order_id,)
        self.peak = fill.price
        self.fall = ZERO
        self._turn = fill.price

    def update(self, price: Decimal) -> None:
        """Follow the price: the largest move against the position from its best price so far.

        ``_turn`` is the price that the largest move leads to from the best one.
        """
        if self.direction is TradeDirection.LONG:
            if price > self.peak:
                self.peak, self._turn = price, price - self.fall
            elif price < self._turn:
                self.fall, self._turn = self.peak - price, price
        elif price < self.peak:
            self.peak, self._turn = price, price + self.fall
        elif price > self._turn:
            self.fall, self._turn = price - self.peak, price

    def scale(self, factor: Decimal) -> None:
        """Apply a split: prices times ``factor``, quantity divided by it."""
        self.quantity /= factor
        self.entry_price *= factor
        self.peak *= factor
        self.fall *= factor
        self._turn = self.peak - self.fall if self.direction is TradeDirection.LONG else self.peak + self.fall


class _Position:
    """The open parts of a security; they share the extremes of the price since it was last flat, as in LEAN."""

    __slots__ = ("_last", "high", "lots", "low")

    def __init__(self, lot: _Lot) -> None:
        self.lots = [lot]
        self.low = self.high = lot.entry_price
        self._last: Decimal | None = None

    def update(self, price: Decimal) -> None:
        """Follow the price."""
        if price is self._last:
            return
        self._last = price
        if price > self.high:
            self.high = price
        elif price < self.low:
            self.low = price
        for lot in self.lots:
            lot.update(price)

    def scale(self, factor: Decimal) -> None:
        """Apply a split."""
        self.low *= factor
        self.high *= factor
        for lot in self.lots:
            lot.scale(factor)


class TradeBuilder:
    """Matches fills of each security and keeps the closed trades in the order they closed.

    Attributes:
        positions: What is not yet closed, by SID.
    """

    def __init__(self, make_id: Callable[[], str] = random_id, *, last_first: bool = False) -> None:
        """Start without positions.

        Args:
            last_first: Whether a closing fill is matched with the last entries first.
            make_id: Gives ids for trades (LEAN's are random).
        """
        self._make_id = make_id
        self._index = -1 if last_first else 0
        self.positions: dict[str, _Position] = {}
        self._orders_with_fee: set[int] = set()
        self.closed_trades: list[Trade] = []

    def has_open_position(self, sid: str) -> bool:
        """Whether fills of a security are not yet closed."""
        return sid in self.positions

    def set_market_price(self, sid: str, price: Decimal) -> None:
        """Follow a price for the excursions of open trades."""
        position = self.positions.get(sid)
        if position is not None:
            position.update(price)

    def apply_split(self, sid: str, factor: Decimal) -> None:
        """Rescale open trades by a split (raw prices only)."""
        position = self.positions.get(sid)
        if position is not None:
            position.scale(factor)

    def process_fill(self, fill: Fill) -> None:
        """Open, extend, reduce, close or turn the position.

        Of an order with several fills only the first one's fee counts (LEAN guards so against counting twice, and
        loses a fee that comes with the last fill).
        """
        fill = replace(fill, fee=ZERO if fill.order_id in self._orders_with_fee else normalize(fill.fee))
        self._orders_with_fee.add(fill.order_id)
        position = self.positions.get(fill.symbol.sid)
        if position is None:
            self.positions[fill.symbol.sid] = _Position(_Lot(fill, fill.quantity, fill.fee))
            return
        position.update(fill.price)
        if (fill.quantity > 0) == (position.lots[0].direction is TradeDirection.LONG):
            position.lots.append(_Lot(fill, fill.quantity, fill.fee))
        else:
            self._reduce(fill, position)

    def _reduce(self, fill: Fill, position: _Position) -> None:
        lots = position.lots
        remaining, fee = abs(fill.quantity), fill.fee
        while lots and remaining > 0:
            lot = lots[self._index]
            closed = min(remaining, lot.quantity)
            self.closed_trades.append(self._close(position, lot, fill, closed, lot.fees + fee))
            remaining -= closed
            fee = ZERO
            if closed == lot.quantity:
                lots.pop(self._index)
            else:
                lot.quantity -= closed
                lot.fees = ZERO
        if remaining > 0:
            rest = remaining if fill.quantity > 0 else -remaining
            self.positions[fill.symbol.sid] = _Position(_Lot(fill, rest, ZERO))
        elif not lots:
            del self.positions[fill.symbol.sid]

    def _close(self, position: _Position, lot: _Lot, fill: Fill, quantity: Decimal, fees: Decimal) -> Trade:
        long = lot.direction is TradeDirection.LONG

        def amount(move: Decimal) -> Decimal:
            return net_round(move * quantity * lot.direction.sign * fill.conversion, 2)

        profit = amount(fill.price - lot.entry_price)
        return Trade(
            trade_id=self._make_id(),
            symbol=fill.symbol,
            entry_time=lot.entry_time,
            entry_price=lot.entry_price,
            direction=lot.direction,
            quantity=quantity,
            exit_time=fill.time,
            exit_price=fill.price,
            profit_loss=profit,
            total_fees=fees,
            mae=amount((position.low if long else position.high) - lot.entry_price),
            mfe=amount((position.high if long else position.low) - lot.entry_price),
            end_trade_drawdown=net_round(lot.fall * quantity * fill.conversion, 2),
            is_win=profit > 0,
            order_ids=(*lot.order_ids, fill.order_id),
        )
