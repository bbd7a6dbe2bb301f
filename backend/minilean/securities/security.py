"""A security: its last data, its market, its models and what is held of it."""

# ruff: noqa: PLR0917 - a security has that many models

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from minilean import times
from minilean.data.bars import BaseData, QuoteBar, Split, TradeBar
from minilean.enums import SecurityType
from minilean.fees.fee_model import FeeModel, InteractiveBrokersFeeModel, OrderFeeParameters
from minilean.orders.order import MarketOrder, Order
from minilean.securities.buying_power import SecurityMarginModel
from minilean.securities.exchange_hours import SecurityExchangeHours
from minilean.securities.holding import SecurityHolding
from minilean.securities.market_hours_database import SymbolProperties
from minilean.securities.symbol import Symbol
from minilean.surface import NotSupportedError, Surface, as_float, decimal_argument
from minilean.time_keeper import TimeKeeper

if TYPE_CHECKING:
    from minilean.data.subscription_data_config import SubscriptionDataConfig

ZERO = Decimal(0)


class ExchangeHoursView(Surface):
    """Opening hours as strategies ask for them: naive datetimes of the exchange's zone."""

    __slots__ = ("_hours",)

    def __init__(self, hours: SecurityExchangeHours) -> None:
        self._hours = hours

    @property
    def time_zone(self) -> str:
        """Name of the exchange's zone."""
        return self._hours.time_zone.name

    @property
    def is_market_always_open(self) -> bool:
        """Whether the exchange never closes."""
        return self._hours.is_always_open

    @property
    def regular_market_duration(self) -> timedelta:
        """Most frequent length of a trading day."""
        return timedelta(microseconds=self._hours.regular_duration)

    def is_open(self, moment: datetime, *rest: Any) -> bool:  # noqa: ANN401 - LEAN's overloads
        """Tell whether the exchange is open at a time, or in any part of a span; the last argument is the extension."""
        start = times.from_datetime(moment)
        if len(rest) == 2:
            return self._hours.is_open_during(start, times.from_datetime(rest[0]), extended=bool(rest[1]))
        return self._hours.is_open(start, extended=bool(rest[0]) if rest else False)

    def is_date_open(self, moment: datetime, extended: bool = False) -> bool:  # noqa: FBT001, FBT002 - LEAN's
        """Tell whether the exchange trades on a date."""
        return self._hours.is_date_open(times.from_datetime(moment), extended=extended)

    def get_next_market_open(self, moment: datetime, extended: bool = False) -> datetime:  # noqa: FBT001, FBT002
        """Return the next opening."""
        return times.to_datetime(self._hours.next_market_open(times.from_datetime(moment), extended=extended))

    def get_next_market_close(self, moment: datetime, extended: bool = False) -> datetime:  # noqa: FBT001, FBT002
        """Return the next closing."""
        return times.to_datetime(self._hours.next_market_close(times.from_datetime(moment), extended=extended))

    def get_next_trading_day(self, moment: datetime) -> datetime:
        """Return the next date on which the exchange trades."""
        day = times.midnight(times.from_datetime(moment)) + times.DAY
        return times.to_datetime(next(iter(self._hours.tradable_days(day, day + 30 * times.DAY))))


class SecurityExchange(Surface):
    """The exchange of a security at the current time."""

    __slots__ = ("_clock", "hours", "market_hours")

    def __init__(self, hours: SecurityExchangeHours, clock: TimeKeeper) -> None:
        self.market_hours = hours
        self.hours = ExchangeHoursView(hours)
        self._clock = clock

    @property
    def local_now(self) -> int:
        """Wall clock of the exchange."""
        return self.market_hours.time_zone.to_local(self._clock.utc)

    @property
    def exchange_open(self) -> bool:
        """Whether regular trading goes on."""
        return self.market_hours.is_open(self.local_now, extended=False)

    @property
    def local_time(self) -> datetime:
        """Wall clock of the exchange as a naive datetime."""
        return times.to_datetime(self.local_now)

    @property
    def time_zone(self) -> str:
        """Name of the exchange's zone."""
        return self.market_hours.time_zone.name

    def date_is_open(self, moment: datetime) -> bool:
        """Tell whether the exchange trades on a date."""
        return self.market_hours.is_date_open(times.from_datetime(moment))

    def date_time_is_open(self, moment: datetime) -> bool:
        """Tell whether regular trading goes on at a local time."""
        return self.market_hours.is_open(times.from_datetime(moment), extended=False)

    def is_open_during_bar(self, start: datetime, end: datetime, extended: bool) -> bool:  # noqa: FBT001 - LEAN's
        """Tell whether the exchange is open in a part of a span."""
        return self.market_hours.is_open_during(times.from_datetime(start), times.from_datetime(end), extended=extended)


class SecurityCache:
    """Last data of a security; filled-forward bars never change it."""

    __slots__ = ("ask_price_", "bid_price_", "last_data", "price_", "quote_bar", "trade_bar")

    def __init__(self) -> None:
        self.price_ = ZERO
        self.bid_price_ = ZERO
        self.ask_price_ = ZERO
        self.trade_bar: TradeBar | None = None
        self.quote_bar: QuoteBar | None = None
        self.last_data: TradeBar | None = None

    def store(self, data: BaseData) -> None:
        """Take a new bar."""
        if isinstance(data, TradeBar):
            self.trade_bar = self.last_data = data
            if data.close_:
                self.price_ = data.close_
        elif isinstance(data, QuoteBar):
            self.quote_bar = data
            if data.bid is not None and data.bid.close_:
                self.bid_price_ = data.bid.close_
            if data.ask is not None and data.ask.close_:
                self.ask_price_ = data.ask.close_

    def apply_split(self, split: Split) -> None:
        """Divide the cached prices of a raw security by a split."""
        factor = split.split_factor_
        self.price_ *= factor
        self.bid_price_ *= factor
        self.ask_price_ *= factor
        if self.trade_bar is not None:
            self.trade_bar = self.last_data = _split_bar(self.trade_bar, factor)


def _split_bar(bar: TradeBar, factor: Decimal) -> TradeBar:
    copy = bar.filled_forward(bar.time_local, bar.end_local, bar.end_utc)
    copy.is_fill_forward = bar.is_fill_forward
    copy.open_, copy.high_ = bar.open_ * factor, bar.high_ * factor
    copy.low_, copy.close_ = bar.low_ * factor, bar.close_ * factor
    copy.volume_ = bar.volume_ / factor
    return copy


class Security(Surface):
    """A US equity of the run.

    Attributes:
        configs: Feeds that the strategy asked for, in the order they were added.
        properties: Lot size and smallest price step.
        is_tradable: False once delisted or removed.
    """

    def __init__(
        self,
        symbol: Symbol,
        hours: SecurityExchangeHours,
        properties: SymbolProperties,
        clock: TimeKeeper,
        leverage: Decimal,
        fill_model: object,
        slippage_model: object,
    ) -> None:
        self.symbol = symbol
        self.properties = properties
        self.clock = clock
        self.exchange = SecurityExchange(hours, clock)
        self.cache = SecurityCache()
        self.configs: list[SubscriptionDataConfig] = []
        self.buying_power_model = SecurityMarginModel(leverage)
        self.fee_model: FeeModel = InteractiveBrokersFeeModel()
        self.fill_model: Any = fill_model
        self.slippage_model: Any = slippage_model
        self.is_tradable = True
        self.is_delisted = False
        self.has_data = False
        self.holdings = SecurityHolding(self)

    type = SecurityType.EQUITY
    price = as_float("price_")
    bid_price = as_float("bid_price_")
    ask_price = as_float("ask_price_")
    open = as_float("open_")
    high = as_float("high_")
    low = as_float("low_")
    close = as_float("close_")
    volume = as_float("volume_")
    bid_size = as_float("bid_size_")
    ask_size = as_float("ask_size_")

    @property
    def leverage(self) -> float:
        """How many times the own money may be invested."""
        return self.buying_power_model.leverage

    @property
    def local_now(self) -> int:
        """Wall clock of the exchange."""
        return self.exchange.market_hours.time_zone.to_local(self.clock.utc)

    @property
    def local_time(self) -> datetime:
        """Wall clock of the exchange as a naive datetime."""
        return times.to_datetime(self.local_now)

    @property
    def price_(self) -> Decimal:
        """Last trade price."""
        return self.cache.price_

    @property
    def bid_price_(self) -> Decimal:
        """Last bid, the last trade price without one."""
        return self.cache.bid_price_ or self.cache.price_

    @property
    def ask_price_(self) -> Decimal:
        """Last ask, the last trade price without one."""
        return self.cache.ask_price_ or self.cache.price_

    def _bar_field(self, name: str) -> Decimal:
        bar = self.cache.trade_bar
        value: Decimal = getattr(bar, name) if bar is not None else ZERO
        return value or self.cache.price_

    @property
    def open_(self) -> Decimal:
        """Open of the last bar."""
        return self._bar_field("open_")

    @property
    def high_(self) -> Decimal:
        """High of the last bar."""
        return self._bar_field("high_")

    @property
    def low_(self) -> Decimal:
        """Low of the last bar."""
        return self._bar_field("low_")

    @property
    def close_(self) -> Decimal:
        """Close of the last bar."""
        return self._bar_field("close_")

    @property
    def volume_(self) -> Decimal:
        """Volume of the last bar."""
        bar = self.cache.trade_bar
        return bar.volume_ if bar is not None else ZERO

    @property
    def bid_size_(self) -> Decimal:
        """Last size of the bid."""
        bar = self.cache.quote_bar
        return bar.last_bid_size_ if bar is not None else ZERO

    @property
    def ask_size_(self) -> Decimal:
        """Last size of the ask."""
        bar = self.cache.quote_bar
        return bar.last_ask_size_ if bar is not None else ZERO

    @property
    def leverage_(self) -> Decimal:
        """How many times the own money may be invested."""
        return self.buying_power_model.leverage_

    @property
    def invested(self) -> bool:
        """Whether a position is held."""
        return self.holdings.invested

    @property
    def hold_stock(self) -> bool:
        """LEAN's older name of `invested`."""
        return self.holdings.invested

    @property
    def subscriptions(self) -> list["SubscriptionDataConfig"]:
        """The feeds of the security."""
        return list(self.configs)

    @property
    def symbol_properties(self) -> SymbolProperties:
        """Lot size and price step."""
        return self.properties

    @property
    def only_daily(self) -> bool:
        """Whether all feeds are daily."""
        return bool(self.configs) and all(config.increment == times.DAY for config in self.configs)

    @property
    def extended_market_hours(self) -> bool:
        """Whether any feed covers pre- and post-market."""
        return any(config.extended_market_hours for config in self.configs)

    def get_last_data(self) -> BaseData | None:
        """Return the last trade bar."""
        return self.cache.last_data

    def update(self, data: BaseData) -> None:
        """Take a bar of a feed."""
        if not data.is_fill_forward:
            self.cache.store(data)
            self.has_data = True

    def order_fee(self, order: Order) -> Decimal:
        """Return the fee of an order at the current price."""
        fee = self.fee_model.get_order_fee(OrderFeeParameters(self, order))
        return fee.value.amount_

    def market_order_fee(self, quantity: Decimal) -> Decimal:
        """Return the fee of a market order of a quantity."""
        return self.order_fee(MarketOrder(self.symbol, quantity, self.clock.utc))

    def set_leverage(self, leverage: object) -> None:
        """Set the leverage."""
        self.buying_power_model.set_leverage_(decimal_argument(leverage, "SetLeverage"))

    def set_fee_model(self, model: FeeModel) -> None:
        """Replace the fee model."""
        self.fee_model = model

    def set_fill_model(self, model: object) -> None:
        """Replace the fill model."""
        self.fill_model = model

    def set_slippage_model(self, model: object) -> None:
        """Replace the slippage model."""
        self.slippage_model = model

    def set_buying_power_model(self, model: object) -> None:
        """Replace the buying power model by another margin model."""
        if not isinstance(model, SecurityMarginModel):
            raise NotSupportedError("set_buying_power_model")
        self.buying_power_model = model

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - the strategy's side is dynamic
        if name in REFUSED:
            raise NotSupportedError(name)
        return super().__getattr__(name)

    def __str__(self) -> str:
        return str(self.symbol)


REFUSED = frozenset({
    "data_filter", "fundamentals", "margin_interest_rate_model", "margin_model", "session", "set_data_filter",
    "set_data_normalization_mode", "set_margin_interest_rate_model", "set_margin_model", "set_settlement_model",
    "set_shortable_provider", "set_volatility_model", "settlement_model", "shortable_provider", "volatility_model",
})  # fmt: skip
"""Members of LEAN's ``Security`` that this engine does not have."""

SecurityInitializer = Callable[[Security], None]
