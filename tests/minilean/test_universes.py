"""Universes: when members may leave, what counts as a change, and files of universe data."""

import math
import operator
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from engine_builders import DataFolder, local
from minilean import numbers
from minilean.data.map_files import MapFile
from minilean.data.synchronizer import Synchronizer
from minilean.data.time_slice import SecurityChanges
from minilean.enums import Resolution, SecurityType
from minilean.securities.portfolio import SecurityPortfolioManager
from minilean.securities.security import Security
from minilean.securities.security_manager import SecurityManager
from minilean.securities.symbol import USA, SecurityIdentifier, Symbol
from minilean.securities.symbol_properties import SymbolProperties
from minilean.time_keeper import TimeKeeper
from minilean.times import DAY, HOUR, TimeZones, parse_date, to_datetime
from minilean.universes.constituents import (
    ConstituentsUniverse,
    all_constituents,
    constituent_row,
    etf_folder,
    etf_row,
)
from minilean.universes.files import UniverseFiles
from minilean.universes.fundamental import FilteredUniverse, Fundamental, Rows, read_fundamentals
from minilean.universes.models import InceptionDateUniverseSelectionModel
from minilean.universes.settings import UniverseSettings
from minilean.universes.universe import (
    UNCHANGED,
    InvalidCastError,
    Universe,
    UniverseConfiguration,
    UniverseData,
    symbols_of,
)
from minilean.universes.user_defined import UserDefinedUniverse


@pytest.fixture(autouse=True)
def _arithmetic():
    numbers.install_context()


@pytest.fixture
def data(tmp_path: Path) -> DataFolder:
    return DataFolder(tmp_path / "data")


def _symbol(ticker: str) -> Symbol:
    return Symbol(SecurityIdentifier(ticker, parse_date("19980102"), SecurityType.EQUITY, USA), ticker)


SYMBOL_A = Symbol(SecurityIdentifier.parse("A RPTMYV3VC57P"), "A")


def _security(data: DataFolder, ticker: str) -> Security:
    return Security(_symbol(ticker), data.hours(), SymbolProperties.default("USD"), TimeKeeper())


class _Listed(Universe):
    """A universe of the tests: selects what it is told next."""

    def __init__(self, data: DataFolder, name: str = "U", least: timedelta = timedelta(days=1), instants=()) -> None:
        configuration = UniverseConfiguration(_symbol(name), Resolution.DAILY, data.hours())
        super().__init__(configuration, UniverseSettings(minimum_time_in_universe=least))
        self.next: object = ()
        self._instants = instants

    def points(self, start: int, end: int) -> Iterator[UniverseData]:
        """Yield the instants of the test, each with a row."""
        return (UniverseData(instant, [instant]) for instant in self._instants if start <= instant <= end)

    def select_symbols(self, utc: int, data: UniverseData) -> Iterable[Symbol]:
        """Return what the test wants."""
        return self.next  # type: ignore[return-value]


def test_the_same_symbols_in_another_order_are_no_change(data):
    universe = _Listed(data)
    universe.next = [_symbol("A"), _symbol("B")]
    assert list(universe.perform_selection(0, UniverseData(0, []))) == [_symbol("A"), _symbol("B")]
    universe.next = [_symbol("B"), _symbol("A"), _symbol("B")]
    assert universe.perform_selection(0, UniverseData(0, [])) is UNCHANGED
    universe.next = UNCHANGED
    assert universe.perform_selection(0, UniverseData(0, [])) is UNCHANGED
    universe.next = [_symbol("B")]
    assert list(universe.perform_selection(0, UniverseData(0, []))) == [_symbol("B")]


def test_a_universe_that_ends_selects_nothing_and_lets_all_go_at_once(data):
    universe, security = _Listed(data, least=timedelta(days=30)), _security(data, "A")
    assert universe.add_member(0, security)
    assert not universe.add_member(0, security)
    assert not universe.can_remove_member(DAY, security)
    universe.dispose()
    assert universe.perform_selection(0, UniverseData(0, [])) == ()
    assert universe.remove_member(DAY, security)
    assert not universe.add_member(DAY, security)


@pytest.mark.parametrize(
    ("least", "stayed", "may_leave"),
    [
        (timedelta(days=2), 2 * DAY - 11 * HOUR, True),  # rounded to whole days
        (timedelta(days=2), 2 * DAY - 13 * HOUR, False),
        (timedelta(hours=3), 3 * HOUR - 29 * 60_000_000, True),  # rounded to whole hours
        (timedelta(hours=3), 3 * HOUR - 31 * 60_000_000, False),
        (timedelta(0), 0, True),
    ],
)
def test_the_least_time_in_a_universe_is_rounded_to_its_unit(data, least, stayed, may_leave):
    universe, security = _Listed(data, least=least), _security(data, "A")
    universe.add_member(DAY, security)
    assert universe.can_remove_member(DAY + stayed, security) is may_leave


def test_delisted_members_may_leave_before_their_time(data):
    universe, security = _Listed(data), _security(data, "A")
    universe.add_member(0, security)
    security.is_delisted = True
    assert universe.can_remove_member(0, security)


def test_members_are_pairs_with_keys_that_are_no_method(data):
    universe = _Listed(data)
    universe.add_member(0, _security(data, "A"))
    assert [pair.key.value for pair in universe.members] == ["A"]
    assert universe.members.count == 1
    with pytest.raises(TypeError):
        universe.members.keys()


def test_changes_of_one_moment_add_up_and_an_addition_beats_a_removal(data):
    one, two = _security(data, "ZZZ"), _security(data, "AAA")
    both = SecurityChanges([one], []) + SecurityChanges([two], [one])
    assert both.added_securities == [two, one]
    assert both.removed_securities == []
    assert str(both) == "SecurityChanges:  Added: AAA R735QTJ8XC9X,ZZZ R735QTJ8XC9X"
    assert str(SecurityChanges((), [one])) == "SecurityChanges:  Removed: ZZZ R735QTJ8XC9X"
    assert str(SecurityChanges.NONE) == "SecurityChanges: None"
    assert SecurityChanges.NONE + both is both


def test_a_selection_is_a_sequence_of_symbols_or_known_tickers():
    known = {"AAPL": _symbol("AAPL")}
    assert list(symbols_of(["AAPL", _symbol("B"), "nothing"], known.get)) == [_symbol("AAPL"), _symbol("B")]
    assert symbols_of(UNCHANGED, known.get) is UNCHANGED
    with pytest.raises(InvalidCastError):
        symbols_of({_symbol("B")}, known.get)
    with pytest.raises(InvalidCastError):
        symbols_of("AAPL", known.get)
    with pytest.raises(ValueError, match="Value cannot be null"):
        symbols_of(None, known.get)


def test_identifiers_are_read_from_their_text():
    identifier = SecurityIdentifier.parse("SPY R735QTJ8XC9X")
    assert identifier == _symbol("SPY").id
    assert SecurityIdentifier.parse("NONE 0").security_type is SecurityType.BASE
    assert SecurityIdentifier.parse("no identifier") is None


def test_a_user_defined_universe_triggers_at_its_start_and_where_the_exchange_is_open(data):
    configuration = UniverseConfiguration(_symbol("U"), Resolution.DAILY, data.hours())
    to_utc = data.hours().time_zone.to_utc
    named = UserDefinedUniverse(configuration, UniverseSettings(), DAY, (), lambda _moment: [])
    start, end = local("20131127 00:00"), local("20131202 12:00")  # a holiday on the 28th, then a weekend
    assert [point.end_utc for point in named.points(start, end)] == [
        to_utc(local(f"{day} 00:00")) for day in ("20131127", "20131129", "20131202")
    ]
    once = UserDefinedUniverse(configuration, UniverseSettings(), None)
    assert [point.end_utc for point in once.points(start, end)] == [to_utc(start)]


def test_a_day_whose_trading_is_over_is_no_trading_day_of_a_feed_that_starts_then(data):
    hours = data.hours()
    after, last = local("20131101 16:00"), local("20131104 00:00")
    assert list(hours.tradable_days(after, last)) == [parse_date("20131104")]
    assert list(hours.tradable_days(after - 1, last)) == [parse_date("20131101"), parse_date("20131104")]
    assert list(hours.tradable_days(after, last, extended=True)) == [parse_date("20131101"), parse_date("20131104")]


def _files(data: DataFolder) -> UniverseFiles:
    return UniverseFiles(data.root, lambda *_arguments, **_keywords: None)


def test_fundamental_rows_are_adjusted_and_the_last_of_a_security_counts(data):
    data.write(
        "equity/usa/fundamental/coarse/20131007.csv",
        "AAPL R735QTJ8XC9X,AAPL,500.5,100,50050,True,0.9,0.5\nSPY R735QTJ8XC9X,SPY,100,7,700,False\n"
        "AAPL R735QTJ8XC9X,AAPL,400,1,400,True,1,1\nbroken\n",
    )
    rows = read_fundamentals(_files(data), parse_date("20131007"))
    assert [row.symbol.value for row in rows] == ["AAPL", "SPY", "AAPL"]
    assert [row.price for row in rows] == [400.0, 100.0, 400.0]
    assert rows[1].adjusted_price == 100.0
    assert (rows[1].volume, rows[1].dollar_volume, rows[0].has_fundamental_data) == (7, 700.0, False)
    assert (rows[0].end_time - rows[0].time) == timedelta(days=1)
    assert math.isnan(rows[0].valuation_ratios.pe_ratio)
    assert math.isnan(rows[0].ValuationRatios.PERatio)
    assert (rows[0].market_cap, rows[0].asset_classification.morningstar_sector_code) == (0, 0)
    for name in ("earning_reports", "valuation_ratios.first_year_estimated_eps_growth"):
        with pytest.raises(NotImplementedError, match=rf"fundamental\.{name}"):
            _ = operator.attrgetter(name)(rows[0])
    assert read_fundamentals(_files(data), parse_date("20131008")) == []


def test_adjusted_price_is_the_price_times_both_factors(data):
    data.write("equity/usa/fundamental/coarse/20131007.csv", "AAPL R735QTJ8XC9X,AAPL,500.5,100,50050,True,0.9,0.5\n")
    (row,) = read_fundamentals(_files(data), parse_date("20131007"))
    assert row.adjusted_price_ == row.value_ * row.price_factor_ * row.split_factor_
    assert row.adjusted_price == 225.225


def test_rows_of_funds_and_lists(data):
    files = _files(data)
    row = etf_row(files, 0, ["A", "A RPTMYV3VC57P", "20201130", "0.0012", "3331651", ""])
    assert (row.weight, row.shares_held, row.market_value) == (0.0012, 3331651.0, None)
    assert row.last_update.day == 30
    assert etf_row(files, 0, ["A", "A RPTMYV3VC57P"]) is None
    none = constituent_row(files, 0, ["NONE", "NONE 0"])
    assert all_constituents(Rows([none])) == []
    assert len(all_constituents(Rows([none, none]))) == 2


class _Selections:
    """Takes the place of the engine: notes selections and answers with changes."""

    def __init__(self, data: DataFolder) -> None:
        self.seen: list[tuple[str, int, int]] = []
        self.changes: dict[str, SecurityChanges] = {}
        self.synchronizer = Synchronizer(
            lambda: TimeZones().get("UTC"), self.select, lambda _utc: False, lambda _delisting: SecurityChanges.NONE
        )
        self._data = data

    def select(self, universe: Universe, utc: int, found: UniverseData) -> SecurityChanges:
        """Note a selection."""
        self.seen.append((universe.symbol.value, utc, len(found.rows)))
        return self.changes.pop(universe.symbol.value, SecurityChanges.NONE)

    def add(self, name: str, *instants: int) -> Universe:
        """Start a universe that has data at instants."""
        universe = _Listed(self._data, name, instants=instants)
        self.synchronizer.add_universe(universe, universe.points(0, 1 << 60))
        return universe


def test_universes_of_one_moment_select_after_a_pulse_and_in_the_order_of_their_names(data):
    run = _Selections(data)
    run.add("B", 10, 20)
    run.add("A", 20)
    run.changes["A"] = SecurityChanges([_security(data, "X")])
    slices = list(run.synchronizer.slices(10, lambda: None))
    assert [(s.utc, s.is_time_pulse, s.data_points) for s in slices] == [
        (10, True, 0), (10, False, 1), (20, True, 0), (20, False, 2),
    ]  # fmt: skip
    assert run.seen == [("B", 10, 1), ("A", 20, 1), ("B", 20, 1)]
    assert slices[3].changes is not None
    assert slices[1].changes is None


def test_a_universe_that_ends_selects_once_more_at_the_next_moment(data):
    run = _Selections(data)
    universe = run.add("A", 10, 20, 30)
    other = run.add("B", 10, 15)
    slices = run.synchronizer.slices(10, lambda: None)
    while not next(slices).data_points:
        pass
    universe.dispose()
    assert [s.utc for s in slices if not s.is_time_pulse] == [15]
    assert run.seen == [("A", 10, 1), ("B", 10, 1), ("A", 15, 0), ("B", 15, 1)]
    assert not other.dispose_requested


def test_the_first_slice_comes_at_the_start_without_any_data(data):
    run = _Selections(data)
    assert [(s.utc, s.data_points) for s in run.synchronizer.slices(10, lambda: None)] == [(10, 0)]


def test_a_universe_that_starts_again_waits_for_the_next_step(data):
    run = _Selections(data)
    universe = run.add("A", 10, 20)
    universe.is_filled_forward = True
    again = [UniverseData(10, [1, 2]), UniverseData(30, [3])]

    def select(found: Universe, utc: int, rows: UniverseData) -> SecurityChanges:
        if again:
            assert run.synchronizer.filled_universes() == [universe]
            run.synchronizer.restart_universe(universe, iter(again[:]))
            again.clear()
        return _Selections.select(run, found, utc, rows)

    run.synchronizer = Synchronizer(
        lambda: TimeZones().get("UTC"), select, lambda _utc: False, lambda _delisting: SecurityChanges.NONE
    )
    run.synchronizer.add_universe(universe, universe.points(0, 1 << 60))
    slices = [s for s in run.synchronizer.slices(10, lambda: None) if not s.is_time_pulse]
    assert [(s.utc, s.data_points) for s in slices] == [(10, 1), (10, 2), (30, 1)]


def test_a_funds_universe_ends_with_the_fund_and_follows_its_ticker(data):
    header = "A,A RPTMYV3VC57P,20131007,0.5,1,"
    data.write("equity/usa/universes/etf/old/20131007.csv", header)
    data.write("equity/usa/universes/etf/new/20131008.csv", f"{header}\n{header.replace('A,', 'B,')}")
    data.write("equity/usa/universes/etf/new/20131010.csv", header)
    rows = [(parse_date("19980102"), "OLD"), (parse_date("20131007"), "OLD"), (parse_date("20131008"), "NEW")]
    map_file = MapFile("OLD", rows)
    configuration = UniverseConfiguration(_symbol("U"), Resolution.DAILY, data.hours())
    universe = ConstituentsUniverse(
        configuration, UniverseSettings(), _files(data), etf_folder(_symbol("NEW"), map_file), etf_row, None,
        map_file.delisting_date,
    )  # fmt: skip
    found = list(universe.points(local("20131004 00:00"), local("20131015 00:00")))
    to_utc = data.hours().time_zone.to_utc
    assert [(point.end_utc, len(point.rows), point.ends) for point in found] == [
        (to_utc(local("20131008 00:00")), 1, False),
        (to_utc(local("20131009 00:00")), 2, False),
        (to_utc(local("20131009 00:00")), 1, True),
    ]
    assert [symbol.value for symbol in universe.select_symbols(0, found[0])] == ["A"]


def test_a_second_filter_sees_looked_up_rows_and_they_are_what_counts(data):
    data.write("equity/usa/fundamental/coarse/20131008.csv", "A RPTMYV3VC57P,A,55.5,100,5550,True,1,1\n")
    seen = []

    def pick(rows: Rows) -> list[Symbol]:
        seen.append([(row.symbol.value, row.price, row.volume) for row in rows])
        return [row.symbol for row in rows][:1]

    inner = _Listed(data)
    inner.next = [SYMBOL_A, _symbol("B")]
    universe = FilteredUniverse(inner, _files(data), pick, lambda: None)
    utc = data.hours().time_zone.to_utc(local("20131008 00:00"))
    point = UniverseData(utc, ["row", "row", "row"])
    assert list(universe.perform_selection(utc, point)) == [SYMBOL_A]
    assert seen == [[("A", 55.5, 100), ("B", 0.0, 0)]]
    assert len(point.rows) == 2
    inner.next = UNCHANGED
    assert universe.perform_selection(utc, UniverseData(utc, [])) is UNCHANGED


def test_rows_of_the_fundamental_files_have_no_fundamental_data_and_the_user_is_told(data):
    data.write("equity/usa/fundamental/coarse/20131008.csv", "A RPTMYV3VC57P,A,55.5,100,5550,True,1,1\n")
    told = []
    inner = _Listed(data)
    inner.next = [SYMBOL_A]
    universe = FilteredUniverse(inner, _files(data), lambda rows: [row.symbol for row in rows], lambda: told.append(1))
    point = UniverseData(0, read_fundamentals(_files(data), parse_date("20131008")))
    assert universe.perform_selection(0, point) is UNCHANGED  # nothing before, nothing now
    assert (point.rows, told) == ([], [1])


def test_inception_dates_add_tickers_in_their_order_and_keep_them():
    model = InceptionDateUniverseSelectionModel(
        "list",
        {
            "A": to_datetime(parse_date("20131002")),
            "B": to_datetime(parse_date("20131005")),
            "C": to_datetime(parse_date("20131001")),
        },
    )
    assert model.select(None, to_datetime(parse_date("20131001"))) is UNCHANGED
    assert model.select(None, to_datetime(parse_date("20131002"))) == ["A"]
    assert model.select(None, to_datetime(parse_date("20131003"))) is UNCHANGED
    assert model.select(None, to_datetime(parse_date("20131006"))) == ["A", "B", "C"]


def test_securities_remember_what_universes_selected_from(data):
    security = _security(data, "A")
    assert not security.cache.has_data(Fundamental)
    row = Fundamental(security.symbol, 0, ["", "", "5", "1", "5"])
    security.cache.remember(row)
    assert security.cache.get_data(Fundamental) is row
    assert security.cache.get_data() is None


def test_a_security_takes_the_place_that_became_free_last(data):
    securities = SecurityManager()
    portfolio = SecurityPortfolioManager(securities)
    for ticker in "ABCD":
        security = _security(data, ticker)
        securities.add_security(security)
        portfolio.add_security(security)
    for ticker in "BC":
        securities.remove_security(_symbol(ticker))
        portfolio.remove_security(_symbol(ticker))
    assert securities[_symbol("B")].symbol.value == "B"
    assert "B" in portfolio
    for ticker in "EFG":
        security = _security(data, ticker)
        securities.add_security(security)
        portfolio.add_security(security)
    assert [symbol.value for symbol in securities.Keys] == ["A", "F", "E", "D", "G"]
    assert [pair.key.value for pair in portfolio] == ["A", "F", "E", "D", "G"]
