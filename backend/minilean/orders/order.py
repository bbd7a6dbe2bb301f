"""Orders of every supported type, with LEAN's fields."""

# ruff: noqa: PLR0917 - LEAN's signatures

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from minilean import times
from minilean.enums import DataNormalizationMode, OrderDirection, OrderStatus, OrderType, SecurityType
from minilean.orders.texts import order_text, trailing_text
from minilean.orders.time_in_force import GOOD_TIL_CANCELED, TimeInForce
from minilean.securities.currencies import currency_sign
from minilean.securities.symbol import Symbol
from minilean.surface import Surface, as_float, as_utc_datetime

if TYPE_CHECKING:
    from minilean.orders.requests import OrderProperties
    from minilean.securities.security import Security

__all__ = [
    "LimitIfTouchedOrder",
    "LimitOrder",
    "MarketOnCloseOrder",
    "MarketOnOpenOrder",
    "MarketOrder",
    "Order",
    "OrderSubmissionData",
    "StopLimitOrder",
    "StopMarketOrder",
    "TrailingStopOrder",
]

ZERO = Decimal(0)


class OrderSubmissionData(Surface):
    """Prices of the security when the order was created."""

    __slots__ = ("ask_price_", "bid_price_", "last_price_")

    def __init__(self, bid_price: Decimal, ask_price: Decimal, last_price: Decimal) -> None:
        self.bid_price_ = bid_price
        self.ask_price_ = ask_price
        self.last_price_ = last_price

    bid_price = as_float("bid_price_")
    ask_price = as_float("ask_price_")
    last_price = as_float("last_price_")


class Order(Surface):
    """One order: what was asked for and what became of it.

    Times are instants (microseconds UTC); None where the thing has not happened. ``price_`` is the average fill price.
    """

    __slots__ = (
        "broker_id", "canceled_utc", "contingent_id", "created_utc", "id", "last_fill_utc", "last_update_utc",
        "order_submission_data", "price_", "price_adjustment_mode", "price_currency", "properties",
        "quantity_", "security_type", "status", "symbol", "tag", "time_in_force", "time_utc",
    )  # fmt: skip
    type: ClassVar[OrderType] = OrderType.MARKET

    def __init__(self, symbol: Symbol, quantity: Decimal, time_utc: int, tag: str = "") -> None:
        self.id = 0
        self.contingent_id = 0
        self.broker_id: list[str] = []
        self.symbol = symbol
        self.security_type: SecurityType = symbol.security_type
        self.price_ = ZERO
        self.price_currency = ""
        self.time_utc = time_utc
        self.created_utc = time_utc
        self.last_fill_utc: int | None = None
        self.last_update_utc: int | None = None
        self.canceled_utc: int | None = None
        self.quantity_ = quantity
        self.status = OrderStatus.NEW
        self.tag = tag
        self.time_in_force: TimeInForce = GOOD_TIL_CANCELED
        self.properties: OrderProperties | None = None
        self.order_submission_data: OrderSubmissionData | None = None
        self.price_adjustment_mode = DataNormalizationMode.ADJUSTED

    price = as_float("price_")
    quantity = as_float("quantity_")
    absolute_quantity = as_float("absolute_quantity_")
    value = as_float("value_")
    time = as_utc_datetime("time_utc")
    created_time = as_utc_datetime("created_utc")
    last_fill_time = as_utc_datetime("last_fill_utc")
    last_update_time = as_utc_datetime("last_update_utc")
    canceled_time = as_utc_datetime("canceled_utc")

    @property
    def absolute_quantity_(self) -> Decimal:
        """Size without the side."""
        return abs(self.quantity_)

    @property
    def value_(self) -> Decimal:
        """Quantity times average fill price."""
        return self.quantity_ * self.price_

    @property
    def direction(self) -> OrderDirection:
        """Side of the order."""
        if self.quantity_ > 0:
            return OrderDirection.BUY
        return OrderDirection.SELL if self.quantity_ < 0 else OrderDirection.HOLD

    @property
    def is_marketable(self) -> bool:
        """Whether the order could be executed at once when it was created."""
        return self.type is OrderType.MARKET

    def value_at(self, price: Decimal) -> Decimal:
        """Return the signed value of the order when the security stands at a price."""
        return self.quantity_ * price

    def get_value(self, security: "Security") -> float:
        """Return the signed value of the order at the security's price, in the account's currency."""
        return float(self.value_at(security.price_) * security.quote_currency.rate_)

    def price_fields(self) -> dict[str, Decimal]:
        """Return the type's own prices by attribute name, without the underscore."""
        return {}

    def default_tag(self) -> str:
        """Return the tag of an order that was given none."""
        return ""

    def __str__(self) -> str:
        return order_text(self)


class MarketOrder(Order):
    """Executed at once at the market's price."""

    __slots__ = ()


class MarketOnOpenOrder(Order):
    """Executed at the next opening price."""

    __slots__ = ()
    type = OrderType.MARKET_ON_OPEN


class _Buffered(type):
    """Lets strategies set the class's time span, in both of LEAN's spellings."""

    buffer_us = 15 * times.MINUTE + 30 * times.SECOND

    @property
    def submission_time_buffer(cls) -> timedelta:
        """How long before the close the last order may be placed."""
        return timedelta(microseconds=_Buffered.buffer_us)

    @submission_time_buffer.setter
    def submission_time_buffer(cls, span: timedelta) -> None:
        _Buffered.buffer_us = times.from_timedelta(span)

    SubmissionTimeBuffer = submission_time_buffer


class MarketOnCloseOrder(Order, metaclass=_Buffered):
    """Executed at the next closing price."""

    __slots__ = ()
    type = OrderType.MARKET_ON_CLOSE
    DEFAULT_SUBMISSION_TIME_BUFFER = DefaultSubmissionTimeBuffer = timedelta(minutes=15, seconds=30)


class _ReferencedOrder(Order):
    """An order whose value is reckoned at its own price or the market's, whichever is cautious for the side."""

    __slots__ = ()

    def _reference(self) -> Decimal:
        raise NotImplementedError

    def value_at(self, price: Decimal) -> Decimal:
        """Return the signed value: a buy at the lower, a sale at the higher of own and market price."""
        reference = self._reference()
        if self.quantity_ > 0:
            return self.quantity_ * min(reference, price)
        return self.quantity_ * max(reference, price)


class LimitOrder(_ReferencedOrder):
    """Executed at a limit price or better."""

    __slots__ = ("limit_price_",)
    type = OrderType.LIMIT

    def __init__(self, symbol: Symbol, quantity: Decimal, limit_price: Decimal, time_utc: int, tag: str = "") -> None:
        super().__init__(symbol, quantity, time_utc, tag)
        self.limit_price_ = limit_price

    limit_price = as_float("limit_price_")

    def _reference(self) -> Decimal:
        return self.limit_price_

    def price_fields(self) -> dict[str, Decimal]:
        """Return the limit."""
        return {"limit_price": self.limit_price_}

    @property
    def is_marketable(self) -> bool:
        """Whether the limit already lay beyond the other side of the market at submission."""
        data = self.order_submission_data
        if data is None:
            return False
        if self.quantity_ > 0:
            return self.limit_price_ >= data.ask_price_
        return self.limit_price_ <= data.bid_price_


class StopMarketOrder(_ReferencedOrder):
    """A market order once the price has touched a stop."""

    __slots__ = ("stop_price_",)
    type = OrderType.STOP_MARKET

    def __init__(self, symbol: Symbol, quantity: Decimal, stop_price: Decimal, time_utc: int, tag: str = "") -> None:
        super().__init__(symbol, quantity, time_utc, tag)
        self.stop_price_ = stop_price

    stop_price = as_float("stop_price_")

    def _reference(self) -> Decimal:
        return self.stop_price_

    def price_fields(self) -> dict[str, Decimal]:
        """Return the stop."""
        return {"stop_price": self.stop_price_}


class TrailingStopOrder(StopMarketOrder):
    """A stop that follows the market by an amount or a fraction."""

    __slots__ = ("trailing_amount_", "trailing_as_percentage")
    type = OrderType.TRAILING_STOP

    def __init__(
        self,
        symbol: Symbol,
        quantity: Decimal,
        stop_price: Decimal,
        time_utc: int,
        tag: str = "",
        *,
        trailing_amount: Decimal,
        trailing_as_percentage: bool,
    ) -> None:
        super().__init__(symbol, quantity, stop_price, time_utc, tag)
        self.trailing_amount_ = trailing_amount
        self.trailing_as_percentage = trailing_as_percentage

    trailing_amount = as_float("trailing_amount_")

    def price_fields(self) -> dict[str, Decimal]:
        """Return stop and trailing amount."""
        return {"stop_price": self.stop_price_, "trailing_amount": self.trailing_amount_}

    def default_tag(self) -> str:
        """Return LEAN's description of the trailing amount."""
        sign = currency_sign(self.price_currency)
        return (
            f"Trailing Amount: {trailing_text(self.trailing_amount_, sign, as_percentage=self.trailing_as_percentage)}"
        )

    def initial_stop(self, market_price: Decimal) -> Decimal:
        """Return the stop that lies the trailing amount behind a price."""
        sign = 1 if self.quantity_ > 0 else -1
        if self.trailing_as_percentage:
            return market_price * (1 + sign * self.trailing_amount_)
        return market_price + sign * self.trailing_amount_

    def trail(self, market_price: Decimal) -> bool:
        """Move the stop after the market if it lags by more than the trailing amount; return whether it moved."""
        distance = self.stop_price_ - market_price if self.quantity_ > 0 else market_price - self.stop_price_
        amount = self.trailing_amount_ * market_price if self.trailing_as_percentage else self.trailing_amount_
        if distance <= amount:
            return False
        self.stop_price_ = self.initial_stop(market_price)
        return True


class StopLimitOrder(_ReferencedOrder):
    """A limit order once the price has touched a stop."""

    __slots__ = ("limit_price_", "stop_price_", "stop_triggered")
    type = OrderType.STOP_LIMIT

    def __init__(
        self, symbol: Symbol, quantity: Decimal, stop_price: Decimal, limit_price: Decimal, time_utc: int, tag: str = ""
    ) -> None:
        super().__init__(symbol, quantity, time_utc, tag)
        self.stop_price_ = stop_price
        self.limit_price_ = limit_price
        self.stop_triggered = False

    stop_price = as_float("stop_price_")
    limit_price = as_float("limit_price_")

    def _reference(self) -> Decimal:
        return self.limit_price_

    def price_fields(self) -> dict[str, Decimal]:
        """Return limit and stop, in the order in which LEAN rounds them."""
        return {"limit_price": self.limit_price_, "stop_price": self.stop_price_}


class LimitIfTouchedOrder(_ReferencedOrder):
    """A limit order once the price has touched a trigger."""

    __slots__ = ("limit_price_", "trigger_price_", "trigger_touched")
    type = OrderType.LIMIT_IF_TOUCHED

    def __init__(
        self,
        symbol: Symbol,
        quantity: Decimal,
        trigger_price: Decimal,
        limit_price: Decimal,
        time_utc: int,
        tag: str = "",
    ) -> None:
        super().__init__(symbol, quantity, time_utc, tag)
        self.trigger_price_ = trigger_price
        self.limit_price_ = limit_price
        self.trigger_touched = False

    trigger_price = as_float("trigger_price_")
    limit_price = as_float("limit_price_")

    def _reference(self) -> Decimal:
        return self.limit_price_

    def price_fields(self) -> dict[str, Decimal]:
        """Return limit and trigger, in the order in which LEAN rounds them."""
        return {"limit_price": self.limit_price_, "trigger_price": self.trigger_price_}
