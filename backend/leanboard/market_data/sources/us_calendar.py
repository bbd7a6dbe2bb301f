"""Sessions of US equities from exchange_calendars' XNYS, and the market-hours database made from them."""

import json
import warnings
from datetime import date, timedelta
from typing import Final

from leanboard.market_data.market_hours import WEEKDAYS

FIRST_DAY: Final = date(1998, 1, 1)  # LEAN's US equity data starts in 1998
LAST_DAY: Final = date(2028, 12, 31)
REGULAR_MINUTES: Final = 390
_OPEN_MINUTE = 9 * 60 + 30


class UsEquityCalendar:
    """Trading days of the New York Stock Exchange from FIRST_DAY to LAST_DAY."""

    def __init__(self) -> None:
        with warnings.catch_warnings():
            # exchange_calendars 4 meets deprecations of pandas 3; they concern its inside, not the days it gives.
            warnings.simplefilter("ignore")
            import exchange_calendars  # noqa: PLC0415  # takes a second, and only this class needs it

            calendar = exchange_calendars.get_calendar("XNYS", start=FIRST_DAY.isoformat(), end=LAST_DAY.isoformat())
            self._sessions = frozenset(moment.date() for moment in calendar.sessions)
            closes = {moment.date(): calendar.session_close(moment) for moment in calendar.early_closes}
        self._early_closes = {day: close.tz_convert("America/New_York").time() for day, close in closes.items()}

    def sessions(self, first: date, last: date) -> dict[date, int]:
        """Return the regular sessions from first to last, both included, and their minutes (390, or 210)."""
        return {day: self._minutes(day) for day in _span(first, last) if day in self._sessions}

    def database(self) -> str:
        """Return a market-hours database with the one entry ``Equity-usa-[*]``, as JSON text.

        Regular session 9:30 to 16:00, pre-market from 4:00, post-market to 20:00, New York time.
        """
        holidays = [day for day in _span(FIRST_DAY, LAST_DAY) if day.weekday() < 5 and day not in self._sessions]
        segments = [
            {"start": "04:00:00", "end": "09:30:00", "state": "premarket"},
            {"start": "09:30:00", "end": "16:00:00", "state": "market"},
            {"start": "16:00:00", "end": "20:00:00", "state": "postmarket"},
        ]
        entry = {
            "dataTimeZone": "America/New_York",
            "exchangeTimeZone": "America/New_York",
            **{name: (segments if number < 5 else []) for number, name in enumerate(WEEKDAYS)},
            "holidays": [_american_text(day) for day in holidays],
            "earlyCloses": {_american_text(day): close.isoformat() for day, close in self._early_closes.items()},
            "lateOpens": {},
        }
        return json.dumps({"entries": {"Equity-usa-[*]": entry}}, indent=1) + "\n"

    def _minutes(self, day: date) -> int:
        close = self._early_closes.get(day)
        return close.hour * 60 + close.minute - _OPEN_MINUTE if close else REGULAR_MINUTES


def _span(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _american_text(day: date) -> str:
    return f"{day.month}/{day.day}/{day.year}"
