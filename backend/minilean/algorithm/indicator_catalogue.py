"""Which indicators there are, and by which helper of the algorithm each is made."""

from minilean.indicators.base import Identity, IndicatorBase
from minilean.indicators.momentum import (
    Momentum,
    MomentumPercent,
    MovingAverageConvergenceDivergence,
    RateOfChange,
    RateOfChangePercent,
    RelativeStrengthIndex,
)
from minilean.indicators.moving_averages import (
    ExponentialMovingAverage,
    LinearWeightedMovingAverage,
    SimpleMovingAverage,
    Sum,
    WilderMovingAverage,
)
from minilean.indicators.volatility import (
    AverageTrueRange,
    BollingerBands,
    Maximum,
    Minimum,
    StandardDeviation,
    TrueRange,
    Variance,
)

HELPERS: dict[str, tuple[type[IndicatorBase], str]] = {
    "sma": (SimpleMovingAverage, "SMA({period})"),
    "ema": (ExponentialMovingAverage, "EMA({period})"),
    "wwma": (WilderMovingAverage, "WWMA({period})"),
    "lwma": (LinearWeightedMovingAverage, "LWMA({period})"),
    "sum": (Sum, "SUM({period})"),
    "rsi": (RelativeStrengthIndex, "RSI({period},{moving_average_type})"),
    "macd": (MovingAverageConvergenceDivergence, "MACD({fast_period},{slow_period},{signal_period})"),
    "mom": (Momentum, "MOM({period})"),
    "momp": (MomentumPercent, "MOMP({period})"),
    "roc": (RateOfChange, "ROC({period})"),
    "rocp": (RateOfChangePercent, "ROCP({period})"),
    "std": (StandardDeviation, "STD({period})"),
    "var": (Variance, "VAR({period})"),
    "bb": (BollingerBands, "BB({period},{k})"),
    "atr": (AverageTrueRange, "ATR({period})"),
    "tr": (TrueRange, "TR"),
    "identity": (Identity, "close"),
}
"""Helper name to indicator and the format of its automatic name."""

EXTREMES: dict[str, type[IndicatorBase]] = {"max": Maximum, "min": Minimum}
"""Helpers that read highs and lows of bars by default."""

INDICATORS: tuple[type[IndicatorBase], ...] = (
    *(kind for kind, _ in HELPERS.values()),
    Maximum,
    Minimum,
)
"""All indicator classes that strategies may make themselves."""
