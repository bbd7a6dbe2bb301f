"""Options of commands that start batches."""

from typing import Annotated

import typer

from leanboard.models.requests import EngineChoice, Resolution

UNASKED = 20  # runs that are started at a terminal without asking
AXES, _WHAT, _HOW = "What to vary", "What all runs have", "How they run"

From = Annotated[
    str | None,
    typer.Option("--from", "--start", metavar="YYYY-MM-DD", help="First simulated day.", rich_help_panel=_WHAT),
]
To = Annotated[
    str | None, typer.Option("--to", "--end", metavar="YYYY-MM-DD", help="Last simulated day.", rich_help_panel=_WHAT)
]
Cash = Annotated[
    str | None, typer.Option(metavar="AMOUNT", help="Money at the start of each run.", rich_help_panel=_WHAT)
]
Fee = Annotated[
    str | None,
    typer.Option(
        metavar="FEE", help="Of every order: an amount such as 1, or a share such as 0.1%.", rich_help_panel=_WHAT
    ),
]
Bars = Annotated[
    Resolution | None,
    typer.Option(help="Bar length, for strategies that read the parameter resolution.", rich_help_panel=_WHAT),
]
Params = Annotated[
    list[str] | None,
    typer.Option(
        "--param",
        "-p",
        metavar="NAME=VALUES",
        help="fast=5:30:5 (min:max:step) or slow=50,100 is an axis, unit=1 is the same for all; may be repeated.",
        rich_help_panel=AXES,
    ),
]
Symbols = Annotated[
    str | None, typer.Option(metavar="A,B,C", help="Tickers, each a run of its own.", rich_help_panel=AXES)
]
SymbolParameter = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Parameter by which the strategy reads its ticker; symbols if left out.",
        rich_help_panel=AXES,
    ),
]
MatrixSymbols = Annotated[
    str, typer.Option("--symbols", metavar="A,B,C", help="Tickers: the rows.", show_default=False, rich_help_panel=AXES)
]
FixedParams = Annotated[
    list[str] | None,
    typer.Option(
        "--param", "-p", metavar="NAME=VALUE", help="The same for all runs; may be repeated.", rich_help_panel=_WHAT
    ),
]
Windows = Annotated[
    str | None,
    typer.Option(
        metavar="A..B,C..D",
        help="Periods, such as 2008-01-01..2008-12-31, each a run of its own.",
        rich_help_panel=AXES,
    ),
]
WalkForwardDays = Annotated[
    str | None,
    typer.Option(
        metavar="IN:OUT[:STEP]",
        help="Windows that follow each other between --from and --to: days in sample, out of sample, from one to the "
        "next.",
        rich_help_panel=AXES,
    ),
]
Anchored = Annotated[
    bool, typer.Option("--anchored", help="All in-sample windows begin on the first day.", rich_help_panel=AXES)
]
Engine = Annotated[EngineChoice, typer.Option(help="As of leanboard run.", rich_help_panel=_HOW)]
Workers = Annotated[
    int | None, typer.Option(metavar="N", help="Runs of this batch at the same time.", rich_help_panel=_HOW)
]
Timeout = Annotated[
    float | None, typer.Option(metavar="SECONDS", help="End each run after this time.", rich_help_panel=_HOW)
]
Fresh = Annotated[
    bool, typer.Option("--fresh", help="Run also what an identical finished run could answer.", rich_help_panel=_HOW)
]
Name = Annotated[str | None, typer.Option(metavar="TEXT", help="What the batch is called.", rich_help_panel=_WHAT)]
Tags = Annotated[
    list[str] | None,
    typer.Option("--tag", metavar="TEXT", help="A word to find the runs by; may be repeated.", rich_help_panel=_WHAT),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help=f"Do not ask before more than {UNASKED} runs.")]
EstimateOnly = Annotated[bool, typer.Option("--estimate", help="Say what it would be, and start nothing.")]
Leave = Annotated[bool, typer.Option("--no-wait", help="Start it in a running service, and do not wait for its end.")]
NoProgress = Annotated[bool, typer.Option("--no-progress", help="Only the result, nothing while it runs.")]
