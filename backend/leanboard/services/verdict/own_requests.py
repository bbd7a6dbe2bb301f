"""Which data LEAN looked for by itself: its benchmark, and rates between currencies. Pure."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from leanboard.market_data.lean_paths import SecurityType, Series, has_day_files
from leanboard.models.requests import Resolution

DEFAULT_BENCHMARK: Final = "spy"
_CONVERTING: Final = frozenset({SecurityType.CRYPTO, SecurityType.FOREX, SecurityType.CFD})


@dataclass(frozen=True, slots=True)
class Named:
    """What the strategy names.

    Attributes:
        resolutions: That it subscribes to; empty where its text does not tell.
        text: Its code, parameters and request, in upper case; empty where it cannot be read.
    """

    resolutions: frozenset[Resolution] = frozenset()
    text: str = ""

    def ticker(self, ticker: str) -> bool:
        """Whether a ticker occurs in the text."""
        return ticker.upper() in self.text


def own_requests(asked: Collection[Series], named: Named) -> frozenset[Series]:
    """Return the series that the strategy did not ask for, as far as can be told; in doubt it did."""
    own = {series for series in asked if _is_benchmark(series, asked, named)}
    return frozenset(own | {series for series in asked if _is_rate(series, asked, named)})


def _is_benchmark(series: Series, asked: Iterable[Series], named: Named) -> bool:
    """Hour bars of the benchmark, daily ones for LEAN's analysis."""
    if has_day_files(series.resolution):
        return False
    if series.ticker == DEFAULT_BENCHMARK and not named.ticker(DEFAULT_BENCHMARK):
        return True
    if series.resolution in named.resolutions or not named.text:
        return not named.text and series.ticker == DEFAULT_BENCHMARK
    same = (series.security_type, series.market, series.ticker)
    others = any(
        (other.security_type, other.market, other.ticker) == same and other.resolution is not series.resolution
        for other in asked
    )
    return bool(named.resolutions) and (others or series.ticker == DEFAULT_BENCHMARK)


def _is_rate(series: Series, asked: Iterable[Series], named: Named) -> bool:
    """A pair that nobody names, beside ones that the strategy names: LEAN converts currencies with it."""
    if series.security_type not in _CONVERTING or not named.text or named.ticker(series.ticker):
        return False
    return any(named.ticker(other.ticker) for other in asked)
