"""LEAN's Python variants of its models, which strategies import by their modules (``from Alphas.RsiAlphaModel ...``).

They follow the same rules as those of the same names that `AlgorithmImports` brings; names and arguments differ.
"""

from datetime import timedelta
from typing import Any

from minilean import times
from minilean.data.time_slice import SecurityChanges
from minilean.enums import MovingAverageType, Resolution
from minilean.framework.algorithm import Algorithm
from minilean.framework.alphas import constant, indicator_alphas, pairs
from minilean.framework.enums import InsightDirection, InsightType
from minilean.surface import core_of


class EmaCrossAlphaModel(indicator_alphas.EmaCrossAlphaModel):
    """Insights when a fast exponential average crosses a slow one."""

    def __init__(self, fast_period: int = 12, slow_period: int = 26, resolution: Resolution = Resolution.DAILY) -> None:
        super().__init__(fast_period, slow_period, resolution)
        self.name = f"{type(self).__name__}({fast_period},{slow_period},{resolution})"


class RsiAlphaModel(indicator_alphas.RsiAlphaModel):
    """Insights when Wilder's RSI goes below 30 or above 70."""

    def __init__(self, period: int = 14, resolution: Resolution = Resolution.DAILY) -> None:
        super().__init__(period, resolution)
        self.name = f"{type(self).__name__}({period},{resolution})"


class MacdAlphaModel(indicator_alphas.MacdAlphaModel):
    """Insights when the signal line of the MACD points elsewhere."""

    def __init__(
        self,
        fastPeriod: int = 12,  # noqa: N803 - LEAN's names
        slowPeriod: int = 26,  # noqa: N803
        signalPeriod: int = 9,  # noqa: N803
        movingAverageType: MovingAverageType = MovingAverageType.EXPONENTIAL,  # noqa: N803
        resolution: Resolution = Resolution.DAILY,
    ) -> None:
        super().__init__(fastPeriod, slowPeriod, signalPeriod, movingAverageType, resolution)
        self.name = f"{type(self).__name__}({fastPeriod},{slowPeriod},{signalPeriod},{movingAverageType},{resolution})"


class HistoricalReturnsAlphaModel(indicator_alphas.HistoricalReturnsAlphaModel):
    """Insights in the direction of the past return; its arguments go by name, others are ignored, as in LEAN."""

    def __init__(self, *_: Any, **keywords: Any) -> None:  # noqa: ANN401 - LEAN's signature
        name = self.name
        super().__init__(keywords.get("lookback", 1), keywords.get("resolution", Resolution.DAILY))
        self.name = name

    def on_securities_changed(self, algorithm: Algorithm, changes: SecurityChanges) -> None:
        """Take only securities that have history."""
        symbols = [security.symbol for security in changes.added_securities]
        slices = list(core_of(algorithm).history.before(symbols, self.lookback_, self.resolution_)) if symbols else []
        known = {symbol for found in slices for symbol in found.symbols}
        added = [security for security in changes.added if security.symbol in known]
        self.take_(algorithm, SecurityChanges(added, changes.removed, shows_custom=changes.shows_custom))
        for found in slices:
            self.push_(found)


class ConstantAlphaModel(constant.ConstantAlphaModel):
    """Gives every security an insight, and a new one when its period is over."""

    def __init__(  # noqa: PLR0917 - LEAN's signature
        self,
        type: InsightType,  # noqa: A002 - LEAN's name
        direction: InsightDirection,
        period: timedelta,
        magnitude: float | None = None,
        confidence: float | None = None,
        weight: float | None = None,
    ) -> None:
        super().__init__(type, direction, period, magnitude, confidence, weight)
        extra = "".join(f",{value}" for value in (magnitude, confidence) if value is not None)
        label = self.__class__.__name__
        self.name = f"{label}({type},{direction},{_span(period)}{extra})"


def _span(period: timedelta) -> str:
    """Write a span with its days, as LEAN's Python model does."""
    hours, rest = divmod(times.from_timedelta(timedelta(seconds=period.seconds)), times.HOUR)
    minutes, rest = divmod(rest, times.MINUTE)
    return f"{period.days}.{hours:02d}:{minutes:02d}:{rest // times.SECOND:02d}"


class BasePairsTradingAlphaModel(pairs.BasePairsTradingAlphaModel):
    """Trades all pairs of securities that pass a test of the strategy's."""


class PearsonCorrelationPairsTradingAlphaModel(pairs.PearsonCorrelationPairsTradingAlphaModel):
    """Trades the pair whose returns correlate most."""
