"""Alpha models that trade pairs of securities whose price ratio left its average."""

import math
from collections.abc import Iterable, Sequence
from decimal import Decimal
from enum import Enum
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

from minilean import numbers
from minilean.consolidators.base import DataConsolidator
from minilean.data.history_provider import bars_of
from minilean.data.slice import Slice
from minilean.data.time_slice import SecurityChanges
from minilean.enums import Resolution
from minilean.framework.algorithm import Algorithm
from minilean.framework.alphas.alpha_model import AlphaModel
from minilean.framework.alphas.indicator_alphas import span_of
from minilean.framework.enums import InsightDirection
from minilean.framework.insight import Insight
from minilean.framework.net_dictionary import NetDictionary
from minilean.indicators.base import Identity
from minilean.indicators.composite import chain, combine, constant, ratio
from minilean.indicators.moving_averages import ExponentialMovingAverage
from minilean.securities.security import Security
from minilean.securities.symbol import Symbol
from minilean.surface import core_of, decimal_argument, model_method

if TYPE_CHECKING:
    from datetime import timedelta


_MEAN_PERIOD = 500
_HUNDRED = Decimal(100)
_NO_VECTORS = (
    "PearsonCorrelationPairsTradingAlphaModel.OnSecuritiesChanged(): The requested historical data does not have "
    "series of prices with the same date/time. Please consider increasing the looback period. Current lookback: {}"
)


class _State(Enum):
    SHORT_RATIO = -1
    FLAT_RATIO = 0
    LONG_RATIO = 1


class _Pair:
    """Two securities, the ratio of their prices and its average with a band around it."""

    def __init__(
        self, algorithm: Algorithm, symbols: tuple[Symbol, Symbol], interval: "timedelta", threshold: Decimal
    ) -> None:
        self._algorithm = core_of(algorithm)
        self._symbols = symbols
        self._interval = interval
        self._state = _State.FLAT_RATIO
        self._consolidators: list[DataConsolidator] = []
        first, second = (self._price(symbol) for symbol in symbols)
        self._ratio = combine(first, second, ratio)
        self._mean = chain(ExponentialMovingAverage(_MEAN_PERIOD), self._ratio)
        share = threshold / _HUNDRED
        self._upper = combine(self._mean, constant(1 + share), lambda a, b: a * b, "UpperThreshold")
        self._lower = combine(self._mean, constant(1 - share), lambda a, b: a * b, "LowerThreshold")

    def _price(self, symbol: Symbol) -> Identity:
        algorithm = self._algorithm
        resolution = min(config.resolution for config in algorithm.securities[symbol].configs)
        price = Identity(algorithm.create_indicator_name(symbol, "close", resolution))
        consolidator = algorithm.resolve_consolidator(symbol, resolution)
        algorithm.register_indicator(symbol, price, consolidator)
        self._consolidators.append(consolidator)
        return price

    def dispose(self) -> None:
        """Stop following the prices."""
        for symbol, consolidator in zip(self._symbols, self._consolidators, strict=True):
            self._algorithm.subscription_manager.remove_consolidator(symbol, consolidator)

    def insights(self) -> list[Insight]:
        """Return a group of two insights when the ratio left the band at another side than before."""
        if not self._mean.is_ready:
            return []
        value = self._ratio.current.value_
        if self._state is not _State.LONG_RATIO and value > self._upper.current.value_:
            self._state = _State.LONG_RATIO
            return self._group(InsightDirection.DOWN, InsightDirection.UP)
        if self._state is not _State.SHORT_RATIO and value < self._lower.current.value_:
            self._state = _State.SHORT_RATIO
            return self._group(InsightDirection.UP, InsightDirection.DOWN)
        return []

    def _group(self, *directions: InsightDirection) -> list[Insight]:
        pairs = zip(self._symbols, directions, strict=True)
        return Insight.group(*(Insight.price(symbol, self._interval, direction) for symbol, direction in pairs))


class BasePairsTradingAlphaModel(AlphaModel):
    """Trades all pairs of securities that pass a test of the strategy's."""

    def __init__(self, lookback: int = 1, resolution: Resolution = Resolution.DAILY, threshold: object = 1) -> None:
        self.threshold_ = decimal_argument(threshold, "BasePairsTradingAlphaModel")
        self.interval_ = span_of(resolution, lookback)
        self.pairs_: NetDictionary[tuple[Symbol, Symbol], _Pair] = NetDictionary()
        self.securities_: NetDictionary[Security, Security] = NetDictionary()
        share = numbers.decimal_text(numbers.normalize(self.threshold_))
        self.name = f"BasePairsTradingAlphaModel({lookback},{resolution.label},{share})"

    @property
    def securities(self) -> list[Security]:
        """The securities that pairs are made of."""
        return list(self.securities_)

    def update(self, algorithm: Algorithm, data: Slice) -> Iterable[Insight]:  # noqa: ARG002 - LEAN's signature
        """Return the insights of all pairs."""
        return [insight for pair in self.pairs_.values() for insight in pair.insights()]

    def on_securities_changed(self, algorithm: Algorithm, changes: SecurityChanges) -> None:
        """Make pairs with securities that joined, drop those with securities that left."""
        self.take_changes_(changes)
        symbols = [security.symbol for security in self.securities_]
        for pair in combinations(symbols, 2):
            if pair in self.pairs_ or (pair[1], pair[0]) in self.pairs_:
                continue
            if model_method(self, "has_passed_test")(algorithm, *pair):
                self.pairs_[pair] = _Pair(algorithm, pair, self.interval_, self.threshold_)
        for security in changes.removed_securities:
            for pair in [each for each in self.pairs_ if security.symbol in each]:
                left = self.pairs_.pop(pair)
                if left is not None:
                    left.dispose()

    def take_changes_(self, changes: SecurityChanges) -> None:
        """Note securities that joined or left."""
        for security in changes.added_securities:
            self.securities_[security] = security
        for security in changes.removed_securities:
            self.securities_.pop(security)

    def has_passed_test(self, algorithm: Algorithm, asset1: Symbol, asset2: Symbol) -> bool:  # noqa: ARG002
        """Tell whether two securities may be a pair."""
        return True


class PearsonCorrelationPairsTradingAlphaModel(BasePairsTradingAlphaModel):
    """Trades the pair whose returns correlate most."""

    def __init__(
        self,
        lookback: int = 15,
        resolution: Resolution = Resolution.MINUTE,
        threshold: object = 1,
        minimum_correlation: float = 0.5,
    ) -> None:
        super().__init__(lookback, resolution, threshold)
        self.lookback_ = lookback
        self.resolution_ = resolution
        self.minimum_ = minimum_correlation
        self.best_: tuple[Symbol, Symbol] | None = None

    def on_securities_changed(self, algorithm: Algorithm, changes: SecurityChanges) -> None:
        """Look for the pair that correlates most."""
        self.take_changes_(changes)
        symbols = [security.symbol for security in self.securities_]
        vectors = self.vectors_(algorithm, symbols)
        if vectors:
            self.choose_(symbols, vectors)
        else:
            core_of(algorithm).debug(_NO_VECTORS.format(self.lookback_))
        super().on_securities_changed(algorithm, changes)

    def choose_(self, symbols: Sequence[Symbol], vectors: Sequence[Sequence[float]]) -> None:
        """Choose the pair whose returns go together most."""
        found = [
            (_correlation(vectors[i], vectors[j]), (symbols[i], symbols[j]))
            for i, j in combinations(range(len(vectors)), 2)
        ]
        found = [each for each in found if abs(each[0]) < 1]
        if found:
            best = max(found, key=lambda each: each[0])
            if best[0] >= self.minimum_:
                self.best_ = best[1]

    def vectors_(self, algorithm: Algorithm, symbols: Sequence[Symbol]) -> list[list[float]]:
        """Return the changes of the logarithms of prices where all securities have one; the first is repeated."""
        prices: dict[Symbol, list[float]] = {}
        for found in core_of(algorithm).history.before(symbols, self.lookback_, self.resolution_):
            bars = list(bars_of(found))
            if len(bars) == len(symbols):
                for bar in bars:
                    prices.setdefault(bar.symbol, []).append(math.log(numbers.to_double(bar.value_)))
        return [_changes(each) for each in prices.values()]

    def has_passed_test(self, algorithm: Algorithm, asset1: Symbol, asset2: Symbol) -> bool:  # noqa: ARG002
        """Tell whether two securities are the best pair."""
        return self.best_ == (asset1, asset2)


def _changes(values: list[float]) -> list[float]:
    if len(values) < 2:
        return []
    differences = [after - before for before, after in pairwise(values)]
    return [differences[0], *differences]


def _correlation(first: Sequence[float], second: Sequence[float]) -> float:
    """Return Pearson's coefficient, NaN for series without variance."""
    count = len(first)
    if not count or count != len(second):
        return math.nan
    mean_first, mean_second = sum(first) / count, sum(second) / count
    products = sum((a - mean_first) * (b - mean_second) for a, b in zip(first, second, strict=True))
    squares = sum((a - mean_first) ** 2 for a in first) * sum((b - mean_second) ** 2 for b in second)
    return products / math.sqrt(squares) if squares else math.nan
