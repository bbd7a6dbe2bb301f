"""Events that tell a strategy, the portfolio and the results what became of an order."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from minilean import times
from minilean.enums import OrderDirection, OrderStatus
from minilean.numbers import normalize
from minilean.orders.order import ZERO, Order
from minilean.orders.texts import event_text, short_event_text
from minilean.securities.currencies import NULL_CURRENCY
from minilean.securities.symbol import Symbol
from minilean.surface import Surface, as_decimal, as_float, as_float_or_none, as_utc_datetime, decimal_argument

if TYPE_CHECKING:
    from minilean.securities.cash import CashBook


class CashAmount(Surface):
    """An amount of a currency."""

    __slots__ = ("amount_", "currency")

    def __init__(self, amount: object, currency: str) -> None:
        self.amount_ = decimal_argument(amount, "CashAmount")
        self.currency = currency

    amount = as_float("amount_")

    def __str__(self) -> str:
        return f"{self.amount_.normalize():f} {self.currency}"


class OrderFee(Surface):
    """The fee of a fill."""

    __slots__ = ("value",)
    ZERO: ClassVar["OrderFee"]

    def __init__(self, value: CashAmount) -> None:
        self.value = CashAmount(normalize(value.amount_), value.currency)

    def apply_to(self, cash_book: "CashBook", fill_price: Decimal) -> None:  # noqa: ARG002 - for overriding
        """Take the fee from the account."""
        cash_book[self.value.currency].add(-self.value.amount_)

    def __str__(self) -> str:
        return str(self.value)


class ModifiedFillQuantityOrderFee(OrderFee):
    """A fee in the bought currency that was taken from the filled quantity: paid at the fill price."""

    __slots__ = ("_quote_currency",)

    def __init__(self, value: CashAmount, quote_currency: str) -> None:
        super().__init__(value)
        self._quote_currency = quote_currency

    def apply_to(self, cash_book: "CashBook", fill_price: Decimal) -> None:
        """Take the fee's worth from the quote currency."""
        cash_book[self._quote_currency].add(-self.value.amount_ * fill_price)


ZERO_FEE = OrderFee.ZERO = OrderFee(CashAmount(ZERO, NULL_CURRENCY))


class OrderEvent(Surface):
    """One change of an order's state.

    Attributes:
        id: Number of the event within its order, from 1.
        order_id: The order's id.
        utc: Instant of the event.
        status: State of the order after the event.
        fill_price_: Price of the execution, zero without one.
        fill_price_currency: Quote currency of the security.
        fill_quantity_: Signed executed quantity.
        order_fee: Fee; LEAN's null currency when there is none.
        quantity_: Signed quantity of the order.
        limit_price_: The order's own prices where its type has them, else None; stop and trigger alike.
        message: Text to the user, may be empty.
    """

    __slots__ = (
        "fill_price_", "fill_price_currency", "fill_quantity_", "id", "is_assignment", "limit_price_", "message",
        "order_fee", "order_id", "quantity_", "status", "stop_price_", "symbol", "ticket", "trailing_amount_",
        "trailing_as_percentage", "trigger_price_", "utc",
    )  # fmt: skip

    def __init__(self, order: Order, utc: int | datetime, status: "OrderStatus | OrderFee", message: str = "") -> None:
        """Take the order's fields; strategies give a datetime and the fee, and the order's status is kept."""
        self.id = 0
        self.order_id = order.id
        self.symbol: Symbol = order.symbol
        self.utc = utc if isinstance(utc, int) else times.from_datetime(utc.replace(tzinfo=None))
        self.status = order.status if isinstance(status, OrderFee) else status
        self.fill_price_ = ZERO
        self.fill_price_currency = order.price_currency
        self.fill_quantity_ = ZERO
        self.order_fee = status if isinstance(status, OrderFee) else ZERO_FEE
        self.message = message
        self.is_assignment = False
        self.quantity_ = order.quantity_
        self.limit_price_: Decimal | None = None
        self.stop_price_: Decimal | None = None
        self.trigger_price_: Decimal | None = None
        self.trailing_amount_: Decimal | None = None
        self.trailing_as_percentage: bool | None = None
        self.ticket: object = None

    fill_price = as_decimal("fill_price_")
    fill_quantity = as_decimal("fill_quantity_")
    absolute_fill_quantity = as_float("absolute_fill_quantity_")
    quantity = as_float("quantity_")
    limit_price = as_float_or_none("limit_price_")
    stop_price = as_float_or_none("stop_price_")
    trigger_price = as_float_or_none("trigger_price_")
    trailing_amount = as_float_or_none("trailing_amount_")
    utc_time = as_utc_datetime("utc")

    @property
    def absolute_fill_quantity_(self) -> Decimal:
        """Executed quantity without the side."""
        return abs(self.fill_quantity_)

    @property
    def direction(self) -> OrderDirection:
        """Side of the order."""
        if self.quantity_ > 0:
            return OrderDirection.BUY
        return OrderDirection.SELL if self.quantity_ < 0 else OrderDirection.HOLD

    def short_to_string(self) -> str:
        """Return a short form of the event's text."""
        return short_event_text(self)

    def __str__(self) -> str:
        return event_text(self)
