"""LEAN's enumerations, with LEAN's numbers; members answer to UPPER_SNAKE and to LEAN's PascalCase."""

import enum
from typing import Any

from minilean.surface import NotSupportedError, snake_case


class _LeanEnumType(enum.EnumType):
    def __getattr__(cls, name: str) -> Any:  # noqa: ANN401 - members of any enumeration
        members = cls.__dict__.get("_member_map_", {})
        member = members.get(snake_case(name).upper()) if name[:1].isupper() else None
        if member is None and name[:1].isupper():
            raise NotSupportedError(f"{cls.__name__}.{name}")
        if member is None:
            raise AttributeError(f"type object '{cls.__name__}' has no attribute '{name}'")
        return member


class LeanEnum(enum.IntEnum, metaclass=_LeanEnumType):
    """An enumeration as pythonnet shows it: a number that prints as its name."""

    def __str__(self) -> str:
        return self.name

    def __format__(self, spec: str) -> str:
        return format(self.name, spec)

    @property
    def label(self) -> str:
        """The name as .NET prints it, e.g. ``MarketOnOpen``."""
        return "".join(part.capitalize() for part in self.name.split("_"))


class Resolution(LeanEnum):
    """Length of a bar."""

    TICK = 0
    SECOND = 1
    MINUTE = 2
    HOUR = 3
    DAILY = 4


class SecurityType(LeanEnum):
    """Kind of an asset."""

    BASE = 0
    EQUITY = 1
    OPTION = 2
    COMMODITY = 3
    FOREX = 4
    FUTURE = 5
    CFD = 6
    CRYPTO = 7
    FUTURE_OPTION = 8
    INDEX = 9
    INDEX_OPTION = 10
    CRYPTO_FUTURE = 11


class TickType(LeanEnum):
    """What a feed reports."""

    TRADE = 0
    QUOTE = 1
    OPEN_INTEREST = 2


class DataNormalizationMode(LeanEnum):
    """How prices are adjusted for splits and dividends."""

    RAW = 0
    ADJUSTED = 1
    SPLIT_ADJUSTED = 2
    TOTAL_RETURN = 3


class RenkoType(LeanEnum):
    """Kind of Renko bars."""

    CLASSIC = 0
    WICKED = 1


class BarDirection(LeanEnum):
    """Where a price bar went."""

    RISING = 0
    NO_DELTA = 1
    FALLING = 2


class MarketDataType(LeanEnum):
    """Kind of a data point."""

    BASE = 0
    TRADE_BAR = 1
    TICK = 2
    AUXILIARY = 3
    QUOTE_BAR = 4


class SplitType(LeanEnum):
    """Whether a split is announced or takes effect."""

    WARNING = 0
    SPLIT_OCCURRED = 1


class DelistingType(LeanEnum):
    """Whether a delisting is announced or has happened."""

    WARNING = 0
    DELISTED = 1


class OrderType(LeanEnum):
    """Kind of an order."""

    MARKET = 0
    LIMIT = 1
    STOP_MARKET = 2
    STOP_LIMIT = 3
    MARKET_ON_OPEN = 4
    MARKET_ON_CLOSE = 5
    OPTION_EXERCISE = 6
    LIMIT_IF_TOUCHED = 7
    COMBO_MARKET = 8
    COMBO_LIMIT = 9
    COMBO_LEG_LIMIT = 10
    TRAILING_STOP = 11


class OrderStatus(LeanEnum):
    """State of an order."""

    NEW = 0
    SUBMITTED = 1
    PARTIALLY_FILLED = 2
    FILLED = 3
    CANCELED = 5
    NONE = 6
    INVALID = 7
    CANCEL_PENDING = 8
    UPDATE_SUBMITTED = 9

    @property
    def is_closed(self) -> bool:
        """Whether the order is done for good."""
        return self in _CLOSED

    @property
    def is_fill(self) -> bool:
        """Whether the state reports an execution."""
        return self in {OrderStatus.FILLED, OrderStatus.PARTIALLY_FILLED}


_CLOSED = frozenset({OrderStatus.FILLED, OrderStatus.CANCELED, OrderStatus.INVALID})


class OrderDirection(LeanEnum):
    """Side of an order."""

    BUY = 0
    SELL = 1
    HOLD = 2


class OrderRequestStatus(LeanEnum):
    """State of a request."""

    UNPROCESSED = 0
    PROCESSING = 1
    PROCESSED = 2
    ERROR = 3


class OrderRequestType(LeanEnum):
    """Kind of a request."""

    SUBMIT = 0
    UPDATE = 1
    CANCEL = 2


class OrderField(LeanEnum):
    """Fields of an order that `OrderTicket.get` reads."""

    LIMIT_PRICE = 0
    STOP_PRICE = 1
    TRIGGER_PRICE = 2
    TRAILING_AMOUNT = 3
    TRAILING_AS_PERCENTAGE = 4


class OrderResponseErrorCode(LeanEnum):
    """Why a request was refused."""

    NONE = 0
    PROCESSING_ERROR = -1
    ORDER_ALREADY_EXISTS = -2
    INSUFFICIENT_BUYING_POWER = -3
    BROKERAGE_MODEL_REFUSED_TO_SUBMIT_ORDER = -4
    BROKERAGE_FAILED_TO_SUBMIT_ORDER = -5
    BROKERAGE_FAILED_TO_UPDATE_ORDER = -6
    BROKERAGE_HANDLER_REFUSED_TO_UPDATE_ORDER = -7
    BROKERAGE_FAILED_TO_CANCEL_ORDER = -8
    INVALID_ORDER_STATUS = -9
    UNABLE_TO_FIND_ORDER = -10
    ORDER_QUANTITY_ZERO = -11
    UNSUPPORTED_REQUEST_TYPE = -12
    PREORDER_CHECKS_ERROR = -13
    MISSING_SECURITY = -14
    EXCHANGE_NOT_OPEN = -15
    SECURITY_PRICE_ZERO = -16
    FOREX_BASE_AND_QUOTE_CURRENCIES_REQUIRED = -17
    FOREX_CONVERSION_RATE_ZERO = -18
    SECURITY_HAS_NO_DATA = -19
    EXCEEDED_MAXIMUM_ORDERS = -20
    MARKET_ON_CLOSE_ORDER_TOO_LATE = -21
    INVALID_REQUEST = -22
    REQUEST_CANCELED = -23
    ALGORITHM_WARMING_UP = -24
    BROKERAGE_MODEL_REFUSED_TO_UPDATE_ORDER = -25
    QUOTE_CURRENCY_REQUIRED = -26
    CONVERSION_RATE_ZERO = -27
    NON_TRADABLE_SECURITY = -28
    NON_EXERCISABLE_SECURITY = -29
    ORDER_QUANTITY_LESS_THAN_LOT_SIZE = -30
    EXCEEDS_SHORTABLE_QUANTITY = -31
    INVALID_NEW_ORDER_STATUS = -32
    EUROPEAN_OPTION_NOT_EXPIRED_ON_EXERCISE = -33
    OPTION_ORDER_ON_STOCK_SPLIT = -34
    MARKET_ON_OPEN_NOT_ALLOWED_DURING_REGULAR_HOURS = -35


class AccountType(LeanEnum):
    """How an account is financed."""

    MARGIN = 0
    CASH = 1


class BrokerageName(LeanEnum):
    """Brokerages that LEAN has models of and this engine knows by name."""

    DEFAULT = 0
    QUANT_CONNECT_BROKERAGE = 0
    INTERACTIVE_BROKERS_BROKERAGE = 1
    TRADIER_BROKERAGE = 2
    OANDA_BROKERAGE = 3
    FXCM_BROKERAGE = 4
    BITFINEX = 5
    BINANCE = 6
    GDAX = 12
    ALPACA = 13
    ALPHA_STREAMS = 14
    ZERODHA = 15
    SAMCO = 16
    ATREYU = 17
    TRADING_TECHNOLOGIES = 18
    KRAKEN = 19
    FTX = 20
    FTXUS = 21
    EXANTE = 22
    BINANCE_US = 23
    WOLVERINE = 24
    TD_AMERITRADE = 25
    BINANCE_FUTURES = 26
    BINANCE_COIN_FUTURES = 27
    RBI = 28
    BYBIT = 29
    EZE = 30
    AXOS = 31
    COINBASE = 32
    TRADE_STATION = 33
    TERMINAL_LINK = 34
    CHARLES_SCHWAB = 35
    TASTYTRADE = 36
    INTERACTIVE_BROKERS_FIX = 37
    DYDX = 38
    WEBULL = 39
    PUBLIC = 40
    BLOOMBERG_FIX = 41


class MovingAverageType(LeanEnum):
    """Averages that composite indicators can be built on."""

    SIMPLE = 0
    EXPONENTIAL = 1
    WILDERS = 2
    LINEAR_WEIGHTED_MOVING_AVERAGE = 3
    DOUBLE_EXPONENTIAL = 4
    TRIPLE_EXPONENTIAL = 5
    TRIANGULAR = 6
    T3 = 7
    KAMA = 8
    HULL = 9
    ALMA = 10
    ZLEMA = 11
    MGD = 12


class SeriesType(LeanEnum):
    """How a chart series is drawn."""

    LINE = 0
    SCATTER = 1
    CANDLE = 2
    BAR = 3
    FLAG = 4
    STACKED_AREA = 5
    PIE = 6
    TREEMAP = 7
    HEATMAP = 9
    SCATTER_3D = 10


class ScatterMarkerSymbol(LeanEnum):
    """Marker of a scatter series."""

    NONE = 0
    CIRCLE = 1
    SQUARE = 2
    DIAMOND = 3
    TRIANGLE = 4
    TRIANGLE_DOWN = 5


class DayOfWeek(LeanEnum):
    """Days as .NET counts them."""

    SUNDAY = 0
    MONDAY = 1
    TUESDAY = 2
    WEDNESDAY = 3
    THURSDAY = 4
    FRIDAY = 5
    SATURDAY = 6


class AlgorithmStatus(LeanEnum):
    """State of a run."""

    DEPLOY_ERROR = 0
    IN_QUEUE = 1
    RUNNING = 2
    STOPPED = 3
    LIQUIDATED = 4
    DELETED = 5
    COMPLETED = 6
    RUNTIME_ERROR = 7
    INVALID = 8
    LOGGING_IN = 9
    INITIALIZING = 10
    HISTORY = 11
    QUIT = 12


class FillGroupingMethod(LeanEnum):
    """Which fills make one trade."""

    FILL_TO_FILL = 0
    FLAT_TO_FLAT = 1
    FLAT_TO_REDUCED = 2


class FillMatchingMethod(LeanEnum):
    """Which entries a closing fill is matched with first."""

    FIFO = 0
    LIFO = 1


class TradeDirection(LeanEnum):
    """Direction of a trade."""

    LONG = 0
    SHORT = 1
