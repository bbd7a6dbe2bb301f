"""The market hours database and the symbol properties database of a LEAN data folder."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from minilean import times
from minilean.securities.exchange_hours import SecurityExchangeHours, Segment
from minilean.times import TimeZones

_WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _date_key(text: str) -> int:
    return times.from_datetime(datetime.strptime(text, "%m/%d/%Y"))  # noqa: DTZ007 - a date of the exchange


def _time_of_day(text: str) -> int:
    days, _, clock = text.rpartition(".")
    hours, minutes, seconds = (int(part) for part in clock.split(":"))
    return int(days or 0) * times.DAY + hours * times.HOUR + minutes * times.MINUTE + seconds * times.SECOND


def _segments(entries: list[dict[str, str]]) -> list[Segment]:
    return [Segment(_time_of_day(e["start"]), _time_of_day(e["end"]), e["state"] == "market") for e in entries]


class MarketHoursDatabase:
    """Hours by kind of security and market, each entry decoded when it is first asked for.

    The file has hundreds of entries of which a run needs one or two; decoding only those saves most of the start-up.
    """

    def __init__(self, path: Path, zones: TimeZones) -> None:
        """Read the file.

        Raises:
            FileNotFoundError: LEAN's text for a data folder without the database.
        """
        if not path.is_file():
            raise FileNotFoundError(f"Unable to locate market hours database: {path}")
        self._text = path.read_text(encoding="utf-8")
        self._zones = zones
        self._hours: dict[str, SecurityExchangeHours] = {}

    def equity(self) -> SecurityExchangeHours:
        """Return the hours of US equities."""
        return self._get("Equity-usa-[*]")

    def _get(self, key: str) -> SecurityExchangeHours:
        hours = self._hours.get(key)
        if hours is None:
            hours = self._hours[key] = self._decode(key)
        return hours

    def _decode(self, key: str) -> SecurityExchangeHours:
        name = json.dumps(key)
        at = self._text.find(name)
        if at < 0:
            raise KeyError(f"Unable to locate exchange for {key}")
        begin = self._text.index("{", at + len(name))
        entry: Mapping[str, Any] = json.JSONDecoder().raw_decode(self._text, begin)[0]
        return SecurityExchangeHours(
            self._zones.get(entry["exchangeTimeZone"]),
            self._zones.get(entry["dataTimeZone"]),
            [_segments(entry.get(day) or []) for day in _WEEK],
            {_date_key(text) for text in entry.get("holidays") or []},
            {_date_key(day): _time_of_day(clock) for day, clock in (entry.get("earlyCloses") or {}).items()},
            {_date_key(day): _time_of_day(clock) for day, clock in (entry.get("lateOpens") or {}).items()},
        )


@dataclass(frozen=True, slots=True)
class SymbolProperties:
    """Trading rules of a security: currency it is quoted in, smallest price step and smallest quantity."""

    quote_currency: str
    minimum_price_variation: Decimal
    lot_size: Decimal


class SymbolPropertiesDatabase:
    """Symbol properties by ticker, with the market's wildcard row for those that have none of their own."""

    def __init__(self, path: Path) -> None:
        """Read the file.

        Raises:
            FileNotFoundError: LEAN's text for a data folder without the database.
        """
        if not path.is_file():
            raise FileNotFoundError(f"Unable to locate symbol properties file: {path}")
        self._rows: dict[str, SymbolProperties] = {}
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                if line.startswith("usa,"):
                    self._read(line.rstrip("\n").split(","))

    def _read(self, fields: list[str]) -> None:
        if fields[2].lower() == "equity":
            self._rows[fields[1].upper()] = SymbolProperties(fields[4], Decimal(fields[6]), Decimal(fields[7]))

    def equity(self, ticker: str) -> SymbolProperties:
        """Return the properties of a US equity."""
        row = self._rows.get(ticker.upper()) or self._rows.get("[*]")
        return row or SymbolProperties("USD", Decimal("0.01"), Decimal(1))
