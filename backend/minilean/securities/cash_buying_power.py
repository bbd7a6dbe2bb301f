"""Buying power of cash accounts for pairs of currencies: what is there can be spent, in the currency it is there in."""

from decimal import Decimal
from typing import TYPE_CHECKING

from minilean import numbers
from minilean.dotnet_errors import ArgumentException, InvalidOperationException
from minilean.enums import OrderType
from minilean.orders.order import MarketOrder, Order
from minilean.securities.buying_power import (
    BuyingPowerResult,
    OrderQuantityResult,
    SecurityMarginModel,
    zero_price_message,
)

if TYPE_CHECKING:
    from minilean.securities.portfolio import SecurityPortfolioManager
    from minilean.securities.security import Security

ZERO, ONE = Decimal(0), Decimal(1)
_SUFFICIENT = BuyingPowerResult("")
_RESERVING = frozenset({OrderType.LIMIT, OrderType.STOP_MARKET})
_PRICE_OF_TYPE = {
    OrderType.LIMIT: "limit_price_",
    OrderType.STOP_MARKET: "stop_price_",
    OrderType.STOP_LIMIT: "limit_price_",
    OrderType.LIMIT_IF_TOUCHED: "limit_price_",
    OrderType.TRAILING_STOP: "stop_price_",
}


class CashBuyingPowerModel(SecurityMarginModel):
    """Buys need the quote currency, sales the base currency; open orders reserve theirs; there is no leverage."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(1)

    def set_leverage_(self, leverage: Decimal) -> None:
        """Accept a leverage of one.

        Raises:
            InvalidOperationException: Any other.
        """
        if leverage != 1:
            raise InvalidOperationException(
                "CashBuyingPowerModel does not allow setting leverage. Cash accounts have no leverage."
            )
        super().set_leverage_(leverage)

    def maintenance_margin(self, security: "Security") -> Decimal:  # noqa: ARG002 - for overriding
        """Return zero: what was bought binds nothing."""
        return ZERO

    def margin_remaining(self, portfolio: "SecurityPortfolioManager", security: "Security", sign: int) -> Decimal:  # noqa: ARG002
        """Return what can be bought or sold, in the base currency."""
        if security.base_currency is None or sign == 0 or not security.price_:
            return ZERO
        if sign > 0:
            return security.quote_currency.amount_ / security.price_
        return security.base_currency.amount_

    def has_sufficient_buying_power(
        self,
        portfolio: "SecurityPortfolioManager",
        security: "Security",
        order: Order,
        filled: Decimal,  # noqa: ARG002 - for overriding
    ) -> BuyingPowerResult:
        """Tell whether an order can be paid out of what is not reserved."""
        base = security.base_currency
        if base is None:
            return BuyingPowerResult(
                f"The '{security.symbol.value}' security is not supported by this cash model. Currently only Crypto "
                "and Forex are supported."
            )
        reserved = _reserved(portfolio, security, order)
        if order.quantity_ > 0:
            return self._buy(portfolio, security, order, reserved)
        held, wanted = base.amount_, abs(order.quantity_)
        if wanted <= held - reserved:
            return _SUFFICIENT
        return BuyingPowerResult(
            f"Your portfolio holds {_plain(held)} {base.symbol}, {_plain(reserved)} {base.symbol} of which are "
            f"reserved for open orders, but your Sell order is for {_plain(wanted)} {base.symbol}. Cash Modeling "
            "trading does not permit short holdings so ensure you only sell what you have, including any additional "
            "open orders."
        )

    def _buy(
        self, portfolio: "SecurityPortfolioManager", security: "Security", order: Order, reserved: Decimal
    ) -> BuyingPowerResult:
        quote = security.quote_currency
        total = quote.amount_
        wanted = abs(order.quantity_) * _order_price(security, order)
        if order.type is OrderType.MARKET:
            most = abs(self._most_at_market(portfolio, security, total - reserved))
        else:
            fee = security.fee_of(order).value if order.type is OrderType.LIMIT else None
            cost = portfolio.cash_book.convert_(fee.amount_, fee.currency, quote.symbol) if fee else ZERO
            most = total - reserved - cost
        if wanted <= most:
            return _SUFFICIENT
        base = security.base_currency
        return BuyingPowerResult(
            f"Your portfolio holds {_plain(total)} {quote.symbol}, {_plain(reserved)} {quote.symbol} of which are "
            f"reserved for open orders, but your Buy order is for {_plain(abs(order.quantity_))} "
            f"{base.symbol if base else ''}. Your order requires a total value of {_plain(wanted)} {quote.symbol}, "
            f"but only a total value of {_plain(abs(most))} {quote.symbol} is available."
        )

    def _most_at_market(self, portfolio: "SecurityPortfolioManager", security: "Security", free: Decimal) -> Decimal:
        """Return the quote currency that the greatest affordable market order would spend."""
        book, quote, base = portfolio.cash_book, security.quote_currency, security.base_currency
        held = ZERO if base is None else book.convert_(base.amount_, base.symbol, quote.symbol)
        target = book.in_account_currency(free + held, quote.symbol)
        total = portfolio.total_value_()
        share = numbers.divide_96_bits(target, total) if total else ZERO
        return self.quantity_for_target(portfolio, security, share, ZERO).quantity * security.price_

    def quantity_for_target(
        self,
        portfolio: "SecurityPortfolioManager",
        security: "Security",
        target: Decimal,
        minimum_portfolio_percentage: Decimal,  # noqa: ARG002 - for overriding
    ) -> OrderQuantityResult:
        """Return the order that brings what is held of the base currency to a fraction of the portfolio's value."""
        base = security.base_currency
        value = target * portfolio.total_value_()
        if value < 0:
            return _none("The cash model does not allow shorting.")
        if base is None:
            return _none("The security type must be Cryptoor Forex.")
        if value == 0:
            return OrderQuantityResult(-base.amount_, "", below_minimum=False)
        position = portfolio.cash_book.in_account_currency(base.amount_, base.symbol)
        buys = value > position
        unit = (security.ask_price_ if buys else security.bid_price_) * security.quote_currency.rate_
        if not unit:
            return _none(_no_price(portfolio, security))
        wanted = abs(value - position)
        quantity = _whole_lots(numbers.divide_96_bits(wanted, unit), security)
        if not quantity:
            return _none("")
        return self._affordable(security, quantity, wanted, unit, sign=1 if buys else -1)

    def _affordable(
        self, security: "Security", quantity: Decimal, wanted: Decimal, unit: Decimal, *, sign: int
    ) -> OrderQuantityResult:
        """Reduce a quantity until it and its fee fit into a value."""
        lot = security.properties.lot_size_
        cost = fees = last = ZERO
        while True:
            if cost > wanted:
                excess = numbers.divide_96_bits(cost - wanted, numbers.divide_96_bits(cost, quantity))
                quantity -= max(excess, lot)
            quantity = _whole_lots(quantity, security)
            if quantity <= 0:
                return _none(
                    f"The order quantity is less than the lot size of {lot:f} and has been rounded to zero."
                    f"Target order value {wanted:f}. Order fees {fees:f}. Order quantity {quantity:f}."
                )
            if quantity == last:
                raise ArgumentException(
                    "GetMaximumOrderQuantityForTargetBuyingPower failed to converge to target order value "
                    f"{wanted:f}. Current order value is {cost:f}. Order quantity {quantity:f}. Lot size is {lot:f}. "
                    f"Order fees {fees:f}. Security symbol {security.symbol}"
                )
            last = quantity
            fees = security.order_fee(MarketOrder(security.symbol, quantity, security.clock.utc))
            cost = quantity * unit + fees
            if cost <= wanted:
                return OrderQuantityResult(sign * quantity, "", below_minimum=False)


def _none(reason: str) -> OrderQuantityResult:
    return OrderQuantityResult(ZERO, reason, below_minimum=False)


def _no_price(portfolio: "SecurityPortfolioManager", security: "Security") -> str:
    if security.quote_currency.rate_:
        return zero_price_message(security)
    return (
        f"The internal cash feed required for converting {security.quote_currency.symbol} to "
        f"{portfolio.cash_book.account_currency} does not have any data yet (or market may be closed)."
    )


def _whole_lots(quantity: Decimal, security: "Security") -> Decimal:
    return quantity - quantity % security.properties.lot_size_


def _plain(value: Decimal) -> str:
    return numbers.decimal_text(numbers.normalize(value))


def _order_price(security: "Security", order: Order) -> Decimal:
    if order.type is OrderType.MARKET:
        return security.price_
    name = _PRICE_OF_TYPE.get(order.type)
    price: Decimal = getattr(order, name) if name else ZERO
    return price


def _reserved(portfolio: "SecurityPortfolioManager", security: "Security", order: Order) -> Decimal:
    """Return what other open orders of the same side take of the currency that this one needs."""
    buys = order.quantity_ > 0
    currency = security.quote_currency if buys else security.base_currency
    total = ZERO
    for other in portfolio.open_orders():
        if other.id == order.id or other.type not in _RESERVING:
            continue
        traded = portfolio.security(other.symbol)
        if traded.base_currency is None:
            continue
        spends_quote = traded.base_currency is not currency and traded.quote_currency is currency
        if spends_quote == (other.quantity_ > 0) and (spends_quote or traded.base_currency is currency):
            amount = abs(other.quantity_)
            total += amount * _order_price(security, other) if spends_quote else amount
    return total
