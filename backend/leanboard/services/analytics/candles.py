"""Candles of a traded symbol with the run's fills in them, from the service's data folder. Blocks."""

import math
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from statistics import median
from zoneinfo import ZoneInfo

from leanboard.errors import InvalidInput, NotFound
from leanboard.market_data.errors import MarketDataError
from leanboard.market_data.lean_paths import SecurityType, Series
from leanboard.market_data.market_hours import read_market_hours
from leanboard.market_data.security_master import FactorRow, factor_file_path, read_factor_file
from leanboard.models.analytics import Candle, CandlesResponse, Fill
from leanboard.models.analytics_queries import CandlesQuery
from leanboard.models.requests import Resolution
from leanboard.services.analytics.bar_data import (
    Bar,
    at_resolution,
    is_finer,
    put_together,
    read_period,
    subscribed,
)
from leanboard.services.analytics.orders import order_events
from leanboard.services.analytics.trades import is_symbol, symbol_id
from leanboard.storage.lean_json import section, text
from leanboard.storage.result_document import ResultDocument

_COMPARED = 50  # fills that tell in which prices a run traded
_MAX_FILLS = 20_000
_EARLIEST, _LATEST = datetime(1, 1, 3, tzinfo=UTC), datetime(9999, 12, 29, tzinfo=UTC)

Factor = Callable[[date], float]


@dataclass(frozen=True, slots=True)
class _Security:
    """A traded security: its ticker, LEAN's id, and all names in lower case that its files may have."""

    ticker: str
    id: str
    permtick: str
    names: frozenset[str]


def candles(document: ResultDocument, directory: Path, root: Path, query: CandlesQuery) -> CandlesResponse:
    """Return bars of a period, and the fills of the symbol.

    Args:
        document: LEAN's result.
        directory: Of the run.
        root: The service's data folder.
        query: Which symbol and period; the run's own period if none is asked for.

    Raises:
        NotFound: The run did not trade the symbol, or its data is not in the folder.
        InvalidInput: A finer resolution than the run has read, or too many candles.
    """
    security = _traded(document, query.symbol)
    series = subscribed(directory, security.names)
    if not series:
        msg = f"nothing says which data of {security.ticker} this run has read (succeeded-data-requests-*.txt)"
        raise NotFound(msg)
    resolution = query.resolution or series[0].resolution
    if is_finer(resolution, series[0].resolution):
        msg = f"the run has read {series[0].resolution.value} data of {security.ticker}, nothing finer"
        raise InvalidInput(msg, field="resolution")
    zone = _zone(root, series[0])
    start, end = _period(document, query)
    source = at_resolution(root, series, resolution)
    bars = _bars(root, source, resolution, (start.astimezone(zone).date(), end.astimezone(zone).date()))
    found = _within(bars, zone, start, end, query.points)
    if not found:
        msg = f"there is no {source[0]} data of this period in {root}: the run read it elsewhere, or it was removed"
        raise NotFound(msg)
    fills = _fills(document, security, start, end)
    name, factor = _adjustment(root, series[0], security, found, fills)
    return CandlesResponse(
        symbol=security.ticker,
        resolution=resolution,
        subscribed=series[0].resolution,
        adjustment=name,
        total=len(found),
        candles=tuple(_candle(moment, bar, factor(bar.time.date())) for moment, bar in found),
        fills=fills,
    )


def _traded(document: ResultDocument, wanted: str) -> _Security:
    symbols = [
        section(order, "symbol") for order in section(document.root, "orders").values() if isinstance(order, dict)
    ]
    for symbol in symbols:
        if is_symbol(symbol, wanted):
            ticker, permtick = text(symbol, "value"), text(symbol, "permtick")
            return _Security(ticker, symbol_id(symbol), permtick, frozenset({ticker.lower(), permtick.lower()}))
    traded = sorted({text(symbol, "value") for symbol in symbols})
    msg = f"the run did not trade {wanted!r}; it traded {', '.join(traded[:20]) or 'nothing'}"
    raise NotFound(msg)


def _zone(root: Path, series: Series) -> ZoneInfo:
    hours = read_market_hours(root).find(series.security_type, series.market, series.ticker)
    return ZoneInfo(hours.data_time_zone if hours is not None else "UTC")


def _period(document: ResultDocument, query: CandlesQuery) -> tuple[datetime, datetime]:
    configured, asked = document.state.configuration, query.period
    first = configured.start_date or date(1998, 1, 1)
    last = configured.end_date or first
    # The run's days are its own zone's, which is behind or ahead of UTC.
    start = _within_reach(asked.start or _within_reach(datetime.combine(first, time.min, UTC)) - timedelta(hours=12))
    end = _within_reach(asked.end or _within_reach(datetime.combine(last, time.max, UTC)) + timedelta(hours=14))
    if end < start:
        raise InvalidInput("the period ends before it starts", field="end")
    return start, end


def _within_reach(moment: datetime) -> datetime:
    """Keep away from the first and the last day that there are: they have none before or after in other zones."""
    return min(max(moment, _EARLIEST), _LATEST)


def _bars(root: Path, source: tuple[Series, ...], wanted: Resolution, days: tuple[date, date]) -> Iterator[Bar]:
    bars = read_period(root, source, *days)
    return bars if source[0].resolution is wanted else put_together(bars, wanted)


def _within(
    bars: Iterator[Bar], zone: ZoneInfo, start: datetime, end: datetime, limit: int
) -> list[tuple[datetime, Bar]]:
    timed = ((bar.time.replace(tzinfo=zone).astimezone(UTC), bar) for bar in bars)
    found = list(islice((pair for pair in timed if start <= pair[0] <= end), limit + 1))
    if len(found) > limit:
        msg = f"the period has more than {limit} candles; ask for a shorter one, or for a coarser resolution"
        raise InvalidInput(msg, field="points")
    return found


def _candle(moment: datetime, bar: Bar, factor: float) -> Candle:
    first, high, low, last = (round(price * factor, 8) for price in (bar.open, bar.high, bar.low, bar.close))
    return Candle(moment, first, high, low, last, bar.volume)


def _fills(document: ResultDocument, security: _Security, start: datetime, end: datetime) -> tuple[Fill, ...]:
    events = order_events(document, security.id or security.ticker)
    found = (
        Fill(event.time, event.order_id, event.fill_quantity, event.fill_price)
        for event in events
        if event.time is not None and event.fill_quantity and event.fill_price and start <= event.time <= end
    )
    return tuple(islice(found, _MAX_FILLS))


def _adjustment(
    root: Path, series: Series, security: _Security, found: Sequence[tuple[datetime, Bar]], fills: Sequence[Fill]
) -> tuple[str, Factor]:
    """Choose the prices in which the fills lie: LEAN's result does not say which ones the strategy asked for."""
    rows = _factor_rows(root, series, security)
    choices: dict[str, Factor] = {
        "raw": lambda _day: 1.0,
        "split": lambda day: _of_day(rows, day, lambda row: float(row.split_factor)),
        "adjusted": lambda day: _of_day(rows, day, lambda row: float(row.split_factor * row.price_factor)),
    }
    if not rows:
        return "raw", choices["raw"]
    distances = {name: _distance(found, fills[:_COMPARED], factor) for name, factor in choices.items()}
    best = min(distances, key=lambda name: distances[name])
    return best, choices[best]


def _factor_rows(root: Path, series: Series, security: _Security) -> tuple[FactorRow, ...]:
    if series.security_type is not SecurityType.EQUITY or "/" in security.permtick:
        return ()
    try:
        return read_factor_file(factor_file_path(root, series.market, security.permtick or security.ticker))
    except MarketDataError:  # LEAN, too, takes prices as they are then
        return ()


def _of_day(rows: Sequence[FactorRow], day: date, factor: Callable[[FactorRow], float]) -> float:
    return next((factor(row) for row in rows if row.day >= day), 1.0)


def _distance(found: Sequence[tuple[datetime, Bar]], fills: Sequence[Fill], factor: Factor) -> float:
    """How far the fills lie from the candles that they happened in: median of the logarithms of the ratios."""
    moments = [moment for moment, _ in found]
    distances = []
    for fill in fills:
        bar = found[max(0, bisect_right(moments, fill.time) - 1)][1]
        price = bar.close * factor(bar.time.date())
        if price > 0 and fill.price > 0:
            distances.append(abs(math.log(float(fill.price) / price)))
    return median(distances) if distances else 0.0
