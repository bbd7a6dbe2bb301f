"""Execution models that wait for a favorable price."""

from decimal import Decimal
from typing import Any

from minilean import numbers
from minilean.data.time_slice import SecurityChanges
from minilean.enums import Resolution
from minilean.framework.algorithm import Algorithm
from minilean.framework.execution.execution_model import TargetExecutionModel
from minilean.framework.execution.order_sizing import (
    size_for_maximum_value,
    size_for_percent_volume,
    unordered_quantity,
)
from minilean.framework.net_dictionary import NetDictionary
from minilean.framework.portfolio_target import PortfolioTarget
from minilean.indicators.moving_averages import SimpleMovingAverage
from minilean.indicators.volatility import StandardDeviation
from minilean.indicators.volume_prices import IntradayVwap
from minilean.securities.security import Security
from minilean.securities.symbol import Symbol
from minilean.surface import Surface, as_decimal, core_of, decimal_argument, model_method


class _SymbolData(Surface):
    """The indicators of a security, as strategies that override the price's check see them."""

    def __init__(self, security: Security) -> None:
        self.security = security
        self.consolidator: Any = None
        self.sma: Any = None
        self.std: Any = None
        self.vwap: Any = None


class _IndicatorExecutionModel(TargetExecutionModel):
    """Base of models with indicators of each security."""

    def begin_(self) -> None:
        """Start without targets and securities."""
        super().begin_()
        self.data_: NetDictionary[Symbol, Any] = NetDictionary()

    def order_towards_(self, algorithm: Algorithm, target: PortfolioTarget) -> None:
        """Order what is missing while the price is favorable, cut to the largest size."""
        quantity = unordered_quantity(algorithm, target)
        data = self.data_.get(target.symbol)
        if data is None or not self.is_favorable_(data, quantity):
            return
        size = self.cut_(data.security, quantity)
        if size != 0:
            core_of(algorithm).market_order(target.symbol, size, self.asynchronous, target.tag)

    def is_favorable_(self, data: Any, quantity: Decimal) -> bool:  # noqa: ANN401 - see `_SymbolData`
        """Tell whether the price is favorable, by the strategy's own check if it has one."""
        return bool(model_method(self, "price_is_favorable")(data, numbers.to_double(quantity)))

    def cut_(self, security: Security, quantity: Decimal) -> Decimal:
        """Cut an order to the largest size."""
        raise NotImplementedError

    def make_data_(self, algorithm: Algorithm, security: Security) -> Any:  # noqa: ANN401
        """Make the indicators of a security."""
        raise NotImplementedError

    def on_securities_changed(self, algorithm: Algorithm, changes: SecurityChanges) -> None:
        """Make indicators for securities that joined; drop those of securities that left all universes."""
        for security in changes.added_securities:
            if security.symbol not in self.data_:
                self.data_[security.symbol] = self.make_data_(algorithm, security)
        for security in changes.removed_securities:
            data = self.data_.get(security.symbol)
            if data is not None and model_method(self, "is_safe_to_remove")(algorithm, security.symbol):
                self.data_.pop(security.symbol)
                core_of(algorithm).subscription_manager.remove_consolidator(security.symbol, data.consolidator)

    def is_safe_to_remove(self, algorithm: Algorithm, symbol: Symbol) -> bool:
        """Tell whether no universe has a symbol any more."""
        return not any(
            universe.contains_member(symbol) for universe in dict.values(core_of(algorithm).universe_manager)
        )


class StandardDeviationExecutionModel(_IndicatorExecutionModel):
    """Orders while the price is some standard deviations better than its average."""

    def __init__(
        self,
        period: int = 60,
        deviations: object = 2,
        resolution: Resolution = Resolution.MINUTE,
        asynchronous: bool = True,  # noqa: FBT001, FBT002 - LEAN's signature
    ) -> None:
        super().__init__(asynchronous)
        self.period_ = period
        self.deviations_ = decimal_argument(deviations, "StandardDeviationExecutionModel")
        self.resolution_ = resolution

    def begin_(self) -> None:
        """Start with LEAN's largest order of 20,000."""
        super().begin_()
        self.maximum_order_value_ = Decimal(20000)

    maximum_order_value = as_decimal("maximum_order_value_")

    def is_favorable_(self, data: Any, quantity: Decimal) -> bool:  # noqa: ANN401
        """Tell whether the indicators are ready and the price is favorable."""
        return data.std.is_ready and super().is_favorable_(data, quantity)

    def price_is_favorable(self, data: Any, unordered_quantity: Any) -> bool:  # noqa: ANN401
        """Tell whether buyers pay less, or sellers get more, than the average by the deviations."""
        deviations = self.deviations_ * data.std.current.value_
        average = data.sma.current.value_
        if unordered_quantity > 0:
            return bool(data.security.bid_price_ < average - deviations)
        return bool(data.security.ask_price_ > average + deviations)

    def cut_(self, security: Security, quantity: Decimal) -> Decimal:
        """Cut an order to the largest value."""
        return size_for_maximum_value(security, self.maximum_order_value_, quantity)

    def make_data_(self, algorithm: Algorithm, security: Security) -> _SymbolData:
        """Make average and deviation, warmed up by history."""
        core = core_of(algorithm)
        data, symbol, period = _SymbolData(security), security.symbol, self.period_
        data.consolidator = core.resolve_consolidator(symbol, self.resolution_)
        indicators = []
        for kind, label in ((SimpleMovingAverage, "SMA"), (StandardDeviation, "STD")):
            indicator = kind(core.create_indicator_name(symbol, f"{label}{period}", self.resolution_), period)
            core.register_indicator(symbol, indicator, data.consolidator)
            indicators.append(indicator)
        data.sma, data.std = indicators
        for found in core.history.before([symbol], period, self.resolution_):
            for bar in dict.values(found.bars):
                for indicator in indicators:
                    indicator.push(bar.end_local, bar.value_)
        return data


class VolumeWeightedAveragePriceExecutionModel(_IndicatorExecutionModel):
    """Orders while the price is better than the day's volume weighted average."""

    def begin_(self) -> None:
        """Start with LEAN's largest order of one percent of a bar's volume."""
        super().begin_()
        self.maximum_order_quantity_percent_volume_ = Decimal("0.01")

    maximum_order_quantity_percent_volume = as_decimal("maximum_order_quantity_percent_volume_")

    def price_is_favorable(self, data: Any, unordered_quantity: Any) -> bool:  # noqa: ANN401
        """Tell whether buyers pay less, or sellers get more, than the average."""
        average = data.vwap.current.value_
        if unordered_quantity > 0:
            return bool(data.security.bid_price_ < average)
        return bool(data.security.ask_price_ > average)

    def cut_(self, security: Security, quantity: Decimal) -> Decimal:
        """Cut an order to a part of the last bar's volume."""
        return size_for_percent_volume(security, self.maximum_order_quantity_percent_volume_, quantity)

    def make_data_(self, algorithm: Algorithm, security: Security) -> _SymbolData:
        """Make the average."""
        core = core_of(algorithm)
        data, symbol = _SymbolData(security), security.symbol
        resolution = min(config.resolution for config in security.configs)
        data.consolidator = core.resolve_consolidator(symbol, resolution)
        data.vwap = IntradayVwap(core.create_indicator_name(symbol, "VWAP", resolution))
        core.register_indicator(symbol, data.vwap, data.consolidator)
        return data


class SpreadExecutionModel(TargetExecutionModel):
    """Orders while the spread is narrow."""

    def __init__(self, accepting_spread_percent: object = 0.005, asynchronous: bool = True) -> None:  # noqa: FBT001, FBT002
        super().__init__(asynchronous)
        self.accepted_ = abs(decimal_argument(accepting_spread_percent, "SpreadExecutionModel"))

    def order_towards_(self, algorithm: Algorithm, target: PortfolioTarget) -> None:
        """Order what is missing while the spread is narrow."""
        core = core_of(algorithm)
        quantity = unordered_quantity(algorithm, target)
        if quantity == 0:
            return
        security = core.securities[target.symbol]
        if model_method(self, "price_is_favorable")(security):
            core.market_order(target.symbol, quantity, self.asynchronous, target.tag)

    def price_is_favorable(self, security: Security) -> bool:
        """Tell whether the exchange is open and the spread at most the accepted fraction of the price."""
        price, ask, bid = security.price_, security.ask_price_, security.bid_price_
        return security.exchange.exchange_open and min(price, ask, bid) > 0 and (ask - bid) / price <= self.accepted_
