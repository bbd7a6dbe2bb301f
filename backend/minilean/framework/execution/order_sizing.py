"""How much to order for a target."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from minilean import numbers
from minilean.enums import SecurityType
from minilean.framework.algorithm import Algorithm
from minilean.orders.order import MarketOrder
from minilean.securities.security import Security
from minilean.surface import Surface, core_of, decimal_argument

if TYPE_CHECKING:
    from minilean.framework.portfolio_target import PortfolioTarget
    from minilean.securities.portfolio import SecurityPortfolioManager

ZERO = Decimal(0)
_NEARLY = Decimal(1000000)


def _signed(size: Decimal, like: Decimal) -> Decimal:
    return size if like > 0 else -size if like < 0 else ZERO


def adjust_by_lot_size(security: Security, quantity: Decimal) -> Decimal:
    """Cut a quantity to whole lots; one that misses a lot by a millionth of it is rounded up."""
    lot = security.properties.lot_size_
    size = abs(quantity)
    rest = size % lot
    if lot - rest < lot / _NEARLY:
        rest -= lot
    return _signed(size - rest, quantity)


def projected_quantity(algorithm: Algorithm, security: Security) -> Decimal:
    """Return what is held once all open orders are filled."""
    tickets = core_of(algorithm).transactions.get_open_order_tickets(security.symbol)
    return security.holdings.quantity_ + sum((ticket.quantity_remaining_ for ticket in tickets), ZERO)


def unordered_quantity(algorithm: Algorithm, target: "PortfolioTarget", *, with_fees: bool = False) -> Decimal:
    """Return what is still to be ordered for a target, with what the fee takes of bought coins."""
    security = core_of(algorithm).securities[target.symbol]
    quantity = target.quantity_ - projected_quantity(algorithm, security)
    if with_fees and quantity > 0 and security.symbol.security_type is SecurityType.CRYPTO:
        fee = security.fee_of(MarketOrder(security.symbol, quantity, security.clock.utc)).value
        if security.base_currency is not None and fee.currency == security.base_currency.symbol:
            quantity += fee.amount_
    return adjust_by_lot_size(security, quantity)


def size_for_percent_volume(security: Security, fraction: Decimal, wanted: Decimal) -> Decimal:
    """Cut an order to a fraction of the last bar's volume."""
    return _signed(adjust_by_lot_size(security, min(fraction * security.volume_, abs(wanted))), wanted)


def size_for_maximum_value(security: Security, maximum: Decimal, wanted: Decimal) -> Decimal:
    """Cut an order to a value in the account's currency."""
    price = security.price_ * security.quote_currency.rate_
    if price == 0:
        return ZERO
    return _signed(adjust_by_lot_size(security, min(maximum / price, abs(wanted))), wanted)


def above_minimum_margin(algorithm: Algorithm, security: Security, quantity: Decimal) -> bool:
    """Tell whether an order's margin is at least the least that settings allow, as a fraction of the portfolio."""
    core = core_of(algorithm)
    minimum = core.settings.minimum_order_margin_portfolio_percentage_
    return is_above_minimum_margin(core.portfolio, security, quantity, minimum)


def is_above_minimum_margin(
    portfolio: "SecurityPortfolioManager", security: Security, quantity: Decimal, minimum: Decimal
) -> bool:
    """Tell whether an order's margin is at least a fraction of the portfolio, or no margin is left."""
    if minimum == 0:
        return True
    total = portfolio.total_value_()
    margin = abs(security.buying_power_model.initial_margin(security, quantity))
    return not (total * minimum > margin and portfolio.margin_remaining_(total) > 0)


class OrderSizing(Surface):
    """How much to order, as strategies' own execution models ask for it."""

    @staticmethod
    def get_unordered_quantity(
        algorithm: Algorithm,
        target: "PortfolioTarget",
        security: Security | None = None,  # noqa: ARG004 - LEAN's signature
        account_for_fees: bool = False,  # noqa: FBT001, FBT002
    ) -> float:
        """Return what is still to be ordered for a target."""
        return numbers.to_double(unordered_quantity(algorithm, target, with_fees=account_for_fees))

    @staticmethod
    def get_order_size_for_percent_volume(
        security: Security, maximum_percent_current_volume: Any, desired_order_size: Any  # noqa: ANN401 - numbers
    ) -> float:  # fmt: skip
        """Cut an order to a fraction of the last bar's volume."""
        fraction = decimal_argument(maximum_percent_current_volume, "GetOrderSizeForPercentVolume")
        wanted = decimal_argument(desired_order_size, "GetOrderSizeForPercentVolume")
        return numbers.to_double(size_for_percent_volume(security, fraction, wanted))

    @staticmethod
    def get_order_size_for_maximum_value(
        security: Security, maximum_order_value_in_account_currency: Any, desired_order_size: Any  # noqa: ANN401
    ) -> float:  # fmt: skip
        """Cut an order to a value in the account's currency."""
        maximum = decimal_argument(maximum_order_value_in_account_currency, "GetOrderSizeForMaximumValue")
        wanted = decimal_argument(desired_order_size, "GetOrderSizeForMaximumValue")
        return numbers.to_double(size_for_maximum_value(security, maximum, wanted))

    @staticmethod
    def adjust_by_lot_size(security: Security, quantity: Any) -> float:  # noqa: ANN401 - a number
        """Cut a quantity to whole lots."""
        return numbers.to_double(adjust_by_lot_size(security, decimal_argument(quantity, "AdjustByLotSize")))

    GetUnorderedQuantity = get_unordered_quantity
    GetOrderSizeForPercentVolume = get_order_size_for_percent_volume
    GetOrderSizeForMaximumValue = get_order_size_for_maximum_value
    AdjustByLotSize = adjust_by_lot_size
