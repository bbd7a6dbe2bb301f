"""The sections of the result that describe the run itself: state, server, configuration, runtime figures."""

import resource
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from minilean.numbers import ZERO, group_thousands
from minilean.results.json_text import JsonValue
from minilean.results.views import AlgorithmView, BacktestJob, PortfolioTotals

_HUNDRED = Decimal(100)
_UNLIMITED_RAM = "2147483647"
_NO_DATE = "0001-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True)
class RunCounts:
    """Counts that ``state`` shows."""

    logs: int = 0
    orders: int = 0
    insights: int = 0


@dataclass(frozen=True, slots=True)
class RuntimeFailure:
    """The error that ended a run: the message with its time, and the stack trace."""

    message: str = ""
    stack_trace: str = ""


def wall_time_text(seconds: float) -> str:
    """Write a wall-clock time as LEAN does in ``state``: UTC, whole seconds."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def state_json(
    job: BacktestJob, status: str, failure: RuntimeFailure, counts: RunCounts, end_time: float | None
) -> dict[str, JsonValue]:
    """Return ``state``; ``EndTime`` stays empty while the run goes on."""
    return {
        "StartTime": wall_time_text(job.start_time),
        "EndTime": "" if end_time is None else wall_time_text(end_time),
        "RuntimeError": failure.message,
        "StackTrace": failure.stack_trace,
        "LogCount": str(counts.logs),
        "OrderCount": str(counts.orders),
        "InsightCount": str(counts.insights),
        "Name": job.name,
        "Hostname": job.hostname,
        "Status": status,
    }


def server_statistics(job: BacktestJob, now: float) -> dict[str, JsonValue]:
    """Return ``serverStatistics`` of this process: mean CPU share of the run, resident memory, time since launch."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    elapsed = max(now - job.start_time, 0.001)
    share = min(100.0 * time.process_time() / elapsed, 100.0)
    minutes, seconds = divmod(int(elapsed), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    return {
        "CPU Usage": f"{share:.1f}%",
        "Used RAM (MB)": str(usage.ru_maxrss // 1024),
        "Total RAM (MB)": _UNLIMITED_RAM,
        "Hostname": job.hostname,
        "LEAN Version": job.version,
        "Up Time": f"{days}d {hours:02d}:{minutes:02d}:{seconds:02d}",
    }


def configuration_json(job: BacktestJob, view: AlgorithmView | None) -> dict[str, JsonValue]:
    """Return ``algorithmConfiguration``: nulls and defaults when no algorithm came to be; dates are local."""
    known: dict[str, JsonValue] = {"name": None, "tags": None, "brokerage": 0, "accountType": 0, "parameters": None}
    if view is not None:
        known = {
            "name": view.algorithm_name,
            "tags": list(view.tags),
            "accountCurrency": view.account_currency,
            "brokerage": view.brokerage,
            "accountType": view.account_type,
            "parameters": dict(job.parameters),
        }
    return {
        **known,
        "outOfSampleMaxEndDate": None,
        "outOfSampleDays": 0,
        "startDate": _NO_DATE if view is None else f"{view.start_date:%Y-%m-%d}T00:00:00Z",
        "endDate": _NO_DATE if view is None else f"{view.end_date:%Y-%m-%d}T23:59:59Z",
        "tradingDaysPerYear": 252 if view is None else view.trading_days_per_year,
    }


@dataclass(frozen=True, slots=True)
class RuntimeFigures:
    """What the runtime statistics are written from."""

    totals: PortfolioTotals
    portfolio_value: Decimal
    starting_value: Decimal
    currency_symbol: str
    probabilistic_sharpe_ratio: str = "0%"


def runtime_statistics(figures: RuntimeFigures, custom: Mapping[str, str]) -> dict[str, str]:
    """Return the runtime statistics by name, sorted; the engine's own win over custom ones of the same name."""
    totals, sign = figures.totals, figures.currency_symbol
    start = figures.starting_value
    gain = (figures.portfolio_value - start) / start if start else ZERO
    own = {
        "Probabilistic Sharpe Ratio": figures.probabilistic_sharpe_ratio,
        "Unrealized": sign + group_thousands(totals.total_unrealized_profit, 2),
        "Fees": f"-{sign}{group_thousands(totals.total_fees, 2)}",
        "Net Profit": sign + group_thousands(totals.total_net_profit, 2),
        "Return": f"{group_thousands(gain * _HUNDRED, 2)} %",
        "Equity": sign + group_thousands(figures.portfolio_value, 2),
        "Holdings": sign + group_thousands(totals.total_holdings_value, 2),
        "Volume": sign + group_thousands(totals.total_sale_volume, 2),
    }
    return dict(sorted({**custom, **own}.items(), key=lambda item: (item[0].casefold(), item[0])))
