"""Finds the conversions of the account's currencies, starts the feeds they need and gives them first prices."""

from collections.abc import Iterator
from decimal import Decimal

from minilean.algorithm.context import AlgorithmContext
from minilean.algorithm.pairs import PAIR_SIDES, pair_symbol
from minilean.algorithm.universe import UniversePart
from minilean.data.map_files import MapFile
from minilean.data.subscription_data_config import SubscriptionDataConfig
from minilean.enums import Resolution, SecurityType
from minilean.securities.cash import Cash
from minilean.securities.currencies import is_stable_coin
from minilean.securities.currency_conversion import ConstantConversion, search
from minilean.securities.security import Security
from minilean.securities.symbol_properties import CurrencyPair

ZERO, ONE = Decimal(0), Decimal(1)
_KINDS = (SecurityType.FOREX, SecurityType.CFD, SecurityType.CRYPTO)


class CurrencyConversions:
    """Gives every currency of the cash book a conversion."""

    def __init__(self, context: AlgorithmContext, algorithm: UniversePart) -> None:
        """Take the run's parts and the algorithm, which makes securities and gives them first prices."""
        self._context = context
        self._algorithm = algorithm

    def ensure(self) -> None:
        """Find what is missing; new pairs get feeds that the strategy does not see."""
        book = self._context.portfolio.cash_book
        if book.is_searched:
            return
        for cash in book.Values:
            if not cash.conversion.is_settled:
                self._find(cash)
        book.note_conversions()
        self._seed([cash for cash in book.Values if not cash.rate_])

    def _find(self, cash: Cash) -> None:
        account = self._context.portfolio.cash_book.account_currency
        markets = self._context.state.brokerage_model.default_markets
        crypto_market = markets.get(SecurityType.CRYPTO)
        if cash.symbol == account or (crypto_market and is_stable_coin(account, cash.symbol, crypto_market)):
            cash.conversion = ConstantConversion(ONE)
            return
        offered = list(self._offered_pairs())
        if not any(cash.symbol in {pair.base, pair.quote} for pair in offered):
            cash.conversion = ConstantConversion(ZERO)
            self._context.trace(
                f"No tradeable pair was found for currency {cash.symbol}, conversion rate to account currency "
                f"({account}) will be set to zero."
            )
            return
        cash.conversion = search(
            cash.symbol, account, [*self._added_pairs(), *offered],
            lambda pair: self._security_of(pair, cash), cash.rate_,
        )  # fmt: skip

    def _added_pairs(self) -> Iterator[CurrencyPair]:
        for security in self._context.securities.values():
            base = security.base_currency
            if base is not None:
                symbol, quote = security.symbol, security.quote_currency.symbol
                yield CurrencyPair(symbol.value, symbol.security_type, symbol.market, base.symbol, quote)

    def _offered_pairs(self) -> Iterator[CurrencyPair]:
        """Yield the pairs of the brokerage's markets and of those that the strategy uses."""
        defaults = self._context.state.brokerage_model.default_markets
        used: dict[SecurityType, list[str]] = {kind: [] for kind in _KINDS}
        for security in self._context.securities.values():
            used.setdefault(security.type, []).append(security.symbol.market)
        used[SecurityType.CFD] = used[SecurityType.CFD] or used[SecurityType.FOREX]
        for kind in _KINDS:
            own = defaults.get(kind)
            for market in dict.fromkeys([own, *used[kind]] if own else used[kind]):
                yield from self._context.symbol_properties.pairs(market, kind)

    def _security_of(self, pair: CurrencyPair, cash: Cash) -> Security:
        context = self._context
        symbol = pair_symbol(pair.ticker, pair.kind, pair.market)
        found: Security | None = context.securities.get(symbol)
        if found is not None:
            return found
        feeds = [config.resolution for each in context.securities.values() for config in each.configs]
        resolution = min(feeds, default=Resolution.MINUTE)
        security = self._algorithm.new_security(symbol)
        security.is_tradable = False
        config = SubscriptionDataConfig(
            symbol, resolution, PAIR_SIDES[pair.kind][0], security.exchange.market_hours, MapFile(symbol.value, ()),
            is_internal=True, strict_daily=context.settings.daily_precise_end_time,
        )  # fmt: skip
        context.subscriptions.get_or_add(config)
        context.internal_feeds.append((security, config))
        context.trace(
            f"Cash.EnsureCurrencyDataFeed(): Adding {symbol.value} {symbol.market} for cash {cash.symbol} currency feed"
        )
        return security

    def _seed(self, unknown: list[Cash]) -> None:
        securities = dict.fromkeys(each for cash in unknown for each in cash.conversion.securities)
        waiting = [security for security in securities if not security.price_]
        for security in waiting:
            self._algorithm.seed(security)
        for cash in unknown:
            if cash.conversion.securities:
                self._context.portfolio.cash_book.update_rates()
        self._context.portfolio.invalidate_total_portfolio_value()
