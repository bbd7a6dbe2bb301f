"""The market hours database of a LEAN data folder."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from minilean import times
from minilean.enums import SecurityType
from minilean.securities.exchange_hours import SecurityExchangeHours, Segment
from minilean.securities.symbol import USA, Symbol
from minilean.times import TimeZone, TimeZones

_ANY = "[*]"
_CUSTOM_ZONE = "America/New_York"
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

    def of(self, symbol: Symbol) -> SecurityExchangeHours:
        """Return the hours of a symbol: its own entry, else that of its market.

        Raises:
            KeyError: The market has none.
        """
        if symbol.security_type is SecurityType.EQUITY:
            return self.equity()
        if symbol.security_type is SecurityType.BASE and symbol.market == USA:
            return self._hours.get(symbol.sid) or self.set_always_open(symbol, self._zones.get(_CUSTOM_ZONE))
        market = f"{symbol.security_type.label}-{symbol.market}"
        own = f"{market}-{symbol.value.upper()}"
        return self._get(own if json.dumps(own) in self._text else f"{market}-{_ANY}")

    def set_always_open(self, symbol: Symbol, zone: TimeZone) -> SecurityExchangeHours:
        """Let the exchange of custom data be open always, by the clock of a zone, and return its hours."""
        segments = [Segment(0, times.DAY, regular=True)]
        hours = self._hours[symbol.sid] = SecurityExchangeHours(zone, zone, [segments] * 7, set(), {}, {})
        return hours

    def _get(self, key: str) -> SecurityExchangeHours:
        hours = self._hours.get(key)
        if hours is None:
            hours = self._hours[key] = self._decode(key)
        return hours

    def _entry(self, key: str) -> Mapping[str, Any] | None:
        name = json.dumps(key)
        at = self._text.find(name)
        if at < 0:
            return None
        begin = self._text.index("{", at + len(name))
        entry: Mapping[str, Any] = json.JSONDecoder().raw_decode(self._text, begin)[0]
        return entry

    def _decode(self, key: str) -> SecurityExchangeHours:
        """Build the hours of an entry; one of a single symbol has its market's holidays and exceptions, too."""
        entry = self._entry(key)
        if entry is None:
            raise KeyError(f"Unable to locate exchange for {key}")
        market = {} if key.endswith(_ANY) else self._entry(key.rpartition("-")[0] + f"-{_ANY}") or {}
        return SecurityExchangeHours(
            self._zones.get(entry["exchangeTimeZone"]),
            self._zones.get(entry["dataTimeZone"]),
            [_segments(entry.get(day) or []) for day in _WEEK],
            {_date_key(text) for each in (market, entry) for text in each.get("holidays") or []},
            _exceptions(market, entry, "earlyCloses"),
            _exceptions(market, entry, "lateOpens"),
            days_end_at_close=not key.startswith("Forex-"),
        )


def _exceptions(market: Mapping[str, Any], entry: Mapping[str, Any], name: str) -> dict[int, int]:
    merged = {**(market.get(name) or {}), **(entry.get(name) or {})}
    return {_date_key(day): _time_of_day(clock) for day, clock in merged.items()}
