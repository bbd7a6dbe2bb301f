"""Candles: the data that a run has read, put together, and its fills in them."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from leanboard.errors import InvalidInput, NotFound
from leanboard.models.analytics import CandlesResponse
from leanboard.models.analytics_queries import CandlesQuery
from leanboard.models.requests import Resolution
from leanboard.services.analytics.candles import candles
from leanboard.storage.result_document import load_document

HOUR = timedelta(hours=1)


@pytest.fixture
def place(shared: Path, tmp_path: Path):
    """Make the run directory of a recording, with some of its files."""

    def make(name: str) -> Path:
        results = shared / "lean-recordings" / name / "results"
        folder = tmp_path / name
        folder.mkdir()
        (folder / "config.json").write_text(json.dumps({"algorithm-id": name}))
        for file in (*results.glob("*.json"), *results.glob("succeeded-*.txt")):
            (folder / file.name).write_bytes(file.read_bytes())
        return folder

    return make


def asked(folder: Path, root: Path, **query: object) -> CandlesResponse:
    return candles(load_document(folder), folder, root, CandlesQuery.model_validate(query))


def fills_lie_in_their_candles(found: CandlesResponse, length: timedelta, slack: float = 0.001) -> bool:
    """LEAN fills at the close of the bar before, or within a bar."""
    inside = 0
    for fill in found.fills:
        near = [bar for bar in found.candles if bar.time - length <= fill.time <= bar.time + 2 * length]
        low, high = min(bar.low for bar in near), max(bar.high for bar in near)
        inside += low * (1 - slack) <= float(fill.price) <= high * (1 + slack)
    return inside == len(found.fills) > 0


@pytest.mark.shared
class TestOnRealData:
    def test_minutes_as_subscribed(self, place, shared: Path):
        found = asked(place("ok-minute"), shared / "lean-data", symbol="spy")
        assert (found.symbol, found.resolution, found.subscribed) == ("SPY", Resolution.MINUTE, Resolution.MINUTE)
        assert found.total == len(found.candles) > 1900
        assert found.candles[0].time.tzinfo is not None
        assert [bar.time for bar in found.candles] == sorted(bar.time for bar in found.candles)
        assert fills_lie_in_their_candles(found, timedelta(minutes=1))

    def test_coarser_ones_hold_the_same(self, place, shared: Path):
        folder = place("ok-many-orders")
        query = {"symbol": "SPY", "start": "2013-10-07T13:30:00Z", "end": "2013-10-07T19:59:59Z"}
        minutes = asked(folder, shared / "lean-data", **query)
        assert minutes.total == 390
        hours = asked(folder, shared / "lean-data", resolution="hour", **query)
        days = asked(
            folder, shared / "lean-data", symbol="SPY", resolution="daily", start="2013-10-07", end="2013-10-08"
        )
        assert hours.total in {6, 7}
        assert days.resolution is Resolution.DAILY
        assert 1 <= days.total <= 2
        assert max(bar.high for bar in hours.candles) <= max(bar.high for bar in minutes.candles) + 0.01
        assert len(minutes.fills) == len(hours.fills) > 10

    def test_prices_are_those_that_the_run_traded_in(self, place, shared: Path):
        found = asked(place("ok-daily-many-years"), shared / "lean-data", symbol="AAPL", points=20_000)
        assert (found.resolution, found.adjustment) == (Resolution.DAILY, "adjusted")
        assert found.total > 5000
        assert fills_lie_in_their_candles(found, timedelta(days=2), slack=0.01)

    def test_quotes_and_crypto(self, place, shared: Path):
        forex = asked(place("ok-forex"), shared / "lean-data", symbol="EURUSD", points=20_000)
        assert forex.candles[0].volume is None
        assert fills_lie_in_their_candles(forex, timedelta(minutes=1))
        crypto = asked(place("ok-crypto"), shared / "lean-data", symbol="BTCUSD", points=20_000)
        assert crypto.candles[0].volume is not None
        assert fills_lie_in_their_candles(crypto, timedelta(minutes=15), slack=0.01)  # trades are rare
        assert Counter(fill.quantity > 0 for fill in crypto.fills)[True] > 0

    def test_refusals_say_why(self, place, shared: Path, tmp_path: Path):
        folder, data = place("ok-minute"), shared / "lean-data"
        with pytest.raises(NotFound, match="it traded SPY"):
            asked(folder, data, symbol="QQQ")
        with pytest.raises(InvalidInput, match="nothing finer"):
            asked(folder, data, symbol="SPY", resolution="second")
        with pytest.raises(InvalidInput, match="more than 100 candles"):
            asked(folder, data, symbol="SPY", points=100)
        with pytest.raises(InvalidInput, match="ends before"):
            asked(folder, data, symbol="SPY", start="2013-10-20")  # after the run
        with pytest.raises(NotFound, match=r"there is no .* data of this period"):
            asked(folder, data, symbol="SPY", start="2030-01-01", end="2030-01-02")
        empty = tmp_path / "empty"
        (empty / "market-hours").mkdir(parents=True)
        hours = "market-hours/market-hours-database.json"
        (empty / hours).write_bytes((data / hours).read_bytes())
        with pytest.raises(NotFound, match="was removed"):
            asked(folder, empty, symbol="SPY")
        for path in folder.glob("succeeded-*.txt"):
            path.unlink()
        with pytest.raises(NotFound, match="nothing says which data"):
            asked(folder, data, symbol="SPY")

    def test_any_period_can_be_asked_for(self, place, shared: Path):
        folder, data = place("ok-minute"), shared / "lean-data"
        with pytest.raises(InvalidInput, match=r"days of data|more than"):  # at once: not a look for each day
            asked(folder, data, symbol="SPY", start="0001-01-01", end="9999-12-31", points=20)
        with pytest.raises(NotFound, match=r"there is no .* data of this period"):
            asked(folder, data, symbol="SPY", start="9999-12-31", end="9999-12-31")

    def test_times_are_utc(self, place, shared: Path):
        found = asked(place("ok-minute"), shared / "lean-data", symbol="SPY", start="2013-10-07", end="2013-10-07")
        opening = datetime(2013, 10, 7, 13, 30, tzinfo=UTC)
        assert opening in [bar.time for bar in found.candles]
        assert found.candles[0].time >= datetime(2013, 10, 7, tzinfo=UTC)
