"""What strategies ask the transaction handler to do, and its answers."""

# ruff: noqa: PLR0917 - LEAN's signatures

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any, ClassVar

from minilean import times
from minilean.enums import OrderRequestStatus, OrderRequestType, OrderResponseErrorCode, OrderType, SecurityType
from minilean.orders.time_in_force import GOOD_TIL_CANCELED, TimeInForce
from minilean.securities.symbol import Symbol
from minilean.surface import (
    OpenSurface,
    Surface,
    arranged,
    as_float,
    as_float_or_none,
    as_utc_datetime,
    decimal_argument,
    double_argument,
    no_method_matches,
    snake_case,
)

ZERO = Decimal(0)
_TRAIL = ("trailing_amount", "trailing_as_percentage")
_SUBMISSION = ("time", "tag", "properties", "group_order_manager", "asynchronous")
_ABSENT = (None, "", None, None)


class OrderProperties(OpenSurface):
    """Properties of an order beyond its type; the default of a run is copied into every order.

    Attributes:
        OWN: What a brokerage's own class adds, with the values that it begins with.
    """

    OWN: ClassVar[Mapping[str, bool | None]] = MappingProxyType({})

    def __init__(self) -> None:
        self.time_in_force: TimeInForce = GOOD_TIL_CANCELED
        self.__dict__.update(self.OWN)

    def __setattr__(self, name: str, value: object) -> None:
        object.__setattr__(self, snake_case(name) if name[:1].isupper() else name, value)

    def clone(self) -> "OrderProperties":
        """Return a copy."""
        copy = type(self)()
        copy.__dict__.update(self.__dict__)
        return copy


class OrderResponse(Surface):
    """The answer to a request."""

    __slots__ = ("error_code", "error_message", "order_id")

    def __init__(self, order_id: int, error_code: OrderResponseErrorCode, error_message: str = "") -> None:
        self.order_id = order_id
        self.error_code = error_code
        self.error_message = error_message

    @property
    def is_success(self) -> bool:
        """Whether the request was taken."""
        return self.error_code is OrderResponseErrorCode.NONE

    @property
    def is_error(self) -> bool:
        """Whether the request was refused."""
        return not self.is_success

    @property
    def is_processed(self) -> bool:
        """Whether there is an answer."""
        return True

    def __str__(self) -> str:
        if self.is_success:
            return "Success"
        return f"Error: {self.error_code.label} - {self.error_message}"


class OrderRequest(Surface):
    """Base of the requests.

    Attributes:
        utc: Instant of the request.
    """

    type: ClassVar[OrderRequestType]

    def __init__(self, order_id: int, utc: int, tag: str | None) -> None:
        self.order_id = order_id
        self.utc = utc
        self.tag = tag
        self.status = OrderRequestStatus.UNPROCESSED
        self.response = OrderResponse(
            order_id, OrderResponseErrorCode.PROCESSING_ERROR, "The request has not yet been processed."
        )

    time = as_utc_datetime("utc")

    @property
    def order_request_type(self) -> OrderRequestType:
        """Kind of the request."""
        return self.type

    @property
    def is_answered(self) -> bool:
        """Whether it has been processed."""
        return self.status is not OrderRequestStatus.UNPROCESSED

    def respond(self, code: OrderResponseErrorCode, message: str = "") -> OrderResponse:
        """Set the answer."""
        self.response = OrderResponse(self.order_id, code, message)
        self.status = OrderRequestStatus.ERROR if self.response.is_error else OrderRequestStatus.PROCESSED
        return self.response


class SubmitOrderRequest(OrderRequest):
    """A new order; prices that its type has not are zero."""

    type = OrderRequestType.SUBMIT

    def __init__(
        self,
        order_type: OrderType,
        security_type: SecurityType,  # noqa: ARG002 - LEAN's signature; the symbol tells
        symbol: Symbol,
        quantity: object,
        stop_price: object = ZERO,
        limit_price: object = ZERO,
        trigger_price: object = ZERO,
        *rest: Any,  # noqa: ANN401 - LEAN's overloads
        **named: Any,  # noqa: ANN401
    ) -> None:
        """Take LEAN's arguments: amount and kind of a trail may follow the prices; then time, tag and properties.

        Raises:
            TypeError: The arguments fit no overload.
        """
        trails = "trailing_amount" in named or (bool(rest) and not isinstance(rest[0], datetime))
        flag = named.pop("asynchronous", False)
        parts = arranged("SubmitOrderRequest", rest, named, *(_TRAIL if trails else ()), *_SUBMISSION)
        amount, percentage = (*parts[:2], None)[:2] if trails else (ZERO, False)
        given = parts[2:] if trails else parts
        moment, tag, properties, _, asynchronous = (*given, *_ABSENT[len(given) :], flag)[:5]
        if not isinstance(moment, datetime):
            raise no_method_matches("SubmitOrderRequest", order_type, symbol, quantity, moment)
        naive = moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)
        super().__init__(int(OrderResponseErrorCode.UNABLE_TO_FIND_ORDER), times.from_datetime(naive), tag)
        self.order_type = order_type
        self.symbol = symbol
        self.quantity_, self.stop_price_, self.limit_price_, self.trigger_price_, self.trailing_amount_ = (
            decimal_argument(value, "SubmitOrderRequest")
            for value in (quantity, stop_price, limit_price, trigger_price, amount)
        )
        self.order_properties = OrderProperties() if properties is None else properties
        self.trailing_as_percentage: bool = percentage
        self.asynchronous: bool = asynchronous

    @classmethod
    def of(
        cls,
        order_type: OrderType,
        symbol: Symbol,
        quantity: Decimal,
        utc: int,
        tag: str,
        properties: OrderProperties,
        *,
        stop_price: Decimal = ZERO,
        limit_price: Decimal = ZERO,
        trigger_price: Decimal = ZERO,
        trailing_amount: Decimal = ZERO,
        trailing_as_percentage: bool = False,
        asynchronous: bool = False,
    ) -> "SubmitOrderRequest":
        """Return the request of the engine's own exact values."""
        request = cls.__new__(cls)
        OrderRequest.__init__(request, int(OrderResponseErrorCode.UNABLE_TO_FIND_ORDER), utc, tag)
        request.order_type = order_type
        request.symbol = symbol
        request.quantity_ = quantity
        request.order_properties = properties
        request.stop_price_ = stop_price
        request.limit_price_ = limit_price
        request.trigger_price_ = trigger_price
        request.trailing_amount_ = trailing_amount
        request.trailing_as_percentage = trailing_as_percentage
        request.asynchronous = asynchronous
        return request

    quantity = as_float("quantity_")
    stop_price = as_float("stop_price_")
    limit_price = as_float("limit_price_")
    trigger_price = as_float("trigger_price_")
    trailing_amount = as_float("trailing_amount_")

    @property
    def security_type(self) -> int:
        """Kind of the security."""
        return self.symbol.security_type


class UpdateOrderFields(OpenSurface):
    """What to change of an order; None leaves a field as it is."""

    _EXACT = frozenset({"quantity", "limit_price", "stop_price", "trigger_price", "trailing_amount"})

    def __init__(self) -> None:
        for name in self._EXACT:
            object.__setattr__(self, name + "_", None)
        object.__setattr__(self, "tag", None)

    quantity_: Decimal | None
    limit_price_: Decimal | None
    stop_price_: Decimal | None
    trigger_price_: Decimal | None
    trailing_amount_: Decimal | None
    tag: str | None

    def __setattr__(self, name: str, value: object) -> None:
        name = _FIELD_NAMES.get(name, name)
        if name in self._EXACT:
            convert = double_argument if name == "quantity" else decimal_argument
            object.__setattr__(self, name + "_", None if value is None else convert(value, f"UpdateOrderFields.{name}"))
        elif name == "tag":
            object.__setattr__(self, name, value)
        else:
            raise AttributeError(f"'UpdateOrderFields' object has no attribute '{name}'")

    def __getattr__(self, name: str) -> float | None:
        if name in self._EXACT:
            value = object.__getattribute__(self, name + "_")
            return None if value is None else float(value)
        value = super().__getattr__(name)
        return value if value is None else float(value)


_FIELD_NAMES = {
    "Quantity": "quantity",
    "LimitPrice": "limit_price",
    "StopPrice": "stop_price",
    "TriggerPrice": "trigger_price",
    "TrailingAmount": "trailing_amount",
    "Tag": "tag",
}


class UpdateOrderRequest(OrderRequest):
    """A change of an order."""

    type = OrderRequestType.UPDATE

    def __init__(self, order_id: int, utc: int, fields: UpdateOrderFields) -> None:
        super().__init__(order_id, utc, fields.tag)
        self.quantity_ = fields.quantity_
        self.limit_price_ = fields.limit_price_
        self.stop_price_ = fields.stop_price_
        self.trigger_price_ = fields.trigger_price_
        self.trailing_amount_ = fields.trailing_amount_

    quantity = as_float_or_none("quantity_")
    limit_price = as_float_or_none("limit_price_")
    stop_price = as_float_or_none("stop_price_")
    trigger_price = as_float_or_none("trigger_price_")
    trailing_amount = as_float_or_none("trailing_amount_")

    @property
    def only_tag(self) -> bool:
        """Whether nothing but the tag changes, which closed orders allow as well."""
        prices = (self.quantity_, self.limit_price_, self.stop_price_, self.trigger_price_, self.trailing_amount_)
        return all(value is None for value in prices)


class CancelOrderRequest(OrderRequest):
    """The end of an order."""

    type = OrderRequestType.CANCEL
