"""LEAN's market-hours database: read for trading days, and written for US equities from the exchange's calendar."""

import json
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

from pydantic import Field, TypeAdapter, ValidationError

from leanboard.market_data.errors import bad_file
from leanboard.market_data.lean_paths import SecurityType
from leanboard.models.base import Frozen

DATABASE_PATH: Final = Path("market-hours", "market-hours-database.json")
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_KEY_TYPES = {
    SecurityType.EQUITY: "Equity",
    SecurityType.FOREX: "Forex",
    SecurityType.CFD: "Cfd",
    SecurityType.CRYPTO: "Crypto",
    SecurityType.CRYPTO_FUTURE: "CryptoFuture",
    SecurityType.INDEX: "Index",
}
_FIRST_DAY, _LAST_DAY = date(1998, 1, 1), date(2028, 12, 31)  # LEAN's equity data starts in 1998


@dataclass(frozen=True, slots=True)
class MarketHours:
    """One entry of the database, as far as whole days go.

    Attributes:
        data_time_zone: Zone of the times in data files.
        exchange_time_zone: Zone of the sessions and holidays.
        weekdays: Days with a regular session, Monday is 0.
        holidays: Days without one.
    """

    data_time_zone: str
    exchange_time_zone: str
    weekdays: frozenset[int]
    holidays: frozenset[date]

    def is_trading_day(self, day: date) -> bool:
        """Tell whether there is a regular session on a day."""
        return day.weekday() in self.weekdays and day not in self.holidays

    def trading_days(self, first: date, last: date) -> list[date]:
        """Return the trading days from first to last, both included."""
        days = (first + timedelta(days=number) for number in range((last - first).days + 1))
        return [day for day in days if self.is_trading_day(day)]


@dataclass(frozen=True, slots=True)
class MarketHoursDatabase:
    """The entries by LEAN's key, ``{SecurityType}-{market}-{ticker or [*]}`` in lower case."""

    entries: Mapping[str, MarketHours]

    def find(self, security_type: SecurityType, market: str, ticker: str) -> MarketHours | None:
        """Return the entry of a ticker, or its market's, or None."""
        prefix = f"{_KEY_TYPES[security_type]}-{market}-".lower()
        return self.entries.get(prefix + ticker.lower()) or self.entries.get(prefix + "[*]")


class _Segment(Frozen):
    start: str
    end: str
    state: str


class _Entry(Frozen, extra="ignore"):
    data_time_zone: str = Field(alias="dataTimeZone")
    exchange_time_zone: str = Field(alias="exchangeTimeZone")
    monday: tuple[_Segment, ...] = ()
    tuesday: tuple[_Segment, ...] = ()
    wednesday: tuple[_Segment, ...] = ()
    thursday: tuple[_Segment, ...] = ()
    friday: tuple[_Segment, ...] = ()
    saturday: tuple[_Segment, ...] = ()
    sunday: tuple[_Segment, ...] = ()
    holidays: tuple[str, ...] = ()

    def hours(self) -> MarketHours:
        weeks = enumerate((getattr(self, name) for name in _WEEKDAYS))
        trading = frozenset(number for number, day in weeks if any(part.state.lower() == "market" for part in day))
        holidays = frozenset(_american_day(text) for text in self.holidays)
        return MarketHours(self.data_time_zone, self.exchange_time_zone, trading, holidays)


class _Document(Frozen, extra="ignore"):
    entries: dict[str, _Entry]


_DOCUMENT = TypeAdapter(_Document)


def read_market_hours(root: Path) -> MarketHoursDatabase:
    """Read the database of a data folder.

    Raises:
        MarketDataError: It is absent, no JSON, or an entry is not what LEAN expects.
    """
    path = root / DATABASE_PATH
    try:
        document = _DOCUMENT.validate_json(path.read_bytes())
        return MarketHoursDatabase({key.lower(): entry.hours() for key, entry in document.entries.items()})
    except OSError as error:
        raise bad_file(path, f"cannot be read ({error.strerror})") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise bad_file(path, f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    except ValueError as error:
        raise bad_file(path, f"a holiday must be M/d/yyyy ({error})") from error


def us_equity_database() -> str:
    """Return a market-hours database with ``Equity-usa-[*]`` as JSON text.

    Holidays and early closes from 1998 to 2028 are those of exchange_calendars' XNYS; regular session 9:30 to
    16:00, pre-market from 4:00, post-market to 20:00, New York time; early closes at 13:00.
    """
    holidays, early_closes = _xnys_exceptions()
    day = [
        {"start": "04:00:00", "end": "09:30:00", "state": "premarket"},
        {"start": "09:30:00", "end": "16:00:00", "state": "market"},
        {"start": "16:00:00", "end": "20:00:00", "state": "postmarket"},
    ]
    sessions = {name: (day if number < 5 else []) for number, name in enumerate(_WEEKDAYS)}
    entry = {
        "dataTimeZone": "America/New_York",
        "exchangeTimeZone": "America/New_York",
        **sessions,
        "holidays": [_american_text(day) for day in holidays],
        "earlyCloses": {_american_text(day): time for day, time in early_closes.items()},
        "lateOpens": {},
    }
    return json.dumps({"entries": {"Equity-usa-[*]": entry}}, indent=1) + "\n"


def us_sessions(first: date, last: date) -> dict[date, int]:
    """Return the minutes of each regular US equity session from first to last, both included (390, or 210)."""
    holidays, early_closes = _xnys_exceptions()
    weekdays = frozenset(range(5))
    hours = MarketHours("America/New_York", "America/New_York", weekdays, frozenset(holidays))
    return {day: _minutes(early_closes.get(day, "16:00:00")) for day in hours.trading_days(first, last)}


def _minutes(close: str) -> int:
    hour, minute, _ = map(int, close.split(":"))
    return hour * 60 + minute - (9 * 60 + 30)


def _xnys_exceptions() -> tuple[list[date], dict[date, str]]:
    with warnings.catch_warnings():
        # exchange_calendars 4 meets deprecations of pandas 3; they concern its inside, not the days it gives.
        warnings.simplefilter("ignore")
        import exchange_calendars  # noqa: PLC0415  # takes a second, and only the writer needs it

        calendar = exchange_calendars.get_calendar("XNYS", start=_FIRST_DAY.isoformat(), end=_LAST_DAY.isoformat())
        sessions = {moment.date() for moment in calendar.sessions}
        closes = {moment.date(): calendar.session_close(moment) for moment in calendar.early_closes}
    span = (_FIRST_DAY + timedelta(days=number) for number in range((_LAST_DAY - _FIRST_DAY).days + 1))
    holidays = [day for day in span if day.weekday() < 5 and day not in sessions]
    return holidays, {day: f"{close.tz_convert('America/New_York'):%H:%M:%S}" for day, close in closes.items()}


def _american_day(text: str) -> date:
    return datetime.strptime(text, "%m/%d/%Y").date()  # noqa: DTZ007  # a day of the exchange, no moment


def _american_text(day: date) -> str:
    return f"{day.month}/{day.day}/{day.year}"
