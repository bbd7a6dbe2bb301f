"""Margin calls: what is sold when positions bind more than the account is worth."""

from decimal import Decimal

from minilean.enums import OrderType
from minilean.orders.order_ticket import OrderTicket
from minilean.orders.requests import OrderProperties, SubmitOrderRequest
from minilean.orders.transaction_manager import SecurityTransactionManager
from minilean.securities.portfolio import SecurityManager, SecurityPortfolioManager
from minilean.securities.security import Security
from minilean.time_keeper import TimeKeeper

ZERO = Decimal(0)
_WARNING_SHARE = Decimal("0.05")
_BUFFER = Decimal("1.1")


class DefaultMarginCallModel:
    """LEAN's default: reduce every position, the losing ones first, until the margin suffices."""

    def __init__(
        self,
        clock: TimeKeeper,
        securities: SecurityManager,
        portfolio: SecurityPortfolioManager,
        transactions: SecurityTransactionManager,
    ) -> None:
        self._clock = clock
        self._securities = securities
        self._portfolio = portfolio
        self._transactions = transactions

    def orders(self) -> tuple[list[SubmitOrderRequest], bool]:
        """Return the orders to place, and whether a warning is due."""
        used = self._portfolio.total_margin_used_
        if used <= 0:
            return [], False
        total = self._portfolio.total_value_()
        remaining = self._portfolio.margin_remaining_(total, used)
        warning = remaining <= total * _WARNING_SHARE
        orders: list[SubmitOrderRequest] = []
        if remaining <= 0:
            if used > total * _BUFFER:
                for security in self._securities.values():
                    request = self._reduce(security, used - total)
                    if request is not None:
                        orders.append(request)
            warning = bool(orders)
        return orders, warning

    def _reduce(self, security: Security, excess: Decimal) -> SubmitOrderRequest | None:
        held = security.holdings.quantity_
        if not held:
            return None
        model = security.buying_power_model
        bound = model.maintenance_margin(security)
        delta = bound - max(ZERO, bound - excess)
        quantity = model.quantity_for_delta(self._portfolio, security, -delta if held > 0 else delta)
        if not quantity:
            return None
        size = abs(quantity)
        return SubmitOrderRequest(
            OrderType.MARKET, security.symbol, -size if held > 0 else size, self._clock.utc, "Margin Call",
            OrderProperties(),
        )  # fmt: skip

    def execute(self, orders: list[SubmitOrderRequest]) -> list[OrderTicket]:
        """Place orders until the margin suffices."""
        if self._portfolio.margin_left_ >= 0:
            return []
        tickets = []
        for request in sorted(orders, key=lambda each: self._securities[each.symbol].holdings.unrealized_profit_):
            tickets.append(self._transactions.add_order(request))
            if self._portfolio.margin_left_ >= 0:
                break
        return tickets
