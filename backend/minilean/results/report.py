"""The result files of a run: ``{id}.json``, ``-summary.json``, ``-order-events.json`` and ``-log.txt``."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from minilean.orders.order import Order
from minilean.orders.order_event import OrderEvent
from minilean.results.charts import EQUITY, STRATEGY_EQUITY, CandlestickSeries, Chart
from minilean.results.json_text import JsonValue, dumps, dumps_indented, iso_time
from minilean.results.order_json import order_event_json, order_json
from minilean.results.performance_json import performance_json, rolling_json
from minilean.results.result_files import ResultFolder
from minilean.results.run_state import (
    RunCounts,
    RuntimeFailure,
    RuntimeFigures,
    configuration_json,
    runtime_statistics,
    server_statistics,
    state_json,
)
from minilean.results.summary_series import thinned
from minilean.results.views import AlgorithmView, BacktestJob
from minilean.statistics.builder import StatisticsResults

_NEWEST = 100
_PSR = "Probabilistic Sharpe Ratio"
Section = dict[str, JsonValue]


@dataclass(frozen=True, slots=True)
class RunResult:
    """What goes into the files besides the statistics.

    Attributes:
        status: LEAN's name of the algorithm's state.
        view: The algorithm; None when it did not come to be.
        charts: Charts in the order in which they are written.
        starting_value: Portfolio value before the first step.
        runtime_statistics: The strategy's own figures.
        failure: The error that ended the run.
        log_count: Entries of the log.
        end_time: Wall clock at the end, None while the run goes on.
        statistics: Printed statistics, empty while the run goes on.
    """

    status: str
    view: AlgorithmView | None
    charts: Mapping[str, Chart]
    starting_value: Decimal
    runtime_statistics: Mapping[str, str]
    failure: RuntimeFailure
    log_count: int
    end_time: float | None
    statistics: Mapping[str, str] = field(default_factory=dict)


class ResultReport:
    """Writes the files of one run."""

    def __init__(self, job: BacktestJob, folder: ResultFolder) -> None:
        self._job = job
        self._folder = folder

    def write_log(self, entries: Sequence[str]) -> Path:
        """Write ``{id}-log.txt`` and return its path."""
        return self._folder.write("-log.txt", "".join(f"{entry}\n" for entry in entries))

    def write_intermediate(self, result: RunResult) -> None:
        """Write the running result: the newest orders, no statistics."""
        orders = result.view.orders()[-_NEWEST:] if result.view else ()
        document = {"rollingWindow": {}, **self._head(result, orders), **self._sections(result)}
        self._folder.write(".json", dumps_indented(document))
        events = result.view.order_events() if result.view else ()
        self._write_order_events(list(reversed(events))[:_NEWEST])

    def write_final(self, result: RunResult, statistics: StatisticsResults) -> None:
        """Write summary, result and order events, in LEAN's order."""
        sections = self._sections(result)
        tail: Section = {
            "algorithmConfiguration": configuration_json(self._job, result.view),
            "totalPerformance": performance_json(statistics.total),
        }
        self._folder.write("-summary.json", dumps_indented(self._summary(result, sections, tail)))
        head = self._head(result, result.view.orders() if result.view else ())
        document = {"rollingWindow": rolling_json(statistics.rolling), **head, **sections, **tail}
        self._folder.write(".json", dumps_indented(document))
        self._write_order_events(result.view.order_events() if result.view else ())

    def _write_order_events(self, events: Sequence[OrderEvent]) -> None:
        if events:
            members = [order_event_json(event, self._job.algorithm_id) for event in events]
            self._folder.write("-order-events.json", dumps(members))

    @staticmethod
    def _head(result: RunResult, orders: Sequence[Order]) -> Section:
        records = sorted(result.view.transaction_record().items()) if result.view else []
        return {
            "charts": {name: chart.to_json() for name, chart in result.charts.items()},
            "orders": {str(order.id): order_json(order) for order in orders},
            "profitLoss": {iso_time(utc): profit for utc, profit in records},
        }

    def _sections(self, result: RunResult) -> Section:
        view = result.view
        counts = RunCounts(result.log_count, len(view.orders()) if view else 0, view.insight_count() if view else 0)
        return {
            "statistics": dict(result.statistics),
            "runtimeStatistics": dict(_runtime_statistics(result)),
            "state": state_json(self._job, result.status, result.failure, counts, result.end_time),
            "serverStatistics": server_statistics(self._job, time.time()),
        }

    @staticmethod
    def _summary(result: RunResult, sections: Section, tail: Section) -> Section:
        charts: Section = {}
        equity = result.charts[STRATEGY_EQUITY].series.get(EQUITY) if STRATEGY_EQUITY in result.charts else None
        if isinstance(equity, CandlestickSeries):
            chart = Chart(STRATEGY_EQUITY)
            chart.add_series(thinned(equity))
            charts = {STRATEGY_EQUITY: chart.to_json()}
        total = tail["totalPerformance"]
        if isinstance(total, dict):
            tail = {**tail, "totalPerformance": {**total, "closedTrades": []}}
        return {"rollingWindow": {}, "charts": charts, **sections, **tail}


def _runtime_statistics(result: RunResult) -> dict[str, str]:
    view = result.view
    if view is None:
        return {}
    figures = RuntimeFigures(
        totals=view.totals(),
        portfolio_value=view.total_portfolio_value,
        starting_value=result.starting_value,
        currency_symbol=view.currency_symbol,
        probabilistic_sharpe_ratio=result.statistics.get(_PSR, "0%"),
    )
    return runtime_statistics(figures, result.runtime_statistics)
