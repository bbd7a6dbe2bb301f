"""Universes in whole runs: members that are held, selections that fail, securities that come back."""

from pathlib import Path

import pytest

from engine_builders import DataFolder, run_strategy
from minilean import numbers


@pytest.fixture(autouse=True)
def _arithmetic():
    numbers.install_context()


@pytest.fixture
def data(tmp_path: Path) -> DataFolder:
    return DataFolder(tmp_path / "data")


HEAD = """
from AlgorithmImports import *


class Case(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2013, 10, 8)
        self.set_end_date(2013, 10, 10)
        self.set_cash(100000)
        self.universe_settings.resolution = Resolution.{resolution}
        {setup}

    def on_securities_changed(self, changes):
        self.log(f"{{self.time}} {{changes}}")
"""


def _source(setup: str, body: str = "", resolution: str = "DAILY") -> str:
    return HEAD.format(setup=setup, resolution=resolution) + "\n".join(
        "    " + line for line in body.strip("\n").split("\n")
    )


def _logged(stdout: str, *words: str) -> list[str]:
    lines = [line.partition("Log: ")[2] for line in stdout.split("\n")]
    return [line.partition(" ")[2].partition(" ")[2] for line in lines if any(word in line for word in words)]


@pytest.fixture
def week(data: DataFolder) -> DataFolder:
    data.spy_week()
    data.write("equity/usa/map_files/spy.csv", "19980102,spy\n20501231,spy\n")
    for day, names in ((7, "SPY"), (8, "SPY"), (9, "")):
        text = "SPY R735QTJ8XC9X,SPY,100,7,700,False,1,1\n" if names else ""
        data.write(f"equity/usa/fundamental/coarse/201310{day:02d}.csv", text or "QQQ RIWIV7K5Z9LX,QQQ,1,1,1,False\n")
    return data


def test_a_member_that_is_held_stays_until_it_was_sold(tmp_path, week):
    body = """
def pick(self, rows):
    return [row.symbol for row in rows if row.symbol.value == "SPY"]

def on_data(self, data):
    if not self.portfolio.invested:
        self.market_order("SPY", 10)

def on_end_of_algorithm(self):
    held = [security.symbol.value for security in self.active_securities.values()]
    self.log(f"active {held} members {self.picked.members.count} selected {self.picked.selected.count}")
"""
    done = run_strategy(tmp_path / "run", week, _source("self.picked = self.add_universe(self.pick)", body))
    assert done.state["Status"] == "Completed", done.stderr
    assert _logged(done.stdout, "SecurityChanges", "active") == [
        "2013-10-08 00:00:00 SecurityChanges:  Added: SPY R735QTJ8XC9X",
        "2013-10-10 00:00:00 SecurityChanges:  Removed: SPY R735QTJ8XC9X",
        "active ['SPY'] members 1 selected 0",
    ]


def test_a_selection_that_fails_ends_the_run_after_its_last_word(tmp_path, week):
    body = """
def pick(self, rows):
    return {row.symbol for row in rows}

def on_end_of_algorithm(self):
    self.log("the end")
"""
    done = run_strategy(tmp_path / "run", week, _source("self.add_universe(self.pick)", body))
    assert done.state["Status"] == "RuntimeError"
    assert "Unable to cast object of type" in done.state["RuntimeError"]
    assert any("the end" in line for line in done.stdout.split("\n"))


def test_a_security_added_while_running_gets_data_after_now_and_a_removed_one_can_come_back(tmp_path, week):
    body = """
def on_data(self, data):
    text = f"{self.time} data"
    if self.time.hour == 9 and self.time.minute == 31 and self.time.day == 8:
        self.remove_security("SPY")
        self.log(f"{text} removed {self.securities['SPY'].is_tradable}")
    if self.time.day == 9 and self.time.hour == 10 and self.time.minute < 2:
        self.log(f"{text} again")

def on_end_of_day(self, symbol):
    self.log(f"{self.time} end of day")

def back(self):
    self.add_equity("SPY")
"""
    setup = (
        "self.add_equity('SPY'); "
        "self.schedule.on(self.date_rules.on(2013, 10, 9), self.time_rules.at(9, 31), self.back)"
    )
    done = run_strategy(tmp_path / "run", week, _source(setup, body, "MINUTE"))
    assert done.state["Status"] == "Completed", done.stderr
    assert _logged(done.stdout, "SecurityChanges", "removed", "again", "end of day") == [
        "2013-10-08 00:00:00 SecurityChanges:  Added: SPY R735QTJ8XC9X",
        "2013-10-08 09:31:00 data removed False",
        "2013-10-08 09:31:00 SecurityChanges:  Removed: SPY R735QTJ8XC9X",
        "2013-10-09 10:00:00 SecurityChanges:  Added: SPY R735QTJ8XC9X",
        "2013-10-09 10:01:00 data again",
        "2013-10-09 15:50:00 end of day",
        "2013-10-10 15:50:00 end of day",
    ]


def test_an_order_for_a_symbol_that_was_not_added_adds_and_seeds_it(tmp_path, week):
    body = """
def buy(self):
    symbol = Symbol.create("SPY", SecurityType.EQUITY, Market.USA)
    ticket = self.market_order(symbol, 10)
    self.log(f"ordered {ticket.status} at {self.securities[symbol].price}")
    self.log(f"ordered {self.market_order('NOPE', 10).status}")
"""
    setup = "self.schedule.on(self.date_rules.on(2013, 10, 9), self.time_rules.at(10, 0), self.buy)"
    done = run_strategy(tmp_path / "run", week, _source(setup, body, "MINUTE"))
    assert done.state["Status"] == "Completed", done.stderr
    logged = _logged(done.stdout, "ordered")
    assert logged[0].startswith("ordered FILLED at 109.")
    assert logged[1] == "ordered INVALID"
