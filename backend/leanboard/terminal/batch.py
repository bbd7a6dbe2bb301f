"""``leanboard batch run | sweep | matrix``: start many runs as one thing, watch them, report."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from leanboard.models.batch_requests import BatchRequest
from leanboard.models.batches import BatchDetail, BatchEstimate
from leanboard.models.requests import EngineChoice
from leanboard.settings import Settings
from leanboard.terminal.batch_file import read_batch
from leanboard.terminal.batch_options import (
    AXES,
    UNASKED,
    Anchored,
    Bars,
    Cash,
    Engine,
    EstimateOnly,
    Fee,
    FixedParams,
    Fresh,
    From,
    Leave,
    MatrixSymbols,
    Name,
    NoProgress,
    Params,
    SymbolParameter,
    Symbols,
    Tags,
    Timeout,
    To,
    WalkForwardDays,
    Windows,
    Workers,
    Yes,
)
from leanboard.terminal.batch_order import SweepWords, in_batch_options, sweep_order
from leanboard.terminal.batch_table import estimate_words
from leanboard.terminal.batch_watch import Session, Where, carry_through, session
from leanboard.terminal.default_group import DefaultGroup
from leanboard.terminal.execution import execute, load_settings, narration, output, print_json
from leanboard.terminal.failure import CommandError, ExitCode, wrong_input
from leanboard.terminal.options import ApiKey, AsJson, Url
from leanboard.terminal.questions import confirmed, somebody_is_there
from leanboard.terminal.run_order import commission_field
from leanboard.terminal.text import printable

app = typer.Typer(cls=DefaultGroup, help="Many runs as one: matrices, sweeps, walk-forward; without a command: list.")


@app.command("run")
def run_file(
    *,
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="YAML or JSON, as POST batch takes it; - is standard input.")
    ],
    fresh: Fresh = False,
    workers: Workers = None,
    yes: Yes = False,
    estimate: EstimateOnly = False,
    no_wait: Leave = False,
    no_progress: NoProgress = False,
    as_json: AsJson = False,
    url: Url = None,
    api_key: ApiKey = None,
) -> None:
    """Start the batch that a file describes, watch it, show what came of it.

    The file has items, a sweep or scenarios, and what they have in common:
    docs/how-to/batches.md. Ctrl-C leaves the batch; leanboard batch watch
    comes back to it. Exit codes: 0 all completed, 1 not all, 2 wrong input,
    130 after Ctrl-C.
    """

    async def work() -> int:
        source = read_batch(file)
        changes: dict[str, object] = {"fresh": True} if fresh else {}
        if workers is not None:
            changes["max_workers"] = workers
        request = source.value.evolve(**changes)
        where = Where(url, api_key, as_json, no_progress, no_wait)
        start = BatchStart(request, where, source.located)
        return await (start.estimate() if estimate else start.run(yes=yes))

    execute(work, as_json=as_json)


@app.command("sweep")
def sweep(
    *,
    strategy: Annotated[
        list[str],
        typer.Argument(metavar="STRATEGY", help="Names from `leanboard strategies`, or paths.", show_default=False),
    ],
    param: Params = None,
    symbols: Symbols = None,
    symbol_parameter: SymbolParameter = None,
    windows: Windows = None,
    walk_forward: WalkForwardDays = None,
    anchored: Anchored = False,
    start: From = None,
    end: To = None,
    cash: Cash = None,
    commission: Fee = None,
    resolution: Bars = None,
    name: Name = None,
    tag: Tags = None,
    engine: Engine = EngineChoice.AUTO,
    workers: Workers = None,
    timeout: Timeout = None,
    fresh: Fresh = False,
    yes: Yes = False,
    estimate: EstimateOnly = False,
    no_wait: Leave = False,
    no_progress: NoProgress = False,
    as_json: AsJson = False,
    url: Url = None,
    api_key: ApiKey = None,
) -> None:
    """Run every combination of parameters, symbols, windows and strategies.

    Says first how many runs that are and what they would take, and asks at a
    terminal when they are many. Ctrl-C leaves the batch; leanboard batch
    watch comes back to it.

    Examples:
    leanboard batch sweep moving_average_cross -p fast=5:30:5 -p slow=50,100

    leanboard batch sweep moving_average_cross -p fast=10,20 --from 2006-01-01
    --to 2010-12-31 --walk-forward 365:90
    """
    words = SweepWords(strategy, symbols, param or (), windows, walk_forward, anchored)
    common = {
        "name": name,
        "tags": tuple(tag or ()),
        "start_date": start,
        "end_date": end,
        "initial_cash": cash,
        "resolution": resolution,
        "symbol_parameter": symbol_parameter,
        "engine": engine,
        "max_workers": workers,
        "timeout": timeout,
        "fresh": fresh,
    }
    where = Where(url, api_key, as_json, no_progress, no_wait)
    _sweep(words, common, commission, where, only_estimate=estimate, yes=yes)


@app.command("matrix")
def matrix(
    *,
    symbols: MatrixSymbols,
    strategies: Annotated[
        str, typer.Option(metavar="A,B,C", help="Strategies: the columns.", show_default=False, rich_help_panel=AXES)
    ],
    symbol_parameter: SymbolParameter = None,
    param: FixedParams = None,
    start: From = None,
    end: To = None,
    cash: Cash = None,
    commission: Fee = None,
    resolution: Bars = None,
    name: Name = None,
    tag: Tags = None,
    engine: Engine = EngineChoice.AUTO,
    workers: Workers = None,
    timeout: Timeout = None,
    fresh: Fresh = False,
    yes: Yes = False,
    estimate: EstimateOnly = False,
    no_wait: Leave = False,
    no_progress: NoProgress = False,
    as_json: AsJson = False,
    url: Url = None,
    api_key: ApiKey = None,
) -> None:
    """Run every strategy on every symbol.

    The strategies must read their ticker from a parameter: symbols, or the
    one that --symbol-parameter names. leanboard batch add gives the matrix
    more rows or columns later.

    Example:
    leanboard batch matrix --symbols AAPL,IBM --strategies moving_average_cross,rsi_reversion
    """
    words = SweepWords([strategies], symbols, param or (), strategies_option="--strategies")
    common = {
        "name": name,
        "tags": tuple(tag or ()),
        "start_date": start,
        "end_date": end,
        "initial_cash": cash,
        "resolution": resolution,
        "symbol_parameter": symbol_parameter,
        "engine": engine,
        "max_workers": workers,
        "timeout": timeout,
        "fresh": fresh,
    }
    where = Where(url, api_key, as_json, no_progress, no_wait)
    _sweep(words, common, commission, where, only_estimate=estimate, yes=yes)


def _sweep(
    words: SweepWords,
    common: Mapping[str, object],
    commission: str | None,
    where: Where,
    *,
    only_estimate: bool,
    yes: bool,
) -> None:
    async def work() -> int:
        order = sweep_order(words, {**common, "commission": commission_field(commission)})
        if where.url and order.has_paths:
            message = "a path cannot be run by a service at --url: it runs strategies from its own folders"
            raise wrong_input(message, field=words.strategies_option)

        def in_words(error: CommandError) -> CommandError:
            return in_batch_options(error, words.typed)

        start = BatchStart(order.request, where, in_words, lambda: order.settings(load_settings()))
        return await (start.estimate() if only_estimate else start.run(yes=yes))

    execute(work, as_json=where.as_json)


@dataclass(frozen=True, slots=True)
class BatchStart:
    """A batch that shall be started.

    Attributes:
        words: Returns a refusal in the words of the command line, or of the file.
        settings: Of this machine.
    """

    request: BatchRequest
    where: Where
    words: Callable[[CommandError], CommandError]
    settings: Callable[[], Settings] = load_settings

    async def estimate(self) -> int:
        """Say what the batch would be; returns the exit code."""
        async with session(self.where, self.settings) as here:
            estimate = await self._estimate(here)
        if self.where.as_json:
            print_json(estimate.model_dump(mode="json"))
        else:
            say_estimate(output(), estimate)
        return ExitCode.OK

    async def run(self, *, yes: bool) -> int:
        """Start the batch, watch it and report; returns the exit code.

        Args:
            yes: Do not ask, however many runs it has.
        """

        async def begin(here: Session) -> BatchDetail | None:
            estimate = await self._estimate(here)
            if not self.where.quiet:
                say_estimate(narration(), estimate)
            if estimate.runs > UNASKED and not yes and somebody_is_there() and not await self._wanted(here, estimate):
                return None
            if here.interrupts.asked.is_set():
                narration().print("nothing was started")
                return None
            try:
                return await here.batches.create(self.request)
            except CommandError as error:
                raise self.words(error) from error

        return await carry_through(self.where, begin, self.settings)

    @staticmethod
    async def _wanted(here: Session, estimate: BatchEstimate) -> bool:
        wanted = await confirmed(f"start {estimate.runs} runs?", unless=here.interrupts.asked)
        if not wanted:
            narration().print("nothing was started")
        return wanted

    async def _estimate(self, here: Session) -> BatchEstimate:
        try:
            return await here.batches.estimate(self.request)
        except CommandError as error:
            raise self.words(error) from error


def say_estimate(console: Console, estimate: BatchEstimate) -> None:
    """Print what a batch would be."""
    console.print(Text(estimate_words(estimate)), soft_wrap=True)
    for warning in estimate.warnings:
        console.print(Text(printable(warning), style="yellow"), soft_wrap=True)
