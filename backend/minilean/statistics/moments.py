"""Sample moments and the normal distribution, in the order of operations of MathNet.Numerics, which LEAN calls.

The order matters: printed statistics are rounded sums of doubles, and another order may round the other way.
"""

import math
from collections.abc import Iterable, Sequence
from statistics import NormalDist

_STANDARD_NORMAL = NormalDist()


def mean(samples: Sequence[float]) -> float:
    """Return the running mean, NaN for no samples."""
    result = 0.0
    for count, value in enumerate(samples, 1):
        result += (value - result) / count
    return result if samples else math.nan


def average(samples: Sequence[float]) -> float:
    """Return sum divided by count, as LINQ's ``Average``; NaN for no samples."""
    total = 0.0
    for value in samples:
        total += value
    return total / len(samples) if samples else math.nan


def variance(samples: Sequence[float]) -> float:
    """Return the sample variance (divisor n - 1), NaN for fewer than two samples."""
    if len(samples) < 2:
        return math.nan
    total = samples[0]
    result = 0.0
    for index in range(1, len(samples)):
        value = samples[index]
        total += value
        difference = (index + 1) * value - total
        result += (difference * difference) / ((index + 1.0) * index)
    return result / (len(samples) - 1)


def standard_deviation(samples: Sequence[float]) -> float:
    """Return the square root of the sample variance."""
    return math.sqrt(variance(samples))


def covariance(first: Sequence[float], second: Sequence[float]) -> float:
    """Return the sample covariance of two lists of equal length, NaN for fewer than two samples."""
    if len(first) < 2:
        return math.nan
    mean_first, mean_second, comoment = first[0], second[0], 0.0
    for index in range(1, len(first)):
        previous_second = mean_second
        mean_first += (first[index] - mean_first) / (index + 1)
        mean_second += (second[index] - mean_second) / (index + 1)
        comoment += (first[index] - mean_first) * (second[index] - previous_second)
    return comoment / (len(first) - 1)


def _central_moments(samples: Iterable[float]) -> tuple[int, float, float, float]:
    count, m1, m2, m3, m4 = 0, 0.0, 0.0, 0.0, 0.0
    for value in samples:
        count += 1
        difference = value - m1
        step = difference / count
        square = step * step
        term = difference * step * (count - 1)
        m1 += step
        m4 += term * square * (count * count - 3 * count + 3) + 6 * square * m2 - 4 * step * m3
        m3 += term * step * (count - 2) - 3 * step * m2
        m2 += term
    return count, m2, m3, m4


def skewness(samples: Sequence[float]) -> float:
    """Return the bias-corrected sample skewness, NaN for fewer than three samples or no spread."""
    count, m2, m3, _ = _central_moments(samples)
    if count < 3 or m2 == 0:
        return math.nan
    return (count * m3 * math.sqrt(m2 / (count - 1))) / (m2 * m2 * (count - 2)) * (count - 1)


def kurtosis(samples: Sequence[float]) -> float:
    """Return the bias-corrected sample excess kurtosis, NaN for fewer than four samples or no spread."""
    count, m2, _, m4 = _central_moments(samples)
    if count < 4 or m2 == 0:
        return math.nan
    scale = (float(count) * count - 1) / ((count - 2) * (count - 3))
    return scale * (count * m4 / (m2 * m2) - 3 + 6.0 / (count + 1))


def normal_distribution(value: float) -> float:
    """Return the standard normal distribution function."""
    return 0.5 * math.erfc(-value / math.sqrt(2.0))


def normal_quantile(probability: float) -> float:
    """Return the value whose standard normal distribution function is ``probability``."""
    return _STANDARD_NORMAL.inv_cdf(probability)
