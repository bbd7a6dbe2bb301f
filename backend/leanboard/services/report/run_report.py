"""The page of one run. Blocks."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from leanboard.models.analytics import Order, Trade
from leanboard.models.results import BacktestResult
from leanboard.models.run import BacktestRunInfo, BacktestStatus, EngineName
from leanboard.models.severity import Severity
from leanboard.models.verdict import FindingCode, Verdict
from leanboard.services.analytics.orders import orders
from leanboard.services.analytics.trades import trades
from leanboard.services.comparison.curves import EMPTY, Curve, curve_of, drawdown
from leanboard.services.report.chart import NARROW, NARROW_LOW, WIDE, WIDE_LOW, Chart, Line, chart
from leanboard.services.report.figures import duration, moment, money, percent, price, quantity, took, visible
from leanboard.services.report.monthly import monthly_returns
from leanboard.services.report.parts import Cell, Figure, Table, data_notes, facts, gain, returns_by_month
from leanboard.storage.equity_series import series_values
from leanboard.storage.result_document import ResultDocument
from leanboard.storage.statistics_text import typed

MAX_ROWS = 250
_TILES = (
    "Net Profit",
    "Compounding Annual Return",
    "Sharpe Ratio",
    "Drawdown",
    "Win Rate",
    "Total Orders",
    "Total Fees",
    "End Equity",
)
_SAID = frozenset({FindingCode.SIMULATED_DATA})  # of every run, by the notes about its data
_COLOURED = frozenset({"Net Profit", "Compounding Annual Return", "Sharpe Ratio"})


@dataclass(frozen=True, slots=True)
class RunReport:
    """What the page of a run shows.

    Attributes:
        notes: What a reader must know before the figures.
        problem: Why there is no result, or how the run failed; empty when all is well.
        trades_note: What the table leaves out.
    """

    title: str
    subtitle: str
    status: BacktestStatus
    notes: tuple[str, ...]
    problem: str
    facts: tuple[Figure, ...]
    tiles: tuple[Figure, ...]
    equity: Chart | None
    drawdown: Chart | None
    months: Table | None
    statistics: tuple[Figure, ...]
    parameters: tuple[Figure, ...]
    trades: Table | None
    trades_note: str
    orders: Table | None
    orders_note: str


def run_report(
    result: BacktestResult, document: ResultDocument | None, problem: str = "", verdict: Verdict | None = None
) -> RunReport:
    """Return the page of a run.

    Args:
        result: Without LEAN's own files.
        document: LEAN's result; None without one.
        problem: Why there is none.
        verdict: Takes the place of the warnings of a run that completed; says where one that failed did.
    """
    run, lean = result.run, result.statistics.lean
    curve = _curve(document, "Strategy Equity", "Equity")
    closed = trades(document) if document else ()
    placed = orders(document) if document else ()
    return RunReport(
        title=visible(run.name),
        subtitle=visible(run.strategy_name) if run.name != run.strategy_name else "",
        status=run.status,
        notes=(*data_notes(result.data), *map(visible, _notes(run, verdict))),
        problem=visible(_failure(run, verdict)) or problem,
        facts=_facts(result, document),
        tiles=tuple(_tile(name, lean[name]) for name in _TILES if name in lean),
        equity=_equity(curve, _curve(document, "Benchmark", "Benchmark"), _currency(document)),
        drawdown=_drawdown(curve),
        months=returns_by_month(monthly_returns(curve)),
        statistics=tuple(Figure(visible(name), visible(text)) for name, text in lean.items()),
        parameters=_parameters(result, document),
        trades=_trades(closed),
        trades_note=_rest(len(closed), "trades"),
        # Orders are shown where no trade was closed, as with buy and hold: else they would say the same again.
        orders=None if closed else _orders(placed),
        orders_note="" if closed else _rest(len(placed), "orders"),
    )


def _notes(run: BacktestRunInfo, verdict: Verdict | None) -> tuple[str, ...]:
    if verdict is None or run.status is not BacktestStatus.COMPLETED:
        return run.warnings
    told = (finding for finding in verdict.findings if finding.severity is not Severity.INFO)
    return tuple(f"{found.title.rstrip('.')}. {found.remedy}".strip() for found in told if found.code not in _SAID)


def _failure(run: BacktestRunInfo, verdict: Verdict | None) -> str:
    """Return a failure's message, with the user's line and the algorithm's clock where they are known."""
    found = () if verdict is None or run.status is not BacktestStatus.FAILED else verdict.findings
    failure = next((f for f in found if f.severity is Severity.ERROR and f.location is not None), None)
    if failure is None or failure.location is None:
        return run.message
    when = f", at {failure.simulated_time} of the algorithm's clock" if failure.simulated_time else ""
    line = f"{failure.location.file}:{failure.location.line}{when}"
    return "\n".join(filter(None, (run.message, line, failure.source, failure.remedy)))


def _curve(document: ResultDocument | None, chart_name: str, name: str) -> Curve:
    return curve_of(series_values(document.root, chart_name, name)) if document else EMPTY


def _currency(document: ResultDocument | None) -> str:
    return visible(document.state.configuration.account_currency) if document else ""


def _facts(result: BacktestResult, document: ResultDocument | None) -> tuple[Figure, ...]:
    run, versions = result.run, result.versions
    configuration = document.state.configuration if document else None
    period = ""
    if configuration is not None and configuration.start_date is not None:
        period = f"{configuration.start_date} to {configuration.end_date or '?'}"
    engine = f"LEAN {versions.lean}" if versions.lean else versions.engine
    return facts(
        (
            ("Period", period),
            ("Currency", _currency(document)),
            ("Commission", result.applied.effective.get("commission", "")),
            ("Market data", result.data.kind),
            ("Executed by", engine or run.engine.value),
            ("Engine", versions.engine if run.engine is EngineName.DOCKER else ""),
            ("Run at", f"{moment(run.created_at)} UTC"),
            ("Took", took(run.duration)),
            ("Tags", ", ".join(run.tags)),
            ("Result", result.timestamp),
        )
    )


def _tile(name: str, text: str) -> Figure:
    value = typed(name, text).value
    style = gain(float(value)) if name in _COLOURED and value is not None else ""
    shown = money(value) if isinstance(value, Decimal) and name == "End Equity" else text
    return Figure(name, visible(shown), style)


def _equity(curve: Curve, benchmark: Curve, currency: str) -> Chart | None:
    lines = [Line("Equity", curve, "equity", fills=True)]
    if len(curve) and len(benchmark) and benchmark.values[0] > 0:
        scaled = Curve(benchmark.times, benchmark.values / benchmark.values[0] * curve.values[0])
        lines.insert(0, Line("Benchmark, from the same start", scaled, "benchmark"))
    return chart("Equity", lines, unit=currency, write=money, layouts=(WIDE, NARROW))


def _drawdown(curve: Curve) -> Chart | None:
    lines = [Line("Drawdown", drawdown(curve), "fall", fills=True)]
    return chart("Drawdown", lines, write=percent, layouts=(WIDE_LOW, NARROW_LOW), as_percent=True)


def _parameters(result: BacktestResult, document: ResultDocument | None) -> tuple[Figure, ...]:
    used = dict(document.state.configuration.parameters) if document else {}
    return tuple(
        Figure(visible(name), visible(text)) for name, text in (used or result.request.lean_parameters()).items()
    )


def _rest(count: int, what: str) -> str:
    return f"The first {MAX_ROWS} of {count:,} {what}." if count > MAX_ROWS else ""


_TRADE_HEADS = (
    *("#", "Symbol", "Side", "Quantity", "Entered", "Left", "Entry price", "Exit price"),
    *("Profit/loss", "Fees", "Held"),
)
_ORDER_HEADS = ("#", "Symbol", "Side", "Type", "Quantity", "Price", "Status", "Created", "Filled", "Fee")


def _trades(closed: Sequence[Trade]) -> Table | None:
    if not closed:
        return None
    return Table(tuple(map(Cell, _TRADE_HEADS)), tuple(map(_trade, closed[:MAX_ROWS])), frozenset({1, 2, 4, 5}))


def _trade(trade: Trade) -> tuple[Cell, ...]:
    profit = trade.profit_loss
    return (
        Cell(str(trade.number)),
        Cell(visible(" ".join(trade.symbols))),
        Cell(trade.direction.value if trade.direction else ""),
        Cell(quantity(trade.quantity)),
        Cell(moment(trade.entry_time)),
        Cell(moment(trade.exit_time)),
        Cell(price(trade.entry_price)),
        Cell(price(trade.exit_price)),
        Cell(money(profit), gain(float(profit)) if profit is not None else ""),
        Cell(money(trade.total_fees)),
        Cell(duration(trade.duration)),
    )


def _orders(placed: Sequence[Order]) -> Table | None:
    if not placed:
        return None
    return Table(tuple(map(Cell, _ORDER_HEADS)), tuple(map(_order, placed[:MAX_ROWS])), frozenset({1, 2, 3, 6, 7, 8}))


def _order(order: Order) -> tuple[Cell, ...]:
    return (
        Cell(str(order.id)),
        Cell(visible(order.symbol)),
        Cell(visible(order.direction)),
        Cell(visible(order.type).replace("_", " ")),
        Cell(quantity(order.quantity)),
        Cell(price(order.price)),
        Cell(visible(order.status).replace("_", " ")),
        Cell(moment(order.created_time)),
        Cell(moment(order.last_fill_time)),
        Cell(money(order.fee)),
    )
