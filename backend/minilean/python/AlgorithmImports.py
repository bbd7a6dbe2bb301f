"""What strategies import: ``from AlgorithmImports import *``."""

# ruff: noqa: F401, F403, INP001 - the names are for the strategies that star-import this module

import json
import math
from collections import *
from datetime import date, datetime, time, timedelta
from enum import Enum
from typing import *
from typing import TYPE_CHECKING

from minilean.algorithm.benchmark import FuncBenchmark
from minilean.algorithm.custom_data import Globals
from minilean.algorithm.qc_algorithm import QCAlgorithm
from minilean.algorithm.trade_building import TradeBuilder
from minilean.algorithm.universe_names import *
from minilean.brokerages.crypto import (
    BinanceBrokerageModel,
    BinanceUSBrokerageModel,
    BitfinexBrokerageModel,
    BybitBrokerageModel,
    CoinbaseBrokerageModel,
    GDAXBrokerageModel,
    KrakenBrokerageModel,
)
from minilean.brokerages.default import DefaultBrokerageModel
from minilean.brokerages.forex import FxcmBrokerageModel, OandaBrokerageModel
from minilean.brokerages.initializer import (
    BrokerageModelSecurityInitializer,
    CompositeSecurityInitializer,
    FuncSecurityInitializer,
    FuncSecuritySeeder,
    SecuritySeeder,
)
from minilean.brokerages.interactive_brokers import InteractiveBrokersBrokerageModel
from minilean.brokerages.message import BrokerageMessageEvent, BrokerageMessageType
from minilean.circular_queue import CircularQueue
from minilean.consolidators.base import DataConsolidator, IdentityDataConsolidator
from minilean.consolidators.calendar import Calendar, CalendarInfo
from minilean.consolidators.dynamic import DynamicDataConsolidator
from minilean.consolidators.period import QuoteBarConsolidator, TradeBarConsolidator
from minilean.consolidators.python_consolidator import PythonConsolidator
from minilean.consolidators.renko import (
    RenkoConsolidator,
    SequentialConsolidator,
    VolumeRenkoConsolidator,
    WickedRenkoConsolidator,
)
from minilean.consolidators.timeless import ClassicRangeConsolidator, ClassicRenkoConsolidator, RangeConsolidator
from minilean.constants import Color, Currencies, Market, TimeZones
from minilean.data.auxiliary_data import Delisting, Dividend, Split, SymbolChangedEvent
from minilean.data.bars import Bar, BaseData, QuoteBar, TradeBar
from minilean.data.custom import (
    DynamicData,
    FileFormat,
    PythonData,
    SubscriptionDataSource,
    SubscriptionTransportMedium,
)
from minilean.data.renko_bars import RangeBar, RenkoBar, VolumeRenkoBar
from minilean.data.slice import (
    DataDictionary,
    Delistings,
    Dividends,
    QuoteBars,
    Slice,
    Splits,
    SymbolChangedEvents,
    TradeBars,
)
from minilean.data.subscription_data_config import SubscriptionDataConfig
from minilean.data.time_slice import SecurityChanges
from minilean.enums import *
from minilean.fees.fee_model import (
    ConstantFeeModel,
    FeeModel,
    InteractiveBrokersFeeModel,
    OrderFeeParameters,
)
from minilean.fees.pair_fees import (
    BinanceFeeModel,
    BitfinexFeeModel,
    BybitFeeModel,
    CoinbaseFeeModel,
    FxcmFeeModel,
    GDAXFeeModel,
    KrakenFeeModel,
)
from minilean.fills.equity_fill_model import EquityFillModel
from minilean.fills.fill_model import FillModel, ImmediateFillModel
from minilean.fills.parameters import Fill, FillModelParameters
from minilean.fills.slippage import ConstantSlippageModel, NullSlippageModel, VolumeShareSlippageModel
from minilean.framework.exports import *
from minilean.framework.portfolio_target import PortfolioTarget
from minilean.indicators.candlesticks.exports import *
from minilean.indicators.exports import *
from minilean.lazy_module import LazyModule
from minilean.orders.brokerage_properties import (
    BinanceOrderProperties,
    BitfinexOrderProperties,
    BybitOrderProperties,
    CoinbaseOrderProperties,
    GDAXOrderProperties,
    KrakenOrderProperties,
)
from minilean.orders.order import *
from minilean.orders.order_event import CashAmount, ModifiedFillQuantityOrderFee, OrderEvent, OrderFee
from minilean.orders.order_ticket import OrderTicket
from minilean.orders.requests import (
    CancelOrderRequest,
    OrderProperties,
    OrderRequest,
    OrderResponse,
    SubmitOrderRequest,
    UpdateOrderFields,
    UpdateOrderRequest,
)
from minilean.orders.time_in_force import (
    DayTimeInForce,
    GoodTilCanceledTimeInForce,
    GoodTilDateTimeInForce,
    TimeInForce,
)
from minilean.orders.transaction_manager import SecurityTransactionManager
from minilean.results.charts import BaseSeries, CandlestickSeries, Chart, Series
from minilean.scheduling.schedule_manager import ScheduleManager
from minilean.scheduling.scheduled_event import ScheduledEvent
from minilean.securities.buying_power import (
    ReservedBuyingPowerForPosition,
    ReservedBuyingPowerForPositionParameters,
    SecurityMarginModel,
)
from minilean.securities.cash import Cash, CashBook
from minilean.securities.cash_buying_power import CashBuyingPowerModel
from minilean.securities.exchange import SecurityExchange
from minilean.securities.holding import SecurityHolding
from minilean.securities.kinds import Crypto, Equity, Forex
from minilean.securities.margin_call import DefaultMarginCallModel, MarginCallModel
from minilean.securities.portfolio import SecurityPortfolioManager
from minilean.securities.security import Security
from minilean.securities.security_manager import SecurityManager
from minilean.securities.settlement import (
    ApplyFundsSettlementModelParameters,
    DelayedSettlementModel,
    ImmediateSettlementModel,
    ScanSettlementModelParameters,
)
from minilean.securities.symbol import SecurityIdentifier, Symbol
from minilean.universes.models import *
from minilean.universes.settings import UniverseSettings
from minilean.universes.universe import Universe

IAlgorithm = QCAlgorithm
QCAlgorithmFramework = QCAlgorithm
QCAlgorithmFrameworkBridge = QCAlgorithm

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
else:
    np = LazyModule("numpy")
    pd = LazyModule("pandas")
plt = LazyModule("matplotlib.pyplot")
