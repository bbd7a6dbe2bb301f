"""Portfolio targets: from a fraction of the portfolio's value to a number of shares."""

from decimal import Decimal
from typing import Any

from minilean import numbers
from minilean.framework.algorithm import Account, Algorithm
from minilean.run_context import CONTEXT
from minilean.securities.buying_power import zero_price_message
from minilean.securities.symbol import Symbol
from minilean.surface import Surface, as_float, core_of, decimal_argument, double_argument

ZERO = Decimal(0)
_GREATEST = Decimal(1000000000)
_LEAST = Decimal("0.0000000001")
MINIMUM_ORDER_WARNING = (
    "Warning: Portfolio rebalance result ignored as it resulted in a single share trade recommendation which can "
    "generate high fees. To disable minimum order size checks please set "
    "self.settings.minimum_order_margin_portfolio_percentage = 0."
)


class _TargetType(type):
    """Gives the class LEAN's static member, which belongs to the run here."""

    @property
    def minimum_order_margin_percentage_warning_sent(cls) -> bool | None:
        """Whether the user was told of orders that are too small: None, False when that is due, True."""
        sent: bool | None = CONTEXT.get().minimum_order_warning_sent
        return sent

    @minimum_order_margin_percentage_warning_sent.setter
    def minimum_order_margin_percentage_warning_sent(cls, value: bool | None) -> None:
        CONTEXT.get().minimum_order_warning_sent = value


class PortfolioTarget(Surface, metaclass=_TargetType):
    """A wanted position: a quantity, or in `set_holdings` a fraction of the portfolio."""

    def __init__(self, symbol: Any, quantity: Any, tag: str = "") -> None:  # noqa: ANN401 - LEAN's overloads
        found = CONTEXT.get().securities.find(symbol) if isinstance(symbol, str) else None
        self.symbol: Symbol = symbol if found is None else found
        # LEAN has overloads for decimal, int and a direction, whose number is the quantity.
        self.quantity_ = decimal_argument(quantity, "PortfolioTarget")
        self.tag = tag

    quantity = as_float("quantity_")

    @staticmethod
    def percent(
        algorithm: Algorithm,
        symbol: Any,  # noqa: ANN401 - a symbol or ticker
        percent: Any,  # noqa: ANN401 - a number
        return_delta_quantity: Any = False,  # noqa: ANN401, FBT002 - a flag, or the tag
        tag: str = "",
    ) -> "PortfolioTarget | None":
        """Return the target of a fraction of the portfolio's value, None after an error to the user."""
        if isinstance(return_delta_quantity, str):
            return_delta_quantity, tag = False, return_delta_quantity
        fraction = double_argument(percent, "Percent")
        core = core_of(algorithm)
        return percent_target(core, core.symbol_of(symbol), fraction, tag, delta=return_delta_quantity)

    def __str__(self) -> str:
        text = f"{self.symbol}: {numbers.normalize(self.quantity_):f}"
        return f"{text} ({self.tag})" if self.tag else text


def percent_target(
    algorithm: Algorithm, symbol: Symbol, fraction: Decimal, tag: str = "", *, delta: bool = False
) -> PortfolioTarget | None:
    """Return the target of a fraction of the portfolio's value, or with ``delta`` the order that leads to it."""
    quantity = order_quantity_for(algorithm, symbol, fraction)
    if quantity is None:
        return None
    held = ZERO if delta else core_of(algorithm).securities[symbol].holdings.quantity_
    return PortfolioTarget(symbol, quantity + held, tag)


def order_quantity_for(algorithm: Account, symbol: Symbol, target: Decimal) -> Decimal | None:
    """Return the order that brings a position to a fraction of the portfolio, None after an error to the user."""
    algorithm = core_of(algorithm)
    if abs(target) > _GREATEST or (target and abs(target) < _LEAST):
        algorithm.error(
            f"The portfolio target percent: {target:f}, does not comply with the current "
            f"'self.settings.max_absolute_portfolio_target_percentage': {_GREATEST:f} or "
            f"'self.settings.min_absolute_portfolio_target_percentage': {_LEAST:f}. Skipping"
        )
        return None
    security = algorithm.securities.get(symbol)
    if security is None:
        algorithm.error(f"{symbol} not found in portfolio. Request this data when initializing the algorithm.")
        return None
    if security.price_ == 0:
        algorithm.error(zero_price_message(security))
        return None
    total = algorithm.portfolio.total_value_()
    settings = algorithm.settings
    free = settings.free_portfolio_value_
    if free is None:
        free = total * settings.free_portfolio_value_percentage_
    adjusted = target * (total - free) / total
    model = security.buying_power_model
    result = model.quantity_for_target(
        algorithm.portfolio, security, adjusted / model.leverage_, settings.minimum_order_margin_portfolio_percentage_
    )
    if result.reason:
        algorithm.error(f"Unable to compute order quantity of {symbol}. Reason: {result.reason} Returning null.")
        return None
    context = CONTEXT.get()
    if result.below_minimum and context.minimum_order_warning_sent is None:
        context.minimum_order_warning_sent = False
    if context.minimum_order_warning_sent is False:
        context.minimum_order_warning_sent = True
        algorithm.debug(MINIMUM_ORDER_WARNING)
    quantity: Decimal = result.quantity
    return quantity
