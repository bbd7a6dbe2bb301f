"""Portfolio targets: from a fraction of the portfolio's value to a number of shares."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from minilean.securities.buying_power import zero_price_message
from minilean.securities.symbol import Symbol
from minilean.surface import NotSupportedError, Surface, as_float, double_argument

if TYPE_CHECKING:
    from minilean.algorithm.trading import TradingPart

ZERO = Decimal(0)
_GREATEST = Decimal(1000000000)
_LEAST = Decimal("0.0000000001")
MINIMUM_ORDER_WARNING = (
    "Warning: Portfolio rebalance result ignored as it resulted in a single share trade recommendation which can "
    "generate high fees. To disable minimum order size checks please set "
    "self.settings.minimum_order_margin_portfolio_percentage = 0."
)


class PortfolioTarget(Surface):
    """A wanted position: a quantity, or in `set_holdings` a fraction of the portfolio."""

    def __init__(self, symbol: Symbol, quantity: object, tag: str = "") -> None:
        self.symbol = symbol
        self.quantity_ = double_argument(quantity, "PortfolioTarget")
        self.tag = tag

    quantity = as_float("quantity_")

    @staticmethod
    def percent(*_: Any) -> None:  # noqa: ANN401 - LEAN's signature
        """Compute a quantity for a fraction: not in this engine."""
        raise NotSupportedError("PortfolioTarget.percent")

    def __str__(self) -> str:
        return f"{self.symbol}: {self.quantity_:f}"


def order_quantity_for(algorithm: "TradingPart", symbol: Symbol, target: Decimal) -> Decimal | None:
    """Return the order that brings a position to a fraction of the portfolio, None after an error to the user."""
    context = algorithm._context  # noqa: SLF001 - part of the algorithm
    if abs(target) > _GREATEST or (target and abs(target) < _LEAST):
        algorithm.error(
            f"The portfolio target percent: {target:f}, does not comply with the current "
            f"'Algorithm.Settings' 'MaxAbsolutePortfolioTargetPercentage': {_GREATEST:f} or "
            f"'MinAbsolutePortfolioTargetPercentage': {_LEAST:f}. Skipping"
        )
        return None
    security = context.securities.get(symbol)
    if security is None:
        algorithm.error(f"{symbol} not found in portfolio. Request this data when initializing the algorithm.")
        return None
    if security.price_ == 0:
        algorithm.error(zero_price_message(security))
        return None
    total = context.portfolio.total_value_()
    settings = context.settings
    free = settings.free_portfolio_value_
    if free is None:
        free = total * settings.free_portfolio_value_percentage_
    adjusted = target * (total - free) / total
    model = security.buying_power_model
    result = model.quantity_for_target(
        context.portfolio, security, adjusted / model.leverage_, settings.minimum_order_margin_portfolio_percentage_
    )
    if result.below_minimum:
        algorithm.warn_once(MINIMUM_ORDER_WARNING)
    if result.reason:
        algorithm.error(f"Unable to compute order quantity of {symbol}. Reason: {result.reason} Returning null.")
        return None
    quantity: Decimal = result.quantity
    return quantity
