"""The thinned equity candles of ``{id}-summary.json``."""

from decimal import ROUND_DOWN, Decimal

from minilean.results.charts import CandlestickSeries, Values

_DAY = 86_400_000_000
_LONGEST_STEP = 7
_CANDLES_PER_DAY = 100
_ONE = Decimal(1)


def thinned(series: CandlestickSeries) -> CandlestickSeries:
    """Merge candles into steps of a day per hundred candles, at most seven days; under two hundred they stay whole.

    The candles of a step are one with its end as time; open, high and low are cut to whole amounts, the close is not.
    What follows the last full step is left out.
    """
    result = CandlestickSeries(series.name, index=series.index, unit=series.unit)
    if not series.times:
        return result
    step = min(_LONGEST_STEP, len(series.times) // _CANDLES_PER_DAY) * _DAY
    if step <= _DAY:
        result.extend(series)
        return result
    result.times.append(series.times[0])
    result.points.append(series.points[0])
    _merge(series, result, step)
    return result


def _merge(series: CandlestickSeries, result: CandlestickSeries, step: int) -> None:
    begin, end = 1, series.times[0] + step
    for index in range(1, len(series.times)):
        while series.times[index] > end:
            _close(series, result, slice(begin, index), end)
            begin, end = index, end + step
    if series.times[-1] == end:
        _close(series, result, slice(begin, len(series.times)), end)


def _close(series: CandlestickSeries, result: CandlestickSeries, part: slice, time: int) -> None:
    candles = series.points[part]
    if not candles:
        return
    merged: Values = (
        candles[0][0],
        max(candle[1] for candle in candles if candle[1] is not None),
        min(candle[2] for candle in candles if candle[2] is not None),
    )
    whole = tuple(value.quantize(_ONE, rounding=ROUND_DOWN) for value in merged if value is not None)
    result.times.append(time)
    result.points.append((*whole, candles[-1][3]))
