"""LEAN's lists of data requests: whose request it was, and which files are one security."""

import pytest

from leanboard.market_data.catalogue import Catalogue
from leanboard.market_data.lean_paths import SecurityType, Series
from leanboard.models.requests import Resolution
from leanboard.services.verdict.data_facts import data_use, looked_up
from leanboard.services.verdict.own_requests import Named, own_requests

DAILY, HOUR, MINUTE = Resolution.DAILY, Resolution.HOUR, Resolution.MINUTE


def series(ticker, resolution, kind=SecurityType.EQUITY, market="usa"):
    return Series(kind, market, ticker, resolution)


def crypto(ticker, resolution):
    return series(ticker, resolution, SecurityType.CRYPTO, "binance")


@pytest.fixture
def lists(tmp_path):
    def write(found, missing, folder=tmp_path):
        for kind, lines in (("succeeded", found), ("failed", missing)):
            text = "".join(f"/{line}\n" for line in lines)
            (folder / f"{kind}-data-requests-20131007000000000.txt").write_text(text)
        return folder

    return write


class TestWhoseRequest:
    @pytest.mark.parametrize(
        ("asked", "resolutions", "text", "own"),
        [
            ({series("spy", HOUR), series("ibm", MINUTE)}, {MINUTE}, 'ADD_EQUITY("IBM")', {series("spy", HOUR)}),
            ({series("spy", HOUR), series("spy", MINUTE)}, {MINUTE}, 'ADD_EQUITY("SPY")', {series("spy", HOUR)}),
            ({series("spy", HOUR)}, {HOUR}, 'ADD_EQUITY("SPY")', set()),
            ({series("ibm", DAILY)}, {MINUTE}, 'ADD_EQUITY("IBM")', set()),
            ({series("spy", HOUR), series("ibm", HOUR)}, set(), "", {series("spy", HOUR)}),
            ({crypto("btcusdt", MINUTE), crypto("btcusdt", HOUR)}, {MINUTE}, "BTCUSDT", {crypto("btcusdt", HOUR)}),
            ({crypto("ethbtc", MINUTE), crypto("btcusdt", MINUTE)}, {MINUTE}, "ETHBTC", {crypto("btcusdt", MINUTE)}),
            ({crypto("ethbtc", MINUTE)}, {MINUTE}, "QUOTE + BASE", set()),
        ],
    )
    def test_what_lean_asked_by_itself(self, asked, resolutions, text, own):
        assert own_requests(asked, Named(frozenset(resolutions), text)) == own


class TestLists:
    def test_only_the_main_kind_counts(self, lists):
        days = [f"equity/usa/minute/spy/2013100{day}_trade.zip" for day in (7, 8)]
        quotes = [path.replace("trade", "quote") for path in days]
        other = "alternative/rates.csv"
        use = data_use(lists(days[:1], [*days[1:], *quotes, other]), Named())
        assert use.known
        [spy] = use.series
        assert ([day.day for day in spy.found], [day.day for day in spy.missing]) == ([7], [8])
        assert use.others_missing == (other,)

    def test_a_file_that_came_later_is_there(self, lists):
        path = "equity/usa/daily/ibm.zip"
        [ibm] = data_use(lists([path], [path]), Named()).series
        assert ibm.opened is True

    def test_without_lists_nothing_is_known(self, tmp_path):
        assert not data_use(tmp_path, Named()).known

    def test_names_of_one_security_are_one_series(self, lists, tmp_path):
        map_files = tmp_path / "data" / "equity" / "usa" / "map_files"
        map_files.mkdir(parents=True)
        (map_files / "qqq.csv").write_text("19990310,qqq\n20041130,qqq\n20110322,qqqq\n20501231,qqq\n")
        paths = ["equity/usa/daily/qqq.zip", "equity/usa/daily/qqqq.zip"]
        use = data_use(lists(paths[:1], paths[1:]), Named())
        [qqq] = looked_up(use, Catalogue(tmp_path / "data"), None).series
        assert (qqq.series.ticker, qqq.opened, qqq.absent_names) == ("qqq", True, ("qqqq",))
        assert qqq.listed is not None
