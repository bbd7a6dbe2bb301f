"""What holds in every run, on random prices and random orders; the strategy checks its own account as it goes."""

import random
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine_builders import DataFolder, Finished, run_strategy

TICKERS = ("aaa", "bbb")
DAYS = ("20131007", "20131008", "20131009", "20131010", "20131011")
STRATEGY = """
from AlgorithmImports import *
import random


class Account(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2013, 10, 7)
        self.set_end_date(2013, 10, 11)
        self.set_cash(50000)
        self.rng = random.Random(int(self.get_parameter("seed")))
        self.own = {ticker: self.add_equity(ticker, Resolution.HOUR) for ticker in ("BBB", "AAA")}
        self.cash, self.held, self.checks, self.fills = 50000.0, {"AAA": 0.0, "BBB": 0.0}, 0, 0
        self.bars = {}

    def on_data(self, data):
        for ticker in self.own:
            if ticker in data.bars:
                self.bars[ticker] = data.bars[ticker]
        for ticker in self.rng.sample(sorted(self.bars), len(self.bars)):
            if self.rng.random() < 0.7:
                self.trade(ticker, self.bars[ticker].close)
        self.check("bar")

    def trade(self, ticker, price):
        quantity = self.rng.choice((-1, 1)) * self.rng.randint(1, 300)
        near = round(price * self.rng.uniform(0.99, 1.01), 2)
        far = round(price * self.rng.uniform(0.97, 1.03), 2)
        kind = self.rng.randrange(8)
        if kind < 2:
            self.market_order(ticker, quantity)
        elif kind == 2:
            self.limit_order(ticker, quantity, near)
        elif kind == 3:
            self.stop_market_order(ticker, quantity, near)
        elif kind == 4:
            self.stop_limit_order(ticker, quantity, near, far)
        elif kind == 5:
            self.limit_if_touched_order(ticker, quantity, near, far)
        elif kind == 6:
            self.liquidate(ticker)
        else:
            self.set_holdings(ticker, self.rng.uniform(-0.8, 0.8))

    def on_order_event(self, event):
        if event.fill_quantity:
            ticker = event.symbol.value
            self.fills += 1
            self.held[ticker] += event.fill_quantity
            self.cash -= event.fill_quantity * event.fill_price
            bar = self.securities[ticker].get_last_data()
            self.expect(bar.low <= event.fill_price <= bar.high, f"{event} outside of {bar}")
        self.cash -= event.order_fee.value.amount
        self.check("event")

    def check(self, when):
        book = self.portfolio
        held = sum(self.portfolio[ticker].quantity * self.securities[ticker].price for ticker in self.own)
        self.expect(abs(book.cash - self.cash) < 1e-6, f"{when}: cash {book.cash} is not {self.cash}")
        self.expect(
            abs(book.total_portfolio_value - book.cash - held) < 1e-6,
            f"{when}: {book.total_portfolio_value} is not {book.cash} and {held}",
        )
        for ticker, quantity in self.held.items():
            self.expect(book[ticker].quantity == quantity, f"{when}: {ticker} {book[ticker].quantity}")

    def expect(self, holds, text):
        self.checks += 1
        if not holds:
            self.error("VIOLATION " + text)

    def on_end_of_algorithm(self):
        self.log(f"CHECKS {self.checks} FILLS {self.fills}")
"""


def random_data(root: Path, seed: int) -> DataFolder:
    """Write a week of hours of two stocks: random walks with jumps over night and hours without trades."""
    folder, rng = DataFolder(root), random.Random(seed)
    for ticker in TICKERS:
        price, rows = rng.randint(20, 400) * 10_000, []
        for day in DAYS:
            price = int(price * rng.uniform(0.95, 1.05))
            for hour in range(9, 16):
                if rng.random() < 0.1:
                    continue
                low, high = (int(price * factor) for factor in (rng.uniform(0.98, 1), rng.uniform(1, 1.02)))
                close = rng.randint(low, high)
                rows.append(f"{day} {hour:02d}:00,{price},{high},{low},{close},{rng.randint(0, 90_000)}")
                price = close
        folder.zip(f"hour/{ticker}.zip", rows)
    return folder


def run_random(folder: Path, seed: int) -> Finished:
    shutil.rmtree(folder, ignore_errors=True)  # of the example before
    data = random_data(folder / "data", seed)
    return run_strategy(folder / "run", data, STRATEGY, parameters={"seed": str(seed)})


def counts(done: Finished) -> tuple[int, int]:
    line = next(line for line in done.stdout.splitlines() if " CHECKS " in line)
    words = line.split(" CHECKS ")[1].split()
    return int(words[0]), int(words[2])


@given(seed=st.integers(0, 10**6))
@settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_cash_holdings_and_equity_add_up_and_fills_lie_in_their_bars(tmp_path: Path, seed: int):
    done = run_random(tmp_path / "any", seed)
    assert done.code == 0, done.stderr
    violations = [line for line in done.stderr.splitlines() if "VIOLATION" in line]
    assert violations == []
    checks, fills = counts(done)
    assert checks > 100
    assert fills > 5


@pytest.mark.parametrize("seed", [1, 2])
def test_neither_the_machines_zone_nor_the_order_of_hashes_changes_a_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
):
    told = []
    for zone, hashes in (("UTC", "0"), ("Asia/Kathmandu", "1"), ("America/Los_Angeles", "77")):
        monkeypatch.setenv("TZ", zone)
        monkeypatch.setenv("PYTHONHASHSEED", hashes)
        done = run_random(tmp_path / "same", seed)
        assert done.code == 0
        assert counts(done)[1] > 5
        orders = list((done.result or {})["orders"].values())
        told.append((done.statistics(), orders, (done.result or {})["charts"]))
    assert told[0] == told[1] == told[2]
