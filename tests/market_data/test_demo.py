import fcntl
import threading
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from bokeh_sampledata import stocks

from leanboard.market_data.errors import MarketDataError
from leanboard.market_data.lean_format import Bars, read_bars
from leanboard.market_data.lean_paths import parse_path
from leanboard.market_data.provenance import PROVENANCE_FILE, SourceKind, read_provenance
from leanboard.market_data.security_master import read_factor_file, read_map_file
from leanboard.market_data.sources.demo import DEMO_SEED, demo_stamp, ensure_demo_data
from leanboard.market_data.sources.sample_prices import read_sample_prices
from leanboard.market_data.sources.us_calendar import UsEquityCalendar


def noon() -> datetime:
    return datetime(2026, 1, 2, 12, tzinfo=UTC)


def load(root: Path, path: str) -> Bars:
    return read_bars(root, parse_path(path))


def files(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def on_day(bars: Bars, day: str) -> np.ndarray:
    return bars.values[bars.time.astype("datetime64[D]") == np.datetime64(day)]


def test_same_seed_same_bytes_other_seed_other_simulation(demo: Path, tmp_path: Path):
    assert ensure_demo_data(tmp_path / "again", clock=noon)
    assert files(tmp_path / "again") == files(demo)
    assert ensure_demo_data(tmp_path / "other", seed=7, clock=noon)
    changed = {name for name, content in files(tmp_path / "other").items() if content != files(demo)[name]}
    assert changed == {name for name in files(demo) if name.endswith(".zip") and "spy" in name} | {PROVENANCE_FILE}


def test_second_call_does_nothing_and_another_stamp_replaces(tmp_path: Path):
    folder = tmp_path / "demo"
    assert ensure_demo_data(folder, seed=1, clock=noon)
    inode = folder.stat().st_ino
    assert not ensure_demo_data(folder, seed=1, clock=noon)
    assert folder.stat().st_ino == inode
    (folder / "stray").write_text("x")
    assert ensure_demo_data(folder, seed=2, clock=noon)
    assert read_provenance(folder).stamp == demo_stamp(2)
    assert not (folder / "stray").exists()
    assert sorted(item.name for item in tmp_path.iterdir()) == [".demo.lock", "demo"]


def test_a_failed_build_leaves_nothing_and_the_rest_of_a_killed_one_is_removed(tmp_path: Path):
    folder = tmp_path / "demo"
    rest = tmp_path / ".demo.part-killed"
    (rest / "new").mkdir(parents=True)

    def broken() -> datetime:
        msg = "no clock"
        raise OSError(msg)

    with pytest.raises(OSError, match="no clock"):
        ensure_demo_data(folder, clock=broken)
    assert [item.name for item in tmp_path.iterdir()] == [".demo.lock"]


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path):
    (tmp_path / "mine").write_text("precious")
    with pytest.raises(MarketDataError, match="not made by Leanboard"):
        ensure_demo_data(tmp_path, clock=noon)
    assert files(tmp_path) == {"mine": b"precious"}


def test_two_makers_wait_for_each_other(tmp_path: Path):
    folder, written = tmp_path / "demo", []
    makers = [threading.Thread(target=lambda: written.append(ensure_demo_data(folder, clock=noon))) for _ in range(2)]
    with (tmp_path / ".demo.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for maker in makers:
            maker.start()
        makers[0].join(timeout=0.05)
        assert not folder.exists()
    for maker in makers:
        maker.join()
    assert sorted(written) == [False, True]


def test_every_folder_and_file_is_readable_by_the_sandbox(demo: Path):
    assert demo.stat().st_mode & 0o005 == 0o005
    for path in demo.rglob("*"):
        assert path.stat().st_mode & 0o004, path


def test_minutes_hours_and_days_of_spy_agree(demo: Path):
    daily, hourly = load(demo, "equity/usa/daily/spy.zip"), load(demo, "equity/usa/hour/spy.zip")
    for day in ("2013-10-07", "2013-10-08", "2013-10-09", "2013-10-10", "2013-10-11"):
        minutes = load(demo, f"equity/usa/minute/spy/{day.replace('-', '')}_trade.zip")
        assert len(minutes) == 390
        assert str(minutes.time[0]) == f"{day}T09:30:00.000"
        assert str(minutes.time[-1]) == f"{day}T15:59:00.000"
        hours = on_day(hourly, day)
        split = np.split(minutes.values, [30, 90, 150, 210, 270, 330])
        assert hours.tolist() == [summed(part) for part in split]
        assert on_day(daily, day).tolist() == [summed(hours)]


def summed(values: np.ndarray) -> list[float]:
    return [values[0, 0], values[:, 1].max(), values[:, 2].min(), values[-1, 3], values[:, 4].sum()]


def test_hours_and_days_of_spy_agree_on_every_session_also_short_ones(demo: Path):
    daily, hourly = load(demo, "equity/usa/daily/spy.zip"), load(demo, "equity/usa/hour/spy.zip")
    sessions = UsEquityCalendar().sessions(date(2000, 1, 3), date(2013, 12, 31))
    assert daily.time.astype("datetime64[D]").tolist() == list(sessions)
    groups = np.split(
        np.arange(len(hourly)), np.flatnonzero(np.diff(hourly.time.astype("datetime64[D]")).astype(int)) + 1
    )
    assert [len(group) for group in groups] == [7 if minutes == 390 else 4 for minutes in sessions.values()]
    assert 4 in {len(group) for group in groups}
    assert [summed(hourly.values[group]) for group in groups] == daily.values.tolist()


def test_quotes_hug_the_trades(demo: Path):
    for day in ("20131007", "20131011"):
        trades = load(demo, f"equity/usa/minute/spy/{day}_trade.zip")
        quotes = load(demo, f"equity/usa/minute/spy/{day}_quote.zip")
        assert trades.time.tolist() == quotes.time.tolist()
        for name in ("open", "high", "low", "close"):
            spread = np.round((quotes.column(f"ask_{name}") - quotes.column(f"bid_{name}")) * 100)
            assert set(spread.tolist()) <= {1.0, 2.0}
        inside = (quotes.column("bid_close") <= trades.column("close") + 1e-9) & (
            trades.column("close") <= quotes.column("ask_close") + 1e-9
        )
        assert inside.all()
        assert (quotes.column("bid_size") >= 100).all()
        assert (quotes.column("ask_size") >= 100).all()


def test_the_simulation_looks_like_a_market(demo: Path):
    daily = load(demo, "equity/usa/daily/spy.zip")
    moves = np.diff(np.log(daily.column("close")))
    assert 0.005 < moves.std() < 0.02
    assert np.abs(moves).max() < 0.12
    assert 60 < daily.column("low").min() < daily.column("high").max() < 400
    minutes = load(demo, "equity/usa/minute/spy/20131007_trade.zip")
    volume = minutes.column("volume")
    assert volume[:30].mean() > 1.3 * volume[150:240].mean()
    assert volume[-15:].mean() > 1.3 * volume[150:240].mean()
    cents = minutes.values[:, :4] * 100
    assert np.abs(cents - np.round(cents)).max() < 1e-6


def test_real_days_are_the_sessions_of_the_exchange(demo: Path):
    sessions = UsEquityCalendar().sessions(date(2000, 3, 1), date(2013, 3, 1))
    for ticker in ("aapl", "ibm", "msft"):
        assert load(demo, f"equity/usa/daily/{ticker}.zip").time.astype("datetime64[D]").tolist() == list(sessions)


def test_real_prices_are_the_package_s_and_raw(demo: Path):
    for ticker, columns in (("aapl", stocks.AAPL), ("goog", stocks.GOOG)):
        bars = load(demo, f"equity/usa/daily/{ticker}.zip")
        for name in ("open", "high", "low", "close"):
            assert np.abs(bars.column(name) - np.array(columns[name])).max() < 5e-9
    assert load(demo, "equity/usa/daily/aapl.zip").column("volume").tolist() == stocks.AAPL["volume"]
    assert load(demo, "equity/usa/daily/goog.zip").column("volume").tolist() == [v // 2 for v in stocks.GOOG["volume"]]
    aapl = load(demo, "equity/usa/daily/aapl.zip").column("close")
    days = load(demo, "equity/usa/daily/aapl.zip").time.astype("datetime64[D]").astype(str).tolist()
    ex_day = days.index("2005-02-28")
    assert 1.9 < aapl[ex_day - 1] / aapl[ex_day] < 2.1  # raw prices jump at the split


def test_known_splits_and_dividends_come_out():
    events = {history.listing.ticker: history.events for history in read_sample_prices()}
    splits = {ticker: [(e.last_day, e.split) for e in found if e.split != 1] for ticker, found in events.items()}
    half = Decimal("0.5")
    assert splits["aapl"] == [(date(2000, 6, 20), half), (date(2005, 2, 25), half)]
    assert splits["msft"] == [(date(2003, 2, 14), half)]
    assert splits["ibm"] == splits["fb"] == splits["goog"] == []
    assert [e.dividend for e in events["aapl"] if e.dividend] == [Decimal("2.65")] * 3
    assert (date(2004, 11, 12), Decimal("3.08")) in [(e.last_day, e.dividend) for e in events["msft"]]
    paid = [e.dividend for ticker in ("ibm", "msft") for e in events[ticker] if e.dividend]
    assert len(paid) == 52 + 37
    assert all(amount == round(amount, 2) for amount in paid)  # whole cents: nothing was lost to rounding


def test_adjusted_by_the_factor_file_prices_move_as_adj_close(demo: Path):
    for ticker, columns in (("aapl", stocks.AAPL), ("msft", stocks.MSFT), ("ibm", stocks.IBM)):
        bars = load(demo, f"equity/usa/daily/{ticker}.zip")
        rows = read_factor_file(demo / f"equity/usa/factor_files/{ticker}.csv")
        borders = np.array([row.day for row in rows], dtype="datetime64[D]")
        row_of_day = np.searchsorted(borders, bars.time.astype("datetime64[D]"))  # first row with day >= the bar's
        factors = np.array([float(row.price_factor * row.split_factor) for row in rows])[row_of_day]
        ours = np.diff(np.log(bars.column("close") * factors))
        theirs = np.diff(np.log(np.array(columns["adj_close"])))
        # The package divides by the ex-day's close, LEAN by the day before's: a percent of a dividend apart.
        assert np.abs(ours - theirs).max() < 0.01
        assert np.median(np.abs(ours - theirs)) < 1e-9


def test_provenance_tells_real_from_simulated(demo: Path):
    provenance = read_provenance(demo)
    assert provenance.made_at == noon()
    assert provenance.stamp == demo_stamp(DEMO_SEED)
    kinds = {(symbol, source.kind) for source in provenance.sources for symbol in source.symbols}
    real = {(ticker, SourceKind.REAL) for ticker in ("aapl", "fb", "goog", "ibm", "msft")}
    assert kinds == real | {("spy", SourceKind.SIMULATED)}
    assert {source.seed for source in provenance.sources if source.kind is SourceKind.SIMULATED} == {DEMO_SEED}
    assert all(source.version for source in provenance.sources if source.kind is SourceKind.REAL)


def test_map_files_start_where_lean_s_do(demo: Path):
    first = {path.stem: read_map_file(path).first_day for path in (demo / "equity/usa/map_files").iterdir()}
    assert first["fb"] == date(2012, 5, 18)
    assert first["spy"] == first["aapl"] == date(1998, 1, 2)
    assert set(first) == {path.stem for path in (demo / "equity/usa/factor_files").iterdir()}
