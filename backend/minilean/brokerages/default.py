"""LEAN's default brokerage: takes every order and gives each kind of asset its usual models.

A brokerage of its own derives from `DefaultBrokerageModel` in a module of its own, overrides what differs (the
methods carry LEAN's names, so a strategy's own subclass overrides the same ones) and is entered in
`minilean.brokerages.catalogue`. Checks with LEAN's texts are in `minilean.brokerages.rules`.
"""

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from minilean.brokerages.message import BrokerageMessageEvent
from minilean.enums import AccountType, BrokerageName, SecurityType
from minilean.fees.fee_model import ConstantFeeModel, FeeModel, InteractiveBrokersFeeModel
from minilean.fills.equity_fill_model import EquityFillModel
from minilean.fills.fill_model import ImmediateFillModel
from minilean.fills.slippage import NullSlippageModel
from minilean.securities.buying_power import SecurityMarginModel
from minilean.securities.cash_buying_power import CashBuyingPowerModel
from minilean.securities.settlement import DelayedSettlementModel, ImmediateSettlementModel
from minilean.surface import Model

if TYPE_CHECKING:
    from minilean.orders.order import Order
    from minilean.orders.requests import UpdateOrderRequest
    from minilean.securities.security import Security

ZERO, ONE = Decimal(0), Decimal(1)
_LEVERAGES = {
    SecurityType.CRYPTO_FUTURE: Decimal(25),
    SecurityType.EQUITY: Decimal(2),
    SecurityType.FOREX: Decimal(50),
    SecurityType.CFD: Decimal(50),
}
_INTERACTIVE_BROKERS_FEES = frozenset({
    SecurityType.EQUITY, SecurityType.OPTION, SecurityType.FUTURE, SecurityType.FUTURE_OPTION,
})  # fmt: skip
_PAIRS = frozenset({SecurityType.FOREX, SecurityType.CRYPTO})
_SETTLEMENT_DAYS, _SETTLEMENT_HOUR = 1, 6

Verdict = tuple[bool, BrokerageMessageEvent | None]
ACCEPTED: Verdict = (True, None)


def verdict(refusal: BrokerageMessageEvent | None) -> Verdict:
    """Return LEAN's answer to whether an order is taken: the flag and its out parameter."""
    return refusal is None, refusal


class DefaultBrokerageModel(Model):
    """What LEAN assumes of a brokerage when a strategy names none.

    Attributes:
        brokerage: LEAN's name of the brokerage, as the results show it.
        benchmark: Ticker that strategies without a benchmark are measured against, None for a constant zero.
        benchmark_type: Kind of the benchmark.
        benchmark_market: Market of the benchmark.
        trading_days_per_year: Days that statistics annualize with, unless the strategy says otherwise.
        account_type: How the account is financed.
    """

    brokerage: ClassVar[BrokerageName] = BrokerageName.DEFAULT
    benchmark: ClassVar[str | None] = "SPY"
    benchmark_type: ClassVar[SecurityType] = SecurityType.EQUITY
    benchmark_market: ClassVar[str] = "usa"
    trading_days_per_year: ClassVar[int] = 252
    required_free_buying_power_percent: ClassVar[object] = ZERO
    default_markets: Mapping[SecurityType, str] = MappingProxyType(
        {
            SecurityType.BASE: "usa",
            SecurityType.EQUITY: "usa",
            SecurityType.OPTION: "usa",
            SecurityType.FUTURE: "cme",
            SecurityType.FUTURE_OPTION: "cme",
            SecurityType.FOREX: "oanda",
            SecurityType.CFD: "oanda",
            SecurityType.CRYPTO: "coinbase",
            SecurityType.CRYPTO_FUTURE: "binance",
            SecurityType.INDEX: "usa",
            SecurityType.INDEX_OPTION: "usa",
        }
    )

    def __init__(self, account_type: AccountType = AccountType.MARGIN) -> None:
        self.account_type = account_type

    @property
    def label(self) -> str:
        """Name of LEAN's class, as its messages print it."""
        return type(self).__name__

    def can_submit_order(self, security: "Security", order: "Order", message: object = None) -> Verdict:  # noqa: ARG002
        """Tell whether the brokerage takes an order, and if not, why."""
        return ACCEPTED

    def can_update_order(
        self,
        security: "Security",  # noqa: ARG002 - for overriding
        order: "Order",  # noqa: ARG002
        request: "UpdateOrderRequest",  # noqa: ARG002
        message: object = None,  # noqa: ARG002
    ) -> Verdict:
        """Tell whether the brokerage takes a change of an order, and if not, why."""
        return ACCEPTED

    def can_execute_order(self, security: "Security", order: "Order") -> bool:  # noqa: ARG002 - for overriding
        """Tell whether the brokerage executes an order now."""
        return True

    def get_leverage(self, security: "Security") -> Any:  # noqa: ANN401 - an override may return a float
        """Return the leverage of an asset that was added without one."""
        if self.account_type is AccountType.CASH:
            return ONE
        return _LEVERAGES.get(security.type, ONE)

    def get_fill_model(self, security: "Security") -> Any:  # noqa: ANN401 - an override may return its own class
        """Return how orders of an asset are filled."""
        return EquityFillModel() if security.type is SecurityType.EQUITY else ImmediateFillModel()

    def get_fee_model(self, security: "Security") -> FeeModel:
        """Return what orders of an asset cost."""
        if security.type in _INTERACTIVE_BROKERS_FEES:
            return InteractiveBrokersFeeModel()
        return ConstantFeeModel(0)

    def get_slippage_model(self, security: "Security") -> Any:  # noqa: ANN401, ARG002
        """Return how much worse than the market orders of an asset are filled."""
        return NullSlippageModel()

    def get_settlement_model(self, security: "Security") -> Any:  # noqa: ANN401
        """Return when the money of a sale can be used: the next trading day at six for equities held for cash."""
        if self.account_type is AccountType.CASH and security.type is SecurityType.EQUITY:
            return DelayedSettlementModel(_SETTLEMENT_DAYS, _SETTLEMENT_HOUR)
        return ImmediateSettlementModel()

    def get_buying_power_model(self, security: "Security") -> Any:  # noqa: ANN401
        """Return how much of an asset may be ordered."""
        if self.account_type is AccountType.CASH and security.type in _PAIRS:
            return CashBuyingPowerModel()
        return SecurityMarginModel(self.get_leverage(security), self.required_free_buying_power_percent)
