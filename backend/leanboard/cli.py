"""The command ``leanboard``."""

import sys
from typing import Annotated

import typer

from leanboard import __version__
from leanboard.terminal import (
    batch,
    batch_results,
    batch_upkeep,
    comparison,
    data,
    doctor,
    notify,
    queue,
    result_import,
    result_upkeep,
    results,
    run,
    scenarios,
    serve,
    strategies,
)
from leanboard.terminal.usage import PlainUsage

app = typer.Typer(
    name="leanboard",
    cls=PlainUsage,
    help="Runs QuantConnect LEAN backtests, one sandbox per run, watched live.",
    epilog="Settings are environment variables, LEANBOARD_*: see docs/reference/settings.md.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(run.run)
app.add_typer(batch.app, name="batch")
batch_upkeep.register(batch.app)
batch_results.register(batch.app)
app.add_typer(scenarios.app, name="scenarios")
app.add_typer(results.app, name="results")
comparison.register(results.app)
result_upkeep.register(results.app)
result_import.register(results.app)
app.command()(strategies.strategies)
app.add_typer(queue.app, name="queue")
app.add_typer(data.app, name="data")
app.command()(doctor.doctor)
app.add_typer(notify.app, name="notify")
app.command()(serve.serve)


def _print_version(wanted: bool) -> None:  # noqa: FBT001  # how typer calls it
    if wanted:
        typer.echo(f"leanboard {__version__}")
        raise typer.Exit


@app.callback()
def leanboard(
    *,
    version: Annotated[  # its callback does the work
        bool,
        typer.Option("--version", help="Print the version and end.", callback=_print_version, is_eager=True),
    ] = False,
) -> None:
    """Take what stands before the command."""


def main() -> None:
    """Run the command line; what the terminal's encoding cannot show is replaced, never an error."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    app()
