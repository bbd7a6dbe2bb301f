"""Margin calls: what is sold when positions bind more than the account is worth."""

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from minilean.enums import OrderType
from minilean.orders.requests import OrderProperties, SubmitOrderRequest
from minilean.surface import Model, decimal_argument

if TYPE_CHECKING:
    from minilean.orders.order_ticket import OrderTicket
    from minilean.securities.portfolio import SecurityPortfolioManager
    from minilean.securities.security import Security

ZERO, ONE = Decimal(0), Decimal(1)
_WARNING_SHARE = Decimal("0.05")
_BUFFER = Decimal("0.10")


class DefaultMarginCallModel(Model):
    """LEAN's default: reduce every position, the losing ones first, until the margin suffices."""

    def __init__(
        self,
        portfolio: "SecurityPortfolioManager",
        default_order_properties: OrderProperties | None = None,
        margin_buffer: object = _BUFFER,
    ) -> None:
        """Take the portfolio, properties of the orders, and how far the margin may be exceeded (0.1: a tenth)."""
        self.portfolio = portfolio
        self.default_order_properties = (
            OrderProperties() if default_order_properties is None else default_order_properties
        )
        self._bound = ONE + decimal_argument(margin_buffer, "DefaultMarginCallModel")

    def get_margin_call_orders(self) -> tuple[list[SubmitOrderRequest], bool]:
        """Return the orders to place, and whether a warning is due."""
        used = self.portfolio.total_margin_used_
        if used <= 0:
            return [], False
        total = self.portfolio.total_value_()
        remaining = self.portfolio.margin_remaining_(total, used)
        warning = remaining <= total * _WARNING_SHARE
        orders: list[SubmitOrderRequest] = []
        if remaining <= 0:
            if used > total * self._bound:
                for security in self.portfolio.securities.values():
                    request = self._reduce(security, used - total)
                    if request is not None:
                        orders.append(request)
            warning = bool(orders)
        return orders, warning

    def _reduce(self, security: "Security", excess: Decimal) -> SubmitOrderRequest | None:
        held = security.holdings.quantity_
        if not held:
            return None
        model = security.buying_power_model
        bound = model.maintenance_margin(security)
        delta = bound - max(ZERO, bound - excess)
        quantity = model.quantity_for_delta(self.portfolio, security, -delta if held > 0 else delta)
        if not quantity:
            return None
        size = abs(quantity)
        return SubmitOrderRequest.of(
            OrderType.MARKET, security.symbol, -size if held > 0 else size, security.clock.utc, "Margin Call",
            self.default_order_properties.clone(),
        )  # fmt: skip

    def execute_margin_call(self, generated_margin_call_orders: Iterable[SubmitOrderRequest]) -> "list[OrderTicket]":
        """Place orders until the margin suffices."""
        if self.portfolio.margin_left_ >= 0:
            return []
        securities, transactions = self.portfolio.securities, self.portfolio.transactions
        tickets: list[OrderTicket] = []
        losers_first = sorted(
            generated_margin_call_orders, key=lambda each: securities[each.symbol].holdings.unrealized_profit_
        )
        for request in losers_first:
            tickets.append(transactions.add_order(request))
            if self.portfolio.margin_left_ >= 0:
                break
        return tickets


class _NullMarginCallModel(Model):
    """Never calls."""

    def get_margin_call_orders(self) -> tuple[list[SubmitOrderRequest], bool]:
        """Return nothing."""
        return [], False

    def execute_margin_call(self, generated_margin_call_orders: object) -> list[Any]:  # noqa: ARG002 - LEAN's signature
        """Do nothing."""
        return []


class MarginCallModel:
    """LEAN's holder of the model that never calls."""

    NULL = Null = _NullMarginCallModel()
