"""Which feeds a history request reads, and from when to when."""

from collections.abc import Iterable
from typing import NamedTuple

from minilean.algorithm.context import AlgorithmContext
from minilean.algorithm.universe import UniversePart
from minilean.data.bars import BaseData, QuoteBar, TradeBar
from minilean.data.custom import PythonData
from minilean.data.history_provider import HistoryRequest
from minilean.data.history_span import start_of_bars
from minilean.data.subscription_data_config import SubscriptionDataConfig
from minilean.enums import DataNormalizationMode, Resolution, SecurityType, TickType
from minilean.securities.symbol import Symbol
from minilean.surface import NotSupportedError

_SIDES: dict[type[BaseData], TickType] = {TradeBar: TickType.TRADE, QuoteBar: TickType.QUOTE}
BarType = type[TradeBar] | type[QuoteBar] | type[PythonData]


class HistoryOptions(NamedTuple):
    """What a history request may say; None leaves it to the symbol's feeds.

    Attributes:
        kind: Type of the bars.
        resolution: Length of the bars.
        fill_forward: Whether gaps are filled.
        extended: Whether pre- and post-market are in.
        normalization: How prices are adjusted.
        all_feeds: Whether the engine's own feeds are asked beside the strategy's; else only where it has none.
    """

    kind: BarType | None = None
    resolution: Resolution | None = None
    fill_forward: bool | None = None
    extended: bool | None = None
    normalization: DataNormalizationMode | None = None
    all_feeds: bool = False


class HistoryRequests:
    """Makes the requests of a run: one for each feed of a symbol that fits, by LEAN's rules."""

    def __init__(self, context: AlgorithmContext, algorithm: UniversePart) -> None:
        self._context = context
        self._algorithm = algorithm

    def of_bars(self, symbols: Iterable[Symbol], count: int, options: HistoryOptions) -> list[HistoryRequest]:
        """Ask for a number of bars before now."""
        now = self._context.clock.utc
        requests = []
        for symbol in symbols:
            for config in self._matching(symbol, options):
                start = self._start(symbol, config, count, options)
                requests.append(HistoryRequest(self._copy(config, options), start, now))
        return requests

    def of_span(
        self, symbols: Iterable[Symbol], start_utc: int, end_utc: int, options: HistoryOptions
    ) -> list[HistoryRequest]:
        """Ask for what ended between two instants."""
        return [
            HistoryRequest(self._copy(config, options), start_utc, end_utc)
            for symbol in symbols
            for config in self._matching(symbol, options)
        ]

    def start_before(self, request: HistoryRequest, count: int) -> int:
        """Return the instant at which a number of bars before the start of a request begins."""
        config = request.config
        return self._bars_before(config, request.start_utc, count, extended=config.extended_market_hours)

    def _start(self, symbol: Symbol, config: SubscriptionDataConfig, count: int, options: HistoryOptions) -> int:
        resolution = options.resolution or config.resolution
        extended = False
        if resolution < Resolution.HOUR:
            extended = options.extended if options.extended is not None else self._is_extended(symbol)
        used = self._copy(config, options)
        return self._bars_before(used, self._context.clock.utc, count, extended=extended)

    def _bars_before(self, config: SubscriptionDataConfig, utc: int, count: int, *, extended: bool) -> int:
        hours = config.hours
        end = hours.time_zone.to_local(utc)
        local = start_of_bars(
            hours, end, config.resolution, count, extended=extended, strict=config.strict_daily
        )  # fmt: skip
        return hours.time_zone.to_utc(local)

    def _is_extended(self, symbol: Symbol) -> bool:
        return any(config.extended_market_hours for config in self._configs(symbol))

    def _configs(self, symbol: Symbol, *, all_feeds: bool = False) -> list[SubscriptionDataConfig]:
        """Return the strategy's feeds of a symbol, else the engine's; longest bars first, quotes before trades."""
        feeds = self._context.subscriptions.all_of(symbol)
        feeds.sort(key=lambda config: (-int(config.resolution), -int(config.tick_type)))
        own = [config for config in feeds if not config.is_internal]
        internal = [config for config in feeds if config.is_internal]
        return own + internal if all_feeds else own or internal

    def _matching(self, symbol: Symbol, options: HistoryOptions) -> list[SubscriptionDataConfig]:
        """Return the feeds that are asked, longest bars first, quotes before trades."""
        if options.kind is not None and issubclass(options.kind, PythonData):
            return self._custom(symbol, options.kind)
        side = None if options.kind is None else _SIDES[options.kind]
        known = self._configs(symbol, all_feeds=options.all_feeds)
        configs = [
            config for config in known if side is None or (config.tick_type is side and config.data_type is None)
        ]
        if not configs:
            return self._unsubscribed(symbol, options, side)
        resolution = options.resolution
        if resolution is None or symbol.security_type is not SecurityType.EQUITY:
            return configs
        if resolution >= Resolution.HOUR:
            return [config for config in configs if config.tick_type is not TickType.QUOTE]
        if side is None and not any(config.tick_type is TickType.QUOTE for config in configs):
            first = configs[0]
            quotes = self._config_like(first, resolution, TickType.QUOTE, DataNormalizationMode.ADJUSTED)
            configs.append(quotes)
            configs.sort(key=lambda config: -int(config.tick_type))
        return configs

    def _custom(self, symbol: Symbol, kind: type[PythonData]) -> list[SubscriptionDataConfig]:
        """Return the feeds of a strategy's own class.

        Raises:
            NotSupportedError: The symbol has none.
        """
        configs = [config for config in self._configs(symbol) if config.data_type is kind]
        if not configs:
            raise NotSupportedError(f"history of {symbol} as {kind.__name__}, which was not added")
        return configs

    def _unsubscribed(
        self, symbol: Symbol, options: HistoryOptions, side: TickType | None
    ) -> list[SubscriptionDataConfig]:
        """Make up the feeds that the symbol would have with the settings of the universe.

        Raises:
            NotSupportedError: The symbol is no equity and has no feed.
        """
        settings = self._algorithm.universe_settings
        known = self._configs(symbol)
        if known:
            model = min(known, key=lambda config: config.resolution)
            resolution = options.resolution or model.resolution
        else:
            resolution = options.resolution or settings.resolution
            model = self._default_config(symbol, resolution)
        equity_bars = symbol.security_type is SecurityType.EQUITY and resolution >= Resolution.HOUR
        sides = [TickType.TRADE] if equity_bars else [TickType.QUOTE, TickType.TRADE]
        return [
            self._config_like(model, resolution, each, model.normalization, fill_forward=settings.fill_forward)
            for each in sides
            if side is None or each is side
        ]

    def _default_config(self, symbol: Symbol, resolution: Resolution) -> SubscriptionDataConfig:
        if symbol.security_type is not SecurityType.EQUITY:
            raise NotSupportedError(f"history of {symbol}, which was not added")
        settings = self._algorithm.universe_settings
        return SubscriptionDataConfig(
            symbol,
            resolution,
            TickType.TRADE,
            self._algorithm.hours_of(symbol),
            self._context.map_files.resolve(symbol.permtick, symbol.id.first_utc),
            fill_forward=settings.fill_forward,
            extended_market_hours=settings.extended_market_hours,
            normalization=settings.data_normalization_mode,
        )

    def _copy(self, config: SubscriptionDataConfig, options: HistoryOptions) -> SubscriptionDataConfig:
        resolution = config.resolution if options.resolution is None else options.resolution
        mode = config.normalization if options.normalization is None else options.normalization
        return self._config_like(
            config,
            resolution,
            config.tick_type,
            mode,
            fill_forward=options.fill_forward,
            extended=options.extended,
        )

    def _config_like(
        self,
        config: SubscriptionDataConfig,
        resolution: Resolution,
        tick_type: TickType,
        mode: DataNormalizationMode,
        *,
        fill_forward: bool | None = None,
        extended: bool | None = None,
    ) -> SubscriptionDataConfig:
        return SubscriptionDataConfig(
            config.symbol,
            resolution,
            tick_type,
            config.hours,
            config.map_file,
            fill_forward=config.fill_forward if fill_forward is None else fill_forward,
            extended_market_hours=config.extended_market_hours if extended is None else extended,
            normalization=mode,
            strict_daily=config.data_type is None and self._context.settings.daily_precise_end_time,
            data_type=config.data_type,
        )
