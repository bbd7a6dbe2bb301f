"""The parts of a run that a strategy's base class works with."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from minilean import times
from minilean.algorithm.benchmark import Benchmark
from minilean.algorithm.settings import AlgorithmSettings
from minilean.brokerages.default import DefaultBrokerageModel
from minilean.brokerages.initializer import BrokerageModelSecurityInitializer, SecurityInitializer
from minilean.consolidators.scanner import ConsolidatorScanner
from minilean.data.data_feed import DataFeed
from minilean.data.fill_forward import FillForwardResolution
from minilean.data.history_provider import HistoryProvider
from minilean.data.map_files import MapFileResolver
from minilean.data.subscription_manager import SubscriptionManager
from minilean.enums import AlgorithmStatus, Resolution, SecurityType
from minilean.orders.requests import OrderProperties
from minilean.orders.transaction_manager import SecurityTransactionManager
from minilean.run_context import CONTEXT
from minilean.scheduling.date_rules import DateRules
from minilean.scheduling.markets import ScheduleMarkets
from minilean.scheduling.real_time_handler import RealTimeHandler
from minilean.scheduling.schedule_manager import ScheduleManager
from minilean.scheduling.time_rules import TimeRules
from minilean.securities.margin_call import DefaultMarginCallModel
from minilean.securities.market_hours_database import MarketHoursDatabase
from minilean.securities.portfolio import SecurityPortfolioManager
from minilean.securities.security_manager import SecurityManager
from minilean.securities.symbol import NO_DATE, USA, SecurityIdentifier, Symbol
from minilean.securities.symbol_properties import SymbolPropertiesDatabase
from minilean.storage.object_store import ObjectStore
from minilean.surface import NotSupportedError
from minilean.time_keeper import TimeKeeper
from minilean.times import TimeZone, TimeZones
from minilean.universes.factory import UniverseFactory
from minilean.universes.files import UniverseFiles
from minilean.universes.manager import UniverseManager

if TYPE_CHECKING:
    from minilean.data.subscription_data_config import SubscriptionDataConfig
    from minilean.framework.insight_manager import InsightManager
    from minilean.securities.security import Security

DEFAULT_START = times.parse_date("19980101")
DEFAULT_CASH = Decimal(100000)


class MessageSink(Protocol):
    """Where the strategy's messages go."""

    def debug(self, text: str) -> None:
        """Take a debug message."""

    def log(self, text: str) -> None:
        """Take a log message."""

    def error(self, text: str) -> None:
        """Take an error message."""


class ResultSink(Protocol):
    """What of the results a strategy reaches."""

    charts: Any
    trade_builder: Any

    @property
    def messages(self) -> MessageSink:
        """Where messages go."""

    def set_runtime_statistic(self, name: str, value: str) -> None:
        """Show a figure while the run goes on."""

    def set_summary_statistic(self, name: str, value: str) -> None:
        """Add a figure to the statistics."""


@dataclass(slots=True)
class WarmUpRequest:
    """How much data to replay before the start: a number of bars or a span in microseconds."""

    bars: int | None = None
    span: int | None = None


@dataclass(slots=True)
class AlgorithmState:
    """What a run is set to and where it stands.

    Attributes:
        start_local: Midnight of the first day in the algorithm's zone.
        end_local: Last microsecond of the last day in the algorithm's zone.
        locked: Whether `initialize` is over.
        account_currency_set: Whether the strategy chose the account's currency, which counts the first time only.
        is_fixed_utc: Whether the zone is UTC itself, not that of the tz database.
        own_initializer: Whether the strategy replaced the initializer, so that it no longer follows the brokerage.
    """

    zone: TimeZone
    end_local: int
    start_local: int = DEFAULT_START
    cash: Decimal = DEFAULT_CASH
    locked: bool = False
    is_warming_up: bool = True
    warm_up: WarmUpRequest | None = None
    status: AlgorithmStatus = AlgorithmStatus.INITIALIZING
    brokerage_model: DefaultBrokerageModel = field(default_factory=DefaultBrokerageModel)
    security_initializer: SecurityInitializer = field(
        default_factory=lambda: BrokerageModelSecurityInitializer(DefaultBrokerageModel())
    )
    own_initializer: bool = False
    account_currency_set: bool = False
    is_fixed_utc: bool = False
    name: str = ""
    tags: list[str] = field(default_factory=list)
    benchmark: Benchmark | None = None
    runtime_error: Exception | None = None


class AlgorithmContext:
    """All parts of one run, made before the strategy and shared with it."""

    def __init__(
        self,
        data_folder: Path,
        feed: DataFeed,
        results: ResultSink,
        trace: Callable[[str], None],
        object_store: ObjectStore,
    ) -> None:
        """Load the databases.

        Raises:
            FileNotFoundError: The data folder lacks one.
        """
        self.results = results
        self.data_folder = data_folder
        self.trace = trace
        self.object_store = object_store
        self.feed = feed
        self.clock = TimeKeeper()
        self.zones = TimeZones()
        zone = self.zones.get("America/New_York")
        self.state = AlgorithmState(zone, times.from_datetime(_yesterday_end()))
        self.market_hours = MarketHoursDatabase(data_folder / "market-hours" / "market-hours-database.json", self.zones)
        self.symbol_properties = SymbolPropertiesDatabase(
            data_folder / "symbol-properties" / "symbol-properties-database.csv"
        )
        self.map_files = MapFileResolver(data_folder / "equity" / "usa" / "map_files")
        self.universe_factory = UniverseFactory(
            UniverseFiles(data_folder, feed.record), self.map_files, self.market_hours.equity, self.zones.get("UTC"),
            self.find_symbol, lambda text: results.messages.debug(f"{times.iso_text(self.local_now)} {text}"),
        )  # fmt: skip
        self.settings = AlgorithmSettings()
        self.securities = SecurityManager()
        self.portfolio = SecurityPortfolioManager(self.securities)
        self.portfolio.set_cash_(DEFAULT_CASH)
        self.transactions = SecurityTransactionManager(self.clock, lambda: self.state.is_warming_up)
        self.default_order_properties = OrderProperties()
        self.portfolio.transactions = self.transactions
        self.portfolio.set_margin_call_model(DefaultMarginCallModel(self.portfolio, self.default_order_properties))
        self.scanner = ConsolidatorScanner(self.clock, self.set_time)
        self.real_time = RealTimeHandler(self.set_time)
        self.fill_forward_step = FillForwardResolution(times.MINUTE)
        self.universe_resolution = Resolution.MINUTE
        self.subscriptions = SubscriptionManager()
        self.symbols: dict[str, Symbol] = {}
        self.universes = UniverseManager()
        self.internal_feeds: list[tuple[Security, SubscriptionDataConfig]] = []
        self.parameters: dict[str, str] = {}
        self.minimum_order_warning_sent: bool | None = None
        self.insights: InsightManager | None = None
        self.markets: Any = None
        self.history = HistoryProvider(feed, self.current_zone, self._warn)
        self.schedule: ScheduleManager
        self.date_rules: DateRules
        self.time_rules: TimeRules

    def connect_schedule(self, markets: Any, guard: Callable[[str, Callable[[], object], int], None]) -> None:  # noqa: ANN401
        """Make the rules, which look up markets, and the schedule, whose callbacks run under a guard."""
        zone = self.current_zone
        self.markets = markets
        self.date_rules = DateRules(ScheduleMarkets(markets), self.clock, zone)
        self.time_rules = TimeRules(ScheduleMarkets(markets), self.clock, zone, self.zones)
        self.schedule = ScheduleManager(self.real_time, self.clock, self.trace, guard)

    def current_zone(self) -> TimeZone:
        """Return the algorithm's zone."""
        return self.state.zone

    def add_security(self, security: "Security") -> None:
        """List a security and its holdings."""
        self.securities.add_security(security)
        self.portfolio.add_security(security)

    def remove_security(self, symbol: Symbol) -> None:
        """List a security no more; it is still found by its symbol."""
        self.securities.remove_security(symbol)
        self.portfolio.remove_security(symbol)

    def create_symbol(
        self, ticker: str, kind: SecurityType, market: str = USA, alias: str | None = None, day: int | None = None
    ) -> Symbol:
        """Return the symbol of a ticker as it is used today, or on another day.

        Raises:
            NotSupportedError: A kind of asset or a market that this engine does not have.
        """
        name = ticker.upper()
        if kind is SecurityType.EQUITY and market.lower() == USA:
            map_file = self.map_files.resolve(name, times.midnight(times.now_utc()) if day is None else day)
            first = map_file.first_date if map_file.rows else NO_DATE
            permtick = map_file.first_ticker if map_file.rows else name
            return Symbol(SecurityIdentifier(permtick, first, kind, USA), alias or name)
        if kind in {SecurityType.FOREX, SecurityType.CRYPTO, SecurityType.INDEX}:
            return Symbol(SecurityIdentifier(name, NO_DATE, kind, market.lower()), alias or name)
        raise NotSupportedError(f"Symbol.create(SecurityType.{kind.name}, {market!r})")

    def find_symbol(self, ticker: str) -> Symbol | None:
        """Return the symbol that a ticker of this run means, or that of an identifier's text."""
        found = self.symbols.get(ticker.upper())
        if found is None and " " in ticker:
            identifier = SecurityIdentifier.parse(ticker)
            found = None if identifier is None else Symbol(identifier, identifier.symbol)
        return self._custom_symbol(ticker) if found is None else found

    def _custom_symbol(self, ticker: str) -> Symbol | None:
        """Return the custom data whose name begins with a ticker, None when there is none or more than one."""
        start = f"{ticker.upper()}."
        found = {symbol for name, symbol in self.symbols.items() if name.startswith(start)}
        return found.pop() if len(found) == 1 else None

    def _warn(self, text: str) -> None:
        self.results.messages.debug(f"{times.iso_text(self.local_now)} {text}")

    def set_time(self, utc: int) -> None:
        """Move the clock."""
        self.clock.utc = utc

    @property
    def local_now(self) -> int:
        """Wall clock of the algorithm's zone."""
        return self.state.zone.to_local(self.clock.utc)


def _yesterday_end() -> Any:  # noqa: ANN401 - a naive datetime
    midnight = times.to_datetime(times.midnight(times.now_utc()))
    return times.to_datetime(times.from_datetime(midnight) - 1)


def current_context() -> AlgorithmContext:
    """Return the parts of the run that code of this thread belongs to.

    Raises:
        LookupError: There is none.
    """
    found: AlgorithmContext = CONTEXT.get()
    return found
