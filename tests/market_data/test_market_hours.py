import json
from datetime import date
from pathlib import Path

import pytest

from leanboard.market_data.errors import MarketDataError
from leanboard.market_data.lean_paths import SecurityType
from leanboard.market_data.market_hours import DATABASE_PATH, read_market_hours
from leanboard.market_data.sources.us_calendar import UsEquityCalendar


def test_sessions_of_the_week_of_independence_day():
    sessions = UsEquityCalendar().sessions(date(2013, 7, 1), date(2013, 7, 7))
    assert {day.day: minutes for day, minutes in sessions.items()} == {1: 390, 2: 390, 3: 210, 5: 390}


def test_the_written_database_reads_back(demo: Path):
    hours = read_market_hours(demo).find(SecurityType.EQUITY, "usa", "ANY")
    assert hours.data_time_zone == hours.exchange_time_zone == "America/New_York"
    assert [day.day for day in hours.trading_days(date(2001, 9, 10), date(2001, 9, 18))] == [10, 17, 18]
    assert not hours.is_trading_day(date(2018, 12, 5))
    assert hours.trading_days(date(2013, 10, 12), date(2013, 10, 13)) == []
    assert read_market_hours(demo).find(SecurityType.FOREX, "oanda", "eurusd") is None


def test_the_written_entry_has_lean_s_form(demo: Path):
    entry = json.loads((demo / DATABASE_PATH).read_text())["entries"]["Equity-usa-[*]"]
    assert entry["saturday"] == entry["sunday"] == []
    assert [tuple(part.values()) for part in entry["friday"]] == [
        ("04:00:00", "09:30:00", "premarket"),
        ("09:30:00", "16:00:00", "market"),
        ("16:00:00", "20:00:00", "postmarket"),
    ]
    assert entry["earlyCloses"]["7/3/2013"] == "13:00:00"
    assert "9/11/2001" in entry["holidays"]


def test_a_ticker_s_own_entry_wins_and_letter_case_does_not_matter(tmp_path: Path):
    path = tmp_path / DATABASE_PATH
    path.parent.mkdir()
    market = {"dataTimeZone": "UTC", "exchangeTimeZone": "UTC"}
    always = {"sunday": [{"start": "00:00:00", "end": "1.00:00:00", "state": "market"}]}
    path.write_text(json.dumps({"entries": {"Index-usa-[*]": market, "Index-usa-SPX": market | always}}))
    database = read_market_hours(tmp_path)
    assert database.find(SecurityType.INDEX, "usa", "spx").weekdays == {6}
    assert database.find(SecurityType.INDEX, "usa", "ndx").weekdays == frozenset()


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("{", "market-hours-database.json"),
        ("{}", "entries"),
        ('{"entries": {"Equity-usa-[*]": {"dataTimeZone": "UTC"}}}', "exchangeTimeZone"),
        ('{"entries": {"a": {"dataTimeZone": "", "exchangeTimeZone": "", "holidays": ["2013-12-25"]}}}', "M/d/yyyy"),
    ],
)
def test_a_bad_database_is_named(tmp_path: Path, text: str, rule: str):
    path = tmp_path / DATABASE_PATH
    path.parent.mkdir()
    path.write_text(text)
    with pytest.raises(MarketDataError, match=rule):
        read_market_hours(tmp_path)
