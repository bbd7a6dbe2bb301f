"""Looks for margin calls: asks the portfolio's model and the strategy, and places the orders."""

from collections.abc import Callable, Iterable

from minilean import numbers, times
from minilean.algorithm.context import AlgorithmContext
from minilean.engine.errors import AlgorithmError
from minilean.engine.strategy_events import StrategyEvents
from minilean.orders.requests import SubmitOrderRequest
from minilean.surface import model_method

_SPAN = 5 * times.MINUTE
_EMPTY = "on_margin_call must return a non-empty list of SubmitOrderRequest"


class MarginCalls:
    """Looks at the margin every five minutes of the run."""

    def __init__(self, context: AlgorithmContext, report: Callable[[str], None]) -> None:
        """Take the run, and whom to tell of what was sold."""
        self._context = context
        self._report = report
        self._events = StrategyEvents()
        self.next_utc = 0

    def bind(self, events: StrategyEvents) -> None:
        """Set the strategy's own methods."""
        self._events = events

    def check(self, utc: int) -> None:
        """Place what the model of the portfolio and the strategy want, or warn.

        Raises:
            AlgorithmError: The strategy's code failed, or answered without orders.
        """
        self.next_utc = utc + _SPAN
        orders, warning = model_method(self._context.portfolio.margin_call_model, "get_margin_call_orders")()
        executed = 0
        securities = self._context.securities
        if orders and all(securities[order.symbol].exchange.exchange_open for order in orders):
            executed = self._execute(orders)
        if not executed and (warning or orders):
            self._events.call("on_margin_call_warning", "OnMarginCallWarning")

    def _execute(self, orders: list[SubmitOrderRequest]) -> int:
        if self._events.has("on_margin_call"):
            orders = _requests(self._events.call("on_margin_call", "OnMarginCall", orders))
        try:
            tickets = model_method(self._context.portfolio.margin_call_model, "execute_margin_call")(orders)
        except Exception as error:
            raise AlgorithmError("OnMarginCall", error) from error
        for ticket in tickets:
            when = times.invariant_text(self._context.local_now)
            self._report(
                f"{when} - Executed MarginCallOrder: {ticket.symbol} - "
                f"Quantity: {ticket.quantity_:f} @ {numbers.normalize(ticket.average_fill_price_):f}"
            )
        return len(tickets)


def _requests(answer: object) -> list[SubmitOrderRequest]:
    """Return the requests of the strategy's answer.

    Raises:
        AlgorithmError: There are none.
    """
    items = answer if isinstance(answer, Iterable) else ()
    found = [item for item in items if isinstance(item, SubmitOrderRequest)]
    if not found:
        raise AlgorithmError("OnMarginCall", ValueError(_EMPTY))
    return found
