"""``leanboard strategies``: what can be run, and what there is to know about one of them."""

from typing import Annotated

import typer
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from leanboard.models.strategies import StrategyInfo
from leanboard.terminal.columns import Column, print_table
from leanboard.terminal.execution import connected, execute, output, print_json, reading_settings
from leanboard.terminal.failure import CommandError, ExitCode
from leanboard.terminal.options import ApiKey, AsJson, Url
from leanboard.terminal.run_order import unknown_strategy
from leanboard.terminal.text import printable

_COLUMNS = (
    Column("strategy"),
    Column("bars", rank=1),
    Column("embedded", rank=2),
    Column("what it does", flexible=True),
)


def strategies(
    *,
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="Show this one: parameters, text, needs.")
    ] = None,
    source: Annotated[bool, typer.Option("--source", help="With NAME: its source, too.")] = False,
    as_json: AsJson = False,
    url: Url = None,
    api_key: ApiKey = None,
) -> None:
    """List the strategies, or show one.

    They are read as text, never executed. Broken ones are listed with the reason.
    """

    async def work() -> int:
        async with connected(url, api_key, reading_settings) as (client, _):
            if name is None:
                found = await client.strategies()
                _print_list(found, as_json=as_json)
                return ExitCode.OK
            try:
                one = await client.strategy(name)
            except CommandError as error:
                if error.exit_code is not ExitCode.USAGE:
                    raise
                raise unknown_strategy(name, [s.name for s in await client.strategies()]) from error
        if as_json:
            print_json(one.model_dump(mode="json"))
        else:
            show_strategy(one, source=source)
        return ExitCode.OK

    execute(work, as_json=as_json)


def _print_list(found: tuple[StrategyInfo, ...], *, as_json: bool) -> None:
    if as_json:
        print_json([strategy.model_dump(mode="json") for strategy in found])
        return
    console = output()
    if not found:
        console.print("no strategies found; LEANBOARD_STRATEGIES names the folders to look in")
        return
    rows = [
        [
            Text(printable(strategy.name), style="bold" if strategy.valid else "red"),
            Text(", ".join(strategy.resolutions)),
            _embedded(strategy),
            _summary(strategy),
        ]
        for strategy in found
    ]
    print_table(console, _COLUMNS, rows)


def _embedded(strategy: StrategyInfo) -> Text:
    if strategy.embedded.supported is None:
        return Text("?", style="dim")
    return Text("yes", style="green") if strategy.embedded.supported else Text("no", style="yellow")


def _summary(strategy: StrategyInfo) -> Text:
    if strategy.valid or not strategy.problems:
        return Text(printable(strategy.description))
    problem = strategy.problems[0]
    where = f"line {problem.line}: " if problem.line is not None else ""
    return Text(printable(f"broken: {where}{problem.reason}"), style="red")


def show_strategy(strategy: StrategyInfo, *, source: bool) -> None:
    """Print everything that is known of one strategy."""
    console = output()
    title = Text(printable(strategy.name), style="bold")
    title.append(f"  {strategy.language.value}, {printable(strategy.path)}", style="dim")
    console.print(title)
    if strategy.docstring:
        console.print(Padding(Text(printable(strategy.docstring)), (0, 0, 0, 2)))
    for problem in strategy.problems:
        where = f"{strategy.path}:{problem.line}: " if problem.line is not None else ""
        console.print(Text(printable(where + problem.reason), style="red"))
    _print_facts(strategy)
    if strategy.parameters:
        console.print()
        _print_parameters(strategy)
    if source and strategy.source is not None:
        from rich.syntax import Syntax  # noqa: PLC0415  # lexers take their time

        console.print()
        lexer = "python" if strategy.path.endswith(".py") else "csharp"
        console.print(Syntax(printable(strategy.source), lexer, line_numbers=True, background_color="default"))


def _print_facts(strategy: StrategyInfo) -> None:
    period = f"{strategy.start_date or 'not set'} to {strategy.end_date or 'not set'}"
    facts = [
        ("class", strategy.class_name or ""),
        ("period", period if strategy.start_date or strategy.end_date else ""),
        ("cash", f"{strategy.initial_cash:,}" if strategy.initial_cash is not None else ""),
        ("symbols", ", ".join(strategy.symbols)),
        ("bars", ", ".join(strategy.resolutions)),
        ("packages", ", ".join(strategy.requirements)),
        ("data", strategy.data_need),
        ("embedded", {True: "supported", False: "not supported", None: "not known"}[strategy.embedded.supported]),
    ]
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim")
    for name, value in facts:
        if value:
            table.add_row(name, Text(printable(value)))
    for feature in strategy.embedded.unsupported:
        where = f" (line {feature.line})" if feature.line is not None else ""
        table.add_row("", Text(printable(f"{feature.name}{where}: {feature.message}"), style="yellow"))
    output().print(table)


def _print_parameters(strategy: StrategyInfo) -> None:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for header in ("parameter", "default", "type"):
        table.add_column(header)
    for parameter in strategy.parameters:
        default = "" if parameter.default is None else str(parameter.default)
        table.add_row(printable(parameter.name), printable(default), parameter.type.value)
    output().print(table)
    first = strategy.parameters[0]
    example = first.default if first.default is not None else "VALUE"
    output().print(
        Text(printable(f"leanboard run {strategy.name} --param {first.name}={example}"), style="dim"), soft_wrap=True
    )
