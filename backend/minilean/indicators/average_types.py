"""Moving averages by ``MovingAverageType``."""

from minilean.enums import MovingAverageType
from minilean.indicators.adaptive_averages import (
    ArnaudLegouxMovingAverage,
    KaufmanAdaptiveMovingAverage,
    McGinleyDynamic,
)
from minilean.indicators.base import IndicatorBase
from minilean.indicators.compound_averages import (
    DoubleExponentialMovingAverage,
    HullMovingAverage,
    T3MovingAverage,
    TripleExponentialMovingAverage,
    ZeroLagExponentialMovingAverage,
)
from minilean.indicators.moving_averages import (
    ExponentialMovingAverage,
    LinearWeightedMovingAverage,
    SimpleMovingAverage,
    TriangularMovingAverage,
    WilderMovingAverage,
)

KINDS: dict[MovingAverageType, type[IndicatorBase]] = {
    MovingAverageType.SIMPLE: SimpleMovingAverage,
    MovingAverageType.EXPONENTIAL: ExponentialMovingAverage,
    MovingAverageType.WILDERS: WilderMovingAverage,
    MovingAverageType.LINEAR_WEIGHTED_MOVING_AVERAGE: LinearWeightedMovingAverage,
    MovingAverageType.DOUBLE_EXPONENTIAL: DoubleExponentialMovingAverage,
    MovingAverageType.TRIPLE_EXPONENTIAL: TripleExponentialMovingAverage,
    MovingAverageType.TRIANGULAR: TriangularMovingAverage,
    MovingAverageType.T3: T3MovingAverage,
    MovingAverageType.KAMA: KaufmanAdaptiveMovingAverage,
    MovingAverageType.HULL: HullMovingAverage,
    MovingAverageType.ALMA: ArnaudLegouxMovingAverage,
    MovingAverageType.ZLEMA: ZeroLagExponentialMovingAverage,
    MovingAverageType.MGD: McGinleyDynamic,
}
"""The indicator of each type."""


def moving_average(kind: MovingAverageType, name: str | None, period: int) -> IndicatorBase:
    """Make a moving average of a type; without a name it names itself."""
    return KINDS[kind](period) if name is None else KINDS[kind](name, period)
