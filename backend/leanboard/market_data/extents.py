"""What a data folder has in place of what was looked for: other days, other resolutions, other tickers."""

from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path, PurePosixPath
from typing import Final

from leanboard.market_data.catalogue import Catalogue
from leanboard.market_data.errors import MarketDataError
from leanboard.market_data.lean_paths import Series, has_day_files, parse_path
from leanboard.models.requests import Resolution

_STRETCH_GAP: Final = 10  # days without bars that do not end a stretch: holidays, a market that stayed closed


@dataclass(frozen=True, slots=True)
class Extent:
    """Which days there are of a ticker at one resolution.

    Attributes:
        stretches: First and last day of each piece without a longer gap than a few days; oldest first, one at least.
    """

    resolution: Resolution
    stretches: tuple[tuple[date, date], ...]

    @property
    def first_date(self) -> date:
        """First day with bars."""
        return self.stretches[0][0]

    @property
    def last_date(self) -> date:
        """Last day with bars."""
        return self.stretches[-1][1]


def extents(catalogue: Catalogue, series: Series) -> tuple[Extent, ...]:
    """Tell what there is of a series' ticker at every resolution, from fine to coarse.

    Only the kind of data that LEAN cannot do without is looked at. A file that cannot be read counts as none.
    """
    found = []
    for resolution in Resolution:
        try:
            days = catalogue.days_of(Series(series.security_type, series.market, series.ticker, resolution))
        except (MarketDataError, OSError):
            continue
        if days:
            found.append(Extent(resolution, _stretches(sorted(days))))
    return tuple(found)


def listed(catalogue: Catalogue, series: Series) -> tuple[date, date] | None:
    """Return the first and last day on which an equity traded, by its map file; None without one."""
    try:
        map_file = catalogue.map_file(series)
    except (MarketDataError, OSError):
        return None
    return None if map_file is None else (map_file.first_day, map_file.delisting_day)


def neighbours(root: Path, series: Series, limit: int) -> tuple[str, ...]:
    """Return tickers that a folder has of a series' type, market and resolution; those of similar names first."""
    folder = PurePosixPath(series.security_type.value, series.market, series.resolution.value)
    try:
        names = sorted(item.name for item in (root / folder).iterdir())
    except OSError:
        return ()
    if not has_day_files(series.resolution):
        files = (parse_path(folder / name) for name in names)
        names = [file.series.ticker for file in files if file is not None]
    near = get_close_matches(series.ticker, names, n=limit)
    return tuple(dict.fromkeys((*near, *names)))[:limit]


def _stretches(days: list[date]) -> tuple[tuple[date, date], ...]:
    """Cut days that ascend where more than a few are missing."""
    pieces: list[list[date]] = []
    for day in days:
        if pieces and (day - pieces[-1][1]).days <= _STRETCH_GAP:
            pieces[-1][1] = day
        else:
            pieces.append([day, day])
    return tuple((first, last) for first, last in pieces)
