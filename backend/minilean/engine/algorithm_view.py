"""What the result handler sees of the running algorithm."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal

from minilean import times
from minilean.algorithm.context import AlgorithmContext
from minilean.engine.transaction_handler import TransactionHandler
from minilean.orders.order import Order
from minilean.orders.order_event import OrderEvent
from minilean.results.views import PortfolioTotals, SampledHolding
from minilean.securities.currencies import currency_sign

ZERO, ONE = Decimal(0), Decimal(1)


class EngineAlgorithmView:
    """Implements ``results.views.AlgorithmView`` over the parts of a run."""

    def __init__(self, context: AlgorithmContext, handler: TransactionHandler, events: Sequence[OrderEvent]) -> None:
        self._context = context
        self._handler = handler
        self._events = events

    @property
    def start_date(self) -> datetime:
        """First day."""
        return times.to_datetime(self._context.state.start_local)

    @property
    def end_date(self) -> datetime:
        """Last day."""
        return times.to_datetime(self._context.state.end_local)

    @property
    def time_zone(self) -> str:
        """Name of the algorithm's zone."""
        return self._context.state.zone.name

    @property
    def account_currency(self) -> str:
        """Currency of the account."""
        return self._context.portfolio.cash_book.account_currency

    @property
    def currency_symbol(self) -> str:
        """Sign of the currency."""
        return currency_sign(self._context.portfolio.cash_book.account_currency)

    @property
    def account_type(self) -> int:
        """0 margin, 1 cash."""
        return int(self._context.state.brokerage_model.account_type)

    @property
    def brokerage(self) -> int:
        """Number of LEAN's brokerage name."""
        return int(self._context.state.brokerage_model.brokerage)

    @property
    def trading_days_per_year(self) -> int:
        """The brokerage's unless the strategy says otherwise."""
        own = self._context.settings.trading_days_per_year
        return own or self._context.state.brokerage_model.trading_days_per_year

    @property
    def algorithm_name(self) -> str:
        """Name of the run."""
        return self._context.state.name

    @property
    def tags(self) -> Sequence[str]:
        """Tags of the run."""
        return self._context.state.tags

    @property
    def utc_time(self) -> int:
        """Clock."""
        return self._context.clock.utc

    @property
    def is_warming_up(self) -> bool:
        """Whether data before the start is replayed."""
        return self._context.state.is_warming_up

    @property
    def total_portfolio_value(self) -> Decimal:
        """Cash and holdings."""
        return self._context.portfolio.total_value_()

    def benchmark_value(self) -> Decimal:
        """Return the benchmark's value now."""
        benchmark = self._context.state.benchmark
        if benchmark is None:
            return ZERO
        return benchmark.value_at(times.to_datetime(self._context.clock.utc).replace(tzinfo=UTC))

    def quote_rate(self, sid: str) -> Decimal:
        """Return the rate of a security's quote currency in the account's."""
        if len(self._context.portfolio.cash_book) == 1:
            return ONE
        for security in self._context.securities.all_securities.values():
            if security.symbol.sid == sid:
                return security.quote_currency.rate_
        return ONE

    def holdings(self) -> Iterable[SampledHolding]:
        """Yield every security of the portfolio."""
        for security in self._context.securities.all_securities.values():
            held = security.holdings
            yield SampledHolding(
                sid=security.symbol.sid,
                ticker=security.symbol.value,
                security_type=security.type.label,
                invested=held.invested,
                holdings_value=held.value_,
                margin_used=security.buying_power_model.maintenance_margin(security) if held.quantity_ else ZERO,
                leverage=security.buying_power_model.leverage_,
                sale_volume=held.total_sale_volume_,
            )

    def totals(self) -> PortfolioTotals:
        """Return the figures of the runtime statistics."""
        portfolio = self._context.portfolio
        return PortfolioTotals(
            total_fees=portfolio.total_fees_,
            total_net_profit=portfolio.total_net_profit_,
            total_unrealized_profit=portfolio.total_unrealized_profit_,
            total_holdings_value=portfolio.total_holdings_value_,
            total_sale_volume=portfolio.total_sale_volume_,
        )

    def orders(self) -> Sequence[Order]:
        """Return all orders by id."""
        return [self._handler.orders[key] for key in sorted(self._handler.orders)]

    def order_events(self) -> Sequence[OrderEvent]:
        """Return all order events."""
        return self._events

    def transaction_record(self) -> Mapping[int, Decimal]:
        """Return the results of closing fills."""
        return self._context.portfolio.transaction_record

    def insight_count(self) -> int:
        """Return how many insights were made."""
        insights = self._context.insights
        return 0 if insights is None else insights.total_count
