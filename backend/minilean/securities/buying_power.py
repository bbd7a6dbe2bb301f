"""Buying power of margin accounts: how much may be ordered, and how many shares a target needs."""

import operator
from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING, NamedTuple

from minilean import numbers
from minilean.orders.order import MarketOrder, Order
from minilean.surface import Surface, as_float, decimal_argument

if TYPE_CHECKING:
    from minilean.securities.portfolio import SecurityPortfolioManager
    from minilean.securities.security import Security

ZERO = Decimal(0)
ONE = Decimal(1)


class BuyingPowerResult(NamedTuple):
    """Why an order cannot be paid; empty when it can."""

    reason: str

    @property
    def is_sufficient(self) -> bool:
        """Whether the order can be paid."""
        return not self.reason


class OrderQuantityResult(NamedTuple):
    """How much to order for a target; ``reason`` tells why it is nothing, empty when that is no error."""

    quantity: Decimal
    reason: str
    below_minimum: bool


class ReservedBuyingPowerForPositionParameters(Surface):
    """Whose position is asked for."""

    def __init__(self, security: "Security") -> None:
        self.security = security


class ReservedBuyingPowerForPosition(Surface):
    """What a position binds."""

    def __init__(self, amount: Decimal) -> None:
        self.amount_ = amount

    absolute_used_buying_power = as_float("amount_")


class SecurityMarginModel(Surface):
    """Margin as a constant fraction of the position's value, initial and maintenance alike."""

    __slots__ = ("_requirement", "_times", "leverage_", "required_free_")

    _times: Callable[[Decimal, Decimal], Decimal]

    def __init__(self, leverage: object = 1, required_free_buying_power_percent: object = 0) -> None:
        self.set_leverage_(decimal_argument(leverage, "SecurityMarginModel"))
        self.required_free_ = decimal_argument(required_free_buying_power_percent, "SecurityMarginModel")

    @property
    def leverage(self) -> float:
        """How many times the own money may be invested."""
        return float(round(self.leverage_, 20))

    required_free_buying_power_percent = as_float("required_free_")

    def set_leverage_(self, leverage: Decimal) -> None:
        """Set how many times the own money may be invested.

        Raises:
            ValueError: Less than 1.
        """
        if leverage < 1:
            raise ValueError("Leverage must be greater than or equal to 1.")
        self._requirement = ONE / leverage
        self._times = numbers.multiply_96_bits if numbers.is_long(self._requirement) else operator.mul
        self.leverage_ = numbers.divide_96_bits(ONE, self._requirement)

    def get_leverage(self, security: "Security") -> float:  # noqa: ARG002 - LEAN's signature
        """Return the leverage."""
        return self.leverage

    def set_leverage(self, security: "Security", leverage: object) -> None:  # noqa: ARG002 - LEAN's signature
        """Set the leverage from the strategy."""
        self.set_leverage_(decimal_argument(leverage, "SetLeverage"))

    def maintenance_margin(self, security: "Security") -> Decimal:
        """Return the margin that the position binds."""
        return self._times(abs(security.holdings.value_), self._requirement)

    def get_reserved_buying_power_for_position(
        self, parameters: "ReservedBuyingPowerForPositionParameters"
    ) -> "ReservedBuyingPowerForPosition":
        """Return what a position binds, as strategies ask for it."""
        return ReservedBuyingPowerForPosition(self.maintenance_margin(parameters.security))

    def initial_margin(self, security: "Security", quantity: Decimal) -> Decimal:
        """Return the signed margin that a quantity needs at the current price."""
        value = security.price_ * quantity
        if security.converts:
            value = security.quote_currency.rate_ * security.price_ * quantity
        return self._times(value, self._requirement)

    def initial_margin_for_order(self, security: "Security", order: Order) -> Decimal:
        """Return the margin of an order, its fee on top."""
        margin = self.initial_margin(security, order.quantity_)
        fee = security.order_fee(order)
        return margin + fee if margin > 0 else margin - fee if margin < 0 else margin

    def margin_remaining(self, portfolio: "SecurityPortfolioManager", security: "Security", sign: int) -> Decimal:
        """Return what an order may bind; against a position, closing and reopening it counts.

        Args:
            portfolio: The account.
            security: What is ordered.
            sign: 1 for buying, -1 for selling, 0 for neither.
        """
        total = portfolio.total_value_()
        result = portfolio.margin_remaining_(total)
        held = security.holdings.quantity_
        if (held > 0 and sign < 0) or (held < 0 and sign > 0):
            result += self.maintenance_margin(security) + self.initial_margin(security, abs(held))
        result -= total * self.required_free_
        return max(result, ZERO)

    def has_sufficient_buying_power(
        self, portfolio: "SecurityPortfolioManager", security: "Security", order: Order, filled: Decimal
    ) -> BuyingPowerResult:
        """Tell whether the unfilled part of an order can be paid."""
        quantity = order.quantity_
        held = security.holdings.quantity_
        if quantity == 0 or (held * quantity < 0 and abs(held) >= abs(quantity)):
            return BuyingPowerResult("")
        free = self.margin_remaining(portfolio, security, 1 if quantity > 0 else -1)
        required = self.initial_margin_for_order(security, order)
        required = (abs(quantity) - abs(filled)) / abs(quantity) * required
        if abs(required) > free:
            texts = (f"{numbers.normalize(numbers.fit_96_bits(value)):f}" for value in (required, free))
            initial, left = texts
            return BuyingPowerResult(f"Id: {order.id}, Initial Margin: {initial}, Free Margin: {left}")
        return BuyingPowerResult("")

    def quantity_for_target(
        self,
        portfolio: "SecurityPortfolioManager",
        security: "Security",
        target: Decimal,
        minimum_portfolio_percentage: Decimal,
    ) -> OrderQuantityResult:
        """Return the order that brings a position's margin to a fraction of the portfolio's value."""
        total = portfolio.total_value_()
        target_margin = target * (total - total * self.required_free_)
        if target_margin == 0:
            return OrderQuantityResult(-security.holdings.quantity_, "", below_minimum=False)
        current = self.initial_margin(security, security.holdings.quantity_)
        unit = self.initial_margin(security, ONE)
        if unit == 0:
            return OrderQuantityResult(ZERO, zero_price_message(security), below_minimum=False)
        if abs(target_margin - current) < total * minimum_portfolio_percentage:
            return OrderQuantityResult(ZERO, "", below_minimum=True)
        last = ZERO
        while True:
            quantity, margin = self._amount_to_order(security, target_margin, unit)
            if quantity == 0:
                return OrderQuantityResult(ZERO, "", below_minimum=False)
            fees = security.order_fee(MarketOrder(security.symbol, quantity, security.clock.utc))
            target_margin = (total - fees - total * self.required_free_) * target
            if last == quantity:
                raise ArithmeticError(f"GetMaximumOrderQuantityForTargetBuyingPower failed to converge for {security}")
            last = quantity
            if abs(margin) <= abs(target_margin):
                return OrderQuantityResult(quantity, "", below_minimum=False)

    def _amount_to_order(self, security: "Security", target: Decimal, unit: Decimal) -> tuple[Decimal, Decimal]:
        """Return the order towards a target margin and the margin after it, which does not exceed the target."""
        lot = security.properties.lot_size_
        held = security.holdings.quantity_
        rounding = ROUND_CEILING if target < 0 else ROUND_FLOOR
        order = numbers.discretely_round_by(-held + target / unit, lot, rounding)
        margin = self.initial_margin(security, order + held)
        while (target < 0 and margin < target) or (target > 0 and margin > target):
            order += lot if target < 0 else -lot
            margin = self.initial_margin(security, order + held)
        return order, margin

    def quantity_for_delta(
        self, portfolio: "SecurityPortfolioManager", security: "Security", delta: Decimal
    ) -> Decimal:
        """Return the order that changes a position's margin by an amount, however small."""
        used = self.maintenance_margin(security)
        wanted = (used if security.holdings.quantity_ > 0 else -used) + delta
        total = portfolio.total_value_()
        target = wanted / total if total else ZERO
        return self.quantity_for_target(portfolio, security, target, ZERO).quantity


def zero_price_message(security: "Security") -> str:
    """Return LEAN's text for a security that has no price yet."""
    return (
        f"{security.symbol}: The security does not have an accurate price as it has not yet received a bar of data. "
        "Before placing a trade (or using set_holdings) warm up your algorithm with set_warmup, or use "
        "slice.contains(symbol) to confirm the Slice object has price before using the data. Data does not necessarily "
        "all arrive at the same time so your algorithm should confirm the data is ready before using it. In live "
        "trading this can mean you do not have an active subscription to the asset class you're trying to trade. If "
        "using custom data make sure you've set the 'Value' property."
    )
