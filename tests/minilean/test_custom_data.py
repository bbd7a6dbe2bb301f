"""Custom data: points and their properties, sources by day, and runs that read, consolidate, trade and ask for it."""

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from engine_builders import DataFolder, Finished, local, run_strategy
from minilean import times
from minilean.algorithm.custom_data import custom_symbol
from minilean.consolidators.dynamic import DynamicDataConsolidator
from minilean.data.custom import (
    FileFormat,
    PythonData,
    SubscriptionDataSource,
    SubscriptionTransportMedium,
    default_resolution,
    require_plain,
)
from minilean.data.custom_reader import CustomDataReader, CustomDataSources
from minilean.data.map_files import MapFile
from minilean.data.subscription_data_config import SubscriptionDataConfig
from minilean.enums import Resolution, TickType
from minilean.securities.market_hours_database import MarketHoursDatabase
from minilean.surface import NotSupportedError
from minilean.times import TimeZones

DAY = timedelta(days=1)


def _on(text: str) -> datetime:
    return times.to_datetime(local(text))


LOCAL_FILE = SubscriptionTransportMedium.LOCAL_FILE


def test_properties_by_attribute_and_in_brackets() -> None:
    point = PythonData()
    point.Value = 1.1
    point["Rate"] = 0.1 + 0.2
    point.OpenInterest = 5
    assert (point.value_, point.value, point.price) == (Decimal("1.1"), 1.1, 1.1)
    assert (point["rate"], point.rate) == (0.3, 0.3)
    assert (point.openinterest, point.open_interest, point["OpenInterest"]) == (5, 5, 5)
    assert point.storage_ == {"rate": 0.3, "openinterest": 5}
    with pytest.raises(KeyError, match="Property with name 'missing' does not exist"):
        point["missing"]
    with pytest.raises(AttributeError):
        _ = point.missing


def test_time_and_end_give_each_other() -> None:
    first, second = PythonData(), PythonData()
    first.time = _on("20200102 00:00")
    assert first.end_time == _on("20200102 00:00")
    first.EndTime = _on("20200103 00:00")
    assert (first.time, first.end_time) == (_on("20200102 00:00"), _on("20200103 00:00"))
    second["end_time"] = _on("20200103 00:00")
    assert second.time == _on("20200103 00:00")
    assert not PythonData().is_dated_


def test_times_are_rounded_down_by_the_length() -> None:
    point = PythonData()
    point.time = _on("20200102 07:30")
    point.end_time = _on("20200103 07:30")
    point.settle_(custom_symbol(PythonData, "x"), 0)
    assert (point.time, point.end_time) == (_on("20200102 00:00"), _on("20200103 07:30"))


def test_copies_are_apart() -> None:
    point = PythonData()
    point["a"] = 1
    copy = point.filled_forward(1, 2, 3)
    copy["a"] = 2
    assert (point["a"], copy.end_utc, copy.is_fill_forward) == (1, 3, True)


def test_sources_that_are_not_supported() -> None:
    SubscriptionDataSource("x.csv").require_supported()
    refused = [
        (SubscriptionDataSource("https://host/x.csv"), "REMOTE_FILE"),
        (SubscriptionDataSource("x", SubscriptionTransportMedium.REST), "REST"),
        (SubscriptionDataSource("x", LOCAL_FILE, FileFormat.UNFOLDING_COLLECTION), "UNFOLDING_COLLECTION"),
    ]
    for source, name in refused:
        with pytest.raises(NotSupportedError, match=name):
            source.require_supported()


def test_what_a_class_says_of_itself() -> None:
    class Hourly(PythonData):
        def default_resolution(self) -> Resolution:
            return Resolution.HOUR

        def SupportedResolutions(self) -> list[Resolution]:  # noqa: N802 - LEAN's other spelling
            return [Resolution.HOUR]

    class Mapped(PythonData):
        def requires_mapping(self) -> bool:
            return True

    assert default_resolution(PythonData) is Resolution.MINUTE
    assert default_resolution(Hourly) is Resolution.HOUR
    require_plain(Hourly, Resolution.HOUR)
    with pytest.raises(ValueError, match="Sorry Daily is not a supported resolution for Hourly"):
        require_plain(Hourly, Resolution.DAILY)
    with pytest.raises(NotSupportedError, match="requires_mapping"):
        require_plain(Mapped, Resolution.DAILY)


class _Feed:
    """A custom feed of files in a folder; notes what is asked."""

    def __init__(self, tmp_path: Path, name: str) -> None:
        hours_folder = DataFolder(tmp_path / "data")
        zones = TimeZones()
        database = MarketHoursDatabase(hours_folder.root / "market-hours/market-hours-database.json", zones)
        asked = self.asked = []

        class Points(PythonData):
            def get_source(self, _config: Any, date: datetime, _live: bool) -> SubscriptionDataSource:
                asked.append(date)
                return SubscriptionDataSource(str(tmp_path / date.strftime(name)), LOCAL_FILE)

            def reader(self, config: Any, line: str, _date: datetime, _live: bool) -> PythonData | None:
                if not line[:1].isdigit():
                    return None
                start, hours, value = line.split(",")
                point = Points()
                point.symbol = config.symbol
                point.time = times.to_datetime(local(start))
                point.end_time = point.time + timedelta(hours=int(hours))
                point.value = float(value)
                return point

        self._folder = tmp_path
        symbol = custom_symbol(Points, "x")
        self.config = SubscriptionDataConfig(
            symbol, Resolution.DAILY, TickType.TRADE, database.of(symbol), MapFile("X", ()), data_type=Points,
            strict_daily=False,
        )  # fmt: skip

    def write(self, name: str, *rows: str) -> None:
        (self._folder / name).write_text("\n".join(["head", "", *rows]) + "\n")

    def read(self, start: str, end: str) -> list[tuple[str, float]]:
        sources = CustomDataSources(lambda *_, **__: None, lambda _: None)
        reader = CustomDataReader(self.config, sources, local(start), local(end))
        return [(f"{point.end_time:%d %H:%M}", point.value) for point in reader.read()]


def test_one_file_is_read_once(tmp_path: Path) -> None:
    feed = _Feed(tmp_path, "all.csv")
    feed.write(
        "all.csv", "20200101 00:00,24,1", "20200103 00:00,24,2", "20200102 00:00,1,3", "20200104 00:00,24,4",
        "20200108 00:00,24,5",
    )  # fmt: skip
    assert feed.read("20200102 12:00", "20200107 00:00") == [("04 00:00", 2.0), ("05 00:00", 4.0)]


def test_a_file_a_day(tmp_path: Path) -> None:
    feed = _Feed(tmp_path, "%Y%m%d.csv")
    feed.write("20200102.csv", "20200102 09:00,1,1", "20200102 10:00,1,2", "20200103 00:00,1,99")
    feed.write("20200104.csv", "20200104 09:00,1,3")
    assert feed.read("20200102 00:00", "20200105 00:00") == [("02 10:00", 1.0), ("02 11:00", 2.0), ("04 10:00", 3.0)]
    assert {each.day for each in feed.asked} == {2, 3, 4, 5}


def test_points_are_consolidated_by_value_or_by_prices() -> None:
    consolidator = DynamicDataConsolidator(2)
    symbol = custom_symbol(PythonData, "x")
    bars: list[Any] = []
    consolidator.data_consolidated += lambda _sender, bar: bars.append(bar)
    for day, value in enumerate((3, 1)):
        point = PythonData()
        point.time = _on("20200102 00:00") + day * DAY
        point.end_time = point.time + DAY
        point.value = value
        point.settle_(symbol, 0)
        if day:
            point["high"], point["volume"] = 7.5, 100
        consolidator.update(point)
    assert [(b.open, b.high, b.low, b.close, b.volume) for b in bars] == [(3.0, 7.5, 1.0, 1.0, 100.0)]


STRATEGY = """
    from AlgorithmImports import *

    class Rate(PythonData):
        def get_source(self, config, date, is_live):
            return SubscriptionDataSource(f"{Globals.data_folder}/rates.csv", SubscriptionTransportMedium.LOCAL_FILE)

        def reader(self, config, line, date, is_live):
            if not line[:1].isdigit():
                return None
            day, value, note = line.split(",")
            point = Rate()
            point.symbol = config.symbol
            point.time = datetime.strptime(day, "%Y%m%d")
            point.end_time = point.time + timedelta(days=1)
            point.value = float(value)
            point["note"] = note
            point["twice"] = 2 * float(value)
            return point

    class Custom(QCAlgorithm):
        def initialize(self):
            self.set_start_date(2013, 10, 8)
            self.set_end_date(2013, 10, 9)
            self.add_equity("SPY", Resolution.MINUTE)
            security = self.add_data(Rate, "spy", Resolution.DAILY, ZONE)
            self.rate = security.symbol
            self.log(f"{security.symbol} {security.symbol.value} {security.symbol.id} {security.type}")
            self.average = self.sma(self.rate, 2, Resolution.DAILY)
            self.log(self.average.name)

        def on_securities_changed(self, changes):
            self.log(",".join(str(each.symbol) for each in changes.added_securities))

        def on_data(self, data):
            for symbol, point in data.get(Rate).items():
                self.log(f"{self.time} {point.time} {point.value} {point['note']} {data[self.rate].twice}")
                self.log(f"{self.securities[self.rate].price} {self.average.samples} {data.bars.count}")
                self.log(f"{data.contains_key('SPY.Rate')} {self.portfolio['spy.rate'].symbol.value}")

        def on_end_of_algorithm(self):
            frame = self.history(Rate, self.rate, 3)
            self.log(f"{list(frame.columns)} {list(frame['value'])} {list(frame['note'])}")
            points = list(self.history[Rate](self.rate, timedelta(days=3)))
            self.log(f"{[point.value for point in points]} {self.securities['SPY'].symbol.security_type}")
"""


def _lines(tmp_path: Path, source: str) -> tuple[list[str], Finished]:
    data = DataFolder(tmp_path / "data")
    data.spy_week()
    data.write("rates.csv", "day,value\n20131005,1.5,a\n20131007,2.5,b\n20131008,3.5,c\n")
    done = run_strategy(tmp_path / "run", data, source)
    assert done.result is not None, done.stdout + done.stderr
    return [line.split("Log: ", 1)[1][20:] for line in done.stdout.split("\n") if "Log: 2013" in line], done


def test_a_run_with_custom_data(tmp_path: Path) -> None:
    lines, _ = _lines(tmp_path, STRATEGY.replace("ZONE", "None"))
    assert lines == [
        "SPY.Rate SPY SPY.Rate 2S BASE",
        "SMA(2,SPY.Rate_day)",
        "SPY",
        "2013-10-08 00:00:00 2013-10-07 00:00:00 2.5 b 5.0",
        "2.5 1 0",
        "True SPY",
        "2013-10-09 00:00:00 2013-10-08 00:00:00 3.5 c 7.0",
        "3.5 2 0",
        "True SPY",
        "['note', 'twice', 'value'] [2.5, 3.5] ['b', 'c']",
        "[2.5, 3.5] EQUITY",
    ]


def test_times_may_be_of_another_zone(tmp_path: Path) -> None:
    lines, _ = _lines(tmp_path, STRATEGY.replace("ZONE", "TimeZones.UTC"))
    assert lines[3] == "2013-10-08 20:00:00 2013-10-08 00:00:00 3.5 c 7.0"


TRADING = """
    from AlgorithmImports import *

    class Price(PythonData):
        def GetSource(self, config, date, is_live):
            return SubscriptionDataSource("prices", SubscriptionTransportMedium.OBJECT_STORE)

        def Reader(self, config, line, date, is_live):
            hour, value = line.split(",")
            point = Price()
            point.Symbol = config.Symbol
            point.Time = datetime(2013, 10, 8) + timedelta(hours=int(hour))
            point.EndTime = point.Time + timedelta(hours=1)
            point.Value = int(value)
            return point

    class Trading(QCAlgorithm):
        def initialize(self):
            self.set_start_date(2013, 10, 8)
            self.set_end_date(2013, 10, 8)
            self.object_store.save("prices", "1,100\\n2,110\\n6,120\\n")
            self.coin = self.add_data(Price, "COIN", Resolution.HOUR, fill_forward=True).symbol
            self.points = 0

        def on_data(self, data):
            if self.coin in data:
                self.points += 1
                if not self.portfolio.invested:
                    self.market_order("COIN", 10)

        def on_order_event(self, event):
            if event.status == OrderStatus.FILLED:
                self.log(f"{self.time} {event.fill_quantity} at {event.fill_price} fee {event.order_fee.value.amount}")

        def on_end_of_algorithm(self):
            self.log(f"{self.points} {self.portfolio.total_portfolio_value}")
"""


def test_custom_data_is_filled_forward_and_traded(tmp_path: Path) -> None:
    lines, _ = _lines(tmp_path, TRADING)
    assert lines[0] == "2013-10-08 02:00:00 10.0 at 100.0 fee 0.0"
    assert lines[1] == "23 100200.0"


def test_an_error_of_the_class_ends_the_run(tmp_path: Path) -> None:
    _, done = _lines(tmp_path, TRADING.replace("int(value)", "no_such_name"))
    assert done.state["Status"] == "RuntimeError"
    assert "no_such_name" in done.state["RuntimeError"]


def test_days_of_changing_length_are_not_filled_forward(tmp_path: Path) -> None:
    daily = TRADING.replace("Resolution.HOUR, fill_forward=True", "Resolution.DAILY, fill_forward=True")
    _, done = _lines(tmp_path, daily)
    assert "in a zone with summer time` is not supported" in done.stdout + done.stderr
    lines, _ = _lines(tmp_path / "utc", daily.replace("Resolution.DAILY,", "Resolution.DAILY, TimeZones.UTC,"))
    assert lines, "days of UTC are all alike"
