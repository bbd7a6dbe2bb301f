"""Views of a result: every shape LEAN gave its files, thinning, pages, CSV."""

import csv
import gzip
import io
import json
from collections.abc import Iterator
from dataclasses import asdict, fields, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from leanboard.api.analytics_samples import DOCUMENT
from leanboard.errors import NotFound
from leanboard.models.analytics import SeriesPoint, SeriesType, Side, Trade
from leanboard.models.analytics_queries import CurveQuery, Format, RowsQuery
from leanboard.services.analytics import tables
from leanboard.services.analytics.equity import equity
from leanboard.services.analytics.orders import order_events, orders
from leanboard.services.analytics.rendering import orders_view, trades_view
from leanboard.services.analytics.series import charts, named_points, series
from leanboard.services.analytics.trades import statistics, trades
from leanboard.storage.equity_series import equity_points
from leanboard.storage.lean_sections import Sections
from leanboard.storage.result_document import ResultDocument
from leanboard.storage.result_files import state_of

START = datetime(2013, 10, 7, tzinfo=UTC)
AT = int(START.timestamp())


def document(root: dict[str, Any], events: tuple[dict[str, Any], ...] = ()) -> ResultDocument:
    return ResultDocument(root=root, order_events=events, state=state_of(root, 0), name="a.json", size=0, tag="t")


def chart_of(values: list[Any], **more: Any) -> dict[str, Any]:
    return {"charts": {"My/Chart": {"series": {"a/b": {"values": values, **more}}}}}


def pascal(value: Any) -> Any:
    """The casing of files before May 2024; names of charts, series and orders were never changed."""
    if isinstance(value, list):
        return [pascal(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    return {key if " " in key else key[:1].upper() + key[1:]: pascal(entry) for key, entry in value.items()}


def rows(values: list[Any]) -> tuple[SeriesPoint, ...]:
    return named_points(chart_of(values), "My/Chart", "a/b")


def thinned(values: list[Any], limit: int) -> tuple[SeriesPoint, ...]:
    return series(chart_of(values), "My/Chart/a/b", CurveQuery(points=limit)).points


class TestSeries:
    @pytest.mark.parametrize(
        ("raw", "expected"),
        [
            ([AT, 2.5], SeriesPoint(START, 2.5)),
            ([AT, None], SeriesPoint(START, None)),
            ([AT, "2.5"], SeriesPoint(START, 2.5)),
            ([AT, 1, 4, 0.5, 2], SeriesPoint(START, 2.0, 1.0, 4.0, 0.5)),
            ([AT, None, None, None, None], SeriesPoint(START, None)),
            ({"x": AT, "y": 2.5}, SeriesPoint(START, 2.5)),
            ({"X": AT, "Y": 2.5}, SeriesPoint(START, 2.5)),
            ({"x": AT, "y": 2.5, "tooltip": "why"}, SeriesPoint(START, 2.5, tooltip="why")),
            ({"x": AT, "open": 1, "high": 4, "low": 0.5, "close": 2}, SeriesPoint(START, 2.0, 1.0, 4.0, 0.5)),
            ({"Time": AT, "Open": 1, "High": 4, "Low": 0.5, "Close": 2}, SeriesPoint(START, 2.0, 1.0, 4.0, 0.5)),
        ],
    )
    def test_every_form_of_a_point(self, raw: object, expected: SeriesPoint):
        for values, chart in (("values", "charts"), ("Values", "Charts")):
            root = {chart: {"Mine": {"series": {"a": {values: [raw]}}}}}
            assert named_points(root, "Mine", "a") == (expected,)

    @pytest.mark.parametrize("raw", [None, 3, "x", [], [AT], ["x", 1], [1e300, 1], [-1, 1], {}, {"y": 2}])
    def test_what_is_no_point_is_left_out(self, raw: object):
        assert rows([raw, [AT, 1.0]]) == (SeriesPoint(START, 1.0),)

    def test_names_may_hold_slashes(self):
        found = series(chart_of([[AT, 1.0]], unit="$", seriesType=3, index=1), "My/Chart/a/b", CurveQuery())
        assert (found.series.chart, found.series.name) == ("My/Chart", "a/b")
        assert (found.series.type, found.series.unit, found.series.index) == (SeriesType.BAR, "$", 1)

    @pytest.mark.parametrize("path", ["", "/", "My/Chart", "My/Chart/", "My/Chart/a", "My", "../../etc/passwd"])
    def test_what_is_not_there_is_said(self, path: str):
        with pytest.raises(NotFound):
            series(chart_of([]), path, CurveQuery())

    @pytest.mark.parametrize("raw", [8, -1, "Line2", None, 3.5, []])
    def test_unknown_types_stay_unknown(self, raw: object):
        (chart,) = charts(chart_of([], seriesType=raw))
        assert chart.series[0].type is SeriesType.UNKNOWN

    @pytest.mark.parametrize(
        ("start", "end", "expected"),
        [
            (None, None, [0, 1, 2, 3]),
            ("2013-10-08", None, [1, 2, 3]),
            (None, "2013-10-08", [0, 1]),
            ("2013-10-08", "2013-10-08", [1]),
            ("2013-10-08T00:00:01Z", "2013-10-10T02:00:00+02:00", [2, 3]),
            ("2013-10-20", None, []),
        ],
    )
    def test_periods(self, start: str | None, end: str | None, expected: list[int]):
        root = chart_of([[AT + day * 86400, float(day)] for day in range(4)])
        found = series(root, "My/Chart/a/b", CurveQuery(start=start, end=end))
        assert [point.value for point in found.points] == expected
        assert (found.total, found.series.points) == (len(expected), 4)

    @pytest.mark.parametrize(
        "text", ["2013-02-30", "2013-10-08T00:00:00", "yesterday", "2013-10-08 00:00", "0000-01-01"]
    )
    def test_days_that_are_none(self, text: str):
        with pytest.raises(ValidationError):
            CurveQuery(start=text)

    @given(st.lists(st.one_of(st.none(), st.floats(-1e9, 1e9)), max_size=300), st.integers(4, 50))
    def test_thinning_keeps_ends_and_extremes(self, values: list[float | None], limit: int):
        raw = [[AT + place * 60, value] for place, value in enumerate(values)]
        every, kept = rows(raw), thinned(raw, limit)
        assert len(kept) <= max(limit, 4)
        assert set(kept) <= set(every)
        assert [point.time for point in kept] == sorted(point.time for point in kept)
        if every:
            assert (kept[0], kept[-1]) == (every[0], every[-1])
        known = [value for value in values if value is not None]
        if known:
            left = [point.value for point in kept if point.value is not None]
            assert (min(left), max(left)) == (min(known), max(known))

    @given(st.integers(30, 400), st.data())
    def test_a_spike_stays_wherever_it_is(self, length: int, data: st.DataObject):
        place = data.draw(st.integers(0, length - 1))
        limit = data.draw(st.integers(4, length))
        candles = [
            [AT + day * 86400, 10.0, *((99.0, 1.0) if day == place else (11.0, 9.0)), 10.0] for day in range(length)
        ]
        assert SeriesPoint(START + timedelta(days=place), 10.0, 10.0, 99.0, 1.0) in thinned(candles, limit)


class TestEquity:
    def test_drawdown_is_a_fraction(self):
        root = {"charts": {"Drawdown": {"series": {"Equity Drawdown": {"values": [[AT, -2.2], [AT + 1, None]]}}}}}
        assert [point.value for point in equity(document(root), CurveQuery()).drawdown] == [-0.022]

    def test_without_leans_drawdown_it_comes_from_the_curve(self):
        values = [[AT, 100.0], [AT + 1, 120.0], [AT + 2, 90.0], [AT + 3, 130.0]]
        root = {"charts": {"Strategy Equity": {"series": {"Equity": {"values": values}}}}}
        assert [point.value for point in equity(document(root), CurveQuery()).drawdown] == [0, 0, -0.25, 0]

    @given(st.lists(st.tuples(st.integers(0, 2**31), st.floats(-1e9, 1e9)), max_size=30), st.booleans())
    def test_a_curve_is_the_same_from_text_and_from_values(self, pairs: list[tuple[int, float]], candles: bool):
        values = [[at, *([value] * 4 if candles else [value])] for at, value in pairs]
        root = {"charts": {"Strategy Equity": {"series": {"Equity": {"values": values}}}}}
        text = Sections(json.dumps(root).encode())
        assert equity_points(text, 10) == equity_points(root, 10)
        assert len(named_points(text, "Strategy Equity", "Equity")) == len(pairs)

    def test_absent_curves_are_empty(self):
        found = equity(document({"charts": {}}), CurveQuery())
        assert (found.equity, found.benchmark, found.drawdown, found.currency) == ((), (), (), "")


class TestTrades:
    def test_older_shapes(self):
        old = {
            "TotalPerformance": {
                "ClosedTrades": [
                    {
                        "Symbol": {"Value": "SPY", "ID": "SPY R735QTJ8XC9X", "Permtick": "SPY"},
                        "EntryTime": "2013-10-07T18:30:00Z",
                        "ExitTime": "2013-10-08T18:30:01Z",
                        "Direction": 1,
                        "ProfitLoss": "-16.95",
                        "MAE": -1e-08,
                        "MFE": 2,
                    },
                ],
            },
        }
        (trade,) = trades(document(old), "spy r735qtj8xc9x")
        assert (trade.symbols, trade.direction, trade.profit_loss) == (("SPY",), Side.SHORT, Decimal("-16.95"))
        assert (trade.duration, trade.mae, trade.mfe, trade.is_win) == (86401.0, Decimal("-1E-8"), Decimal(2), None)
        assert TypeAdapter(Trade).dump_python(trade, mode="json")["mae"] == "-0.00000001"
        assert trades(document(old), "QQQ") == ()

    @pytest.mark.parametrize(
        "entry",
        [
            {},
            {"symbols": [3]},
            {"symbols": 3, "orderIds": ["x", None, 2]},
            {"direction": [1]},
            {"quantity": "1e-99999999"},
        ],
    )
    def test_odd_entries_are_trades_with_gaps(self, entry: dict[str, Any]):
        (trade,) = trades(document({"totalPerformance": {"closedTrades": [entry, 7]}}))
        assert trade.profit_loss is None
        assert trade.quantity is None

    def test_durations_of_days(self):
        (trade,) = trades(document({"totalPerformance": {"closedTrades": [{"duration": "2.19:30:00.5"}]}}))
        assert trade.duration == ((2 * 24 + 19) * 60 + 30) * 60 + 0.5


class TestOrders:
    def test_kebab_case_events_are_read(self):
        event = {"order-id": 1, "order-event-id": 2, "symbol-value": "SPY", "time": AT, "status": "partiallyFilled"}
        event |= {"fill-price": 2.5, "fill-quantity": 3.0, "order-fee-amount": 1.0, "order-fee-currency": "USD"}
        found = document({"Orders": {"1": {"Id": 1, "Type": 4, "Status": 2, "Direction": 1}}}, (event,))
        (order,) = orders(found)
        assert (order.type, order.status, order.direction) == ("market_on_open", "partially_filled", "sell")
        assert (order.filled, order.fee, order.fee_currency) == (Decimal("3.0"), Decimal("1.0"), "USD")
        assert order.events[0].status == "partially_filled"
        assert order.events[0].fill_price == Decimal("2.5")

    def test_events_of_a_run_cut_short_come_newest_first(self):
        events = tuple({"orderId": 1, "orderEventId": place, "time": AT} for place in (3, 2, 1))
        assert [event.number for event in order_events(document({}, events))] == [1, 2, 3]
        assert [event.number for event in order_events(document({}, events[::-1]))] == [1, 2, 3]

    def test_numbers_unknown_to_us_stay_as_they_are(self):
        (order,) = orders(document({"orders": {"1": {"id": 1, "type": 77, "status": True, "direction": None}}}))
        assert (order.type, order.direction) == ("77", "")


def results(shared: Path) -> Iterator[tuple[str, ResultDocument]]:
    """All recorded results, and some of the goldens."""
    for path in sorted(shared.glob("lean-recordings/*/results/*.json")):
        if (path.parent / f"{path.stem}-log.txt").is_file() and path.stem != "ok-daily-many-years":
            yield path.stem, whole(path.read_bytes(), path.with_name(f"{path.stem}-order-events.json"))
    for path in sorted(shared.glob("lean-goldens/cases/*/result.json.gz"))[::8]:
        yield path.parent.name, whole(gzip.decompress(path.read_bytes()), path.with_name("order-events.json"))


def whole(content: bytes, events: Path) -> ResultDocument:
    return document(json.loads(content), tuple(json.loads(events.read_bytes()) if events.is_file() else ()))


@pytest.mark.shared
def test_leans_own_totals_come_out(shared: Path):
    checked = 0
    for name, found in results(shared):
        own, closed = statistics(found).trades, trades(found)
        if not own:
            continue
        assert len(closed) == int(own["totalNumberOfTrades"]), name
        for total, field in (("totalProfitLoss", "profit_loss"), ("totalFees", "total_fees")):
            summed = sum((getattr(trade, field) for trade in closed), Decimal(0))
            assert abs(summed - Decimal(own[total])) < Decimal("0.0001"), (name, total)
        assert sum(trade.is_win is True for trade in closed) == int(own["numberOfWinningTrades"]), name
        if found.state.is_final:
            assert len(orders(found)) == (found.state.total_orders or 0), name
        events = order_events(found)
        assert all(one.time <= other.time for one, other in pairwise(events)), name  # type: ignore[operator]
        assert any(chart.series for chart in charts(found.root)) or not closed, name
        checked += bool(closed)
    assert checked > 15


@pytest.mark.shared
def test_both_casings_give_the_same(shared: Path):
    path = shared / "lean-recordings" / "ok-charts" / "results" / "ok-charts.json"
    now = document(json.loads(path.read_bytes()))
    then = document(pascal(now.root))
    assert trades(then) == trades(now) != ()
    assert orders(then) == orders(now) != ()
    assert charts(then.root) == charts(now.root) != ()
    assert equity(then, CurveQuery()) == equity(now, CurveQuery())


def _encodable(text: str) -> str | None:
    return text.encode("utf-8", "replace").decode() or None


# What a spreadsheet would take for a formula is changed, see below.
TEXT = st.text().filter(lambda text: not text.startswith(("=", "+", "-", "@", "\t", "\r", "\n")))


class TestTables:
    def rows(self, content: bytes) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(content.decode(), newline="")))

    def test_trades_come_back_as_they_were(self):
        (row,) = self.rows(tables.trades_csv(trades(DOCUMENT)))
        read: dict[str, Any] = {key: value or None for key, value in row.items()}
        read["symbols"], read["orders"] = row["symbols"].split(), row["orders"].split()
        assert TypeAdapter(Trade).validate_python(read) == trades(DOCUMENT)[0]

    @given(st.lists(st.tuples(st.floats(allow_nan=False, allow_infinity=False), TEXT), max_size=20))
    def test_whatever_text_is_in_it(self, values: list[tuple[float, str]]):
        every = [
            SeriesPoint(START + timedelta(seconds=place), value, tooltip=_encodable(text))
            for place, (value, text) in enumerate(values)
        ]
        content = tables.series_csv(every)
        adapter = TypeAdapter(SeriesPoint)
        rows = [{key: value or None for key, value in row.items()} for row in self.rows(content)]
        assert [adapter.validate_python(row) for row in rows] == every

    def test_what_a_strategy_wrote_is_no_formula(self):
        first, *_ = orders(DOCUMENT)
        (row,) = self.rows(tables.orders_csv([replace(first, tag="=HYPERLINK(1)")]))
        assert row["tag"] == "'=HYPERLINK(1)"

    def test_headers_are_the_fields(self):
        header = tables.orders_csv(orders(DOCUMENT)).decode().splitlines()[0].split(",")
        assert header == [name for name in asdict(orders(DOCUMENT)[0]) if name != "events"]
        assert tables.trades_csv(()).decode() == ",".join(field.name for field in fields(Trade)) + "\r\n"

    def test_curves_stand_side_by_side(self):
        rows = self.rows(tables.equity_csv(equity(DOCUMENT, CurveQuery())))
        assert [(row["time"], row["equity"], row["benchmark"]) for row in rows] == [
            ("2013-10-07T04:00:00Z", "100000.0", "146.0268"),
            ("2013-10-11T20:00:00Z", "101691.92", "147.5"),
        ]


class TestPages:
    many = document({"totalPerformance": {"closedTrades": [{"quantity": place} for place in range(250)]}})

    def test_json_has_pages(self):
        found = json.loads(trades_view(RowsQuery(page=3, page_size=100))(self.many).content)
        assert [trade["number"] for trade in found["items"]] == list(range(201, 251))
        assert (found["total"], found["page"], found["page_size"]) == (250, 3, 100)
        assert json.loads(trades_view(RowsQuery(page=9))(self.many).content)["items"] == []

    def test_csv_has_all_unless_a_page_is_asked_for(self):
        assert trades_view(RowsQuery(format=Format.CSV))(self.many).content.count(b"\n") == 251
        assert trades_view(RowsQuery(format=Format.CSV, page_size=10))(self.many).content.count(b"\n") == 11
        assert orders_view(RowsQuery(format=Format.CSV))(self.many).content.count(b"\n") == 1
