"""Fee models: Interactive Brokers' schedule for US equities (LEAN's default), constant, percentage, and Python ones."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from minilean.enums import SecurityType
from minilean.orders.order import Order
from minilean.orders.order_event import CashAmount, OrderFee
from minilean.surface import Model, Surface, decimal_argument

if TYPE_CHECKING:
    from minilean.securities.security import Security

_PER_SHARE = Decimal("0.005")
_MINIMUM = Decimal(1)
_MAXIMUM_RATE = Decimal("0.005")
_FOREX_RATE = Decimal("0.000020")
_FOREX_MINIMUM = Decimal("2.00")


class OrderFeeParameters(Surface):
    """What a fee model looks at."""

    __slots__ = ("order", "security")

    def __init__(self, security: "Security", order: Order) -> None:
        self.security = security
        self.order = order


class FeeModel(Model):
    """Base of fee models; strategies derive from it and override `get_order_fee`."""

    def get_order_fee(self, parameters: OrderFeeParameters) -> OrderFee:  # noqa: ARG002 - for overriding
        """Return the fee of a wholly filled order: none."""
        return OrderFee(CashAmount(Decimal(0), "USD"))


class InteractiveBrokersFeeModel(FeeModel):
    """Half a cent a share, at least one dollar, at most half a per cent of the order's value."""

    def __init__(self, *_: Any) -> None:  # noqa: ANN401 - monthly volumes of other asset classes
        super().__init__()

    def get_order_fee(self, parameters: OrderFeeParameters) -> OrderFee:
        """Return the fee by share count; the minimum wins over the maximum."""
        order = parameters.order
        if parameters.security.type is SecurityType.FOREX:
            value = order.value_at(parameters.security.price_) * parameters.security.quote_currency.rate_
            return OrderFee(CashAmount(max(_FOREX_MINIMUM, abs(_FOREX_RATE * value)), "USD"))
        fee = _PER_SHARE * abs(order.quantity_)
        if fee < _MINIMUM:
            fee = _MINIMUM
        else:
            maximum = _MAXIMUM_RATE * abs(order.value_at(parameters.security.price_))
            fee = min(fee, maximum)
        return OrderFee(CashAmount(abs(fee), "USD"))


class ConstantFeeModel(FeeModel):
    """The same fee for every order."""

    def __init__(self, fee: object, currency: str = "USD") -> None:
        super().__init__()
        self.fee_ = CashAmount(abs(decimal_argument(fee, "ConstantFeeModel")), currency)

    def get_order_fee(self, parameters: OrderFeeParameters) -> OrderFee:  # noqa: ARG002
        """Return the constant."""
        return OrderFee(self.fee_)
