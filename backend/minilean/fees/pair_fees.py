"""Fees of brokerages for currency pairs and crypto currencies, first tier of their schedules."""

from decimal import Decimal
from typing import TYPE_CHECKING

from minilean import times
from minilean.enums import OrderType, SecurityType
from minilean.fees.fee_model import FeeModel, OrderFeeParameters
from minilean.orders.order import LimitOrder, Order
from minilean.orders.order_event import CashAmount, OrderFee
from minilean.surface import decimal_argument

if TYPE_CHECKING:
    from minilean.securities.security import Security

_THOUSAND = Decimal(1000)
_FXCM_MAJORS = frozenset({"EURUSD", "GBPUSD", "USDJPY", "USDCHF", "AUDUSD", "EURJPY", "GBPJPY"})
_FXCM_MAJOR_RATE, _FXCM_RATE = Decimal("0.04"), Decimal("0.06")
_COINBASE_STABLE_PAIRS = frozenset({
    "DAIUSDC", "DAIUSD", "GYENUSD", "PAXUSD", "PAXUSDT", "MUSDUSD", "USDCEUR", "USDCGBP", "USDTEUR", "USDTGBP",
    "USDTUSD", "USDTUSDC", "USTEUR", "USTUSD", "USTUSDT", "WBTCBTC",
})  # fmt: skip
_COINBASE_STABLE_CHANGE = times.parse_date("20220601")
_COINBASE_FIRST_CHANGE = times.parse_date("20190323") + times.HOUR + 30 * times.MINUTE
_COINBASE_SECOND_CHANGE = times.parse_date("20191008") + 30 * times.MINUTE
_KRAKEN_STABLE = ("CAD", "EUR", "GBP", "JPY", "USD", "USDT", "DAI", "USDC")
_KRAKEN_MAKER, _KRAKEN_TAKER, _KRAKEN_STABLE_SHARE = Decimal("0.0016"), Decimal("0.0026"), Decimal("0.002")
_FREE = Decimal(0)


def _is_maker(order: Order) -> bool:
    """Tell whether an order was posted to the book rather than executed at once; a hidden one never was."""
    if order.type is not OrderType.LIMIT or _asks(order, "hidden"):
        return False
    return _asks(order, "post_only") or not order.is_marketable


def _asks(order: Order, name: str) -> bool:
    """Tell whether the properties of an order ask for something that only some brokerages have."""
    return getattr(order.properties, name, False) is True


class FxcmFeeModel(FeeModel):
    """Four cents a thousand units for the major pairs, six for others."""

    def __init__(self, currency: str = "USD") -> None:
        super().__init__()
        self.currency_ = currency

    def get_order_fee(self, parameters: OrderFeeParameters) -> OrderFee:
        """Return the commission of forex orders; nothing for other assets."""
        security, fee = parameters.security, _FREE
        if security.type is SecurityType.FOREX:
            major = security.symbol.market == "fxcm" and security.symbol.value in _FXCM_MAJORS
            rate = _FXCM_MAJOR_RATE if major else _FXCM_RATE
            fee = abs(rate * abs(parameters.order.quantity_) / _THOUSAND)
        return OrderFee(CashAmount(fee, self.currency_))


class CoinbaseFeeModel(FeeModel):
    """A share of the order's value in the quote currency, by the schedule of the order's date."""

    def __init__(self, maker_fee: object = Decimal("0.006"), taker_fee: object = Decimal("0.008")) -> None:
        super().__init__()
        self.maker_ = decimal_argument(maker_fee, "CoinbaseFeeModel")
        self.taker_ = decimal_argument(taker_fee, "CoinbaseFeeModel")

    def get_order_fee(self, parameters: OrderFeeParameters) -> OrderFee:
        """Return the fee at the price of the other side of the market."""
        order, security = parameters.order, parameters.security
        stable = security.symbol.value in _COINBASE_STABLE_PAIRS
        share = self.share_(order.time_utc, maker=_is_maker(order), stable=stable)
        price = security.ask_price_ if order.quantity_ > 0 else security.bid_price_
        fee = price * abs(order.quantity_) * share
        return OrderFee(CashAmount(fee, security.quote_currency.symbol))

    def share_(self, utc: int, *, maker: bool, stable: bool) -> Decimal:
        """Return the fee's share of the traded value at a time."""
        if stable and utc < _COINBASE_STABLE_CHANGE:
            return _FREE if maker else Decimal("0.001")
        if stable:
            return _FREE if maker else Decimal("0.00001")
        if utc < _COINBASE_FIRST_CHANGE:
            return _FREE if maker else Decimal("0.003")
        if utc < _COINBASE_SECOND_CHANGE:
            return Decimal("0.0015") if maker else Decimal("0.0025")
        return self.maker_ if maker else self.taker_


class GDAXFeeModel(CoinbaseFeeModel):
    """LEAN's older name of Coinbase's."""


class _ReceivedCurrencyFeeModel(FeeModel):
    """A share of what is received: of the bought quantity, or of the proceeds of a sale."""

    def __init__(self, maker_fee: Decimal, taker_fee: Decimal) -> None:
        super().__init__()
        self.maker_, self.taker_ = maker_fee, taker_fee

    def get_order_fee(self, parameters: OrderFeeParameters) -> OrderFee:
        """Return the fee in the base currency for buys, in the quote currency for sales."""
        order, security = parameters.order, parameters.security
        share = self.maker_ if _is_maker(order) else self.taker_
        if order.quantity_ > 0 and security.base_currency is not None:
            return OrderFee(CashAmount(abs(order.quantity_) * share, security.base_currency.symbol))
        price = order.limit_price_ if isinstance(order, LimitOrder) else _other_side(security, order)
        return OrderFee(CashAmount(price * abs(order.quantity_) * share, security.quote_currency.symbol))


def _other_side(security: "Security", order: Order) -> Decimal:
    return security.ask_price_ if order.quantity_ > 0 else security.bid_price_


class BinanceFeeModel(_ReceivedCurrencyFeeModel):
    """A thousandth of what is received."""

    def __init__(self, m_fee: object = Decimal("0.001"), t_fee: object = Decimal("0.001")) -> None:
        super().__init__(decimal_argument(m_fee, "BinanceFeeModel"), decimal_argument(t_fee, "BinanceFeeModel"))


class BybitFeeModel(_ReceivedCurrencyFeeModel):
    """A thousandth of what is received."""

    def __init__(self, m_fee: object = Decimal("0.001"), t_fee: object = Decimal("0.001")) -> None:
        super().__init__(decimal_argument(m_fee, "BybitFeeModel"), decimal_argument(t_fee, "BybitFeeModel"))


class BitfinexFeeModel(_ReceivedCurrencyFeeModel):
    """A thousandth for orders of the book, two for others, of what is received."""

    def __init__(self) -> None:
        super().__init__(Decimal("0.001"), Decimal("0.002"))


class KrakenFeeModel(FeeModel):
    """A share of the value, in the quote currency for buys and in the base currency for sales."""

    def get_order_fee(self, parameters: OrderFeeParameters) -> OrderFee:
        """Return the fee; the order's properties may choose its currency."""
        order, security = parameters.order, parameters.security
        share = _KRAKEN_MAKER if _is_maker(order) else _KRAKEN_TAKER
        if security.symbol.value.startswith(_KRAKEN_STABLE):
            share = _KRAKEN_STABLE_SHARE
        price = order.limit_price_ if isinstance(order, LimitOrder) else _other_side(security, order)
        in_quote = order.quantity_ > 0 and not _asks(order, "fee_in_base")
        if in_quote or _asks(order, "fee_in_quote") or security.base_currency is None:
            return OrderFee(CashAmount(price * abs(order.quantity_) * share, security.quote_currency.symbol))
        return OrderFee(CashAmount(abs(order.quantity_) * share, security.base_currency.symbol))
