"""Closed trades by LEAN's two other groupings: from flat to flat, and from flat to each reduction."""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from minilean.numbers import ZERO, net_round, normalize
from minilean.statistics.trade import Trade, TradeDirection
from minilean.statistics.trade_builder import Fill, random_id


class _Position:
    """Fills that are not closed, and their fees."""

    __slots__ = ("fees", "fills")

    def __init__(self, fill: Fill, fees: Decimal) -> None:
        self.fills = [fill]
        self.fees = fees

    def add(self, fill: Fill) -> None:
        """Take a further fill with its fee."""
        self.fills.append(fill)
        self.fees += fill.fee


class FlatTradeBuilder:
    """What both groupings share; excursions are not measured, they stay zero as in LEAN.

    Attributes:
        closed_trades: In the order they closed.
    """

    def __init__(self, *, last_first: bool = False, make_id: Callable[[], str] = random_id) -> None:
        """Start without positions.

        Args:
            last_first: Whether a closing fill is matched with the last entries first.
            make_id: Gives ids for trades.
        """
        self._index = -1 if last_first else 0
        self._make_id = make_id
        self.positions: dict[str, _Position] = {}
        self._orders_with_fee: set[int] = set()
        self.closed_trades: list[Trade] = []

    def has_open_position(self, sid: str) -> bool:
        """Whether fills of a security are not yet closed."""
        return sid in self.positions

    def set_market_price(self, sid: str, price: Decimal) -> None:
        """Excursions are not measured."""

    def apply_split(self, sid: str, factor: Decimal) -> None:
        """Rescale open fills by a split (raw prices only)."""
        position = self.positions.get(sid)
        if position is not None:
            position.fills = [
                replace(fill, quantity=fill.quantity / factor, price=fill.price * factor) for fill in position.fills
            ]

    def process_fill(self, fill: Fill) -> None:
        """Open, extend, reduce, close or turn the position; of an order only the first fill's fee counts."""
        fill = replace(fill, fee=ZERO if fill.order_id in self._orders_with_fee else normalize(fill.fee))
        self._orders_with_fee.add(fill.order_id)
        position = self.positions.get(fill.symbol.sid)
        if position is None:
            self.positions[fill.symbol.sid] = _Position(fill, fill.fee)
        elif (position.fills[self._index].quantity > 0) == (fill.quantity > 0):
            position.add(fill)
        else:
            self._reduce(fill, position)

    @abstractmethod
    def _reduce(self, fill: Fill, position: _Position) -> None:
        """Take a fill against the position."""

    def _turn(self, fill: Fill, quantity: Decimal) -> None:
        """Go on with what a fill has left after closing the position; its fee is spent."""
        self.positions[fill.symbol.sid] = _Position(replace(fill, quantity=quantity), ZERO)

    def _close(
        self, fill: Fill, entry: tuple[int, Decimal], exit_price: Decimal, quantity: Decimal, orders: dict[int, None]
    ) -> None:
        """Book a trade of a signed entry quantity."""
        entry_time, entry_price = entry
        profit = net_round((exit_price - entry_price) * quantity * fill.conversion, 2)
        self.closed_trades.append(
            Trade(
                trade_id=self._make_id(),
                symbol=fill.symbol,
                entry_time=entry_time,
                entry_price=entry_price,
                direction=TradeDirection.LONG if quantity > 0 else TradeDirection.SHORT,
                quantity=abs(quantity),
                exit_time=fill.time,
                exit_price=exit_price,
                profit_loss=profit,
                total_fees=self.positions[fill.symbol.sid].fees,
                mae=ZERO,
                mfe=ZERO,
                end_trade_drawdown=ZERO,
                is_win=profit > 0,
                order_ids=tuple(orders),
            )
        )


class FlatToFlatTradeBuilder(FlatTradeBuilder):
    """One trade from the first fill of a position until it is flat again or turned."""

    def _reduce(self, fill: Fill, position: _Position) -> None:
        held = sum((each.quantity for each in position.fills), ZERO)
        position.add(fill)
        left = held + fill.quantity
        if left and abs(fill.quantity) <= abs(held):
            return
        entry_time = position.fills[0].time
        entry, exit_ = _Average(), _Average()
        orders: dict[int, None] = {}
        while position.fills:
            each = position.fills.pop(self._index)
            (exit_ if (each.quantity > 0) == (fill.quantity > 0) else entry).add(each.price, each.quantity)
            orders[each.order_id] = None
        self._close(fill, (entry_time, entry.price), exit_.price, entry.quantity, orders)
        del self.positions[fill.symbol.sid]
        if left:
            self._turn(fill, left)


class FlatToReducedTradeBuilder(FlatTradeBuilder):
    """One trade for each fill that reduces a position."""

    def _reduce(self, fill: Fill, position: _Position) -> None:
        position.fees += fill.fee
        entry_time = position.fills[self._index].time
        orders: dict[int, None] = {fill.order_id: None}
        entry = _Average()
        rest = abs(fill.quantity)
        while position.fills and rest:
            each = position.fills[self._index]
            part = min(rest, abs(each.quantity))
            signed = part if each.quantity > 0 else -part
            if part == abs(each.quantity):
                if self._index:
                    entry_time = each.time
                position.fills.pop(self._index)
            else:
                position.fills[self._index] = replace(each, quantity=each.quantity - signed)
            entry.add(each.price, signed)
            orders[each.order_id] = None
            rest -= part
        self._close(fill, (entry_time, entry.price), fill.price, entry.quantity, orders)
        if rest:
            self._turn(fill, rest if fill.quantity > 0 else -rest)
        elif position.fills:
            position.fees = ZERO
        else:
            del self.positions[fill.symbol.sid]


class _Average:
    """A running average price by quantity."""

    __slots__ = ("price", "quantity")

    def __init__(self) -> None:
        self.price = ZERO
        self.quantity = ZERO

    def add(self, price: Decimal, quantity: Decimal) -> None:
        """Take a further part."""
        self.quantity += quantity
        self.price += (price - self.price) * quantity / self.quantity
