"""What is held of one security."""

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING

from minilean import numbers
from minilean.surface import Surface, as_float

if TYPE_CHECKING:
    from minilean.framework.portfolio_target import PortfolioTarget
    from minilean.securities.security import Security
    from minilean.securities.symbol import Symbol

ZERO = Decimal(0)


class SecurityHolding(Surface):
    """Quantity, average price and results of a position.

    Attributes:
        on_change: Told when the quantity has changed.
        target: What the framework's models want the position to be, None before the first target.
    """

    __slots__ = (
        "average_price_", "last_trade_profit_", "on_change", "profit_", "quantity_", "security", "target",
        "total_dividends_", "total_fees_", "total_sale_volume_",
    )  # fmt: skip

    def __init__(self, security: "Security") -> None:
        self.security = security
        self.target: PortfolioTarget | None = None
        self.on_change: Callable[[], None] | None = None
        self.quantity_ = ZERO
        self.average_price_ = ZERO
        self.profit_ = ZERO
        self.total_fees_ = ZERO
        self.total_sale_volume_ = ZERO
        self.total_dividends_ = ZERO
        self.last_trade_profit_ = ZERO

    quantity = as_float("quantity_")
    absolute_quantity = as_float("absolute_quantity_")
    average_price = as_float("average_price_")
    price = as_float("price_")
    profit = as_float("profit_")
    total_fees = as_float("total_fees_")
    total_sale_volume = as_float("total_sale_volume_")
    total_dividends = as_float("total_dividends_")
    last_trade_profit = as_float("last_trade_profit_")
    net_profit = as_float("net_profit_")
    holdings_value = as_float("value_")
    holdings_cost = as_float("cost_")
    absolute_holdings_value = as_float("absolute_value_")
    absolute_holdings_cost = as_float("absolute_cost_")
    unleveraged_holdings_cost = as_float("unleveraged_cost_")
    unleveraged_absolute_holdings_cost = as_float("unleveraged_cost_")
    unrealized_profit = as_float("unrealized_profit_")
    unrealized_profit_percent = as_float("unrealized_profit_percent_")
    leverage = as_float("leverage_")

    @property
    def symbol(self) -> "Symbol":
        """Symbol of the security."""
        return self.security.symbol

    @property
    def type(self) -> int:
        """Kind of the security."""
        return self.security.symbol.security_type

    @property
    def price_(self) -> Decimal:
        """Last price of the security."""
        return self.security.price_

    @property
    def invested(self) -> bool:
        """Whether at least one lot is held."""
        return self.quantity_ != 0 and abs(self.quantity_) >= self.security.properties.lot_size_

    @property
    def hold_stock(self) -> bool:
        """LEAN's older name of `invested`."""
        return self.invested

    @property
    def is_long(self) -> bool:
        """Whether the position profits from rising prices."""
        return self.quantity_ > 0

    @property
    def is_short(self) -> bool:
        """Whether the position profits from falling prices."""
        return self.quantity_ < 0

    @property
    def absolute_quantity_(self) -> Decimal:
        """Size without the side."""
        return abs(self.quantity_)

    @property
    def value_(self) -> Decimal:
        """Signed market value in account currency."""
        if not self.quantity_:
            return ZERO
        security = self.security
        value = security.price_ * self.quantity_
        return value * security.quote_currency.rate_ if security.converts else value

    @property
    def cost_(self) -> Decimal:
        """Signed cost at the average price, in account currency."""
        return self.value_of(self.quantity_, self.average_price_) if self.quantity_ else ZERO

    def value_of(self, quantity: Decimal, price: Decimal) -> Decimal:
        """Return what a quantity is worth at a price, in account currency."""
        value = numbers.multiply_96_bits(price, quantity)
        return numbers.multiply_96_bits(value, self.security.quote_currency.rate_) if self.security.converts else value

    @property
    def absolute_value_(self) -> Decimal:
        """Market value without the side."""
        return abs(self.value_)

    @property
    def absolute_cost_(self) -> Decimal:
        """Cost without the side."""
        return abs(self.cost_)

    @property
    def leverage_(self) -> Decimal:
        """Leverage of the security."""
        return self.security.buying_power_model.leverage_

    @property
    def unleveraged_cost_(self) -> Decimal:
        """Cost divided by leverage."""
        return self.absolute_cost_ / self.leverage_

    @property
    def net_profit_(self) -> Decimal:
        """Realized profit after fees."""
        return self.profit_ - self.total_fees_

    @property
    def unrealized_profit_(self) -> Decimal:
        """What closing the position now would bring, fee of the closing order included."""
        return self.total_close_profit_()

    @property
    def unrealized_profit_percent_(self) -> Decimal:
        """Unrealized profit as a fraction of the cost."""
        cost = self.absolute_cost_
        return self.unrealized_profit_ / cost if cost else ZERO

    def total_close_profit_(self, *, include_fees: bool = True) -> Decimal:
        """Return the result of closing the position at the other side of the market."""
        if not self.invested:
            return ZERO
        security = self.security
        fees = security.market_order_fee(-self.quantity_) if include_fees else ZERO
        price = security.bid_price_ if self.quantity_ > 0 else security.ask_price_
        exit_value = self.value_of(self.quantity_, price or security.price_)
        return exit_value - self.value_of(self.quantity_, self.average_price_) - fees

    def total_close_profit(self, include_fees: bool = True) -> float:  # noqa: FBT001, FBT002 - LEAN's signature
        """Return the result of closing the position, as the strategy reads it."""
        return float(self.total_close_profit_(include_fees=include_fees))

    def set_position(self, average_price: Decimal, quantity: Decimal) -> None:
        """Replace price and size."""
        self.average_price_ = average_price
        self.quantity_ = quantity
        if self.on_change is not None:
            self.on_change()

    def set_holdings(self, average_price: float, quantity: float) -> None:
        """Replace price and size from the strategy."""
        self.set_position(Decimal(repr(average_price)), Decimal(repr(quantity)))

    def __str__(self) -> str:
        quantity, price = numbers.decimal_text(self.quantity_), numbers.decimal_text(self.average_price_)
        return f"{self.symbol.value}: {quantity} @ {price}"
