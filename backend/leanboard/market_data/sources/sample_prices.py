"""Real daily prices of five US stocks, from the PyPI package bokeh_sampledata.

The package has AAPL, FB, GOOG, IBM and MSFT from 2000-03-01 (FB, GOOG: from their first day) to 2013-03-01 with
the columns Date, Open, High, Low, Close, Volume, Adj Close. What they are was checked against the splits inside
the span (AAPL 2000-06-21 and 2005-02-28, MSFT 2003-02-18, each 2 for 1):

* Open, high, low and close are **raw**: they halve at each split. LEAN wants them so.
* Volume is raw too (AAPL's doubles after its splits), except GOOG's, which is already doubled for the share
  distribution of 2014; it is halved here to be what was traded on the day.
* Adj Close is full precision, adjusted for splits and dividends up to 2018, so close / adj close is constant
  between events. At an event its step is ``close / (close + dividend)`` with the close of the ex-day, or the
  split's ratio. Both are inverted here: dividends come out in whole cents, as they were paid. Events after the
  last day are in every row alike and fall out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final, TypedDict, cast

import numpy as np
from numpy.typing import NDArray

from leanboard.market_data.errors import MarketDataError
from leanboard.market_data.lean_format import Bars, Numbers, bars_of_days
from leanboard.market_data.security_master import CorporateEvent

PACKAGE: Final = "bokeh_sampledata"

_EVENT_STEP = 1e-6  # steps between events are below 1e-12, the smallest dividend makes 1e-3
_SPLIT_STEPS = (0.8, 1.25)  # a step inside is a dividend
_LARGEST_SPLIT_TERM = 20


@dataclass(frozen=True, slots=True)
class Listing:
    """What the package does not say of a stock.

    Attributes:
        ticker: In lower case.
        first_day: First row of LEAN's map file: the first day of trading, 1998-01-02 if that was earlier.
        exchange: LEAN's one-letter code: Q is NASDAQ, N is NYSE.
        volume_divisor: What the package's volume must be divided by to be that of the day.
    """

    ticker: str
    first_day: date
    exchange: str
    volume_divisor: int = 1


LISTINGS: Final = (
    Listing("aapl", date(1998, 1, 2), "Q"),
    Listing("fb", date(2012, 5, 18), "Q"),
    Listing("goog", date(2004, 8, 19), "Q", volume_divisor=2),
    Listing("ibm", date(1998, 1, 2), "N"),
    Listing("msft", date(1998, 1, 2), "Q"),
)


@dataclass(frozen=True, eq=False, slots=True)
class DailyHistory:
    """All raw daily bars of one stock and its splits and dividends, both ascending."""

    listing: Listing
    bars: Bars
    events: tuple[CorporateEvent, ...]


class _Columns(TypedDict):
    date: list[str]
    open: list[float]
    high: list[float]
    low: list[float]
    close: list[float]
    volume: list[int]
    adj_close: list[float]


def read_sample_prices() -> Iterator[DailyHistory]:
    """Yield the history of each stock in LISTINGS.

    Raises:
        MarketDataError: The package does not hold what is documented above.
    """
    from bokeh_sampledata import stocks  # noqa: PLC0415  # reads its file on import

    for listing in LISTINGS:
        columns = cast("_Columns", getattr(stocks, listing.ticker.upper()))
        days = [date.fromisoformat(text) for text in columns["date"]]
        yield DailyHistory(listing, _bars(listing, days, columns), tuple(_events(listing, days, columns)))


def _bars(listing: Listing, days: list[date], columns: _Columns) -> Bars:
    prices = [columns["open"], columns["high"], columns["low"], columns["close"]]
    volume = np.array(columns["volume"], dtype=np.int64) // listing.volume_divisor
    return bars_of_days(days, np.column_stack([*prices, volume]).astype(np.float64))


def _events(listing: Listing, days: list[date], columns: _Columns) -> Iterator[CorporateEvent]:
    close: Numbers = np.array(columns["close"])
    ratio = np.array(columns["adj_close"]) / close
    steps = ratio[:-1] / ratio[1:]
    for index in _event_indices(steps):
        step = float(steps[index])
        reference = Decimal(repr(float(close[index])))
        if _SPLIT_STEPS[0] < step < _SPLIT_STEPS[1]:
            dividend = _dividend(float(close[index + 1]), step)
            yield CorporateEvent(days[index], reference, dividend=dividend)
        else:
            yield CorporateEvent(days[index], reference, split=_split(listing, days[index + 1], step))


def _event_indices(steps: Numbers) -> NDArray[np.intp]:
    return np.flatnonzero(np.abs(steps - 1) > _EVENT_STEP)


def _dividend(ex_day_close: float, step: float) -> Decimal:
    return Decimal(repr(round(ex_day_close * (1 / step - 1), 4)))


def _split(listing: Listing, ex_day: date, step: float) -> Decimal:
    fraction = Fraction(step).limit_denominator(_LARGEST_SPLIT_TERM)
    if abs(float(fraction) - step) > _EVENT_STEP:
        msg = (
            f"{PACKAGE}: {listing.ticker} {ex_day.isoformat()}: adj close steps by {step:.7f}, no split has that ratio"
        )
        raise MarketDataError(msg)
    return Decimal(fraction.numerator) / Decimal(fraction.denominator)
