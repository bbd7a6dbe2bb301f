"""Evidence of runs that never were, one for each kind of finding."""

from dataclasses import replace
from datetime import date, timedelta

from leanboard.market_data.extents import Extent
from leanboard.market_data.lean_paths import SecurityType, Series
from leanboard.models.requests import BacktestRequest, Resolution
from leanboard.models.results import BacktestStatistics, DataProvenance
from leanboard.models.run import Applied, BacktestStatus, CodeLocation, Phase, Reason
from leanboard.models.strategies import ParameterType, StrategyParameter
from leanboard.models.verdict import FindingCode
from leanboard.services.verdict.evidence import (
    AnalysisNote,
    CodeFacts,
    DataUse,
    Evidence,
    LogFacts,
    ResultFacts,
    SeriesUse,
    ToldMessage,
)
from leanboard.services.verdict.lean_messages import recognise
from leanboard.strategies.trading_calls import CallKind, CallSite, IndicatorPeriod, TradingCalls
from services.builders import run_info

FIRST, LAST = date(2013, 10, 7), date(2013, 10, 11)
DAYS = tuple(FIRST + timedelta(days=number) for number in range(5))
MINUTES = Series(SecurityType.EQUITY, "usa", "spy", Resolution.MINUTE)
DAILY = Series(SecurityType.EQUITY, "usa", "xyz", Resolution.DAILY)
HOURS = Series(SecurityType.EQUITY, "usa", "spy", Resolution.HOUR)
EXTENT = Extent(Resolution.MINUTE, ((date(2013, 10, 9), date(2013, 10, 11)), (date(2014, 6, 5), date(2014, 6, 9))))
LEAN = BacktestStatistics(lean={"Net Profit": "0%"}, total_orders=0)
CODE = CodeFacts(known=True, files=("main.py",))


def site(kind: CallKind, name: str, line: int = 12) -> CallSite:
    return CallSite(kind, name, "main.py", line, f"self.{name}()")


def calls(*kinds: CallKind) -> CodeFacts:
    return replace(CODE, calls=TradingCalls(tuple(site(kind, kind.value) for kind in kinds)))


COMPLETED = Evidence(
    run=run_info(status=BacktestStatus.COMPLETED, phase=Phase.ENDED),
    request=BacktestRequest(strategy_name="main"),
    statistics=LEAN,
    result=ResultFacts(known=True, benchmark_flat=False, samples=5, first_date=FIRST, last_date=LAST),
    log=LogFacts(launched=True, latest="2013-10-11 16:00:00", data_points=3943),
    data=DataUse(known=True, series=(SeriesUse(MINUTES, found=DAYS),), folder="/data"),
    code=calls(CallKind.ORDER, CallKind.DATA),
)
TRADED = replace(COMPLETED, result=replace(COMPLETED.result, orders=4, filled=4, closed_trades=2))


def failed(reason: Reason, **changes: object) -> Evidence:
    cancelled = reason is Reason.CANCELLED_BY_USER
    status = BacktestStatus.CANCELLED if cancelled else BacktestStatus.FAILED
    fields = {"status": status, "phase": Phase.ENDED, "reason": reason, "message": "It broke. At the end."}
    return replace(COMPLETED, run=run_info(**{**fields, **changes}), code=replace(CODE, failing_line="x = 1 / 0"))


def result(base: Evidence, **changes: object) -> Evidence:
    return replace(base, result=replace(base.result, **changes))


def log(base: Evidence, **changes: object) -> Evidence:
    return replace(base, log=replace(base.log, **changes))


def data(base: Evidence, *series: SeriesUse, **changes: object) -> Evidence:
    return replace(base, data=DataUse(known=True, series=series, folder="/data", **changes))


def run(base: Evidence, **changes: object) -> Evidence:
    return replace(base, run=base.run.evolve(**changes))


def told(text: str, count: int = 3) -> ToldMessage:
    known = recognise(text)
    assert known is not None, text
    return ToldMessage(known, text, count, "2013-10-07 10:00:00")


_LOW = (
    "Order Error: ids: [2], Insufficient buying power to complete orders (Value:[136]), Reason: Id: 2, Free Margin: 5."
)
_UNIT = StrategyParameter(name="fast", default=20, type=ParameterType.INTEGER)
_CLOSED = "Warning: market orders submitted while the market is closed are automatically converted into MarketOnOpen"
_NOTE = AnalysisNote(
    "FlatEquityCurveAnalysis", "The equity curve is flat.", "2 days", 3, ("Relax a condition.", "Wait.")
)
_COARSE = ("equity/usa/fundamental/coarse/20131007.csv", "equity/usa/fundamental/coarse/20131008.csv")
_LOCATION = CodeLocation(file="main.py", line=14)

EXAMPLES: dict[FindingCode, Evidence] = {
    **{FindingCode(reason.value): failed(reason, location=_LOCATION) for reason in Reason},
    FindingCode.WARM_UP_UNFINISHED: log(COMPLETED, warming_up=True),
    FindingCode.NO_SUBSCRIPTION: replace(data(COMPLETED, SeriesUse(HOURS, own=True, opened=True)), code=CODE),
    FindingCode.UNIVERSE_WITHOUT_DATA: replace(data(COMPLETED, others_missing=_COARSE), code=calls(CallKind.UNIVERSE)),
    FindingCode.NO_DATA: data(COMPLETED, SeriesUse(DAILY, opened=False, neighbours=("aapl", "spy"))),
    FindingCode.UNIVERSE_EMPTY: replace(data(COMPLETED, others_found=_COARSE), code=calls(CallKind.UNIVERSE)),
    FindingCode.ORDERS_REFUSED: log(
        COMPLETED, messages=(told("Unable to submit order with id -10 that has zero quantity."),)
    ),
    FindingCode.ORDERS_INVALID: result(COMPLETED, orders=2, invalid=2, refusals=(("SPY", _LOW), ("SPY", _LOW))),
    FindingCode.ORDERS_UNFILLED: result(COMPLETED, orders=3, invalid=1),
    FindingCode.INSIGHTS_WITHOUT_ORDERS: result(COMPLETED, insights=35),
    FindingCode.INDICATORS_NOT_READY: replace(
        data(COMPLETED, SeriesUse(DAILY, opened=True, expected_days=5, present_days=5)),
        code=replace(
            CODE,
            calls=TradingCalls(
                (site(CallKind.ORDER, "set_holdings"),), IndicatorPeriod(200, "sma", "main.py", 9, "self.sma(200)")
            ),
        ),
    ),
    FindingCode.NEVER_ORDERS: replace(COMPLETED, code=calls(CallKind.DATA)),
    FindingCode.NEVER_ORDERED: COMPLETED,
    FindingCode.WIPED_OUT: replace(TRADED, statistics=LEAN.evolve(end_equity="-2525.94")),
    FindingCode.ENDED_EARLY: log(TRADED, quit=True),
    FindingCode.MARGIN_CALLS: result(TRADED, margin_calls=4),
    FindingCode.PARAMETER_UNFIT: replace(
        TRADED,
        request=BacktestRequest(strategy_name="main", parameters={"fast": "ten"}),
        code=replace(TRADED.code, parameters=(_UNIT,)),
    ),
    FindingCode.NOT_APPLIED: replace(
        TRADED,
        applied=Applied(ignored={"parameters.fats": "the strategy does not read a parameter 'fats'"}),
        code=replace(TRADED.code, parameters=(_UNIT,)),
    ),
    FindingCode.DATES_OUTSIDE_DATA: data(
        TRADED, SeriesUse(MINUTES, found=DAYS[2:], missing=DAYS[:2], extents=(EXTENT,))
    ),
    FindingCode.DATA_GAPS: data(TRADED, SeriesUse(MINUTES, found=(DAYS[0], DAYS[4]), missing=DAYS[1:4])),
    FindingCode.HISTORY_MISSING: data(
        TRADED, SeriesUse(MINUTES, found=DAYS, missing=tuple(day - timedelta(days=30) for day in DAYS))
    ),
    FindingCode.FILES_MISSING: data(TRADED, *TRADED.data.series, others_missing=("alternative/rates.csv",)),
    FindingCode.BENCHMARK_MISSING: result(TRADED, benchmark_flat=True),
    FindingCode.SHORT_PERIOD: result(TRADED, last_date=FIRST),
    FindingCode.RUN_WARNING: run(TRADED, warnings=("LEAN's process ended with code 1 after its result was complete.",)),
    FindingCode.POSITIONS_OPEN: result(TRADED, closed_trades=0),
    FindingCode.SIMULATED_DATA: replace(TRADED, provenance=DataProvenance(kind="simulated", sources=("SPY, seed 7",))),
    FindingCode.LEAN_ANALYSIS: result(TRADED, analysis=(_NOTE,)),
    FindingCode.LEAN_MESSAGE: log(TRADED, messages=(told(_CLOSED),)),
}
