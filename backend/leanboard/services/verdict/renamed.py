"""Securities that had several tickers: LEAN looks for a file of each, and together they are one. Blocks."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

from leanboard.market_data.catalogue import Catalogue
from leanboard.market_data.errors import MarketDataError
from leanboard.market_data.lean_paths import SecurityType, Series
from leanboard.services.verdict.evidence import SeriesUse


def joined(uses: tuple[SeriesUse, ...], catalogue: Catalogue) -> tuple[SeriesUse, ...]:
    """Put what was asked of a security's earlier tickers to the series that carries its map file.

    Args:
        uses: As LEAN's lists have them, by the ticker of the day.
        catalogue: Of the folder that the run had read.
    """
    there = {use.series: use for use in uses}
    owners = _owners(there, catalogue)
    parts: dict[Series, list[SeriesUse]] = defaultdict(list)
    for use in uses:
        parts[owners.get(use.series, use.series)].append(use)
    return tuple(_one(there[series], pieces) for series, pieces in parts.items())


def _owners(there: Mapping[Series, SeriesUse], catalogue: Catalogue) -> dict[Series, Series]:
    """From the series of an earlier ticker to that of the security."""
    owners: dict[Series, Series] = {}
    for series in there:
        for ticker in _tickers(series, catalogue):
            earlier = replace(series, ticker=ticker)
            if ticker != series.ticker and earlier in there:
                owners[earlier] = series
    return {earlier: owner for earlier, owner in owners.items() if owner not in owners}


def _tickers(series: Series, catalogue: Catalogue) -> frozenset[str]:
    if series.security_type is not SecurityType.EQUITY:
        return frozenset()
    try:
        map_file = catalogue.map_file(series)
    except (MarketDataError, OSError):
        return frozenset()
    return frozenset(row.ticker for row in map_file.rows) if map_file is not None else frozenset()


def _one(owner: SeriesUse, pieces: list[SeriesUse]) -> SeriesUse:
    found = {day for piece in pieces for day in piece.found}
    missing = {day for piece in pieces for day in piece.missing} - found
    opened = None if owner.opened is None else any(piece.opened for piece in pieces)
    absent = tuple(
        piece.series.ticker for piece in pieces if piece is not owner and piece.opened is False and owner.opened
    )
    return replace(
        owner,
        found=tuple(sorted(found)),
        missing=tuple(sorted(missing)),
        opened=opened,
        own=owner.own and all(piece.own for piece in pieces),
        absent_names=absent,
    )
