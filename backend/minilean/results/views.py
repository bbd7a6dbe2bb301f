"""What the result handler reads from the engine: narrow protocols and the values that cross them.

All times are int microseconds since the epoch, UTC, unless a name says otherwise; amounts are in account currency.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from minilean.orders.order import Order
from minilean.orders.order_event import OrderEvent
from minilean.statistics.capacity import CapacityBar


@dataclass(slots=True)
class SampledHolding:
    """One security of the portfolio as a daily sample sees it.

    Attributes:
        sid: Security identifier text, ``SPY R735QTJ8XC9X``.
        ticker: Symbol value, ``SPY``.
        security_type: LEAN's name of the type, ``Equity``.
        invested: Whether the position is at least one lot.
        holdings_value: Signed market value.
        margin_used: Maintenance margin that the position reserves.
        leverage: Leverage of the security's buying power model.
        sale_volume: Sum of price times absolute quantity over all fills.
    """

    sid: str
    ticker: str
    security_type: str
    invested: bool
    holdings_value: Decimal
    margin_used: Decimal
    leverage: Decimal
    sale_volume: Decimal


@dataclass(frozen=True, slots=True)
class PortfolioTotals:
    """The figures that LEAN shows as runtime statistics."""

    total_fees: Decimal
    total_net_profit: Decimal
    total_unrealized_profit: Decimal
    total_holdings_value: Decimal
    total_sale_volume: Decimal


class SliceView(Protocol):
    """The data of one time step."""

    def capacity_bar(self, sid: str) -> CapacityBar | None:
        """Return the slice's trade bar of a security, else its quote bar (volume: mean of the sizes), else None."""


class AlgorithmView(Protocol):
    """The running algorithm; implemented by the engine, read by the result handler."""

    @property
    def start_date(self) -> datetime:
        """Naive start date in the algorithm's time zone."""

    @property
    def end_date(self) -> datetime:
        """Naive last day in the algorithm's time zone; its time of day is ignored (the run goes to its end)."""

    @property
    def time_zone(self) -> str:
        """IANA name of the algorithm's time zone."""

    @property
    def account_currency(self) -> str:
        """ISO code, ``USD``."""

    @property
    def currency_symbol(self) -> str:
        """Sign that goes before amounts, ``$``."""

    @property
    def account_type(self) -> int:
        """0 margin, 1 cash."""

    @property
    def brokerage(self) -> int:
        """Number of LEAN's ``BrokerageName``; 0 default."""

    @property
    def trading_days_per_year(self) -> int:
        """252, or 365 for brokerages that never close."""

    @property
    def algorithm_name(self) -> str:
        """Name of the algorithm (``set_name``, default the job's name)."""

    @property
    def tags(self) -> Sequence[str]:
        """Tags of the run (``add_tag``)."""

    @property
    def utc_time(self) -> int:
        """Current algorithm time."""

    @property
    def is_warming_up(self) -> bool:
        """True until warm-up is over; nothing is sampled before."""

    @property
    def total_portfolio_value(self) -> Decimal:
        """Cash plus holdings."""

    def quote_rate(self, sid: str) -> Decimal:
        """Return the rate of a security's quote currency in the account's."""

    def benchmark_value(self) -> Decimal:
        """Return the benchmark's value now (0 while it has no price)."""

    def holdings(self) -> Iterable[SampledHolding]:
        """Yield every security that is or was in the portfolio, in the order they were added."""

    def totals(self) -> PortfolioTotals:
        """Return the figures for the runtime statistics."""

    def orders(self) -> Sequence[Order]:
        """Return all orders by id."""

    def order_events(self) -> Sequence[OrderEvent]:
        """Return all order events in the order they happened."""

    def transaction_record(self) -> Mapping[int, Decimal]:
        """Return profit or loss of every closing fill by its time (one millisecond later while a key exists)."""

    def insight_count(self) -> int:
        """Return how many insights the framework made."""


@dataclass(frozen=True, slots=True)
class BacktestJob:
    """What the launcher knows before the algorithm exists.

    Attributes:
        algorithm_id: Id of the run; begins the names of the result files.
        name: ``backtest-name``.
        results_folder: Where the result files go; must exist.
        data_folder: LEAN data folder (its interest rates are read at the end).
        parameters: Parameters of the run as strings.
        hostname: Shown in ``state`` and ``serverStatistics``.
        version: Version text of the engine, ``v2.5.0.0``.
        start_time: Wall clock at launch, seconds since the epoch.
    """

    algorithm_id: str
    name: str
    results_folder: str
    data_folder: str
    parameters: Mapping[str, str]
    hostname: str
    version: str
    start_time: float
