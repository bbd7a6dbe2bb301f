"""Asks a brokerage model, which may be the strategy's own, whether it takes an order; with LEAN's texts."""

from typing import TYPE_CHECKING

from minilean.brokerages.default import DefaultBrokerageModel
from minilean.brokerages.message import BrokerageMessageEvent, not_supported
from minilean.surface import model_method

if TYPE_CHECKING:
    from minilean.orders.order import Order
    from minilean.orders.requests import UpdateOrderRequest
    from minilean.securities.security import Security


def _split(answer: object) -> tuple[bool, BrokerageMessageEvent | None]:
    """Take the flag with its message, or the flag alone."""
    if isinstance(answer, tuple):
        return bool(answer[0]), answer[1]
    return bool(answer), None


def refusal_to_submit(model: DefaultBrokerageModel, security: "Security", order: "Order") -> str | None:
    """Return the text of a refused order, None for one that is taken."""
    taken, reason = _split(model_method(model, "can_submit_order")(security, order, None))
    if taken:
        return None
    return f"BrokerageModel declared unable to submit order: [{order.id}] {reason or not_supported('', 'InvalidOrder')}"


def refusal_to_update(
    model: DefaultBrokerageModel, security: "Security", order: "Order", request: "UpdateOrderRequest"
) -> str | None:
    """Return the text of a refused change, None for one that is taken."""
    taken, reason = _split(model_method(model, "can_update_order")(security, order, request, None))
    if taken:
        return None
    text = f"BrokerageModel declared unable to update order: {order.id}"
    return f"OrderID: {order.id} {reason or not_supported(text, 'InvalidRequest')}"
