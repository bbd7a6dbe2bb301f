"""The algorithm framework: periods of insights, collections, rebalancing, weights, overrides, and runs of it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from engine_builders import DataFolder, local, run_strategy
from minilean import times
from minilean.enums import Resolution, SecurityType
from minilean.framework.alphas.alpha_model import AlphaModel, model_name
from minilean.framework.alphas.indicator_alphas import HistoricalReturnsAlphaModel
from minilean.framework.alphas.pairs import PearsonCorrelationPairsTradingAlphaModel
from minilean.framework.enums import InsightDirection, InsightType, PortfolioBias
from minilean.framework.helpers import Extensions, Time, TimeSpan
from minilean.framework.insight import Insight, span_text
from minilean.framework.insight_manager import InsightManager
from minilean.framework.insight_periods import bars_end, period_end
from minilean.framework.net_dictionary import NetDictionary
from minilean.framework.portfolio.construction import PortfolioConstructionModel, rebalancing_function
from minilean.framework.portfolio.mean_reversion import simplex_projection
from minilean.framework.portfolio.risk_parity import covariance, returns_matrix, risk_parity_weights
from minilean.framework.portfolio.weighting import (
    AccumulativeInsightPortfolioConstructionModel,
    ConfidenceWeightedPortfolioConstructionModel,
    EqualWeightingPortfolioConstructionModel,
    InsightWeightingPortfolioConstructionModel,
)
from minilean.scheduling.rules import DateRule
from minilean.securities.exchange_hours import SecurityExchangeHours
from minilean.securities.symbol import USA, SecurityIdentifier, Symbol
from minilean.support import check_source
from minilean.surface import NotSupportedError
from minilean.time_keeper import TimeKeeper

UP, DOWN, FLAT = InsightDirection.UP, InsightDirection.DOWN, InsightDirection.FLAT
DAY = timedelta(days=1)


def _symbol(ticker: str) -> Symbol:
    return Symbol(SecurityIdentifier(ticker, times.parse_date("19980102"), SecurityType.EQUITY, USA), ticker)


SPY, IBM = _symbol("SPY"), _symbol("IBM")


@pytest.fixture
def hours(tmp_path: Path) -> SecurityExchangeHours:
    return DataFolder(tmp_path).hours()


def _at(hours: SecurityExchangeHours, text: str) -> int:
    return hours.time_zone.to_utc(local(text))


@pytest.mark.parametrize(
    ("start", "period", "end"),
    [
        ("20131122 16:00", timedelta(days=1), "20131125 16:00"),  # over a weekend
        ("20131127 16:00", timedelta(days=1), "20131129 16:00"),  # over a holiday; the early close moves nothing
        ("20131125 10:00", timedelta(minutes=5), "20131125 10:05"),
        ("20131125 15:58", timedelta(minutes=5), "20131126 09:33"),
        ("20131125 10:00", timedelta(hours=14), "20131127 11:00"),
        ("20131125 16:00", timedelta(seconds=30), "20131126 09:30"),
        ("20131125 10:00", timedelta(days=1.5), "20131126 13:15"),  # half a trading day is three hours and a quarter
    ],
)
def test_periods_count_open_hours_only(hours: SecurityExchangeHours, start: str, period: timedelta, end: str) -> None:
    found = period_end(hours, _at(hours, start), times.from_timedelta(period))
    assert found - found % times.MINUTE == _at(hours, end)


def test_stepping_by_stretches_is_stepping_bar_by_bar(hours: SecurityExchangeHours) -> None:
    for offset in range(0, 5 * 24 * 60, 37):
        start = local("20131125 09:00") + offset * times.MINUTE + 30 * times.SECOND
        current, left = start, 500
        while left:
            left -= hours.is_open_during(current, current + times.MINUTE, extended=False)
            current += times.MINUTE
        found = bars_end(hours, hours.time_zone.to_utc(start), Resolution.MINUTE, 500)
        assert hours.time_zone.to_local(found) == current


def test_closing_times_move_into_open_hours(hours: SecurityExchangeHours) -> None:
    insight = Insight.price(SPY, datetime(2013, 11, 28, 12), UP)  # noqa: DTZ001 - a holiday of the exchange
    insight.generated_utc = _at(hours, "20131126 10:00")
    insight.set_period_and_close_time(hours)
    assert insight.close_utc == _at(hours, "20131129 09:30")
    insight.generated_utc = _at(hours, "20131202 10:00")
    with pytest.raises(ValueError, match="must not be in the past"):
        insight.set_period_and_close_time(hours)


def test_a_function_names_the_closing_time(hours: SecurityExchangeHours) -> None:
    insight = Insight.price(SPY, lambda moment: moment + timedelta(hours=2), DOWN)
    insight.generated_utc = _at(hours, "20131126 10:00")
    insight.set_period_and_close_time(hours)
    assert insight.close_utc == _at(hours, "20131126 12:00")
    assert insight.period == timedelta(hours=2)


def test_overloads_of_insights() -> None:
    bars = Insight.price(SPY, Resolution.DAILY, 3, UP, 0.1, 0.5, "model", 0.25)
    assert (bars.magnitude, bars.confidence, bars.source_model, bars.weight) == (0.1, 0.5, "model", 0.25)
    named = Insight.price(SPY, DAY, UP, weight=0.2, tag="x")
    assert (named.magnitude, named.weight, named.tag) == (None, 0.2, "x")
    tagged = Insight(SPY, DAY, InsightType.PRICE, FLAT, "why")
    assert (tagged.tag, tagged.direction, tagged.period) == ("why", FLAT, DAY)
    made = Insight(datetime(2020, 1, 1, tzinfo=UTC), SPY, DAY, InsightType.PRICE, UP, None, None)
    assert made.close_time_utc == datetime(2020, 1, 2, tzinfo=UTC)
    with pytest.raises(ValueError, match="1 second"):
        Insight.price(SPY, timedelta(milliseconds=5), UP)
    with pytest.raises(ValueError, match="barCount"):
        Insight.price(SPY, Resolution.DAILY, 0, UP)
    with pytest.raises(TypeError, match="No method matches"):
        Insight.price(SPY, DAY)


def test_texts_of_insights() -> None:
    insight = Insight.price(SPY, timedelta(days=1, hours=2), DOWN, 0.5, 0.25, tag="note")
    assert insight.short_to_string() == "SPY Price Down 1.02:00:00 M:0.5% C:25%. note"
    assert str(insight) == f"{insight.id.hex}: SPY Price Down within 1.02:00:00 by 0.5% with 25% confidence: note"
    assert span_text(-90 * times.SECOND) == "-00:01:30"


def test_a_group_is_given_once() -> None:
    first, second = Insight.price(SPY, DAY, UP), Insight.price(IBM, DAY, DOWN)
    assert Insight.group(first, second) == [first, second]
    assert first.group_id == second.group_id is not None
    with pytest.raises(ValueError, match="already been assigned"):
        Insight.group([second])


class _Insights:
    """An algorithm as far as portfolio construction looks at it."""

    def __init__(self) -> None:
        self.clock = TimeKeeper(1000 * times.DAY)
        self.insights = InsightManager(self.clock)

    @property
    def utc_time(self) -> datetime:
        return times.to_datetime(self.clock.utc).replace(tzinfo=UTC)

    def make(self, symbol: Symbol, direction: InsightDirection = UP, **rest: float) -> Insight:
        insight = Insight.price(symbol, DAY, direction, **rest)
        insight.generated_utc = self.clock.utc
        insight.close_utc = self.clock.utc + times.DAY
        self.insights.add(insight)
        return insight


def test_insights_expire_and_are_cancelled() -> None:
    run = _Insights()
    old, other = run.make(SPY), run.make(IBM)
    run.clock.utc += times.HOUR
    run.insights.cancel([SPY])
    assert old.is_expired_at(run.clock.utc)
    assert old.close_utc == run.clock.utc - times.SECOND
    assert run.insights.active_at(run.clock.utc) == [other]
    assert run.insights.next_expiry() == old.close_utc
    assert run.insights.remove_expired_at(run.clock.utc) == [old]
    assert (run.insights.count, run.insights.total_count) == (1, 2)
    assert run.insights.get_insights(lambda insight: insight.symbol == SPY) == [old]


def test_freed_places_are_taken_first() -> None:
    table: NetDictionary[str, int] = NetDictionary()
    for number, key in enumerate("abcd"):
        table[key] = number
    table.pop("b")
    table.pop("c")
    table["x"] = 7
    assert list(table) == ["a", "x", "d"]
    table["y"] = 8
    assert list(table) == ["a", "y", "x", "d"]


def test_a_date_rule_names_the_days_of_rebalancing() -> None:
    def days(first: int, _last: int) -> Iterator[int]:
        return iter([first, first + 2 * times.DAY, first + 5 * times.DAY])

    due = rebalancing_function(DateRule("days", days))
    assert due is not None
    start = 1000 * times.DAY
    noon = start + 12 * times.HOUR
    assert due(noon) == start + 2 * times.DAY
    assert due(noon + times.DAY) == start + 2 * times.DAY
    assert due(start + 2 * times.DAY) == start + 5 * times.DAY
    assert due(start + 9 * times.DAY) == times.parse_date("20501231")


def _due(model: PortfolioConstructionModel, run: _Insights, *insights: Insight) -> bool:
    model.algorithm = run  # type: ignore[assignment] - as much of one as is looked at
    moment = times.to_datetime(run.clock.utc).replace(tzinfo=UTC)
    return model.is_rebalance_due(list(insights), moment)


def test_rebalancing_by_time_and_by_insights() -> None:
    run = _Insights()
    model = PortfolioConstructionModel(timedelta(days=2))
    assert not _due(model, run)
    run.clock.utc += times.DAY
    assert _due(model, run, run.make(SPY))
    run.clock.utc += times.DAY + times.HOUR
    assert _due(model, run), "an insight expired"
    run.insights.remove_expired_at(run.clock.utc)
    run.clock.utc += times.DAY
    model.rebalance_on_insight_changes = False
    assert not _due(model, run, run.make(SPY))
    run.clock.utc += times.DAY
    assert _due(model, run)


def test_without_a_rule_it_always_rebalances() -> None:
    assert _due(PortfolioConstructionModel(None), _Insights())


def test_a_function_that_knows_nothing_is_asked_again() -> None:
    run = _Insights()
    answers: list[datetime | None] = [None, times.to_datetime(run.clock.utc)]
    model = PortfolioConstructionModel(lambda _moment: answers.pop(0))
    assert not _due(model, run)
    assert _due(model, run)
    assert not answers


def test_weights() -> None:
    run = _Insights()
    up, down, flat = run.make(SPY, UP), run.make(IBM, DOWN), run.make(_symbol("BAC"), FLAT)
    both = EqualWeightingPortfolioConstructionModel()
    assert both.determine_target_percent([up, down, flat]) == {up: 0.5, down: -0.5, flat: 0.0}
    long = EqualWeightingPortfolioConstructionModel(timedelta(days=7), PortfolioBias.LONG)
    assert long.determine_target_percent([up, down, flat]) == {up: 1.0, down: 0.0, flat: 0.0}


def test_weights_of_insights_are_scaled_down() -> None:
    run = _Insights()
    first, second, none = run.make(SPY, weight=1.5), run.make(IBM, DOWN, weight=-0.5), run.make(_symbol("BAC"))
    model = InsightWeightingPortfolioConstructionModel()
    assert [model.should_create_target_for_insight(each) for each in (first, none)] == [True, False]
    assert model.determine_target_percent([first, second]) == {first: 0.75, second: -0.25}
    sure = run.make(SPY, confidence=0.4)
    assert ConfidenceWeightedPortfolioConstructionModel().determine_target_percent([sure]) == {sure: 0.4}


def test_steps_accumulate() -> None:
    run = _Insights()
    made = [run.make(SPY, direction) for direction in (UP, UP, FLAT)]
    model = AccumulativeInsightPortfolioConstructionModel(percent=0.05)
    assert model.determine_target_percent(made) == {made[0]: pytest.approx(0.05)}
    short = AccumulativeInsightPortfolioConstructionModel(None, PortfolioBias.SHORT)
    assert short.determine_target_percent(made) == {made[0]: 0.0}


def test_names_of_models() -> None:
    class Named(AlphaModel):
        def __init__(self) -> None:
            self.Name = "mine"

    class Plain:
        pass

    assert model_name(Named()) == "mine"
    assert model_name(Plain()) == "Plain"
    assert HistoricalReturnsAlphaModel(3, Resolution.HOUR).name == "HistoricalReturnsAlphaModel(3,Hour)"
    assert len(model_name(AlphaModel())) == 36


def test_the_best_pair_correlates_most() -> None:
    model = PearsonCorrelationPairsTradingAlphaModel(minimum_correlation=0.9)
    vectors = [[1.0, 2.0, 4.0], [4.0, 1.0, 3.0], [2.0, 4.1, 8.2]]
    model.choose_([SPY, IBM, _symbol("BAC")], vectors)
    pairs = [(SPY, IBM), (SPY, _symbol("BAC")), (IBM, _symbol("BAC"))]
    run: Any = None
    assert [model.has_passed_test(run, *pair) for pair in pairs] == [False, True, False]
    assert model.name == "BasePairsTradingAlphaModel(15,Minute,1)"


def test_projection_onto_the_simplex() -> None:
    assert simplex_projection([0.5, 0.5]) == [0.5, 0.5]
    assert simplex_projection([1.5, -0.5, 0.25]) == [1.0, 0.0, 0.0]
    assert sum(simplex_projection([0.9, 0.8, -0.3])) == pytest.approx(1)
    with pytest.raises(ValueError, match="Total must be > 0"):
        simplex_projection([1.0], 0)


def test_returns_go_together_by_time_or_by_place() -> None:
    same = [{3: 0.1, 2: 0.2, 1: 0.0}, {3: 0.3, 2: 0.4, 1: 0.0}]
    assert returns_matrix(same, 3) == [[0.1, 0.3], [0.2, 0.4]]
    apart = [{3: 0.1, 2: 0.2}, {13: 0.3, 12: 0.4, 11: 0.5}]
    assert returns_matrix(apart, 3) == [[0.1, 0.3], [0.2, 0.4]]


def test_risk_parity_gives_each_the_same_risk() -> None:
    matrix = covariance([[0.01, 0.03, -0.02], [-0.02, 0.01, 0.04], [0.03, -0.02, 0.01], [0.0, 0.02, -0.01]])
    weights = risk_parity_weights(matrix)
    risks = [x * sum(a * b for a, b in zip(row, weights, strict=True)) for x, row in zip(weights, matrix, strict=True)]
    assert sum(weights) == pytest.approx(1)
    assert risks == pytest.approx([risks[0]] * 3, rel=1e-6)
    assert risk_parity_weights([[0.4]]) == [1.0]


def test_static_helpers() -> None:
    assert Extensions.ToTimeSpan(Resolution.HOUR) == timedelta(hours=1)
    assert Time.multiply(Time.OneDay, 3) == timedelta(days=3)
    assert (TimeSpan.from_minutes(20), TimeSpan(1, 2, 3)) == (timedelta(minutes=20), timedelta(seconds=3723))
    with pytest.raises(NotSupportedError, match=r"Extensions\.to_csv"):
        Extensions.ToCsv()


def test_models_that_are_missing_are_refused_by_name() -> None:
    source = """
from AlgorithmImports import *
from Risk.MaximumSectorExposureRiskManagementModel import MaximumSectorExposureRiskManagementModel
from Alphas.RsiAlphaModel import RsiAlphaModel
model = SectorWeightingPortfolioConstructionModel()
"""
    found = [(use.name, use.line) for use in check_source(source)]
    assert found == [("MaximumSectorExposureRiskManagementModel", 3), ("SectorWeightingPortfolioConstructionModel", 5)]


MODULES = """
    from AlgorithmImports import *
    from Alphas.HistoricalReturnsAlphaModel import HistoricalReturnsAlphaModel
    from Alphas.ConstantAlphaModel import ConstantAlphaModel
    from Execution.ImmediateExecutionModel import ImmediateExecutionModel
    from Portfolio.InsightWeightingPortfolioConstructionModel import *
    from Risk.NullRiskManagementModel import NullRiskManagementModel

    class Modules(QCAlgorithm):
        def initialize(self):
            self.set_start_date(2013, 10, 8)
            self.set_end_date(2013, 10, 8)
            self.add_equity("SPY", Resolution.HOUR)
            constant = ConstantAlphaModel(InsightType.PRICE, InsightDirection.UP, timedelta(days=1), weight=0.5)
            self.set_alpha(CompositeAlphaModel(HistoricalReturnsAlphaModel(resolution=Resolution.HOUR), constant))
            self.set_portfolio_construction(InsightWeightingPortfolioConstructionModel())
            self.set_execution(ImmediateExecutionModel())
            self.set_risk_management(NullRiskManagementModel())
            self.log(constant.name)

        def on_end_of_algorithm(self):
            insights = self.insights.get_insights()
            held = self.portfolio["SPY"].holdings_value / self.portfolio.total_portfolio_value
            self.log(f"{insights.count} {held:.2f}")
"""


def test_models_by_their_modules(tmp_path: Path) -> None:
    data = DataFolder(tmp_path / "data")
    data.spy_week()
    done = run_strategy(tmp_path / "run", data, MODULES)
    assert done.result is not None, done.stdout + done.stderr
    lines = [line.split("Log: ", 1)[1][20:] for line in done.stdout.split("\n") if "Log: 2013" in line]
    assert lines[0] == "ConstantAlphaModel(PRICE,UP,1.00:00:00)"
    assert lines[1] == "8 0.50"


STRATEGY = """
    from AlgorithmImports import *

    class Flip(AlphaModel):
        def Update(self, algorithm, data):
            hour = algorithm.time.hour
            if algorithm.time.minute or hour not in (10, 12):
                return []
            direction = InsightDirection.UP if hour == 10 else InsightDirection.DOWN
            return [Insight.price("SPY", timedelta(minutes=30), direction)]

    class Cut(RiskManagementModel):
        def manage_risk(self, algorithm, targets):
            return [PortfolioTarget(each.symbol, 7) for each in targets if each.quantity < 0]

    class Framework(QCAlgorithm):
        def initialize(self):
            self.set_start_date(2013, 10, 7)
            self.set_end_date(2013, 10, 7)
            self.add_equity("SPY")
            self.add_alpha(Flip())
            self.set_portfolio_construction(EqualWeightingPortfolioConstructionModel(lambda _: None))
            self.add_risk_management(Cut())
            self.insights_generated += self.made

        def made(self, algorithm, collection):
            for insight in collection.insights:
                self.log(f"made {insight.symbol} {insight.direction} {insight.close_time_utc:%H:%M}")

        def on_order_event(self, event):
            if event.status == OrderStatus.FILLED:
                target = self.securities["SPY"].holdings.target
                self.log(f"at {self.time:%H:%M} {event.fill_quantity:g} of {target.quantity:g}")

        def on_end_of_algorithm(self):
            sources = {insight.source_model for insight in self.insights.get_insights()}
            self.log(f"total {self.insights.total_count} sources {len(sources)} open {self.insights.count}")
"""


def test_a_run_goes_from_insights_to_orders(tmp_path: Path) -> None:
    data = DataFolder(tmp_path / "data")
    data.spy_week()
    done = run_strategy(tmp_path / "run", data, STRATEGY)
    assert done.result is not None, done.stdout + done.stderr
    lines = [line.split("Log: ", 1)[1][20:] for line in done.stdout.split("\n") if "Log: 2013" in line]
    assert lines[0] == "made SPY UP 14:30"
    assert lines[1].startswith("at 10:00 ")
    assert lines[2].startswith("at 10:31 -"), "the expired insight leaves a target of nothing"
    assert lines[3:5] == ["made SPY DOWN 16:30", "at 12:00 7 of 7"]
    assert lines[5] == "at 12:31 -7 of 0"
    assert lines[6] == "total 2 sources 1 open 0"
    assert done.state["InsightCount"] == "2"
