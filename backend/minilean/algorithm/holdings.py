"""Bringing positions to a size: ``set_holdings`` and ``liquidate``."""

# ruff: noqa: PLR0917, FBT001 - LEAN's signatures

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from minilean.algorithm.order_checks import require_flag_and_tag
from minilean.algorithm.trading import TradingPart
from minilean.enums import OrderType
from minilean.framework.portfolio_target import PortfolioTarget, order_quantity_for
from minilean.orders.order_ticket import OrderTicket
from minilean.orders.requests import OrderProperties
from minilean.securities.symbol import Symbol
from minilean.surface import double_argument

ZERO = Decimal(0)


class HoldingsPart(TradingPart):
    """``set_holdings``, ``liquidate`` and ``calculate_order_quantity``."""

    def liquidate(
        self,
        symbol: Any = None,  # noqa: ANN401 - a symbol, several, or none for all
        asynchronous: Any = False,  # noqa: ANN401, FBT002 - LEAN's overload takes the tag here
        tag: str | None = None,
        order_properties: OrderProperties | None = None,
    ) -> list[Any]:
        """Cancel open orders and close positions, of one symbol or of all."""
        if isinstance(asynchronous, str):
            asynchronous, tag = False, asynchronous
        context = self._context
        if not context.settings.liquidate_enabled:
            self.debug(
                "Liquidate() is currently disabled by settings. "
                "To re-enable please set 'Settings.LiquidateEnabled' to true"
            )
            return []
        if symbol is None:
            symbols: Iterable[Any] = sorted(dict.keys(context.securities), key=lambda each: each.value)
        elif isinstance(symbol, (list, tuple, set)):
            symbols = symbol
        else:
            symbols = [symbol]
        tickets = []
        for each in symbols:
            ticket = self._liquidate_one(
                self.symbol_of(each), "Liquidated" if tag is None else tag, order_properties, asynchronous=asynchronous
            )
            if ticket is not None:
                tickets.append(ticket)
        return tickets

    def _liquidate_one(
        self, symbol: Symbol, tag: str, properties: OrderProperties | None, *, asynchronous: bool = False
    ) -> OrderTicket | None:
        context = self._context
        if symbol not in context.securities:
            self.warn_once(
                f"Warning: liquidate ignored symbol '{symbol}' because it has not been added to the algorithm. "
                "Add the security before liquidating it."
            )
            return None
        holdings = context.securities[symbol].holdings
        quantity = holdings.quantity_ if holdings.invested else ZERO
        tickets = context.transactions.get_open_order_tickets(symbol)
        single = len(tickets) == 1 and tickets[0].order_type is OrderType.MARKET
        if single and quantity and tickets[0].quantity_ == -quantity:
            return None
        pending = ZERO
        for ticket in tickets:
            if ticket.order_type is OrderType.MARKET:
                pending += ticket.quantity_remaining_
            else:
                context.transactions.cancel_order(ticket.order_id, tag)
        if not quantity:
            return None
        return self.market_order(symbol, -quantity - pending, asynchronous, tag, properties)

    def set_holdings(
        self,
        symbol: Any = None,  # noqa: ANN401 - a symbol, or a list of targets
        percentage: Any = None,  # noqa: ANN401 - a fraction; with targets the flag to liquidate
        liquidate_existing_holdings: bool = False,  # noqa: FBT002 - LEAN's signature
        asynchronous: bool = False,  # noqa: FBT002
        tag: str | None = None,
        order_properties: OrderProperties | None = None,
        *,
        targets: Any = None,  # noqa: ANN401 - LEAN's name of the list
    ) -> list[Any]:
        """Bring a position to a fraction of the portfolio's value, or several at once."""
        symbol = targets if symbol is None else symbol
        if isinstance(symbol, PortfolioTarget):
            symbol = [symbol]
        if isinstance(symbol, (list, tuple)):
            liquidates = bool(percentage) or liquidate_existing_holdings
            return self._set_all(list(symbol), liquidates, tag, order_properties, asynchronous=asynchronous)
        require_flag_and_tag("SetHoldings", asynchronous, tag or "")
        target = self.symbol_of(symbol)
        fraction = double_argument(percentage, "SetHoldings")
        quantity = order_quantity_for(self, target, fraction)
        tickets = []
        if liquidate_existing_holdings:
            tickets = self._liquidate_others({target}, tag, order_properties)
        return tickets + self._order_to_holdings(
            target, quantity or ZERO, tag, order_properties, asynchronous=asynchronous
        )

    def _liquidate_others(self, kept: set[Symbol], tag: str | None, properties: OrderProperties | None) -> list[Any]:
        others = [symbol for symbol in dict.keys(self._context.portfolio) if symbol not in kept]
        others.sort(key=lambda each: each.value)
        return self.liquidate(others, tag=tag, order_properties=properties)

    def _set_all(
        self,
        targets: list[PortfolioTarget],
        liquidates: bool,
        tag: str | None,
        properties: OrderProperties | None,
        *,
        asynchronous: bool,
    ) -> list[Any]:
        tickets: list[Any] = []
        if liquidates:
            tickets = self._liquidate_others({target.symbol for target in targets}, tag, properties)
        if self._context.state.is_warming_up:
            return tickets
        deltas = [(t.symbol, order_quantity_for(self, t.symbol, t.quantity_) or ZERO) for t in targets]
        for symbol, quantity in self._by_margin_impact(deltas):
            tickets += self._order_to_holdings(symbol, quantity, tag, properties, asynchronous=asynchronous)
        return tickets

    def _by_margin_impact(self, deltas: list[tuple[Symbol, Decimal]]) -> list[tuple[Symbol, Decimal]]:
        """Sort orders: those that reduce a position first, then the greater ones."""
        context = self._context
        ranked = []
        for symbol, quantity in deltas:
            security = context.securities[symbol]
            lot = security.properties.lot_size_
            whole = quantity - quantity % lot
            if not (security.has_data and security.is_tradable and abs(whole) >= lot):
                continue
            pending = sum((t.quantity_remaining_ for t in context.transactions.get_open_order_tickets(symbol)), ZERO)
            held = security.holdings.quantity_ + pending
            reduces = held != 0 and abs(whole + held) < abs(held)
            ranked.append(((not reduces, -abs(whole * security.price_)), (symbol, quantity)))
        ranked.sort(key=lambda pair: pair[0])
        return [pair[1] for pair in ranked]

    def _order_to_holdings(
        self,
        symbol: Symbol,
        quantity: Decimal,
        tag: str | None,
        properties: OrderProperties | None,
        *,
        asynchronous: bool,
    ) -> list[Any]:
        context = self._context
        waiting = (OrderType.MARKET, OrderType.MARKET_ON_OPEN)
        tickets = [t for t in context.transactions.get_open_order_tickets(symbol) if t.order_type in waiting]
        quantity -= sum((ticket.quantity_remaining_ for ticket in tickets), ZERO)
        if not quantity:
            return []
        if symbol not in context.securities:
            self.error(f"{symbol} not found in portfolio. Request this data when initializing the algorithm.")
            return []
        open_now = context.securities[symbol].exchange.exchange_open
        place = self.market_order if open_now else self.market_on_open_order
        return [place(symbol, quantity, asynchronous, tag or "", properties)]

    def calculate_order_quantity(self, symbol: object, target: object) -> float:
        """Return the order that brings a position to a fraction of the portfolio's value."""
        quantity = order_quantity_for(self, self.symbol_of(symbol), double_argument(target, "CalculateOrderQuantity"))
        return float(quantity or ZERO)

    def set_maximum_orders(self, maximum: int) -> None:
        """Limit the number of orders; back-tests have no limit."""
