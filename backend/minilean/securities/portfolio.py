"""The portfolio: cash, holdings, and what fills, dividends and splits do to them."""

import operator
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from minilean import numbers
from minilean.data.auxiliary_data import Dividend, Split
from minilean.enums import DataNormalizationMode, OrderDirection
from minilean.orders.order import Order
from minilean.orders.order_event import OrderEvent
from minilean.securities.cash import CashBook
from minilean.securities.holding import SecurityHolding
from minilean.securities.margin_call import DefaultMarginCallModel
from minilean.securities.security import Security
from minilean.securities.security_manager import SecurityManager, missing_symbol_text
from minilean.securities.symbol import Symbol
from minilean.surface import as_float
from minilean.symbol_dictionary import SymbolDictionary

ZERO = Decimal(0)
_MILLISECOND = 1000


class SecurityPortfolioManager(SymbolDictionary[SecurityHolding]):
    """Holdings by symbol, and the totals of the account.

    The total value is remembered until prices, cash or holdings change.
    """

    __slots__ = (
        "_add",
        "_own",
        "_record",
        "_total",
        "cash_book",
        "margin_call_model",
        "open_orders",
        "securities",
        "transaction_record",
        "transactions",
        "unsettled_cash_book",
    )

    def __init__(self, securities: SecurityManager, record: Callable[[Any], None] | None = None) -> None:
        super().__init__()
        self.securities = securities
        self._total: Decimal | None = None
        self._own: Decimal | None = None
        self._record = record
        self.cash_book = CashBook(self.invalidate_total_portfolio_value)
        self.unsettled_cash_book = CashBook(self.invalidate_total_portfolio_value)
        self.transaction_record: dict[int, Decimal] = {}
        self.margin_call_model: Any = DefaultMarginCallModel(self)
        self.transactions: Any = None
        self.open_orders: Callable[[], Iterable[Order]] = tuple

    cash = as_float("cash_")
    total_portfolio_value = as_float("total_")
    total_holdings_value = as_float("total_holdings_value_")
    total_absolute_holdings_cost = as_float("total_absolute_holdings_cost_")
    total_fees = as_float("total_fees_")
    total_profit = as_float("total_profit_")
    total_net_profit = as_float("total_net_profit_")
    total_sale_volume = as_float("total_sale_volume_")
    total_unrealized_profit = as_float("total_unrealized_profit_")
    total_unrealised_profit = as_float("total_unrealized_profit_")
    total_unlevered_absolute_holdings_cost = as_float("total_unlevered_cost_")
    total_margin_used = as_float("total_margin_used_")
    margin_remaining = as_float("margin_left_")
    unsettled_cash = as_float("unsettled_")

    def _missing_text(self, key: object) -> str:
        return missing_symbol_text(key)

    def __contains__(self, key: object) -> bool:
        return key in self.securities

    def __missing__(self, key: object) -> SecurityHolding:
        security: Security | None = self.securities.get(key)
        if security is None:
            raise KeyError(self._missing_text(key))
        return security.holdings

    def get(self, key: object, default: Any = None) -> Any:  # noqa: ANN401
        """Return holdings by symbol or ticker, of securities that left as well, or a default."""
        security: Security | None = self.securities.get(key)
        return default if security is None else security.holdings

    def add_security(self, security: Security) -> None:
        """List the holdings of a security, in the order of the securities."""
        dict.__setitem__(self, security.symbol, security.holdings)
        if next(reversed(dict.keys(self.securities)), None) != security.symbol:
            listed = {symbol: each.holdings for symbol, each in dict.items(self.securities)}
            dict.clear(self)
            dict.update(self, listed)

    def remove_security(self, symbol: Symbol) -> None:
        """List the holdings of a security no more; they still count."""
        dict.pop(self, symbol, None)

    def _all_holdings(self) -> list[SecurityHolding]:
        return [security.holdings for security in self.securities.all_securities.values()]

    @property
    def cash_(self) -> Decimal:
        """Cash in account currency."""
        return self.cash_book.total_()

    @property
    def unsettled_(self) -> Decimal:
        """Money of sales that cannot be used yet."""
        rates = self.cash_book
        return sum([cash.amount_ * rates[cash.symbol].rate_ for cash in self.unsettled_cash_book.values()], ZERO)

    @property
    def invested(self) -> bool:
        """Whether any position is held."""
        securities = self.securities
        for security in securities.positions:
            if security.holdings.invested and dict.__contains__(securities, security.symbol):
                return True
        return False

    @property
    def hold_stock(self) -> bool:
        """LEAN's older name of `invested`."""
        return self.invested

    @property
    def total_(self) -> Decimal:
        """Cash, money that is not settled yet, and holdings."""
        return self.total_value_()

    def total_value_(self) -> Decimal:
        """Return cash and holdings."""
        total = self._total
        if total is None:
            total = self._own
            if total is None:
                total = self._own = self.cash_ + self.unsettled_
                self._add = numbers.add_96_bits if numbers.is_long(total) else operator.add
            add = self._add
            for security in self.securities.positions:
                if security.base_currency is None:
                    total = add(total, security.holdings.value_)
            self._total = total
        return total

    def update_rates(self) -> None:
        """Note that prices have moved: rates of currencies and the total follow."""
        if self.cash_book.update_rates():
            self._own = self._total = None
        elif self.securities.positions:
            self._total = None

    def invalidate_total_portfolio_value(self) -> None:
        """Forget the remembered total."""
        self._own = self._total = None

    @property
    def total_holdings_value_(self) -> Decimal:
        """Sum of the positions' absolute values."""
        return sum((abs(h.value_) for h in self._all_holdings()), ZERO)

    @property
    def total_absolute_holdings_cost_(self) -> Decimal:
        """Sum of the positions' absolute costs."""
        return sum((h.absolute_cost_ for h in self._all_holdings()), ZERO)

    @property
    def total_unlevered_cost_(self) -> Decimal:
        """Sum of the positions' costs divided by leverage."""
        return sum((h.unleveraged_cost_ for h in self._all_holdings()), ZERO)

    @property
    def total_fees_(self) -> Decimal:
        """Sum of all fees."""
        return sum((h.total_fees_ for h in self._all_holdings()), ZERO)

    @property
    def total_profit_(self) -> Decimal:
        """Realized profit before fees."""
        return sum((h.profit_ for h in self._all_holdings()), ZERO)

    @property
    def total_net_profit_(self) -> Decimal:
        """Realized profit after fees."""
        return sum((h.net_profit_ for h in self._all_holdings()), ZERO)

    @property
    def total_sale_volume_(self) -> Decimal:
        """Sum of price times quantity over all fills."""
        return sum((h.total_sale_volume_ for h in self._all_holdings()), ZERO)

    @property
    def total_unrealized_profit_(self) -> Decimal:
        """What closing all positions now would bring."""
        return sum((h.unrealized_profit_ for h in self._all_holdings()), ZERO)

    @property
    def total_margin_used_(self) -> Decimal:
        """Margin that the positions bind."""
        total = ZERO
        for security in self.securities.positions:
            total += security.buying_power_model.maintenance_margin(security)
        return total

    @property
    def margin_left_(self) -> Decimal:
        """Margin that is not bound."""
        return self.margin_remaining_(self.total_value_())

    def margin_remaining_(self, total: Decimal, used: Decimal | None = None) -> Decimal:
        """Return what positions and money that is not settled yet leave of a total value.

        Args:
            total: The total value.
            used: The margin that positions bind, if it is known.
        """
        bound = self.total_margin_used_ if used is None else used
        return numbers.add_96_bits(total - self.unsettled_, -bound)

    def get_buying_power(self, symbol: object, direction: OrderDirection = OrderDirection.HOLD) -> float:
        """Return what an order of a symbol may bind."""
        security = self.securities[symbol]  # type: ignore[index]
        sign = {OrderDirection.BUY: 1, OrderDirection.SELL: -1}.get(direction, 0)
        return float(security.buying_power_model.margin_remaining(self, security, sign))

    def get_margin_remaining(self, symbol: object = None, direction: OrderDirection = OrderDirection.BUY) -> float:
        """Return the margin that is not bound; of a symbol, what an order of it may bind."""
        return self.margin_remaining if symbol is None else self.get_buying_power(symbol, direction)

    def security(self, symbol: Symbol) -> Security:
        """Return a security that is or was in the portfolio."""
        return self.securities.all_securities[symbol]

    def set_cash_(self, amount: Decimal) -> None:
        """Replace the account's cash."""
        self.cash_book.own.set(amount)

    def process_fill(self, event: OrderEvent) -> None:
        """Book an execution: volume, fee, cash, result of the closed part, new position."""
        security = self.securities.all_securities[event.symbol]
        holdings = security.holdings
        price, quantity = event.fill_price_, event.fill_quantity_
        holdings.total_sale_volume_ += holdings.value_of(abs(quantity), price)
        fee = ZERO
        if event.order_fee.value.amount_:
            charged = event.order_fee.value
            fee = self.cash_book.in_account_currency(charged.amount_, charged.currency)
            holdings.total_fees_ += fee
            event.order_fee.apply_to(self.cash_book, price)
        quote, model = security.quote_currency.symbol, security.settlement_model
        model.apply(self, security, event.utc, quote, numbers.multiply_96_bits(-quantity, price))
        if security.base_currency is not None:
            model.apply(self, security, event.utc, security.base_currency.symbol, quantity)
        if holdings.quantity_ * quantity < 0:
            self._book_result(holdings, event, fee)
        self._move_position(holdings, price, quantity)
        self.invalidate_total_portfolio_value()

    def _book_result(self, holdings: SecurityHolding, event: OrderEvent, fee: Decimal) -> None:
        held, quantity = holdings.quantity_, event.fill_quantity_
        closed = quantity if abs(quantity) < abs(held) else -held
        value = numbers.multiply_96_bits(event.fill_price_, -closed)
        profit = numbers.add_96_bits(value, numbers.multiply_96_bits(holdings.average_price_, closed))
        if holdings.security.converts:
            profit = numbers.multiply_96_bits(profit, holdings.security.quote_currency.rate_)
        holdings.profit_ = numbers.add_96_bits(holdings.profit_, profit)
        holdings.last_trade_profit_ = profit
        key = event.utc
        while key in self.transaction_record:
            key += _MILLISECOND
        self.transaction_record[key] = profit - 2 * fee

    def _move_position(self, holdings: SecurityHolding, price: Decimal, quantity: Decimal) -> None:
        held = holdings.quantity_
        after = numbers.add_as_net(held, quantity)
        average = holdings.average_price_
        if held == 0:
            average = price
        elif held * quantity > 0:
            cost = numbers.add_96_bits(
                numbers.multiply_96_bits(average, held), numbers.multiply_96_bits(quantity, price)
            )
            average = numbers.divide_96_bits(cost, after)
        elif after == 0:
            average = ZERO
        elif held * after < 0:
            average = price
        holdings.set_position(average, after)

    def set_margin_call_model(self, margin_call_model: Any) -> None:  # noqa: ANN401 - LEAN's or the strategy's own
        """Replace what decides on margin calls."""
        self.margin_call_model = margin_call_model

    def settle(self, utc: int) -> None:
        """Let money of sales through that is due."""
        for security in self.securities.values():
            if security.settlement_model.waits:
                security.settlement_model.settle(self, security, utc)

    def apply_dividend(self, dividend: Dividend, security: Security, mode: DataNormalizationMode) -> None:
        """Pay a dividend where prices do not contain it."""
        if mode not in {DataNormalizationMode.RAW, DataNormalizationMode.SPLIT_ADJUSTED}:
            return
        if security.holdings.quantity_:
            total = security.holdings.quantity_ * dividend.distribution_ * security.quote_currency.rate_
            self.cash_book.own.add(total)
            security.holdings.profit_ += total
            security.holdings.total_dividends_ += total

    def apply_split(self, split: Split, security: Security, mode: DataNormalizationMode) -> None:
        """Change a position of raw prices by a split; fractions are paid in cash."""
        if mode is not DataNormalizationMode.RAW:
            return
        last = security.cache.last_data
        security.cache.apply_split(split)
        holdings = security.holdings
        if holdings.quantity_ or last is not None:
            quantity = holdings.quantity_ / split.split_factor_
            whole = Decimal(int(quantity))
            reference = security.cache.price_ if last is not None else split.price_ * split.split_factor_
            self.cash_book.own.add((quantity - whole) * reference)
            holdings.set_position(holdings.average_price_ * split.split_factor_, whole)
        self.invalidate_total_portfolio_value()
