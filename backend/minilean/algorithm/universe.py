"""Adding and removing securities."""

# ruff: noqa: PLR0917 - LEAN's signatures

from decimal import Decimal
from typing import Any

from minilean import times
from minilean.algorithm.benchmark import Benchmark
from minilean.algorithm.indexes import SIDES, IndexesPart
from minilean.data.map_files import MapFile
from minilean.data.subscription_data_config import SubscriptionDataConfig
from minilean.dotnet_errors import InvalidOperationException
from minilean.enums import DataNormalizationMode, Resolution, SecurityType, TickType
from minilean.securities.custom import custom_security
from minilean.securities.exchange_hours import SecurityExchangeHours
from minilean.securities.security import Security
from minilean.securities.symbol import NO_DATE, USA, SecurityIdentifier, Symbol
from minilean.securities.symbol_properties import SymbolProperties
from minilean.surface import NotSupportedError, decimal_argument, no_method_matches
from minilean.universes.manager import UserDefinedUpdate
from minilean.universes.settings import UniverseSettings
from minilean.universes.user_defined import UserDefinedUniverse

ZERO = Decimal(0)
_NO_MARKET = "empty"


def implicit_symbol(ticker: str) -> Symbol:
    """Return the symbol that LEAN makes of a ticker which the run does not know: of no kind and no market."""
    return Symbol(SecurityIdentifier(ticker, NO_DATE, SecurityType.BASE, _NO_MARKET), ticker)


class UniversePart(IndexesPart):
    """``add_equity``, ``remove_security``, ``set_benchmark`` and the look-up of symbols."""

    def symbol_of(self, key: object) -> Symbol:
        """Return the symbol that a symbol, security or ticker means, added or not."""
        if isinstance(key, Symbol):
            return key
        if isinstance(key, Security):
            return key.symbol
        if not isinstance(key, str):
            raise no_method_matches("Symbol", key)
        found = self._context.find_symbol(key)
        return found if found is not None else implicit_symbol(key)

    def symbol(self, ticker: str) -> Symbol:
        """Return the symbol of a ticker that the run knows.

        Raises:
            ValueError: It knows no such ticker.
        """
        found = self._context.find_symbol(ticker)
        if found is None:
            raise ValueError(f"We were unable to locate the ticker '{ticker}'.")
        return found

    def ticker(self, symbol: Symbol) -> str:
        """Return the ticker of a symbol on the algorithm's day."""
        map_file = self._context.map_files.resolve(symbol.permtick, symbol.id.first_utc)
        return map_file.ticker(times.midnight(self._context.local_now), symbol.value)

    def hours_of(self, symbol: Symbol | str) -> SecurityExchangeHours:
        """Return the hours of a symbol's exchange."""
        return self._context.market_hours.of(self.symbol_of(symbol))

    def all_hours(self) -> list[SecurityExchangeHours]:
        """Return the hours of all markets of the run, those of US equities first."""
        equities = self._context.market_hours.equity()
        others = (security.exchange.market_hours for security in self._context.securities.values())
        return [equities, *dict.fromkeys(each for each in others if each is not equities)]

    def security_of(self, key: object) -> Security:
        """Return the security of a symbol or ticker; one that was never added, or has left, is added now and seeded."""
        symbol = self.symbol_of(key)
        security: Security | None = self._context.securities.get(symbol)
        never = symbol.security_type is SecurityType.INDEX
        if security is not None and (never or security.is_tradable or security.is_delisted):
            return security
        security = self.add_security(symbol)
        self.seed(security)
        return security

    def feeds_of(self, key: object) -> list[SubscriptionDataConfig]:
        """Return the strategy's feeds of a symbol or ticker; one that has none is added now, as LEAN does."""
        symbol = self.symbol_of(key)
        return self._context.subscriptions.own(symbol) or self.add_security(symbol).configs

    def seed(self, security: Security) -> None:
        """Give a security without a price its last known one.

        Raises:
            NotImplementedError: By the part that reads the past.
        """
        raise NotImplementedError

    def make_symbol(self, ticker: str) -> tuple[Symbol, MapFile]:
        """Return symbol and map file of a ticker as it is used today."""
        symbol = self._context.create_symbol(ticker, SecurityType.EQUITY)
        return symbol, self._context.map_files.resolve(symbol.permtick, symbol.id.first_utc)

    def add_equity(
        self,
        ticker: str,
        resolution: Resolution | None = None,
        market: str | None = None,
        fill_forward: bool = True,  # noqa: FBT001, FBT002 - LEAN's signature
        leverage: object = 0,
        extended_market_hours: bool = False,  # noqa: FBT001, FBT002
        data_normalization_mode: DataNormalizationMode | None = None,
    ) -> Security:
        """Subscribe to a US equity and return it."""
        if not isinstance(ticker, str):
            raise no_method_matches("AddEquity", ticker)
        if market not in {None, USA}:
            raise NotSupportedError(f"add_equity(market={market!r})")
        if resolution is not None and not isinstance(resolution, Resolution):
            raise no_method_matches("AddEquity", ticker, resolution)
        mode = data_normalization_mode
        return self.add_feeds(
            self.equity_symbol(ticker), resolution, fill_forward, leverage, extended_market_hours,
            self.universe_settings.data_normalization_mode if mode is None else mode,
        )  # fmt: skip

    def equity_symbol(self, ticker: str) -> Symbol:
        """Return the symbol of an equity: the one this run knows by the ticker, or the one it means today."""
        known = self._context.symbols.get(ticker.upper())
        if known is not None and known.security_type is SecurityType.EQUITY:
            return known
        return self.make_symbol(ticker)[0]

    def name_equity(self, ticker: str) -> Symbol:
        """Return the symbol of an equity by its ticker, from now on also when the ticker is used otherwise."""
        symbol = self.equity_symbol(ticker)
        self._context.symbols[ticker.upper()] = symbol
        return symbol

    def add_feeds(
        self,
        symbol: Symbol,
        resolution: Resolution | None,
        fill_forward: bool,  # noqa: FBT001
        leverage: object,
        extended: bool,  # noqa: FBT001
        mode: DataNormalizationMode,
    ) -> Security:
        """Register the feeds of a symbol, make or find its security, and name both to the universe of such symbols."""
        settings = UniverseSettings(self.universe_settings)
        settings.resolution = settings.resolution if resolution is None else resolution
        settings.fill_forward, settings.extended_market_hours = fill_forward, extended
        settings.data_normalization_mode = mode
        context = self._context
        configs = [context.subscriptions.get_or_add(config) for config in self.make_configs(symbol, settings)]
        security = self.create_security(symbol, decimal_argument(leverage, "AddSecurity"), mode)
        if not dict.__contains__(context.securities, symbol):
            context.add_security(security)
        self.name_to_universe(security, configs)
        return security

    def name_to_universe(self, security: Security, configs: list[SubscriptionDataConfig]) -> None:
        """Name feeds to the universe of what the strategy adds by itself of their kind and market."""
        universes = self._context.universes
        made = self._context.universe_factory.user_defined(security.symbol, configs[0].resolution)
        universe = dict.get(universes, made.symbol)
        if universe is None:
            universes.add_universe(made)
            universe = made
        if isinstance(universe, UserDefinedUniverse):
            universes.updates.append(UserDefinedUpdate(universe, security, configs))

    def make_configs(self, symbol: Symbol, settings: UniverseSettings) -> list[SubscriptionDataConfig]:
        """Return the feeds of a symbol with the settings of a universe.

        Raises:
            NotSupportedError: Ticks and seconds, and assets that this engine does not have.
        """
        used = settings.resolution
        if used in {Resolution.TICK, Resolution.SECOND}:
            raise NotSupportedError(f"Resolution.{used.name}")
        equity = symbol.security_type is SecurityType.EQUITY and symbol.market == USA
        if equity:
            both, trades = (TickType.TRADE, TickType.QUOTE), (TickType.TRADE,)
            sides: tuple[TickType, ...] = both if used is Resolution.MINUTE else trades
            map_file = self._context.map_files.resolve(symbol.permtick, symbol.id.first_utc)
        elif symbol.security_type is SecurityType.BASE and symbol.market == _NO_MARKET:
            sides, map_file = (TickType.TRADE,), MapFile(symbol.value, ())
        elif symbol.security_type in SIDES:
            sides, map_file = SIDES[symbol.security_type], MapFile(symbol.value, ())
        else:
            raise NotSupportedError(f"add_security(SecurityType.{symbol.security_type.name})")
        hours = self._context.market_hours.of(symbol)
        mode = settings.data_normalization_mode if equity else DataNormalizationMode.ADJUSTED
        return [
            SubscriptionDataConfig(
                symbol, used, side, hours, map_file, fill_forward=settings.fill_forward,
                extended_market_hours=equity and settings.extended_market_hours, normalization=mode,
                strict_daily=self._context.settings.daily_precise_end_time,
            )
            for side in sides
        ]  # fmt: skip

    @property
    def universe_settings(self) -> UniverseSettings:
        """Defaults of added securities."""
        settings = self.__dict__.get("_universe_settings")
        if settings is None:
            settings = self.__dict__["_universe_settings"] = UniverseSettings()
        return settings

    def add_security(self, *arguments: Any, **keywords: Any) -> Security:  # noqa: ANN401 - LEAN's overloads
        """Subscribe to a security: its kind and ticker, or its symbol."""
        parts = list(arguments)
        kind = parts.pop(0) if parts and isinstance(parts[0], SecurityType) else SecurityType.EQUITY
        if not parts:
            raise no_method_matches("AddSecurity", *arguments)
        subject = parts.pop(0)
        if isinstance(subject, Symbol):
            return self._add_symbol(subject, *parts, **keywords)
        if kind is SecurityType.INDEX:
            return self.add_index(subject, *parts, **keywords)
        if kind in SIDES:
            add = self.add_forex if kind is SecurityType.FOREX else self.add_crypto
            return add(subject, *parts, **keywords)
        if kind is not SecurityType.EQUITY:
            raise NotSupportedError(f"add_security(SecurityType.{kind.name})")
        return self.add_equity(subject, *parts, **keywords)

    def _add_symbol(
        self,
        symbol: Symbol,
        resolution: Resolution | None = None,
        fill_forward: bool | None = None,  # noqa: FBT001
        leverage: object = 0,
        extended_market_hours: bool | None = None,  # noqa: FBT001
        data_mapping_mode: object = None,  # noqa: ARG002
        data_normalization_mode: DataNormalizationMode | None = None,
    ) -> Security:
        settings = self.universe_settings
        mode = DataNormalizationMode.ADJUSTED if data_normalization_mode is None else data_normalization_mode
        return self.add_feeds(
            symbol, resolution, settings.fill_forward if fill_forward is None else fill_forward, leverage,
            settings.extended_market_hours if extended_market_hours is None else extended_market_hours, mode,
        )  # fmt: skip

    def new_security(self, symbol: Symbol) -> Security:
        """Make a security that the engine needs, and list it."""
        security = self.create_security(symbol, ZERO, None, seeds=False)
        self._context.add_security(security)
        return security

    def make_security(self, symbol: Symbol) -> Security:
        """Make a security without models that is not part of the run."""
        context = self._context
        hours, book = context.market_hours.of(symbol), context.portfolio.cash_book
        if symbol.security_type is SecurityType.EQUITY:
            return Security(symbol, hours, context.symbol_properties.equity(symbol.value), context.clock, book)
        if symbol.security_type is SecurityType.BASE and symbol.market == _NO_MARKET:
            return Security(symbol, hours, SymbolProperties.default(book.account_currency), context.clock, book)
        if symbol.security_type is SecurityType.BASE:
            return custom_security(symbol, hours, context.clock, book)
        if symbol.security_type is SecurityType.INDEX:
            rules = context.symbol_properties.of(symbol) or SymbolProperties.default(book.account_currency)
            return Security(symbol, hours, rules, context.clock, book)
        properties, base = self.pair_properties(symbol)
        return Security(symbol, hours, properties, context.clock, book, base)

    def create_security(
        self, symbol: Symbol, leverage: Decimal, mode: DataNormalizationMode | None, *, seeds: bool = True
    ) -> Security:
        """Return the security of a symbol, made or, when there has been one, prepared to be traded again.

        Args:
            symbol: The symbol.
            leverage: 0 for the brokerage's.
            mode: How its prices are adjusted; raw ones have a step.
            seeds: Whether the setting of first prices counts here; those of universes get them later.
        """
        context = self._context
        known: Security | None = context.securities.get(symbol)
        if known is not None:
            known.is_tradable = symbol.security_type is not SecurityType.INDEX
            self._initialize(known, seeds=seeds)
            return known
        security = self.make_security(symbol)
        context.symbols[str(symbol).upper()] = symbol
        security.configs = context.subscriptions.of(symbol)
        security.rounds_prices = security.base_currency is not None or mode is DataNormalizationMode.RAW
        context.securities.all_securities[symbol] = security
        self._initialize(security, seeds=seeds)
        if leverage:
            security.set_leverage(leverage)
        return security

    def _initialize(self, security: Security, *, seeds: bool) -> None:
        if not security.is_initialized:
            if self._context.settings.seed_initial_prices and seeds:
                self.seed(security)
            self.security_initializer.initialize(security)
            security.is_initialized = True

    def remove_security(self, symbol: object, tag: str | None = None) -> bool:
        """Sell a security, cancel its orders and end its feeds; tell whether it was there."""
        context = self._context
        security: Security | None = context.securities.get(self.symbol_of(symbol))
        if security is None:
            return False
        text = "Removed" if tag is None else tag
        if not context.state.is_warming_up:
            context.transactions.cancel_open_orders(security.symbol, text)
        if security.invested:
            self.liquidate(security.symbol, tag=text)
        security.reset()
        universes = context.universes
        universes.updates[:] = [each for each in universes.updates if each.security.symbol != security.symbol]
        universes.updates.extend(
            UserDefinedUpdate(universe, security, None)
            for universe in universes.user_defined()
            if universe.contains_member(security.symbol)
        )
        return True

    def set_benchmark(self, *arguments: Any) -> None:  # noqa: ANN401 - LEAN's overloads
        """Measure against a ticker, a symbol or a function of the time.

        Raises:
            InvalidOperationException: The algorithm runs already.
        """
        if self._context.state.locked:
            raise InvalidOperationException(
                "self.set_benchmark(): Cannot change Benchmark after algorithm initialized."
            )
        subject = arguments[-1] if arguments else None
        if isinstance(subject, (str, Symbol)):
            if self._context.securities.find(subject) is None and isinstance(subject, str):
                self.debug(
                    f"Warning: SetBenchmark({subject}): no existing symbol found, "
                    "benchmark security will be added with Equity type."
                )
            known = self._context.find_symbol(subject) if isinstance(subject, str) else subject
            symbol = known or self._context.create_symbol(str(subject), SecurityType.EQUITY)
            if symbol.security_type is not SecurityType.EQUITY:
                self.make_security(symbol)
            self._context.state.benchmark = Benchmark(symbol=symbol)
        elif callable(subject):
            self._context.state.benchmark = Benchmark(function=subject)
        else:
            self._context.state.benchmark = Benchmark.of(subject)

    @property
    def benchmark(self) -> Benchmark | None:
        """What the strategy is measured against; until the run is set up, None without `set_benchmark`."""
        return self._context.state.benchmark

    def is_market_open(self, symbol: object) -> bool:
        """Tell whether a symbol's exchange is in regular trading."""
        hours = self.hours_of(self.symbol_of(symbol))
        return hours.is_open(hours.time_zone.to_local(self._context.clock.utc), extended=False)
