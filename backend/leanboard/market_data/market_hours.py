"""LEAN's market-hours database, as far as whole trading days go."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

from pydantic import Field, TypeAdapter, ValidationError

from leanboard.market_data.errors import bad_file
from leanboard.market_data.lean_paths import SecurityType
from leanboard.models.base import Frozen
from leanboard.models.wrong_values import first_problem

DATABASE_PATH: Final = Path("market-hours", "market-hours-database.json")
WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_KEY_TYPES = {
    SecurityType.EQUITY: "Equity",
    SecurityType.FOREX: "Forex",
    SecurityType.CFD: "Cfd",
    SecurityType.CRYPTO: "Crypto",
    SecurityType.CRYPTO_FUTURE: "CryptoFuture",
    SecurityType.INDEX: "Index",
}


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
        weeks = enumerate(getattr(self, name) for name in WEEKDAYS)
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
        raise bad_file(path, first_problem(error)) from error
    except ValueError as error:
        raise bad_file(path, f"a holiday must be M/d/yyyy ({error})") from error


def _american_day(text: str) -> date:
    return datetime.strptime(text, "%m/%d/%Y").date()  # noqa: DTZ007  # a day of the exchange, no moment
