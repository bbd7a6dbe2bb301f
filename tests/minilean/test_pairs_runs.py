"""Runs of strategies that trade pairs: conversions found by themselves, orders that such markets refuse, texts."""

import json
import zipfile
from pathlib import Path

import pytest

from engine_builders import DataFolder, run_strategy

_DAY = [{"start": "00:00:00", "end": "1.00:00:00", "state": "market"}]
_WEEK = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
_HEADER = (
    "market,symbol,type,description,quote_currency,contract_multiplier,minimum_price_variation,lot_size,market_ticker,"
    "minimum_order_size\n"
)


class PairFolder(DataFolder):
    """A data folder with an exchange of crypto currencies, one of forex, and an index, all open around the clock."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        path = root / "market-hours/market-hours-database.json"
        database = json.loads(path.read_text())
        entry = {
            "dataTimeZone": "UTC", "exchangeTimeZone": "UTC", **dict.fromkeys(_WEEK, _DAY),
            "holidays": [], "earlyCloses": {}, "lateOpens": {},
        }  # fmt: skip
        for key in ("Crypto-coinbase-[*]", "Forex-oanda-[*]", "Index-usa-[*]"):
            database["entries"][key] = entry
        path.write_text(json.dumps(database))
        self.write(
            "symbol-properties/symbol-properties-database.csv",
            f"{_HEADER}usa,[*],equity,,USD,1,0.01,1\nusa,[*],index,,USD,1,0.01,1\n"
            "coinbase,BTCEUR,crypto,BTC-EUR,EUR,1,0.01,0.00001,BTC-EUR\n"
            "coinbase,BTCUSD,crypto,BTC-USD,USD,1,0.01,0.00001,BTC-USD,0.001\n"
            "oanda,EURUSD,forex,EUR/USD,USD,1,0.00001,1,EURUSD\n",
        )

    def minutes(self, path: str, rows: list[str]) -> None:
        """Write a zipped file below the folder."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("data.csv", "\n".join(rows) + "\n")


@pytest.fixture
def folder(tmp_path: Path) -> PairFolder:
    data = PairFolder(tmp_path / "data")
    trades = [f"{minute * 60_000},{100 + minute},{100 + minute},{100 + minute},{100 + minute},2" for minute in range(9)]
    quotes = [
        f"{minute * 60_000},{price},{price},{price},{price},5,{price + 1},{price + 1},{price + 1},{price + 1},6"
        for minute, price in enumerate(range(100, 109))
    ]
    for name in ("btceur", "btcusd"):
        data.minutes(f"crypto/coinbase/minute/{name}/20190102_trade.zip", trades)
        data.minutes(f"crypto/coinbase/minute/{name}/20190102_quote.zip", quotes)
    data.minutes("index/usa/minute/spx/20190102_trade.zip", trades)
    euros = [f"{minute * 60_000},1.1,1.1,1.1,1.1,0,1.3,1.3,1.3,1.3,0" for minute in range(9)]
    data.minutes("forex/oanda/minute/eurusd/20190102_quote.zip", euros)
    data.spy_week()
    return data


STRATEGY = """
    from AlgorithmImports import *

    class Pairs(QCAlgorithm):
        def initialize(self):
            self.set_start_date(2019, 1, 2)
            self.set_end_date(2019, 1, 2)
            self.set_time_zone(TimeZones.UTC)
            self.set_benchmark(lambda _: 0)
            self.set_cash(1000)
            {add}

        def on_data(self, data):
            if self.time.minute == 3 and self.time.hour == 0:
                {act}

        def on_order_event(self, event):
            self.log(str(event))
"""


def run(tmp_path: Path, folder: PairFolder, add: str, act: str) -> str:
    finished = run_strategy(tmp_path / "run", folder, STRATEGY.format(add=add, act=act))
    assert finished.state["Status"] == "Completed", finished.state
    return (tmp_path / "run/results/case-log.txt").read_text()


def test_a_pair_of_another_quote_currency_gets_its_conversions_by_itself(tmp_path: Path, folder: PairFolder) -> None:
    log = run(
        tmp_path, folder, "self.pair = self.add_crypto('BTCEUR').symbol",
        "self.market_order(self.pair, 1); self.log(f'{self.portfolio.cash_book[\"EUR\"].conversion_rate} '"
        " f'{self.portfolio.cash_book[\"BTC\"].conversion_rate} {self.portfolio.total_portfolio_value}')",
    )  # fmt: skip
    assert "Status: Filled Quantity: 1 FillQuantity: 1 FillPrice: €103" in log
    # EURUSD at 1.2; BTCUSD, which the engine added for it, stands at the last trade: 102
    assert "1.2 102.0 978.4" in log


def test_the_order_of_an_index_raises(tmp_path: Path, folder: PairFolder) -> None:
    log = run(
        tmp_path, folder, "self.index = self.add_index('SPX').symbol",
        """
                try:
                    self.market_order(self.index, 1)
                except Exception as error:
                    self.log(f'{type(error).__name__} {error} at {self.securities[self.index].price}')
        """.strip(),
    )  # fmt: skip
    assert "InvalidOperationException The symbol SPX is not found in the algorithm's securities collection" in log
    assert "no longer tradable. at 102" in log


def test_orders_for_an_open_that_never_comes_raise(tmp_path: Path, folder: PairFolder) -> None:
    log = run(
        tmp_path, folder, "self.pair = self.add_crypto('BTCUSD').symbol",
        """
                try:
                    self.market_on_open_order(self.pair, 1)
                except Exception as error:
                    self.log(f'{type(error).__name__} {error}')
        """.strip(),
    )  # fmt: skip
    assert "InvalidOperationException Market never closes for this symbol BTCUSD" in log


def test_a_pair_without_a_rate_cannot_be_ordered(tmp_path: Path, folder: PairFolder) -> None:
    (folder.root / "forex/oanda/minute/eurusd/20190102_quote.zip").unlink()
    log = run(
        tmp_path, folder, "self.pair = self.add_crypto('BTCEUR').symbol",
        "ticket = self.market_order(self.pair, 1); "
        "self.log(f'{ticket.order_id} {ticket.status} {ticket.submit_request.response}')",
    )  # fmt: skip
    assert "BTCEUR: requires EUR to have a non-zero conversion rate. This can be caused by lack of data." in log
    assert "-10 INVALID Error: ConversionRateZero" in log


def test_less_than_a_lot_is_no_order_and_the_rest_is_cut(tmp_path: Path, folder: PairFolder) -> None:
    log = run(
        tmp_path, folder, "self.pair = self.add_crypto('BTCUSD').symbol",
        "self.market_order(self.pair, 0.000001); self.market_order(self.pair, 0.123456789)",
    )  # fmt: skip
    assert "which quantity (0.000001) is less than lot size (0.00001)." in log
    assert "FillQuantity: 0.12345 FillPrice: $103" in log
