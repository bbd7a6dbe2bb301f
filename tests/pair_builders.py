"""Pairs of currencies that trade around the clock, in an account of their own, for the engine's tests."""

from decimal import Decimal

from minilean import numbers
from minilean.data.bars import Bar, QuoteBar
from minilean.enums import OrderStatus, SecurityType
from minilean.fees.fee_model import ConstantFeeModel
from minilean.orders.order import MarketOrder, Order
from minilean.orders.order_event import CashAmount, OrderEvent, OrderFee
from minilean.securities.currency_conversion import search
from minilean.securities.exchange_hours import SecurityExchangeHours, Segment
from minilean.securities.portfolio import SecurityPortfolioManager
from minilean.securities.security import Security
from minilean.securities.security_manager import SecurityManager
from minilean.securities.symbol import NO_DATE, SecurityIdentifier, Symbol
from minilean.securities.symbol_properties import CurrencyPair, SymbolProperties
from minilean.time_keeper import TimeKeeper
from minilean.times import DAY, MINUTE, TimeZones, parse_date


def always_open() -> SecurityExchangeHours:
    """Return the hours of an exchange that never closes."""
    zone = TimeZones().get("UTC")
    return SecurityExchangeHours(zone, zone, [(Segment(0, DAY, regular=True),)] * 7, set(), {}, {})


class PairAccount:
    """A portfolio of pairs.

    Attributes:
        clock: Time, at first the begin of 2019.
        portfolio: The portfolio, in dollars.
    """

    def __init__(self) -> None:
        numbers.install_context()
        self.clock = TimeKeeper()
        self.clock.utc = parse_date("20190101")
        self.securities = SecurityManager()
        self.portfolio = SecurityPortfolioManager(self.securities)

    def add(
        self,
        base: str,
        quote: str,
        *,
        kind: SecurityType = SecurityType.CRYPTO,
        market: str = "coinbase",
        lot: str = "0.01",
        step: str = "0.01",
        minimum: str | None = None,
    ) -> Security:
        """Add a pair and return it."""
        name = base + quote
        symbol = Symbol(SecurityIdentifier(name, NO_DATE, kind, market), name)
        smallest = None if minimum is None else Decimal(minimum)
        rules = SymbolProperties(quote, Decimal(step), Decimal(lot), smallest, market_ticker=name)
        security = Security(symbol, always_open(), rules, self.clock, self.portfolio.cash_book, base)
        security.fee_model = ConstantFeeModel(0)
        self.securities.add_security(security)
        return security

    def quote(self, security: Security, bid: str, ask: str) -> None:
        """Move a pair's quotes, a minute later."""
        self.clock.utc += MINUTE
        sides = [Bar(*[Decimal(price)] * 4) for price in (bid, ask)]
        bar = QuoteBar(None, security.symbol, sides[0], 1, sides[1], 1)
        bar.end_utc = bar.end_local = self.clock.utc
        bar.time_local = bar.end_local - MINUTE
        security.update(bar)
        self.portfolio.update_rates()

    def convert(self, currency: str, *securities: Security) -> None:
        """Let prices of securities make the rate of a currency."""
        by_name = {each.symbol.value: each for each in securities}
        pairs = [
            CurrencyPair(each.symbol.value, each.type, each.symbol.market, each.base_currency.symbol, quote)
            for each in securities
            if each.base_currency is not None and (quote := each.quote_currency.symbol)
        ]
        book = self.portfolio.cash_book
        book[currency].conversion = search(
            currency, book.account_currency, pairs, lambda pair: by_name[pair.ticker], Decimal(0)
        )  # fmt: skip
        book.note_conversions()
        book.update_rates()

    def market(self, security: Security, quantity: str) -> Order:
        """Return a market order of now."""
        return MarketOrder(security.symbol, Decimal(quantity), self.clock.utc)

    def fill(self, security: Security, quantity: str, price: str, fee: OrderFee | None = None) -> OrderEvent:
        """Book an execution."""
        event = OrderEvent(self.market(security, quantity), self.clock.utc, OrderStatus.FILLED)
        event.fill_price_, event.fill_quantity_ = Decimal(price), Decimal(quantity)
        event.order_fee = fee or OrderFee(CashAmount(0, "USD"))
        self.portfolio.process_fill(event)
        return event
