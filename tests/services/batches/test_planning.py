"""From what was asked for to the runs of a batch, and everything that is refused before one of them exists."""

import asyncio
import tracemalloc
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from leanboard.errors import ImageNotAllowed, InvalidInput
from leanboard.models.batch_requests import Addition, BatchRequest, ItemChanges, Range
from leanboard.models.scenarios import Scenario
from leanboard.services.batches.axes import axes_of
from leanboard.services.batches.planning import check_each, plan, plan_addition, plan_change
from leanboard.services.batches.ranges import RangeValues, number_text

MOST = 5000
SCENARIO = Scenario.model_validate(
    {
        "id": "a" * 32,
        "name": "fast cross",
        "strategy_name": "cross",
        "parameters": {"fast": 10},
        "symbols": ["AAPL"],
        "start_date": "2001-01-01",
        "end_date": "2002-01-01",
        "engine": "embedded",
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:00Z",
    }
)


def planned(content, scenarios=(), most=MOST):
    request = BatchRequest.model_validate(content)
    made = plan(request, {one.id: one for one in scenarios}, most)
    items = list(made.items())
    assert len(items) == made.count
    return made, items


def refusal(content, most=MOST):
    with pytest.raises(InvalidInput) as caught:
        plan(BatchRequest.model_validate(content), {}, most)
    return caught.value


def sweep(**content):
    return {"sweep": {"strategies": ["cross"], **content}}


def test_every_combination_the_last_axis_fastest():
    made, items = planned(
        {
            "sweep": {
                "strategies": ["cross", "hold"],
                "symbols": ["AAPL", "IBM"],
                "parameters": {"fast": {"min": 5, "max": 10, "step": 2.5}, "slow": [50]},
            },
            "parameters": {"unit": 1},
            "initial_cash": 5000,
            "tags": ["night"],
        }
    )
    assert made.axes == (("strategy", 2), ("symbol", 2), ("fast", 3))
    assert [planned.item.label for planned in items[:4]] == [
        "AAPL / cross / fast=5 / slow=50",
        "AAPL / cross / fast=7.5 / slow=50",
        "AAPL / cross / fast=10 / slow=50",
        "IBM / cross / fast=5 / slow=50",
    ]
    last = items[-1]
    assert (last.item.number, last.item.symbol, last.item.strategy_name) == (12, "IBM", "hold")
    assert last.request.lean_parameters() == {"unit": "1", "fast": "10", "slow": "50", "symbols": "IBM"}
    assert last.request.initial_cash == 5000
    assert last.request.tags == ("night",)
    assert last.request.name == "IBM / fast=10 / slow=50"


def test_an_axis_may_have_the_name_of_another_axis():
    made, _ = planned({"sweep": {"strategies": ["a", "b"], "parameters": {"window": [1, 2, 3]}}})
    assert made.axes == (("strategy", 2), ("parameters.window", 3))


def test_a_symbol_reaches_the_strategy_as_the_parameter_that_the_batch_names():
    _, items = planned(sweep(symbols=["AAPL"]) | {"symbol_parameter": "ticker"})
    assert items[0].request.symbols is None
    assert items[0].item.parameters == {"ticker": "AAPL"}
    assert items[0].item.symbol == "AAPL"


def test_items_have_what_they_say_and_otherwise_what_the_batch_says():
    made, items = planned(
        {
            "items": [
                {"strategy": "cross", "symbol": "AAPL", "parameters": {"fast": 5}, "engine": "docker"},
                {"strategy": "cross", "symbol": "IBM", "start_date": "2005-01-01", "name": "mine"},
            ],
            "start_date": "2001-01-01",
            "parameters": {"fast": 1, "slow": 2},
            "commission": {"per_order": 1},
        }
    )
    first, second = items
    assert first.item.parameters == {"fast": "5", "slow": "2"}
    assert first.request.engine == "docker"
    assert str(first.item.start_date) == "2001-01-01"
    assert (second.item.label, str(second.item.start_date), second.item.parameters["fast"]) == (
        "mine",
        "2005-01-01",
        "1",
    )
    assert second.item.commission.per_order == 1
    assert made.axes == (("symbol", 2), ("window", 2), ("engine", 2), ("fast", 2))


def test_the_same_item_twice_is_two_runs():
    assert planned({"items": [{"strategy": "cross"}] * 3})[0].count == 3


def test_the_common_period_takes_the_place_of_a_scenarios_own():
    made, items = planned(
        {"scenarios": [SCENARIO.id], "start_date": "2001-06-01", "parameters": {"slow": 9}}, [SCENARIO]
    )
    request = items[0].request
    assert (str(request.start_date), str(request.end_date)) == ("2001-06-01", "2002-01-01")
    assert request.lean_parameters() == {"slow": "9", "fast": "10", "symbols": "AAPL"}
    assert request.engine == "embedded"
    assert (items[0].item.scenario, items[0].item.label, items[0].item.symbol) == ("fast cross", "fast cross", "AAPL")
    assert made.axes == ()


@pytest.mark.parametrize("ids", [[SCENARIO.id, SCENARIO.id], ["b" * 32]])
def test_a_scenario_named_twice_or_unknown_is_refused(ids):
    with pytest.raises(InvalidInput) as caught:
        plan(BatchRequest.model_validate({"scenarios": ids}), {SCENARIO.id: SCENARIO}, MOST)
    assert caught.value.problems[0].field == f"scenarios.{len(ids) - 1}"


def test_a_period_that_the_two_turn_round_is_refused():
    with pytest.raises(InvalidInput, match=r"scenarios\.0.*before start_date"):
        planned({"scenarios": [SCENARIO.id], "start_date": "2009-01-01"}, [SCENARIO])


class TestWalkForward:
    def windows(self, **content):
        _, items = planned(sweep(windows=content))
        return [(one.item.window, str(one.item.start_date), str(one.item.end_date)) for one in items]

    def test_test_windows_alone_lie_side_by_side(self):
        found = self.windows(start_date="2010-01-01", end_date="2010-01-31", test_days=10)
        assert found == [
            ("2010-01-01..2010-01-10", "2010-01-01", "2010-01-10"),
            ("2010-01-11..2010-01-20", "2010-01-11", "2010-01-20"),
            ("2010-01-21..2010-01-30", "2010-01-21", "2010-01-30"),
        ]

    def test_pairs_move_by_the_step(self):
        found = self.windows(start_date="2010-01-01", end_date="2010-01-31", train_days=20, test_days=5, step_days=6)
        assert found == [
            ("train 1", "2010-01-01", "2010-01-20"),
            ("test 1", "2010-01-21", "2010-01-25"),
            ("train 2", "2010-01-07", "2010-01-26"),
            ("test 2", "2010-01-27", "2010-01-31"),
        ]

    def test_anchored_windows_begin_on_the_first_day_and_grow(self):
        found = self.windows(start_date="2010-01-01", end_date="2010-01-30", train_days=20, test_days=5, anchored=True)
        assert [one for one in found if one[0].startswith("train")] == [
            ("train 1", "2010-01-01", "2010-01-20"),
            ("train 2", "2010-01-01", "2010-01-25"),
        ]
        assert found[-1] == ("test 2", "2010-01-26", "2010-01-30")

    @pytest.mark.parametrize(
        ("content", "field", "words"),
        [
            ({"test_days": 32}, "sweep.windows", "31 days, and test_days are 32"),
            ({"train_days": 30, "test_days": 2}, "sweep.windows", "are 32"),
            ({"test_days": 2, "anchored": True}, "sweep.windows.anchored", "train_days"),
        ],
    )
    def test_what_does_not_fit_is_refused(self, content, field, words):
        error = refusal(sweep(windows={"start_date": "2010-01-01", "end_date": "2010-01-31", **content}))
        assert error.problems[0].field == field
        assert words in error.detail


class TestRefusals:
    def test_a_million_million_combinations_are_counted_and_none_is_made(self):
        axes = {name: {"min": 1, "max": 1000, "step": 1} for name in "abcd"}
        error = refusal(sweep(parameters=axes))
        assert "1000000000000 runs (1 strategy x 1000 a x 1000 b x 1000 c x 1000 d)" in error.detail
        assert "5000 (LEANBOARD_MAX_BATCH)" in error.detail
        assert error.problems[0].field == "sweep"

    def test_counting_takes_no_memory(self):
        axes = {name: {"min": 1, "max": 100_000_000, "step": 1} for name in "abcd"}
        request = BatchRequest.model_validate(sweep(parameters=axes))
        tracemalloc.start()
        with pytest.raises(InvalidInput):
            plan(request, {}, MOST)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 100_000

    def test_a_count_of_hundreds_of_digits_is_told_by_its_size(self):
        axis = {"min": 0, "max": "9999999999999999", "step": "0.0000000001"}
        assert "about 10^519 runs" in refusal(sweep(parameters={f"p{n}": axis for n in range(20)})).detail

    def test_one_more_than_allowed_is_refused_and_one_less_is_not(self):
        content = sweep(parameters={"fast": [1, 2, 3]})
        assert planned(content, most=3)[0].count == 3
        assert "3 runs" in refusal(content, most=2).detail
        assert refusal({"items": [{"strategy": "a"}] * 3}, most=2).problems[0].field == "items"

    @pytest.mark.parametrize(
        ("bounds", "field", "words"),
        [
            ({"min": 0, "max": 9, "step": 0}, "step", "step is 0"),
            ({"min": 0, "max": 9, "step": -1}, "step", "above 0"),
            ({"min": 9, "max": 0, "step": 0.5}, "step", "below 0"),
            ({"min": 0, "max": 9, "step": 1e-12}, "step", "10 behind"),
            ({"min": -1e300, "max": 9, "step": 1}, "min", "16 digits"),
        ],
    )
    def test_a_range_that_leads_nowhere(self, bounds, field, words):
        error = refusal(sweep(parameters={"fast": bounds}))
        assert error.problems[0].field == f"sweep.parameters.fast.{field}"
        assert words in error.detail

    @pytest.mark.parametrize(
        "number", [float("nan"), float("inf"), float("-inf"), "NaN", "Infinity", "1e5", True, None]
    )
    @pytest.mark.parametrize("bound", ["min", "max", "step"])
    def test_a_bound_that_is_no_number(self, number, bound):
        with pytest.raises(ValidationError):
            BatchRequest.model_validate(sweep(parameters={"fast": {"min": 0, "max": 9, "step": 1, bound: number}}))

    @pytest.mark.parametrize(
        "content",
        [
            {"strategies": []},
            {"strategies": ["a"], "parameters": {"fast": []}},
            {"strategies": ["a"], "parameters": {"fast": 5}},
        ],
    )
    def test_an_empty_grid(self, content):
        with pytest.raises(ValidationError):
            BatchRequest.model_validate({"sweep": content})

    @pytest.mark.parametrize(
        ("content", "field"),
        [
            ({"strategies": ["a", "b", "a"]}, "sweep.strategies.2"),
            ({"symbols": ["AAPL", "aapl"]}, "sweep.symbols.1"),
            ({"parameters": {"fast": [1, 2, 1]}}, "sweep.parameters.fast.2"),
            ({"windows": [{"start_date": "2010-01-01", "end_date": "2010-02-01"}] * 2}, "sweep.windows.1"),
        ],
    )
    def test_a_value_named_twice(self, content, field):
        error = refusal(sweep(**content))
        assert error.problems[0].field == field
        assert "twice" in error.detail

    @pytest.mark.parametrize(
        ("content", "common", "field"),
        [
            ({"symbols": ["AAPL"]}, {"parameters": {"symbols": "IBM"}}, "parameters.symbols"),
            ({"symbols": ["AAPL"], "parameters": {"symbols": ["IBM"]}}, {}, "sweep.parameters.symbols"),
            ({"parameters": {"fast": [1]}}, {"parameters": {"fast": 1}}, "parameters.fast"),
            (
                {"windows": [{"start_date": "2010-01-01", "end_date": "2010-02-01"}]},
                {"end_date": "2010-01-01"},
                "end_date",
            ),
        ],
    )
    def test_the_same_thing_said_twice(self, content, common, field):
        assert refusal(sweep(**content) | common).problems[0].field == field

    def test_one_of_five_hundred_is_wrong_and_nothing_is_planned(self):
        items = [{"strategy": "cross", "symbol": f"S{n}"} for n in range(500)]
        items[37] |= {"start_date": "2010-01-01", "end_date": "2009-01-01"}
        error = refusal({"items": items})
        assert [problem.field for problem in error.problems] == ["items.37.end_date"]
        assert error.detail.startswith("nothing was started: items.37.end_date: end_date 2009-01-01")

    async def test_one_of_five_hundred_cannot_run(self):
        _, items = planned({"items": [{"strategy": f"s{n}"} for n in range(500)]})

        async def check(one):
            await asyncio.sleep(0)
            if one.request.strategy_name in {"s37", "s400"}:
                raise InvalidInput(f"no strategy {one.request.strategy_name}", field="strategy_name")

        with pytest.raises(InvalidInput, match=r"items\.37\.strategy: no strategy s37 \(and 1 more\)") as caught:
            await check_each(items, check)
        assert [problem.field for problem in caught.value.problems] == ["items.37.strategy", "items.400.strategy"]

    async def test_a_strategy_of_a_sweep_is_named_once(self):
        _, items = planned({"sweep": {"strategies": ["a", "b"], "parameters": {"x": [1, 2, 3]}}})

        async def check(one):
            if one.request.strategy_name == "b":
                raise InvalidInput("no such strategy", field="strategy_name")

        with pytest.raises(InvalidInput) as caught:
            await check_each(items, check)
        assert [problem.field for problem in caught.value.problems] == ["sweep.strategies.1"]

    async def test_what_is_not_the_items_fault_is_passed_on(self):
        async def check(_):
            raise ImageNotAllowed("not here", field="image")

        with pytest.raises(ImageNotAllowed):
            await check_each(planned(sweep())[1], check)


class TestAdditions:
    def added(self, content, addition, more=(), most=MOST):
        _, items = planned(content)
        request = BatchRequest.model_validate(content)
        return plan_addition(request, [*items, *more], Addition.model_validate(addition), most)

    def test_a_row(self):
        made = self.added(sweep(symbols=["AAPL", "IBM"], parameters={"fast": [1, 2]}), {"symbols": ["MSFT"]})
        assert [(one.item.number, one.item.label) for one in made] == [
            (5, "MSFT / cross / fast=1"),
            (6, "MSFT / cross / fast=2"),
        ]
        assert made[0].request.symbols == ("MSFT",)

    def test_a_column_also_of_a_row_that_was_added(self):
        content = {
            "items": [{"strategy": "cross", "symbol": "AAPL", "name": "mine"}, {"strategy": "hold", "symbol": "AAPL"}]
        }
        row = self.added(content, {"symbols": ["IBM"]})
        assert [one.item.label for one in row] == ["IBM / cross", "IBM / hold"]
        column = self.added(content, {"strategies": ["main"]}, more=row)
        assert [(one.item.number, one.item.label) for one in column] == [(5, "AAPL / main"), (6, "IBM / main")]

    def test_rows_one_after_the_other_are_equally_long(self):
        content = sweep(symbols=["AAPL"], parameters={"fast": [1, 2]}) | {
            "start_date": "2001-01-01",
            "engine": "embedded",
            "parameters": {"unit": 1},
            "symbol_parameter": "ticker",
        }
        first = self.added(content, {"symbols": ["IBM"]})
        second = self.added(content, {"symbols": ["SPY"]}, more=first)
        assert [one.request.parameters for one in second] == [
            {"unit": "1", "fast": "1", "ticker": "SPY"},
            {"unit": "1", "fast": "2", "ticker": "SPY"},
        ]
        assert second[0].request.start_date == first[0].request.start_date
        assert second[0].item.label == "SPY / cross / fast=1"
        items = [*planned(content)[1], *first]
        assert axes_of([one.item for one in items]) == (("symbol", 2), ("fast", 2))  # the ticker is the symbol

    def test_an_edit_of_a_cell_stays_in_its_cell(self):
        content = sweep(symbols=["AAPL", "IBM"])
        _, items = planned(content)
        edited = plan_change(items[0], ItemChanges.model_validate({"parameters": {"fast": 3}}))
        request = BatchRequest.model_validate(content)
        made = plan_addition(request, [edited, items[1]], Addition(symbols=("MSFT",)), MOST)
        assert [one.request.parameters for one in made] == [{}]

    def test_items(self):
        made = self.added(sweep(), {"items": [{"strategy": "hold"}]})
        assert [(one.item.number, one.item.label) for one in made] == [(2, "hold")]

    @pytest.mark.parametrize(
        ("addition", "field"),
        [
            ({"symbols": ["aapl"]}, "symbols.0"),
            ({"symbols": ["IBM", "ibm"]}, "symbols.1"),
            ({"strategies": ["cross"]}, "strategies.0"),
            (
                {"items": [{"strategy": "a"}, {"strategy": "a", "parameters": {"symbols": 1}, "symbol": "X"}]},
                "items.1.parameters.symbols",
            ),
        ],
    )
    def test_what_is_there_or_wrong_is_refused(self, addition, field):
        with pytest.raises(InvalidInput) as caught:
            self.added(sweep(symbols=["AAPL"]), addition)
        assert caught.value.problems[0].field == field

    def test_too_many_with_those_that_are_there(self):
        with pytest.raises(InvalidInput, match=r"9 runs, with the 3 that there are"):
            self.added(sweep(parameters={"fast": [1, 2, 3]}), {"symbols": ["AAPL", "IBM"]}, most=8)

    def test_a_batch_of_scenarios_has_no_rows(self):
        request = BatchRequest.model_validate({"scenarios": [SCENARIO.id]})
        with pytest.raises(InvalidInput, match="add items"):
            plan_addition(request, (), Addition(symbols=("IBM",)), MOST)


class TestChanges:
    def change(self, content, changes, symbol_parameter="symbols"):
        return plan_change(planned(content)[1][0], ItemChanges.model_validate(changes), symbol_parameter)

    def test_new_parameters_and_the_same_place(self):
        made = self.change(
            sweep(symbols=["AAPL"], parameters={"fast": [1], "slow": [2]}), {"parameters": {"fast": 7, "x": 1}}
        )
        assert made.item.label == "AAPL / cross / fast=7 / x=1"
        assert made.request.name == "AAPL / fast=7 / x=1"
        assert made.request.lean_parameters() == {"fast": "7", "x": "1", "symbols": "AAPL"}
        assert (made.item.number, made.item.symbol) == (1, "AAPL")

    def test_what_is_left_out_stays(self):
        made = self.change(sweep(parameters={"fast": [1]}) | {"initial_cash": 1000}, {"start_date": "2001-01-01"})
        assert made.request.parameters == {"fast": "1"}
        assert made.request.initial_cash == 1000
        assert str(made.item.start_date) == "2001-01-01"

    def test_a_window_that_is_called_as_its_days_follows_them(self):
        content = sweep(windows=[{"start_date": "2001-01-01", "end_date": "2001-12-31"}], parameters={"fast": [1]})
        made = self.change(content, {"end_date": "2002-06-30"})
        assert made.item.window == "2001-01-01..2002-06-30"
        assert made.item.label == "cross / 2001-01-01..2002-06-30 / fast=1"
        assert made.request.name == "2001-01-01..2002-06-30 / fast=1"
        content["sweep"]["windows"][0]["label"] = "test 1"
        assert self.change(content, {"end_date": "2002-06-30"}).item.window == "test 1"

    def test_a_symbol_stays_where_it_is_a_parameter(self):
        content = sweep(symbols=["AAPL"]) | {"symbol_parameter": "ticker"}
        made = self.change(content, {"parameters": {"fast": 1}}, "ticker")
        assert made.request.parameters == {"fast": "1", "ticker": "AAPL"}
        with pytest.raises(InvalidInput, match="stays"):
            self.change(content, {"parameters": {"ticker": "IBM"}}, "ticker")

    def test_a_period_that_ends_before_it_starts(self):
        with pytest.raises(InvalidInput, match="before start_date"):
            self.change(sweep() | {"end_date": "2001-01-01"}, {"start_date": "2002-01-01"})


numbers = st.decimals(min_value=-1000, max_value=1000, places=3)
names = st.text("abcxyz", min_size=1, max_size=3)
distinct = {"unique": True, "min_size": 1, "max_size": 3}
axes = st.one_of(
    st.lists(names, **distinct),
    st.builds(
        lambda first, step, n: Range(min=first, step=step, max=first + step * n),
        numbers,
        numbers.filter(bool),
        st.integers(0, 4),
    ),
)
sweeps = st.fixed_dictionaries(
    {
        "strategies": st.lists(names, **distinct),
        "symbols": st.lists(names.map(str.upper), unique=True, max_size=3),
        "parameters": st.dictionaries(names.map("p_".__add__), axes, max_size=3),
    }
)


@given(sweeps)
@settings(max_examples=60, deadline=None)
def test_any_sweep_has_as_many_items_as_were_counted_and_no_two_alike(content):
    made, items = planned({"sweep": content})
    seen = {one.request.model_dump_json(exclude={"name"}) for one in items}
    assert len(seen) == made.count
    assert [one.item.number for one in items] == list(range(1, made.count + 1))
    product = 1
    for _, number in made.axes:
        product *= number
    assert product == made.count


@given(numbers, numbers.filter(bool), st.integers(0, 200))
@settings(deadline=None)
def test_a_range_ends_on_max_where_the_steps_do_and_never_passes_it(first, step, number):
    exact = [Decimal(text) for text in RangeValues(Range(min=first, step=step, max=first + number * step), "f")]
    assert exact == [first + k * step for k in range(number + 1)]
    almost = RangeValues(Range(min=first, step=step, max=first + number * step - step / 2), "f") if number else exact
    assert len(list(almost)) == (number or 1)


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9))
def test_a_number_is_written_plainly(number):
    text = number_text(number)
    assert Decimal(text) == number
    assert "E" not in text
    assert text != "-0"
    assert not ("." in text and text.endswith("0"))
