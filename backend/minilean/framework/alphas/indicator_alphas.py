"""Alpha models that follow one indicator of each security."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING

from minilean import numbers
from minilean.consolidators.base import DataConsolidator
from minilean.data.history_provider import HistorySlice, bars_of
from minilean.data.slice import Slice
from minilean.data.subscription_data_config import INCREMENTS
from minilean.data.time_slice import SecurityChanges
from minilean.enums import MovingAverageType, Resolution
from minilean.framework.algorithm import Algorithm
from minilean.framework.alphas.alpha_model import AlphaModel
from minilean.framework.enums import InsightDirection
from minilean.framework.insight import Insight
from minilean.framework.insight_manager import InsightCollection
from minilean.framework.net_dictionary import NetDictionary
from minilean.indicators.momentum import (
    MovingAverageConvergenceDivergence,
    RateOfChange,
    RelativeStrengthIndex,
)
from minilean.indicators.moving_averages import ExponentialMovingAverage
from minilean.securities.security import Security
from minilean.securities.symbol import Symbol
from minilean.surface import core_of
from minilean.times import to_datetime

if TYPE_CHECKING:
    from datetime import timedelta


_BOUNCE = Decimal("0.01")


def span_of(resolution: Resolution, count: int) -> "timedelta":
    """Return the length of a number of bars."""
    return to_datetime(INCREMENTS[resolution] * count) - to_datetime(0)


class _EmaData:
    """The two averages of a security."""

    def __init__(self, algorithm: Algorithm, security: Security, periods: tuple[int, int], res: Resolution) -> None:
        core = core_of(algorithm)
        self.symbol = symbol = security.symbol
        self.consolidators: list[DataConsolidator] = []
        self.averages: list[ExponentialMovingAverage] = []
        for period in periods:
            consolidator = core.resolve_consolidator(symbol, res)
            core.subscription_manager.add_consolidator(symbol, consolidator)
            self.consolidators.append(consolidator)
            self.averages.append(ExponentialMovingAverage(symbol.sid, period))
        for average, consolidator in zip(self.averages, self.consolidators, strict=True):
            core.register_indicator(symbol, average, consolidator)
        for average in self.averages:
            core.warm_up_indicator(symbol, average, res)
        self.fast, self.slow = self.averages
        self.fast_is_over_slow = False


class EmaCrossAlphaModel(AlphaModel):
    """Insights when a fast exponential average crosses a slow one."""

    def __init__(self, fast_period: int = 12, slow_period: int = 26, resolution: Resolution = Resolution.DAILY) -> None:
        self.periods_ = (fast_period, slow_period)
        self.resolution_ = resolution
        self.interval_ = span_of(resolution, fast_period)
        self.symbol_data_by_symbol: NetDictionary[Symbol, _EmaData] = NetDictionary()
        self.name = f"EmaCrossAlphaModel({fast_period},{slow_period},{resolution.label})"

    def update(self, algorithm: Algorithm, data: Slice) -> Iterable[Insight]:  # noqa: ARG002 - LEAN's signature
        """Return an insight for each security whose averages crossed."""
        insights = []
        for each in self.symbol_data_by_symbol.values():
            fast, slow = each.fast.current.value_, each.slow.current.value_
            if each.fast.is_ready and each.slow.is_ready:
                if each.fast_is_over_slow and slow > fast:
                    insights.append(Insight.price(each.symbol, self.interval_, InsightDirection.DOWN))
                elif not each.fast_is_over_slow and fast > slow:
                    insights.append(Insight.price(each.symbol, self.interval_, InsightDirection.UP))
            each.fast_is_over_slow = fast > slow
        return insights

    def on_securities_changed(self, algorithm: Algorithm, changes: SecurityChanges) -> None:
        """Make averages for securities that joined, drop those of securities that left."""
        for security in changes.added_securities:
            known = self.symbol_data_by_symbol.get(security.symbol)
            if known is None:
                self.symbol_data_by_symbol[security.symbol] = _EmaData(
                    algorithm, security, self.periods_, self.resolution_
                )
                continue
            for average in known.averages:
                average.reset()
        for security in changes.removed_securities:
            left = self.symbol_data_by_symbol.pop(security.symbol)
            for consolidator in left.consolidators if left is not None else ():
                core_of(algorithm).subscription_manager.remove_consolidator(security.symbol, consolidator)


class _RsiState(Enum):
    TRIPPED_LOW = 0
    MIDDLE = 1
    TRIPPED_HIGH = 2


class _RsiData:
    """The RSI of a security and where it stands."""

    def __init__(self, algorithm: Algorithm, symbol: Symbol, period: int, resolution: Resolution) -> None:
        core = core_of(algorithm)
        self.state = _RsiState.MIDDLE
        self.rsi = RelativeStrengthIndex(period, MovingAverageType.WILDERS)
        self.consolidator = core.resolve_consolidator(symbol, resolution)
        core.register_indicator(symbol, self.rsi, self.consolidator)

    def next_state(self) -> _RsiState:
        """Return where the RSI stands now: it leaves an extreme only some way inside the band."""
        value = self.rsi.current.value_
        if value > 70:
            return _RsiState.TRIPPED_HIGH
        if value < 30:
            return _RsiState.TRIPPED_LOW
        bounced_up = self.state is _RsiState.TRIPPED_LOW and value > 35
        bounced_down = self.state is _RsiState.TRIPPED_HIGH and value < 65
        return _RsiState.MIDDLE if bounced_up or bounced_down else self.state


class RsiAlphaModel(AlphaModel):
    """Insights when Wilder's RSI goes below 30 or above 70."""

    def __init__(self, period: int = 14, resolution: Resolution = Resolution.DAILY) -> None:
        self.period_ = period
        self.resolution_ = resolution
        self.data_: NetDictionary[Symbol, _RsiData] = NetDictionary()
        self.name = f"RsiAlphaModel({period},{resolution.label})"

    def update(self, algorithm: Algorithm, data: Slice) -> Iterable[Insight]:  # noqa: ARG002 - LEAN's signature
        """Return an insight for each security whose RSI reached an extreme."""
        insights = []
        directions = {
            _RsiState.TRIPPED_LOW: InsightDirection.UP,
            _RsiState.TRIPPED_HIGH: InsightDirection.DOWN,
        }
        for symbol, each in self.data_.items():
            state = each.next_state()
            if state is not each.state and each.rsi.is_ready and state in directions:
                insights.append(Insight.price(symbol, span_of(self.resolution_, self.period_), directions[state]))
            each.state = state
        return insights

    def on_securities_changed(self, algorithm: Algorithm, changes: SecurityChanges) -> None:
        """Make and warm up an RSI for securities that joined, drop those of securities that left."""
        core = core_of(algorithm)
        for security in changes.removed_securities:
            left = self.data_.pop(security.symbol)
            if left is not None:
                core.subscription_manager.remove_consolidator(security.symbol, left.consolidator)
        added = [s.symbol for s in changes.added_securities if s.symbol not in self.data_]
        for symbol in added:
            self.data_[symbol] = _RsiData(algorithm, symbol, self.period_, self.resolution_)
        if added:
            for found in core.history.before(added, self.period_, self.resolution_):
                for bar in bars_of(found):
                    each = self.data_.get(bar.symbol)
                    if each is not None:
                        each.consolidator.update(bar)


class _MacdData:
    """The MACD of a security and the direction seen last."""

    def __init__(
        self,
        algorithm: Algorithm,
        security: Security,
        macd: MovingAverageConvergenceDivergence,
        resolution: Resolution,
    ) -> None:
        core = core_of(algorithm)
        symbol = security.symbol
        self.previous_direction: InsightDirection | None = None
        self.security = security
        self.macd = macd
        self.consolidator = core.resolve_consolidator(symbol, resolution)
        core.subscription_manager.add_consolidator(symbol, self.consolidator)
        core.register_indicator(symbol, macd, self.consolidator)
        core.warm_up_indicator(symbol, macd, resolution)

    def direction(self) -> InsightDirection:
        """Return where the signal line points, flat when it is less than one percent of the price."""
        signal = self.macd.signal.current.value_ / self.security.price_
        if signal > _BOUNCE:
            return InsightDirection.UP
        return InsightDirection.DOWN if signal < -_BOUNCE else InsightDirection.FLAT


class MacdAlphaModel(AlphaModel):
    """Insights when the signal line of the MACD points elsewhere; they are cancelled when it is flat."""

    def __init__(
        self,
        fast_period: int = 12,
        slow_period: int = 26,
        signal_period: int = 9,
        moving_average_type: MovingAverageType = MovingAverageType.EXPONENTIAL,
        resolution: Resolution = Resolution.DAILY,
    ) -> None:
        self.parameters_ = (fast_period, slow_period, signal_period, moving_average_type)
        self.resolution_ = resolution
        self.interval_ = span_of(resolution, fast_period)
        self.made_ = InsightCollection()
        self.data_: NetDictionary[Symbol, _MacdData] = NetDictionary()
        kind = moving_average_type.label
        self.name = f"MacdAlphaModel({fast_period},{slow_period},{signal_period},{kind},{resolution.label})"

    def update(self, algorithm: Algorithm, data: Slice) -> Iterator[Insight]:  # noqa: ARG002 - LEAN's signature
        """Return an insight for each security whose direction changed."""
        for each in self.data_.values():
            if each.security.price_ == 0:
                continue
            direction = each.direction()
            if direction is each.previous_direction:
                continue
            each.previous_direction = direction
            if direction is InsightDirection.FLAT:
                cancel_made(algorithm, self.made_, each.security.symbol)
                continue
            insight = Insight.price(each.security.symbol, self.interval_, direction)
            self.made_.add(insight)
            yield insight

    def on_securities_changed(self, algorithm: Algorithm, changes: SecurityChanges) -> None:
        """Make a MACD for securities that joined; drop those of securities that left with their insights."""
        for security in changes.added_securities:
            if security.symbol not in self.data_:
                macd = MovingAverageConvergenceDivergence(*self.parameters_)
                self.data_[security.symbol] = _MacdData(algorithm, security, macd, self.resolution_)
        for security in changes.removed_securities:
            left = self.data_.pop(security.symbol)
            if left is not None:
                core_of(algorithm).subscription_manager.remove_consolidator(security.symbol, left.consolidator)
            cancel_made(algorithm, self.made_, security.symbol)


class _ReturnData:
    """The rate of change of a security."""

    def __init__(self, algorithm: Algorithm, security: Security, lookback: int, resolution: Resolution) -> None:
        core = core_of(algorithm)
        symbol = security.symbol
        self.symbol = symbol
        self.consolidator = core.resolve_consolidator(symbol, resolution)
        core.subscription_manager.add_consolidator(symbol, self.consolidator)
        self.roc = RateOfChange(str(symbol), lookback)
        core.register_indicator(symbol, self.roc, self.consolidator)
        self._samples = 0

    def has_news(self) -> bool:
        """Tell whether there is a new value since the last question."""
        if self._samples == self.roc.samples:
            return False
        self._samples = self.roc.samples
        return self.roc.is_ready


class HistoricalReturnsAlphaModel(AlphaModel):
    """Insights in the direction of the past return, with its size as their magnitude."""

    def __init__(self, lookback: int = 1, resolution: Resolution = Resolution.DAILY) -> None:
        self.lookback_ = lookback
        self.resolution_ = resolution
        self.interval_ = span_of(resolution, lookback)
        self.made_ = InsightCollection()
        self.data_: NetDictionary[Symbol, _ReturnData] = NetDictionary()
        self.name = f"HistoricalReturnsAlphaModel({lookback},{resolution.label})"

    def update(self, algorithm: Algorithm, data: Slice) -> Iterable[Insight]:  # noqa: ARG002 - LEAN's signature
        """Return an insight for each security with a new return that is not zero."""
        insights = []
        for symbol, each in self.data_.items():
            if not each.has_news():
                continue
            magnitude = numbers.to_double(each.roc.current.value_)
            if magnitude == 0:
                cancel_made(algorithm, self.made_, symbol)
                continue
            direction = InsightDirection.UP if magnitude > 0 else InsightDirection.DOWN
            insights.append(Insight.price(each.symbol, self.interval_, direction, magnitude, None))
        self.made_.add_range(insights)
        return insights

    def on_securities_changed(self, algorithm: Algorithm, changes: SecurityChanges) -> None:
        """Make and warm up a rate of change for securities that joined; drop those of securities that left."""
        added = self.take_(algorithm, changes)
        if added:
            for found in core_of(algorithm).history.before(added, self.lookback_, self.resolution_):
                self.push_(found)

    def take_(self, algorithm: Algorithm, changes: SecurityChanges) -> list[Symbol]:
        """Make and drop rates of change; return the symbols of new ones."""
        for security in changes.removed_securities:
            left = self.data_.pop(security.symbol)
            if left is not None:
                core_of(algorithm).subscription_manager.remove_consolidator(security.symbol, left.consolidator)
            cancel_made(algorithm, self.made_, security.symbol)
        added = [each for each in changes.added_securities if each.symbol not in self.data_]
        for security in added:
            self.data_[security.symbol] = _ReturnData(algorithm, security, self.lookback_, self.resolution_)
        return [security.symbol for security in added]

    def push_(self, found: HistorySlice) -> None:
        """Bring the rates of change up to date with a moment of history."""
        for bar in bars_of(found):
            each = self.data_.get(bar.symbol)
            if each is not None:
                each.roc.push(bar.end_local, bar.value_)


def cancel_made(algorithm: Algorithm, made: InsightCollection, symbol: Symbol) -> None:
    """End the insights that a model made of a symbol."""
    found, insights = made.try_get_value(symbol)
    if found:
        core_of(algorithm).insights.cancel(insights)
        made.clear([symbol])
