"""Adding and removing securities."""

# ruff: noqa: PLR0917 - LEAN's signatures

from typing import Any

from minilean.algorithm.benchmark import Benchmark
from minilean.algorithm.pairs import PAIR_SIDES, PairsPart
from minilean.data.map_files import DEFAULT_FIRST_DATE, MapFile
from minilean.data.subscription_data_config import SubscriptionDataConfig
from minilean.enums import DataNormalizationMode, Resolution, SecurityType, TickType
from minilean.securities.exchange_hours import SecurityExchangeHours
from minilean.securities.security import Security
from minilean.securities.symbol import USA, SecurityIdentifier, Symbol
from minilean.surface import NotSupportedError, Surface, decimal_argument, no_method_matches
from minilean.times import DAY, MINUTE, now_utc


class UniverseSettings(Surface):
    """Defaults of added securities."""

    def __init__(self) -> None:
        self.resolution = Resolution.MINUTE
        self.leverage = 0.0
        self.fill_forward = True
        self.extended_market_hours = False
        self.data_normalization_mode = DataNormalizationMode.ADJUSTED
        self.asynchronous = False

    def __setattr__(self, name: str, value: object) -> None:
        from minilean.surface import snake_case  # noqa: PLC0415 - only for LEAN's PascalCase

        object.__setattr__(self, snake_case(name) if name[:1].isupper() else name, value)


class UniversePart(PairsPart):
    """``add_equity``, ``remove_security``, ``set_benchmark`` and the look-up of symbols."""

    def symbol_of(self, key: object) -> Symbol:
        """Return the symbol that a symbol, security or ticker means, added or not."""
        if isinstance(key, Symbol):
            return key
        if isinstance(key, Security):
            return key.symbol
        if not isinstance(key, str):
            raise no_method_matches("Symbol", key)
        found = self._context.securities.find(key)
        return found if found is not None else self.make_symbol(key)[0]

    def symbol(self, ticker: str) -> Symbol:
        """Return the symbol of a ticker."""
        return self.symbol_of(ticker)

    def hours_of(self, symbol: Symbol | str) -> SecurityExchangeHours:
        """Return the hours of a symbol's exchange."""
        return self._context.market_hours.of(self.symbol_of(symbol))

    def all_hours(self) -> list[SecurityExchangeHours]:
        """Return the hours of all markets of the run, those of US equities first."""
        equities = self._context.market_hours.equity()
        others = (security.exchange.market_hours for security in self._context.securities.values())
        return [equities, *dict.fromkeys(each for each in others if each is not equities)]

    def security_of(self, key: object) -> Security:
        """Return the security of a symbol or ticker; one that was never added is added now, as LEAN does."""
        symbol = self.symbol_of(key)
        security = self._context.securities.get(symbol)
        if security is None or not (security.is_tradable or security.is_delisted):
            raise NotSupportedError(f"an order for {symbol}, which was not added")
        found: Security = security
        return found

    def make_symbol(self, ticker: str) -> tuple[Symbol, MapFile]:
        """Return symbol and map file of a ticker as it is used today."""
        name = ticker.upper()
        today = now_utc() // DAY * DAY
        map_file = self._context.map_files.resolve(name, today)
        first = map_file.first_date if map_file.rows else DEFAULT_FIRST_DATE
        permtick = map_file.first_ticker if map_file.rows else name
        return Symbol(SecurityIdentifier(permtick, first, SecurityType.EQUITY, USA), name), map_file

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
        settings = self.universe_settings
        used = settings.resolution if resolution is None else resolution
        if not isinstance(used, Resolution):
            raise no_method_matches("AddEquity", ticker, resolution)
        if used in {Resolution.TICK, Resolution.SECOND}:
            raise NotSupportedError(f"Resolution.{used.name}")
        mode = settings.data_normalization_mode if data_normalization_mode is None else data_normalization_mode
        symbol, map_file = self.make_symbol(ticker)
        security = self._context.securities.get(symbol) or self.new_security(symbol, leverage, mode)
        sides = [TickType.TRADE, TickType.QUOTE] if used is Resolution.MINUTE else [TickType.TRADE]
        for side in sides:
            config = SubscriptionDataConfig(
                security.symbol, used, side, security.exchange.market_hours, map_file,
                fill_forward=fill_forward, extended_market_hours=extended_market_hours, normalization=mode,
                strict_daily=self._context.settings.daily_precise_end_time,
            )  # fmt: skip
            self.subscribe(security, config)
        return security

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
        ticker = parts.pop(0)
        if isinstance(ticker, Symbol):
            kind = ticker.security_type
            keywords.setdefault("market", ticker.market)
        if kind in PAIR_SIDES:
            add = self.add_forex if kind is SecurityType.FOREX else self.add_crypto
            return add(ticker.value if isinstance(ticker, Symbol) else ticker, *parts, **keywords)
        if kind is not SecurityType.EQUITY:
            raise NotSupportedError(f"add_security(SecurityType.{kind.name})")
        return self.add_equity(ticker.value if isinstance(ticker, Symbol) else ticker, *parts, **keywords)

    def new_security(
        self, symbol: Symbol, leverage: object = 0, mode: DataNormalizationMode = DataNormalizationMode.ADJUSTED
    ) -> Security:
        """Make a security, take it in and give it its models."""
        context = self._context
        wanted = decimal_argument(leverage, "AddSecurity")
        security = self.make_security(symbol)
        security.rounds_prices = security.base_currency is not None or mode is DataNormalizationMode.RAW
        context.securities.add_security(security)
        dict.__setitem__(context.portfolio, symbol, security.holdings)
        self.security_initializer.initialize(security)
        if wanted:
            security.set_leverage(wanted)
        return security

    def make_security(self, symbol: Symbol) -> Security:
        """Make a security without models that is not part of the run."""
        context = self._context
        hours, book = context.market_hours.of(symbol), context.portfolio.cash_book
        if symbol.security_type is SecurityType.EQUITY:
            return Security(symbol, hours, context.symbol_properties.equity(symbol.value), context.clock, book)
        properties, base = self.pair_properties(symbol)
        return Security(symbol, hours, properties, context.clock, book, base)

    def default_resolution(self) -> Resolution:
        """Return the resolution of securities that are added without one."""
        return self.universe_settings.resolution

    def subscribe(self, security: Security, config: SubscriptionDataConfig) -> None:
        """Start a feed of a security, unless there is one like it."""
        if any(each.key == config.key for each in security.configs):
            return
        security.configs.append(config)
        security.configs.sort(key=lambda each: int(each.tick_type))
        context = self._context
        context.changes.added.append(config)
        if config.is_internal:
            return
        feeds = (each for every in context.securities.values() for each in every.configs if not each.is_internal)
        context.fill_forward_step.span = min((each.increment for each in feeds), default=MINUTE)

    def set_benchmark(self, *arguments: Any) -> None:  # noqa: ANN401 - LEAN's overloads
        """Measure against a ticker, a symbol or a function of the time."""
        subject = arguments[-1] if arguments else None
        if isinstance(subject, (str, Symbol)):
            if self._context.securities.find(subject) is None and isinstance(subject, str):
                self.debug(
                    f"Warning: SetBenchmark({subject}): no existing symbol found, "
                    "benchmark security will be added with Equity type."
                )
            symbol = self.symbol_of(subject)
            if symbol.security_type is not SecurityType.EQUITY:
                self.make_security(symbol)
            self._context.state.benchmark = Benchmark(symbol=symbol)
        elif callable(subject):
            self._context.state.benchmark = Benchmark(function=subject)
        else:
            raise no_method_matches("SetBenchmark", *arguments)

    @property
    def benchmark(self) -> Benchmark | None:
        """What the strategy is measured against; until the run is set up, None without `set_benchmark`."""
        return self._context.state.benchmark

    def is_market_open(self, symbol: object) -> bool:
        """Tell whether a symbol's exchange is in regular trading."""
        hours = self.hours_of(self.symbol_of(symbol))
        return hours.is_open(hours.time_zone.to_local(self._context.clock.utc), extended=False)
