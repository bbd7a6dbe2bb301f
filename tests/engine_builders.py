"""Small LEAN data folders, and runs of strategies in a child process, for the engine's tests."""

import json
import os
import subprocess
import sys
import textwrap
import zipfile
from dataclasses import dataclass
from pathlib import Path

from minilean import times
from minilean.securities.exchange_hours import SecurityExchangeHours
from minilean.securities.market_hours_database import MarketHoursDatabase
from minilean.times import TimeZones

_SEGMENTS = [
    {"start": "04:00:00", "end": "09:30:00", "state": "premarket"},
    {"start": "09:30:00", "end": "16:00:00", "state": "market"},
    {"start": "16:00:00", "end": "20:00:00", "state": "postmarket"},
]
HOLIDAY = "20131128"
EARLY_CLOSE = "20131129"


def local(text: str) -> int:
    """Read ``yyyyMMdd HH:mm`` as a local time."""
    return times.parse_date(text) + int(text[9:11]) * times.HOUR + int(text[12:14]) * times.MINUTE


class DataFolder:
    """A data folder with US equity hours (a holiday on 2013-11-28, an early close on the day after)."""

    def __init__(self, root: Path) -> None:
        self.root = root
        week = dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), _SEGMENTS)
        entry = {
            "dataTimeZone": "America/New_York", "exchangeTimeZone": "America/New_York", "sunday": [], "saturday": [],
            **week, "holidays": ["11/28/2013"], "earlyCloses": {"11/29/2013": "13:00:00"}, "lateOpens": {},
        }  # fmt: skip
        always = [{"start": "00:00:00", "end": "1.00:00:00", "state": "market"}]
        unknown = {
            "dataTimeZone": "UTC",
            "exchangeTimeZone": "UTC",
            **dict.fromkeys((*week, "saturday", "sunday"), always),
        }
        entries = {"Equity-usa-[*]": entry, "Base-empty-[*]": unknown}
        self.write("market-hours/market-hours-database.json", json.dumps({"entries": entries}))
        self.write(
            "symbol-properties/symbol-properties-database.csv",
            "market,symbol,type,description,quote_currency,contract_multiplier,minimum_price_variation,lot_size\n"
            "usa,[*],equity,,USD,1,0.01,1\n",
        )
        self.write("alternative/interest-rate/usa/interest-rate.csv", "DATE,PCREDIT8\n2003-01-09,2.25\n")

    def write(self, path: str, text: str) -> None:
        """Write a text file."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def zip(self, path: str, rows: list[str]) -> None:
        """Write a zipped file of rows."""
        file = self.root / "equity/usa" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("data.csv", "\n".join(rows) + "\n")

    def hours(self) -> SecurityExchangeHours:
        """Return the hours of US equities."""
        return MarketHoursDatabase(self.root / "market-hours/market-hours-database.json", TimeZones()).equity()

    def spy_week(self) -> None:
        """Write three days of rising SPY minutes (quotes a cent aside) and a month of hours before them."""
        for day in (7, 8, 9):
            trades, quotes = [], []
            for minute in range(390):
                price = 1_000_000 + day * 10_000 + minute * 10
                start = (570 + minute) * 60_000
                trades.append(f"{start},{price},{price + 50},{price - 50},{price + 20},1000")
                bid, ask = price - 100, price + 100
                quotes.append(f"{start},{bid},{bid},{bid},{bid},300,{ask},{ask},{ask},{ask},500")
            self.zip(f"minute/spy/201310{day:02d}_trade.zip", trades)
            self.zip(f"minute/spy/201310{day:02d}_quote.zip", quotes)
        hours = [
            f"201310{day:02d} {hour:02d}:00,1000000,1000000,1000000,{1_000_000 + day * 100 + hour},5000"
            for day in (3, 4, 7, 8, 9)
            for hour in range(9, 16)
        ]
        self.zip("hour/spy.zip", hours)
        daily = [
            f"201310{day:02d} 00:00,1000000,1000000,1000000,{1_000_000 + day * 100},5000" for day in (3, 4, 7, 8, 9)
        ]
        self.zip("daily/spy.zip", daily)


@dataclass(frozen=True)
class Finished:
    """A finished run."""

    code: int
    stdout: str
    stderr: str
    result: dict[str, object] | None

    @property
    def state(self) -> dict[str, str]:
        """The result's state."""
        assert self.result is not None
        found = self.result["state"]
        assert isinstance(found, dict)
        return found

    def statistics(self) -> list[str]:
        """The printed statistics."""
        return [line for line in self.stdout.split("\n") if line.startswith("STATISTICS::")]


def run_strategy(folder: Path, data: DataFolder, source: str, **config: object) -> Finished:
    """Run a strategy as a child process and read what it leaves."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "main.py").write_text(textwrap.dedent(source))
    results = folder / "results"
    values = {
        "algorithm-language": "Python", "algorithm-location": str(folder / "main.py"), "data-folder": str(data.root),
        "results-destination-folder": str(results), "algorithm-id": "case", "parameters": {}, **config,
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(values))
    done = subprocess.run(
        [sys.executable, "-m", "minilean", "--config", str(folder / "config.json")],
        cwd=folder, capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    file = results / "case.json"
    result = json.loads(file.read_text()) if file.is_file() else None
    return Finished(done.returncode, done.stdout, done.stderr, result)
