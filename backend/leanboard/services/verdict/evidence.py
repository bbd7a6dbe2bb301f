"""What a verdict is drawn from: frozen values, gathered once (gather.py), looked at by pure rules.

Everything is optional: a run may have ended at any byte, and what it left may be damaged.
"""

from dataclasses import dataclass, field
from datetime import date

from leanboard.market_data.extents import Extent
from leanboard.market_data.lean_paths import Series
from leanboard.models.requests import BacktestRequest, Resolution
from leanboard.models.results import BacktestStatistics, DataProvenance
from leanboard.models.run import Applied, BacktestRunInfo
from leanboard.models.strategies import StrategyParameter
from leanboard.services.verdict.lean_messages import KnownMessage
from leanboard.strategies.trading_calls import TradingCalls


@dataclass(frozen=True, slots=True)
class AnalysisNote:
    """One entry of LEAN's own analysis.

    Attributes:
        name: LEAN's, such as ``MarginCallsAnalysis``.
        issue: One sentence.
        sample: What LEAN saw, as text; empty where it is no text or number.
        count: How often; 1 where LEAN does not say.
        solutions: LEAN's advice, the most likely first.
    """

    name: str
    issue: str
    sample: str = ""
    count: int = 1
    solutions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ResultFacts:
    """What LEAN's result file says beside its statistics.

    Attributes:
        known: There is a result, if only of a part of the period.
        orders: How many there are; of a run that was ended LEAN keeps the last hundred.
        filled: Of them, filled wholly or partly.
        invalid: Of them, refused by LEAN or its brokerage model.
        refusals: Texts of the refusals, with the ticker of the order; in the order of time.
        closed_trades: None where LEAN does not say.
        insights: Emitted by alpha models or the strategy.
        benchmark_flat: Every value of the benchmark is zero; None without a benchmark.
        samples: Daily values of the benchmark.
        error: LEAN's text of the error, with the algorithm's clock before it; empty without one.
    """

    known: bool = False
    orders: int = 0
    filled: int = 0
    invalid: int = 0
    margin_calls: int = 0
    refusals: tuple[tuple[str, str], ...] = ()
    closed_trades: int | None = None
    insights: int = 0
    benchmark_flat: bool | None = None
    samples: int = 0
    analysis: tuple[AnalysisNote, ...] = ()
    error: str = ""
    first_date: date | None = None
    last_date: date | None = None


@dataclass(frozen=True, slots=True)
class ToldMessage:
    """Something that LEAN told the strategy through its log; the text is that of the first time."""

    known: KnownMessage
    text: str
    count: int
    simulated_time: str | None = None


@dataclass(frozen=True, slots=True)
class LogFacts:
    """What LEAN's log says.

    Attributes:
        launched: The strategy was initialized and run.
        warming_up: The log ends while LEAN was warming up.
        quit: The strategy called quit().
        latest: The latest simulated time in it, as LEAN writes it.
        data_points: That LEAN processed, the benchmark's and history's included; None where it does not say.
        first_date: Of the run, as LEAN took it.
        user_lines: How many lines the strategy wrote, as far as the log was read.
        messages: What LEAN told the strategy, each kind once with how often; the most frequent first.
        context: What LEAN was doing when the strategy failed, such as ``OnData``.
    """

    launched: bool = False
    warming_up: bool = False
    quit: bool = False
    latest: str = ""
    data_points: int | None = None
    first_date: date | None = None
    last_date: date | None = None
    user_lines: int = 0
    messages: tuple[ToldMessage, ...] = ()
    context: str = ""


@dataclass(frozen=True, slots=True)
class SeriesUse:
    """What LEAN asked of one series, and what there is.

    Attributes:
        found: Days whose files LEAN opened; empty for hour and daily data.
        missing: Days whose files were not there.
        own: LEAN looked for it by itself, for its default benchmark.
        opened: Hour and daily data: whether the one file was there. None for day files.
        expected_days: Hour and daily: trading days of the period, as the data folder is now; None where unknown.
        present_days: Those with bars.
        listed: The first and last day on which the security traded, from its map file; None without one.
        extents: What the data folder has of the ticker now, by resolution.
        absent_names: Hour and daily: earlier tickers of the security whose files were not there.
        neighbours: Other tickers that it has of this type, market and resolution.
    """

    series: Series
    found: tuple[date, ...] = ()
    missing: tuple[date, ...] = ()
    own: bool = False
    opened: bool | None = None
    expected_days: int | None = None
    present_days: int | None = None
    listed: tuple[date, date] | None = None
    extents: tuple[Extent, ...] = ()
    absent_names: tuple[str, ...] = ()
    neighbours: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DataUse:
    """What LEAN looked for in the data folder.

    Attributes:
        known: LEAN left its lists.
        series: Bars, by series; the main kind of data only: LEAN looks for quotes that nobody has, too.
        others_found: Files that are no bars and were there: universes, custom data.
        others_missing: Files that are no bars and were not there, relative to the data folder.
        folder: The folder that was looked at now; empty where the run had another one.
        truncated: A list was too long to be read whole.
    """

    known: bool = False
    series: tuple[SeriesUse, ...] = ()
    others_found: tuple[str, ...] = ()
    others_missing: tuple[str, ...] = ()
    folder: str = ""
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class CodeFacts:
    """What the strategy's text says.

    Attributes:
        known: It could be read.
        files: Base names of the files, the main one first.
        resolutions: That it subscribes to, as far as they can be read.
        calls: What it calls of LEAN.
        failing_line: Text of the line at which the run failed.
    """

    known: bool = False
    files: tuple[str, ...] = ()
    parameters: tuple[StrategyParameter, ...] = ()
    resolutions: frozenset[Resolution] = frozenset()
    calls: TradingCalls = field(default_factory=TradingCalls)
    failing_line: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that is known of a run.

    Attributes:
        problem: What could not be looked at; empty when everything was.
    """

    run: BacktestRunInfo
    request: BacktestRequest
    applied: Applied = field(default_factory=Applied)
    statistics: BacktestStatistics = field(default_factory=BacktestStatistics)
    provenance: DataProvenance = field(default_factory=DataProvenance)
    result: ResultFacts = field(default_factory=ResultFacts)
    log: LogFacts = field(default_factory=LogFacts)
    data: DataUse = field(default_factory=DataUse)
    code: CodeFacts = field(default_factory=CodeFacts)
    problem: str = ""

    @property
    def first_date(self) -> date | None:
        """First day of the run, in the algorithm's zone."""
        return self.result.first_date or self.log.first_date

    @property
    def last_date(self) -> date | None:
        """Last day of the run, inclusive."""
        return self.result.last_date or self.log.last_date

    @property
    def traded(self) -> bool | None:
        """Whether an order was filled; None without a result."""
        return self.result.filled > 0 if self.result.known else None

    @property
    def subscriptions(self) -> tuple[SeriesUse, ...]:
        """The bars that the strategy asked for."""
        return tuple(use for use in self.data.series if not use.own)
