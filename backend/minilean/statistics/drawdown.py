"""Drawdown of an equity curve and the time it took to recover."""

from decimal import Decimal

from minilean.numbers import ONE, ZERO, net_round
from minilean.statistics.series import TimeSeries

_DAY = 86_400_000_000


def drawdown_metrics(equity: TimeSeries[Decimal], places: int = 3) -> tuple[Decimal, int]:
    """Return the largest drawdown as a rounded fraction, and the longest recovery.

    Args:
        equity: Equity by time.
        places: Decimals that the drawdown is rounded to.

    Returns:
        The fraction, and whole days from a peak to the first point that reaches it again; drawdowns that never
        recovered do not count.
    """
    worst, longest, peak, peak_time, below = ZERO, 0, ZERO, 0, False
    for index, (time, value) in enumerate(zip(equity.times, equity.values, strict=True)):
        if index == 0:
            peak, peak_time = value, time
        elif value >= peak:
            longest = max(longest, time - peak_time) if below else longest
            peak, peak_time, below = value, time, False
        else:
            below = True
            worst = max(worst, ONE - value / peak) if peak else worst
    return net_round(worst, places), longest // _DAY
