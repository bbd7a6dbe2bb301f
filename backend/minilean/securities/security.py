"""A security: its last data, its market, its models and what is held of it."""

# ruff: noqa: PLR0917 - what a security is made of

from datetime import datetime
from decimal import Decimal
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from minilean import times
from minilean.data.bars import BaseData
from minilean.enums import DataNormalizationMode, Resolution, SecurityType
from minilean.fees.fee_model import InteractiveBrokersFeeModel, OrderFeeParameters
from minilean.fills.equity_fill_model import EquityFillModel
from minilean.fills.slippage import NullSlippageModel
from minilean.orders.order import MarketOrder, Order
from minilean.orders.order_event import OrderFee
from minilean.securities.buying_power import SecurityMarginModel
from minilean.securities.cache import PairCache, SecurityCache
from minilean.securities.cash import CashBook
from minilean.securities.exchange import SecurityExchange
from minilean.securities.exchange_hours import SecurityExchangeHours
from minilean.securities.holding import SecurityHolding
from minilean.securities.settlement import ImmediateSettlementModel, settlement_model
from minilean.securities.symbol import Symbol
from minilean.securities.symbol_properties import SymbolProperties
from minilean.spellings import refusing
from minilean.surface import NotSupportedError, Surface, as_float, decimal_argument, model_method, no_method_matches
from minilean.time_keeper import TimeKeeper

if TYPE_CHECKING:
    from minilean.data.subscription_data_config import SubscriptionDataConfig

ZERO = Decimal(0)
_EQUITY_LEVERAGE = 2
_SUBPENNY = Decimal("0.0001")


REFUSED = frozenset({
    "data_filter", "fundamentals", "margin_interest_rate_model", "margin_model", "session", "set_data_filter",
    "set_margin_interest_rate_model", "set_margin_model",
    "set_shortable_provider", "set_volatility_model", "shortable_provider", "volatility_model",
})  # fmt: skip
"""Members of LEAN's ``Security`` that this engine does not have."""


@refusing(REFUSED)
class Security(Surface):
    """An asset of the run: a US equity, or a pair of currencies.

    Attributes:
        configs: Feeds that the strategy asked for, in the order they were added.
        quote_currency: Cash in the currency that prices are in.
        base_currency: Cash in the currency that is traded; None for equities.
        converts: Whether the quote currency is another than the account's.
        properties: Lot size and smallest price step.
        is_tradable: False once delisted or removed.
        is_initialized: Whether it was prepared for trading by the security initializer.
        rounds_prices: Whether order prices are rounded to the market's step; it is so when the security was added
            with raw prices, and stays so whatever they become.
    """

    def __init__(
        self,
        symbol: Symbol,
        hours: SecurityExchangeHours,
        properties: SymbolProperties,
        clock: TimeKeeper,
        cash_book: CashBook | None = None,
        base_currency: str | None = None,
    ) -> None:
        """Take the parts; without a cash book the security belongs to no account."""
        self.symbol = symbol
        self.type = symbol.security_type
        self.properties = properties
        self.clock = clock
        self.exchange = SecurityExchange(hours, clock)
        self.cache = SecurityCache() if base_currency is None else PairCache()
        self._cash_book = CashBook(_unchanged) if cash_book is None else cash_book
        self.quote_currency = self._cash_book.ensure(properties.quote_currency)
        self.base_currency = None if base_currency is None else self._cash_book.ensure(base_currency)
        self.converts = properties.quote_currency != self._cash_book.account_currency
        self.configs: list[SubscriptionDataConfig] = []
        self.buying_power_model = SecurityMarginModel(_EQUITY_LEVERAGE)
        self.fee_model: Any = InteractiveBrokersFeeModel()
        self.fill_model: Any = EquityFillModel()
        self.slippage_model: Any = NullSlippageModel()
        self.settlement_model: Any = ImmediateSettlementModel()
        self.is_tradable = symbol.security_type is not SecurityType.INDEX
        self.is_initialized = False
        self.is_delisted = False
        self.has_data = False
        self.rounds_prices = False
        self.holdings = SecurityHolding(self)

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

    price_: Decimal = property(attrgetter("cache.price_"), doc="Last trade price.")  # type: ignore[assignment]

    @property
    def bid_price_(self) -> Decimal:
        """Last bid, the last trade price without one."""
        return self.cache.bid_price_ or self.cache.price_

    @property
    def ask_price_(self) -> Decimal:
        """Last ask, the last trade price without one."""
        return self.cache.ask_price_ or self.cache.price_

    def _bar_field(self, name: str) -> Decimal:
        return self.cache.field(name) or self.cache.price_

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
        return self.cache.volume_

    @property
    def bid_size_(self) -> Decimal:
        """Last size of the bid."""
        return self.cache.bid_size_

    @property
    def ask_size_(self) -> Decimal:
        """Last size of the ask."""
        return self.cache.ask_size_

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
    def resolution(self) -> Resolution:
        """The finest resolution of the feeds, minutes when there are none."""
        return min((config.resolution for config in self.configs), default=Resolution.MINUTE)

    @property
    def is_fill_data_forward(self) -> bool:
        """Whether any feed fills gaps with the last bar."""
        return any(config.fill_forward for config in self.configs)

    @property
    def is_extended_market_hours(self) -> bool:
        """Whether any feed covers pre- and post-market."""
        return self.extended_market_hours

    @property
    def open_interest(self) -> int:
        """Open interest, which equities and pairs have not."""
        return 0

    @property
    def only_daily(self) -> bool:
        """Whether all feeds are daily."""
        return bool(self.configs) and all(config.increment == times.DAY for config in self.configs)

    @property
    def extended_market_hours(self) -> bool:
        """Whether any feed covers pre- and post-market."""
        return any(config.extended_market_hours for config in self.configs)

    @property
    def data_normalization_mode(self) -> DataNormalizationMode:
        """How prices are adjusted for splits and dividends."""
        return self.configs[0].normalization if self.configs else DataNormalizationMode.ADJUSTED

    def set_data_normalization_mode(self, mode: DataNormalizationMode) -> None:
        """Change how the prices of all feeds are adjusted.

        Raises:
            TypeError: Not a mode.
        """
        if not isinstance(mode, DataNormalizationMode):
            raise no_method_matches("SetDataNormalizationMode", mode)
        for config in self.configs:
            config.normalization = mode

    def price_step(self, price: Decimal) -> Decimal:
        """Return the step of order prices near a price, zero where they are not rounded."""
        if not self.rounds_prices:
            return ZERO
        sub_penny = price < 1 and self.type is SecurityType.EQUITY
        return _SUBPENNY if sub_penny else self.properties.minimum_price_variation_

    @property
    def is_internal(self) -> bool:
        """Whether no feed is the strategy's own."""
        return all(config.is_internal for config in self.configs)

    def get_last_data(self) -> BaseData | None:
        """Return the last trade bar."""
        return self.cache.last_data

    def update(self, data: BaseData) -> None:
        """Take a bar of a feed."""
        if not data.is_fill_forward:
            self.cache.store(data)
            self.has_data = True

    def seed(self, data: BaseData) -> None:
        """Take a first price from before the feed starts."""
        self.cache.store(data)
        self.has_data = True

    def reset(self) -> None:
        """Take the security out of trading; when it joins again, it is prepared anew."""
        self.is_initialized = False
        self.is_tradable = False

    def forget_data(self) -> None:
        """Drop all data: the feeds have ended."""
        self.cache = type(self.cache)()
        self.has_data = False

    def set_market_price(self, data: BaseData | None) -> None:
        """Take a price from the strategy, such as the last known one; none is ignored."""
        if data is not None:
            self.seed(data)

    def fee_of(self, order: Order) -> OrderFee:
        """Return the fee of an order at the current price, by a model that may be the strategy's own."""
        fee: OrderFee = model_method(self.fee_model, "get_order_fee")(OrderFeeParameters(self, order))
        return fee

    def order_fee(self, order: Order) -> Decimal:
        """Return the fee of an order at the current price, in account currency."""
        fee = self.fee_of(order).value
        return self._cash_book.in_account_currency(fee.amount_, fee.currency)

    def market_order_fee(self, quantity: Decimal) -> Decimal:
        """Return the fee of a market order of a quantity."""
        return self.order_fee(MarketOrder(self.symbol, quantity, self.clock.utc))

    def set_leverage(self, leverage: object) -> None:
        """Set the leverage."""
        self.buying_power_model.set_leverage_(decimal_argument(leverage, "SetLeverage"))

    def set_fee_model(self, model: object) -> None:
        """Replace the fee model."""
        self.fee_model = model

    def set_fill_model(self, model: object) -> None:
        """Replace the fill model."""
        self.fill_model = model

    def set_slippage_model(self, model: object) -> None:
        """Replace the slippage model."""
        self.slippage_model = model

    def set_settlement_model(self, model: object) -> None:
        """Replace the settlement model."""
        self.settlement_model = settlement_model(model)

    def set_buying_power_model(self, model: object) -> None:
        """Replace the buying power model by another of LEAN's."""
        if not isinstance(model, SecurityMarginModel):
            raise NotSupportedError("set_buying_power_model")
        self.buying_power_model = model

    def add(self, key: str, value: object) -> None:
        """Keep a value of the strategy's own under a name; it is an attribute from then on."""
        setattr(self, key, value)

    def set(self, key: str, value: object) -> None:
        """Keep a value of the strategy's own under a name."""
        setattr(self, key, value)

    @property
    def get(self) -> "OwnValues":
        """The strategy's own values: ``get("name")``, or ``get[type]("name")``."""
        return OwnValues(self)

    def __getitem__(self, key: str) -> Any:  # noqa: ANN401 - the strategy's own value
        return OwnValues(self)(key)

    def __setitem__(self, key: str, value: object) -> None:
        setattr(self, key, value)

    def remove(self, key: str) -> bool:
        """Drop a value of the strategy's own; tell whether it was there."""
        return self.__dict__.pop(key, self) is not self

    def __str__(self) -> str:
        return str(self.symbol)


class OwnValues(Surface):
    """Looks up values that a strategy keeps with a security."""

    __slots__ = ("_security",)

    def __init__(self, security: Security) -> None:
        self._security = security

    def __getitem__(self, _kind: object) -> "OwnValues":
        return self

    def __call__(self, key: str) -> Any:  # noqa: ANN401 - the strategy's own value
        """Return a value.

        Raises:
            KeyError: There is none of that name.
        """
        if key not in self._security.__dict__:
            raise KeyError(key)
        return self._security.__dict__[key]


def _unchanged() -> None:
    """Take no notice of a change."""
