"""Which indicators there are, and by which helper of the algorithm each is made."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

from minilean.enums import MovingAverageType, Resolution
from minilean.indicators import exports as kinds
from minilean.indicators.base import IndicatorBase
from minilean.indicators.candlesticks import exports as patterns
from minilean.indicators.candlesticks.pattern import CandlestickPattern
from minilean.indicators.field import Field, Selector
from minilean.surface import snake_case

_SIMPLE = MovingAverageType.SIMPLE
_EXPONENTIAL = MovingAverageType.EXPONENTIAL
_WILDERS = MovingAverageType.WILDERS

Values: TypeAlias = Mapping[str, Any]
Form: TypeAlias = Callable[..., Values]


@dataclass(frozen=True, slots=True)
class Helper:
    """How the algorithm makes an indicator.

    Attributes:
        kind: The indicator.
        label: Format of its automatic name, by the names of its parameters.
        forms: LEAN's overloads where they differ from the indicator's own parameters: functions whose parameters,
            behind a first one that is not used, are the overload's, and which return the indicator's by name.
        resolution: What stands for the feed's own resolution.
        selector: What it reads of a trade bar by default, None for the close.
    """

    kind: type[IndicatorBase]
    label: str
    forms: tuple[Form, ...] = ()
    resolution: Resolution | None = None
    selector: Selector | None = None


def _abands(_: object, period: int, width: object = 4, moving_average_type: MovingAverageType = _SIMPLE) -> Values:
    return {"period": period, "width": width, "moving_average_type": moving_average_type}


def _ao(_: object, fast_period: int, slow_period: int, type: MovingAverageType) -> Values:  # noqa: A002 - LEAN's name
    return {"fast_period": fast_period, "slow_period": slow_period, "type": type}


def _atr(_: object, period: int, type: MovingAverageType = _SIMPLE) -> Values:  # noqa: A002 - LEAN's name
    return {"period": period, "moving_average_type": type}


def _typed(_: object, period: int, type: MovingAverageType) -> Values:  # noqa: A002 - LEAN's name
    return {"period": period, "type": type}


def _fi(_: object, period: int, type: MovingAverageType = _EXPONENTIAL) -> Values:  # noqa: A002 - LEAN's name
    return {"period": period, "moving_average_type": type}


def _rvi(_: object, period: int, moving_average_type: MovingAverageType = _SIMPLE) -> Values:
    return {"period": period, "type": moving_average_type}


def _price_oscillator(_: object, fast_period: int, slow_period: int, moving_average_type: MovingAverageType) -> Values:
    return {"fast_period": fast_period, "slow_period": slow_period, "moving_average_type": moving_average_type}


def _stc(
    _: object,
    cycle_period: int,
    fast_period: int,
    slow_period: int,
    moving_average_type: MovingAverageType = _EXPONENTIAL,
) -> Values:
    return {
        "cycle_period": cycle_period, "fast_period": fast_period, "slow_period": slow_period,
        "type": moving_average_type,
    }  # fmt: skip


def _sm(
    _: object,
    bollinger_period: int = 20,
    bollinger_multiplier: object = 2,
    keltner_period: int = 20,
    keltner_multiplier: object = Decimal("1.5"),
) -> Values:
    return {name: value for name, value in locals().items() if name != "_"}


def _sortino(_: object, sortino_period: int, minimum_acceptable_return: float = 0.0) -> Values:
    return {"period": sortino_period, "minimum_acceptable_return": minimum_acceptable_return}


def _kst(  # noqa: PLR0917 - LEAN's parameters
    _: object,
    roc1_period: int = 10,
    roc1_ma_period: int = 10,
    roc2_period: int = 15,
    roc2_ma_period: int = 10,
    roc3_period: int = 20,
    roc3_ma_period: int = 10,
    roc4_period: int = 30,
    roc4_ma_period: int = 15,
    signal_period: int = 9,
    moving_average_type: MovingAverageType = _SIMPLE,
) -> Values:
    return {name: value for name, value in locals().items() if name != "_"}


def _ichimoku(  # noqa: PLR0917 - LEAN's parameters
    _: object,
    tenkan_period: int,
    kijun_period: int,
    senkou_a_period: int,
    senkou_b_period: int,
    senkou_a_delay_period: int,
    senkou_b_delay_period: int,
) -> Values:
    return {name: value for name, value in locals().items() if name != "_"}


_EMA: tuple[Form, ...] = (
    lambda _, period: {"period": period},
    lambda _, period, smoothing_factor: {"period": period, "smoothing_factor": smoothing_factor},
)
_AROON: tuple[Form, ...] = (
    lambda _, period: {"up_period": period, "down_period": period},
    lambda _, up_period, down_period: {"up_period": up_period, "down_period": down_period},
)
_DCH: tuple[Form, ...] = (
    lambda _, period: {"upper_period": period, "lower_period": period},
    lambda _, upper_period, lower_period: {"upper_period": upper_period, "lower_period": lower_period},
)
_STO: tuple[Form, ...] = (
    lambda _, period: {"period": period, "k_period": period, "d_period": 3},
    lambda _, period, k_period, d_period: {"period": period, "k_period": k_period, "d_period": d_period},
)
_KAMA: tuple[Form, ...] = (
    lambda _, period: {"period": period, "fast_ema_period": 2, "slow_ema_period": 30},
    lambda _, period, fast_ema_period, slow_ema_period: {
        "period": period, "fast_ema_period": fast_ema_period, "slow_ema_period": slow_ema_period,
    },
)  # fmt: skip
_FRAMA: tuple[Form, ...] = (
    lambda _, period, long_period=198: {"n": period, "long_period": long_period},
)  # fmt: skip
_T3: tuple[Form, ...] = (
    lambda _, period, volume_factor=Decimal("0.7"): {"period": period, "volume_factor": volume_factor},
)  # fmt: skip
_DEMA: tuple[Form, ...] = (lambda _, period: {"period": period},)

HELPERS: dict[str, Helper] = {
    "abands": Helper(kinds.AccelerationBands, "ABANDS({period},{width})", (_abands,)),
    "ad": Helper(kinds.AccumulationDistribution, "AD"),
    "adosc": Helper(kinds.AccumulationDistributionOscillator, "ADOSC({fast_period},{slow_period})"),
    "adx": Helper(kinds.AverageDirectionalIndex, "ADX({period})"),
    "adxr": Helper(kinds.AverageDirectionalMovementIndexRating, "ADXR({period})"),
    "alma": Helper(kinds.ArnaudLegouxMovingAverage, "ALMA({period},{sigma},{offset})"),
    "ao": Helper(kinds.AwesomeOscillator, "AO({fast_period},{slow_period},{type})", (_ao,)),
    "apo": Helper(kinds.AbsolutePriceOscillator, "APO({fast_period},{slow_period})", (_price_oscillator,)),
    "aroon": Helper(kinds.AroonOscillator, "AROON({up_period},{down_period})", _AROON),
    "aps": Helper(kinds.AugenPriceSpike, "APS({period})"),
    "ar": Helper(kinds.AverageRange, "AR({period})"),
    "asi": Helper(kinds.WilderAccumulativeSwingIndex, "ASI", resolution=Resolution.DAILY),
    "atr": Helper(kinds.AverageTrueRange, "ATR({period})", (_atr,)),
    "bb": Helper(kinds.BollingerBands, "BB({period},{k})"),
    "bop": Helper(kinds.BalanceOfPower, "BOP"),
    "cc": Helper(kinds.CoppockCurve, "CC({short_roc_period},{long_roc_period},{lwma_period})"),
    "cci": Helper(kinds.CommodityChannelIndex, "CCI({period})"),
    "chop": Helper(kinds.ChoppinessIndex, "CHOP({period})"),
    "cks": Helper(kinds.ChandeKrollStop, "CKS({atr_period},{atr_mult},{period})"),
    "cmf": Helper(kinds.ChaikinMoneyFlow, "CMF({period})"),
    "cmo": Helper(kinds.ChandeMomentumOscillator, "CMO({period})"),
    "co": Helper(kinds.ChaikinOscillator, "CO({fast_period},{slow_period})"),
    "crsi": Helper(kinds.ConnorsRelativeStrengthIndex, "CRSI({rsi_period},{rsi_period_streak},{look_back_period})"),
    "dch": Helper(kinds.DonchianChannel, "DCH({upper_period},{lower_period})", _DCH),
    "dem": Helper(kinds.DeMarkerIndicator, "DEM({period},{type})", (_typed,)),
    "dema": Helper(kinds.DoubleExponentialMovingAverage, "DEMA({period})", _DEMA),
    "do": Helper(kinds.DerivativeOscillator, kinds.DerivativeOscillator.short_name),
    "dpo": Helper(kinds.DetrendedPriceOscillator, "DPO({period})"),
    "ema": Helper(kinds.ExponentialMovingAverage, "EMA({period})", _EMA),
    "emv": Helper(kinds.EaseOfMovementValue, "EMV({period}, {scale})"),
    "fi": Helper(kinds.ForceIndex, "FI({period})", (_fi,)),
    "fish": Helper(kinds.FisherTransform, "FISH({period})"),
    "frama": Helper(kinds.FractalAdaptiveMovingAverage, "FRAMA({n},{long_period})", _FRAMA),
    "he": Helper(kinds.HurstExponent, "HE({period},{max_lag})"),
    "heikin_ashi": Helper(kinds.HeikinAshi, "HA"),
    "hma": Helper(kinds.HullMovingAverage, "HMA({period})"),
    "ibs": Helper(kinds.InternalBarStrength, "IBS"),
    "ichimoku": Helper(kinds.IchimokuKinkoHyo, kinds.IchimokuKinkoHyo.short_name, (_ichimoku,)),
    "kama": Helper(kinds.KaufmanAdaptiveMovingAverage, "KAMA({period},{fast_ema_period},{slow_ema_period})", _KAMA),
    "kch": Helper(kinds.KeltnerChannels, "KCH({period},{k})"),
    "ker": Helper(kinds.KaufmanEfficiencyRatio, "KER({period})"),
    "kst": Helper(kinds.KnowSureThing, kinds.KnowSureThing.short_name, (_kst,)),
    "kvo": Helper(kinds.KlingerVolumeOscillator, "KVO({fast_period},{slow_period},{signal_period})"),
    "logr": Helper(kinds.LogReturn, "LOGR({period})"),
    "lsma": Helper(kinds.LeastSquaresMovingAverage, "LSMA({period})"),
    "lwma": Helper(kinds.LinearWeightedMovingAverage, "LWMA({period})"),
    "macd": Helper(kinds.MovingAverageConvergenceDivergence, "MACD({fast_period},{slow_period},{signal_period})"),
    "mad": Helper(kinds.MeanAbsoluteDeviation, "MAD({period})"),
    "mass": Helper(kinds.MassIndex, "MASS({ema_period},{sum_period})"),
    "max": Helper(kinds.Maximum, "MAX({period})", selector=Field.high),
    "mfi": Helper(kinds.MoneyFlowIndex, "MFI({period})"),
    "mgd": Helper(kinds.McGinleyDynamic, "MGD({period})"),
    "midpoint": Helper(kinds.MidPoint, "MIDPOINT({period})"),
    "midprice": Helper(kinds.MidPrice, "MIDPRICE({period})"),
    "min": Helper(kinds.Minimum, "MIN({period})", selector=Field.low),
    "mom": Helper(kinds.Momentum, "MOM({period})"),
    "momersion": Helper(kinds.Momersion, "MOMERSION({min_period},{full_period})"),
    "momp": Helper(kinds.MomentumPercent, "MOMP({period})"),
    "natr": Helper(kinds.NormalizedAverageTrueRange, "NATR({period})"),
    "obv": Helper(kinds.OnBalanceVolume, "OBV"),
    "pphl": Helper(kinds.PivotPointsHighLow, "PPHL({length_high},{length_low})"),
    "ppo": Helper(kinds.PercentagePriceOscillator, "PPO({fast_period},{slow_period})", (_price_oscillator,)),
    "psar": Helper(kinds.ParabolicStopAndReverse, "PSAR({af_start},{af_increment},{af_max})"),
    "pso": Helper(kinds.PremierStochasticOscillator, "PSO({period},{ema_period})"),
    "rc": Helper(kinds.RegressionChannel, "RC({period},{k})"),
    "rma": Helper(kinds.RelativeMovingAverage, "RMA({period})"),
    "roc": Helper(kinds.RateOfChange, "ROC({period})"),
    "rocp": Helper(kinds.RateOfChangePercent, "ROCP({period})"),
    "rocr": Helper(kinds.RateOfChangeRatio, "ROCR({period})"),
    "rsi": Helper(kinds.RelativeStrengthIndex, "RSI({period},{moving_average_type})"),
    "rsv": Helper(kinds.RogersSatchellVolatility, "RSV({period})"),
    "rvi": Helper(kinds.RelativeVigorIndex, "RVI({period},{type})", (_rvi,)),
    "sarext": Helper(kinds.ParabolicStopAndReverseExtended, kinds.ParabolicStopAndReverseExtended.short_name),
    "si": Helper(kinds.WilderSwingIndex, "SI", resolution=Resolution.DAILY),
    "sm": Helper(
        kinds.SqueezeMomentum,
        "SM({bollinger_period}, {bollinger_multiplier}, {keltner_period}, {keltner_multiplier})",
        (_sm,),
    ),
    "sma": Helper(kinds.SimpleMovingAverage, "SMA({period})"),
    "sobv": Helper(kinds.SmoothedOnBalanceVolume, "SOBV({period})", (_atr,)),
    "sortino": Helper(kinds.SortinoRatio, "SORTINO({period},{minimum_acceptable_return})", (_sortino,)),
    "srsi": Helper(
        kinds.StochasticRelativeStrengthIndex,
        "SRSI({rsi_period},{stoch_period},{k_smoothing_period},{d_smoothing_period})",
    ),
    "stc": Helper(kinds.SchaffTrendCycle, "STC({cycle_period},{fast_period},{slow_period})", (_stc,)),
    "std": Helper(kinds.StandardDeviation, "STD({period})"),
    "sto": Helper(kinds.Stochastic, "STO({period},{k_period},{d_period})", _STO),
    "str": Helper(kinds.SuperTrend, "STR({period},{multiplier})"),
    "sum": Helper(kinds.Sum, "SUM({period})"),
    "t3": Helper(kinds.T3MovingAverage, "T3({period},{volume_factor})", _T3),
    "tdd": Helper(kinds.TargetDownsideDeviation, "TDD({period},{minimum_acceptable_return})"),
    "tema": Helper(kinds.TripleExponentialMovingAverage, "TEMA({period})"),
    "tr": Helper(kinds.TrueRange, "TR"),
    "trima": Helper(kinds.TriangularMovingAverage, "TRIMA({period})"),
    "trix": Helper(kinds.Trix, "TRIX({period})"),
    "tsf": Helper(kinds.TimeSeriesForecast, "TSF({period})"),
    "tsi": Helper(kinds.TrueStrengthIndex, "TSI({long_term_period},{short_term_period},{signal_period})"),
    "ultosc": Helper(kinds.UltimateOscillator, "ULTOSC({period1},{period2},{period3})"),
    "v": Helper(kinds.Variance, "V({period})"),
    "var": Helper(kinds.Variance, "V({period})"),
    "vidya": Helper(kinds.VariableIndexDynamicAverage, "VIDYA({period})"),
    "vtx": Helper(kinds.Vortex, "VTX({period})"),
    "vwap": Helper(kinds.VolumeWeightedAveragePriceIndicator, "VWAP({period})"),
    "vwma": Helper(kinds.VolumeWeightedMovingAverage, "VWMA({period})"),
    "wilr": Helper(kinds.WilliamsPercentR, "WILR({period})"),
    "wto": Helper(kinds.WaveTrendOscillator, "WTO({channel_period},{average_period},{signal_period})"),
    "wwma": Helper(kinds.WilderMovingAverage, "WWMA({period})"),
    "zlema": Helper(kinds.ZeroLagExponentialMovingAverage, "ZLEMA({period})"),
    "zz": Helper(kinds.ZigZag, "ZZ({sensitivity},{min_trend_length})"),
}
"""The helpers that make an indicator of one security."""

PAIRS: dict[str, Helper] = {
    "b": Helper(kinds.Beta, "B({period})"),
    "c": Helper(kinds.Correlation, "C({period})"),
    "cov": Helper(kinds.Covariance, "COV({period})"),
}
"""The helpers that make an indicator of two securities."""

IDENTITIES: dict[str, type[IndicatorBase]] = {
    "identity": kinds.Identity,
    "filtered_identity": kinds.FilteredIdentity,
}
"""The helpers that pass values on, whose parameters come in another order."""

PATTERNS: dict[str, type[IndicatorBase]] = {
    snake_case(name): kind
    for name, kind in ((name, getattr(patterns, name)) for name in patterns.__all__)
    if issubclass(kind, CandlestickPattern)
}
"""Methods of ``self.candlestick_patterns``."""

HELPER_NAMES = frozenset({*HELPERS, *PAIRS, *IDENTITIES})
"""All helpers of the algorithm."""
