"""Opening hours: edges of sessions, holidays, early closes, the span of daily bars."""

from pathlib import Path

import pytest

from engine_builders import EARLY_CLOSE, HOLIDAY, DataFolder, local
from minilean.data.history_span import start_of_bars
from minilean.enums import Resolution
from minilean.securities.exchange_hours import SecurityExchangeHours
from minilean.times import DAY, HOUR, TimeZones


@pytest.fixture
def hours(tmp_path: Path) -> SecurityExchangeHours:
    return DataFolder(tmp_path).hours()


@pytest.mark.parametrize(
    ("moment", "regular", "extended"),
    [
        ("20131007 09:29", False, True),
        ("20131007 09:30", True, True),
        ("20131007 15:59", True, True),
        ("20131007 16:00", False, True),
        ("20131007 20:00", False, False),
        ("20131005 12:00", False, False),
        (f"{HOLIDAY} 12:00", False, False),
        (f"{EARLY_CLOSE} 12:59", True, True),
        (f"{EARLY_CLOSE} 13:00", False, False),
    ],
)
def test_open_includes_the_opening_and_excludes_the_close(hours, moment, regular, extended):
    assert hours.is_open(local(moment), extended=False) is regular
    assert hours.is_open(local(moment), extended=True) is extended


def test_next_open_and_close_are_strictly_later_and_skip_closed_days(hours):
    assert hours.next_market_open(local("20131004 09:30"), extended=False) == local("20131007 09:30")
    assert hours.next_market_close(local("20131007 16:00"), extended=False) == local("20131008 16:00")
    assert hours.next_market_open(local("20131127 16:00"), extended=False) == local(f"{EARLY_CLOSE} 09:30")
    assert hours.next_market_close(local("20131127 16:00"), extended=False) == local(f"{EARLY_CLOSE} 13:00")


def test_touching_sessions_of_a_day_are_one_with_extended_hours(hours):
    assert hours.next_market_open(local("20131007 04:00"), extended=True) == local("20131008 04:00")
    assert hours.next_market_close(local("20131007 05:00"), extended=True) == local("20131007 20:00")


def test_a_daily_bar_spans_regular_hours_of_the_day_last_begun(hours):
    calendar = hours.daily_calendar(local(f"{EARLY_CLOSE} 00:00") + DAY)
    assert (calendar.start, calendar.end) == (local(f"{EARLY_CLOSE} 09:30"), local(f"{EARLY_CLOSE} 13:00"))
    before = hours.daily_calendar(local(f"{HOLIDAY} 12:00"))
    assert before.start == local("20131127 09:30")


def test_bars_overlapping_the_session_count_as_open(hours):
    assert hours.is_open_during(local("20131007 09:00"), local("20131007 10:00"), extended=False)
    assert not hours.is_open_during(local("20131007 16:00"), local("20131008 09:30"), extended=False)
    assert hours.regular_duration == 6 * HOUR + HOUR // 2


def test_counting_bars_back_uses_today_only_after_its_close(hours):
    assert start_of_bars(hours, local("20131008 15:00"), Resolution.DAILY, 1, extended=False) == local("20131007 00:00")
    assert start_of_bars(hours, local("20131008 00:00"), Resolution.DAILY, 2, extended=False) == local("20131004 00:00")
    assert start_of_bars(hours, local("20131008 11:20"), Resolution.HOUR, 3, extended=False) == local("20131007 15:00")


def test_local_times_follow_daylight_saving():
    zone = TimeZones().get("America/New_York")
    assert zone.to_utc(local("20130308 16:00")) == local("20130308 21:00")
    assert zone.to_utc(local("20130311 16:00")) == local("20130311 20:00")
    assert zone.to_local(local("20130311 20:00")) == local("20130311 16:00")
