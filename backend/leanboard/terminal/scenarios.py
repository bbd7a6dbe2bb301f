"""``leanboard scenarios list | show | save | delete``: configurations that are saved to be run again."""

import sys
from collections.abc import Mapping
from typing import Annotated

import typer
import yaml
from rich.text import Text

from leanboard.models.requests import EngineChoice, Resolution
from leanboard.models.scenarios import Scenario, ScenarioBody, ScenarioList
from leanboard.terminal.batch_order import comma_parts, fixed_parameters
from leanboard.terminal.client import Client
from leanboard.terminal.columns import Column, filled, print_place, print_table
from leanboard.terminal.default_group import DefaultGroup
from leanboard.terminal.execution import answer, connected, execute, output, print_json, reading_settings, validated
from leanboard.terminal.failure import CommandError, ExitCode, wrong_input
from leanboard.terminal.options import ApiKey, AsJson, Url
from leanboard.terminal.run_order import OPTION_OF, commission_field, in_options
from leanboard.terminal.scenario_client import ScenarioClient
from leanboard.terminal.text import printable
from leanboard.terminal.yaml_file import Expected, read_yaml

_COLUMNS = (
    Column("scenario"),
    Column("strategy", rank=1),
    Column("symbols", rank=4, flexible=True),
    Column("from", rank=2),
    Column("to", rank=2),
    Column("parameters", rank=3),
    Column("id"),  # a batch takes it
)
_OPTIONS = {**OPTION_OF, "name": "NAME", "note": "--note"}
_FILE = Expected(ScenarioBody, "a scenario: name, strategy_name, ...", "leanboard scenarios show prints one")

app = typer.Typer(cls=DefaultGroup, help="Saved configurations; without a command: list.")
ScenarioArgument = Annotated[
    str, typer.Argument(metavar="SCENARIO", help="Its name, whatever its case, or its id.", show_default=False)
]


@app.command("list")
def list_scenarios(
    *,
    page: Annotated[int, typer.Option(min=1, help="From 1.")] = 1,
    page_size: Annotated[int, typer.Option(min=1, max=200, help="Scenarios on a page.")] = 50,
    as_json: AsJson = False,
    url: Url = None,
    api_key: ApiKey = None,
) -> None:
    """List scenarios, by name."""

    async def asked(client: Client) -> ScenarioList:
        return await ScenarioClient(client).page(page, page_size)

    answer(asked, _show_list, url=url, api_key=api_key, as_json=as_json)


def _show_list(found: ScenarioList) -> None:
    console = output()
    if not found.items:
        console.print("no scenarios" if not found.total else f"nothing on this page; there are {found.total} scenarios")
        return
    print_table(console, *filled(_COLUMNS, [_row(one) for one in found.items]))
    print_place(console, found.page, found.page_size, found.total, "scenarios")


def _row(scenario: Scenario) -> list[Text]:
    parameters = " ".join(f"{name}={value}" for name, value in scenario.parameters.items())
    texts = (
        scenario.name,
        scenario.strategy_name,
        ",".join(scenario.symbols or ()),
        "" if scenario.start_date is None else scenario.start_date.isoformat(),
        "" if scenario.end_date is None else scenario.end_date.isoformat(),
        parameters,
        scenario.id,
    )
    return [Text(printable(text)) for text in texts]


@app.command("show")
def show(*, scenario: ScenarioArgument, as_json: AsJson = False, url: Url = None, api_key: ApiKey = None) -> None:
    """Show a scenario as the YAML that save takes."""

    async def asked(client: Client) -> Scenario:
        return await ScenarioClient(client).resolve(scenario)

    def shown(found: Scenario) -> None:
        sys.stdout.write(as_yaml(found))

    answer(asked, shown, url=url, api_key=api_key, as_json=as_json)


def as_yaml(scenario: Scenario) -> str:
    """Return what :func:`save` reads, with the rest as comments."""
    body = scenario.model_dump(mode="json", exclude_defaults=True, exclude={"id", "created_at", "updated_at"})
    head = f"# {scenario.id}, saved {scenario.updated_at:%Y-%m-%d %H:%M} UTC\n"
    return head + yaml.safe_dump(body, sort_keys=False, allow_unicode=True, width=100)


@app.command("save")
def save(
    *,
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="A name that no other scenario has.", show_default=False)
    ] = None,
    strategy: Annotated[
        str | None, typer.Argument(metavar="STRATEGY", help="A name from `leanboard strategies`.", show_default=False)
    ] = None,
    file: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="YAML or JSON, as show prints it; - is standard input. Options go on top."),
    ] = None,
    param: Annotated[
        list[str] | None, typer.Option("--param", "-p", metavar="NAME=VALUE", help="A parameter; may be repeated.")
    ] = None,
    symbols: Annotated[str | None, typer.Option(metavar="A,B,C", help="Tickers.")] = None,
    start: Annotated[
        str | None, typer.Option("--start", "--from", metavar="YYYY-MM-DD", help="First simulated day.")
    ] = None,
    end: Annotated[str | None, typer.Option("--end", "--to", metavar="YYYY-MM-DD", help="Last simulated day.")] = None,
    cash: Annotated[str | None, typer.Option(metavar="AMOUNT", help="Money at the start.")] = None,
    commission: Annotated[
        str | None, typer.Option(metavar="FEE", help="Of every order: an amount such as 1, or a share such as 0.1%.")
    ] = None,
    resolution: Annotated[Resolution | None, typer.Option(help="Bar length.")] = None,
    engine: Annotated[EngineChoice | None, typer.Option(help="As of leanboard run.")] = None,
    note: Annotated[str | None, typer.Option(metavar="TEXT", help="For people.")] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Save it anew, as a whole, if there is one of this name.")
    ] = False,
    as_json: AsJson = False,
    url: Url = None,
    api_key: ApiKey = None,
) -> None:
    """Save a configuration under a name: from a file, from options, or from both. Nothing is started.

    Examples:
    leanboard scenarios save "fast cross" moving_average_cross -p fast=10 -p slow=40 --symbols IBM

    leanboard scenarios save --file fast-cross.yaml
    """

    async def work() -> int:
        given: dict[str, object] = {
            "name": name,
            "strategy_name": strategy,
            "symbols": None if symbols is None else tuple(comma_parts(symbols)),
            "start_date": start,
            "end_date": end,
            "initial_cash": cash,
            "commission": commission_field(commission),
            "resolution": resolution,
            "engine": engine,
            "note": note,
        }
        body = _body(file, {field: value for field, value in given.items() if value is not None}, param or [])
        async with connected(url, api_key, reading_settings) as (client, _):
            saved = await _saved(ScenarioClient(client), body, replace=replace)
        if as_json:
            print_json(saved.model_dump(mode="json"))
        else:
            output().print(Text(printable(f"saved {saved.name}  {saved.id}")), soft_wrap=True)
        return ExitCode.OK

    execute(work, as_json=as_json)


def _body(file: str | None, given: Mapping[str, object], parameters: list[str]) -> ScenarioBody:
    """Return the scenario of a file and of options, which go on top."""
    present: dict[str, object] = {} if file is None else dict(read_yaml(file, _FILE).value)
    if file is None and not {"name", "strategy_name"} <= given.keys():
        message = "give NAME and STRATEGY, or --file"
        raise wrong_input(message, field="NAME", hint="leanboard scenarios save --help shows examples")
    named = {**dict(present.get("parameters") or {}), **fixed_parameters(parameters)}  # type: ignore[call-overload]
    try:
        return validated(ScenarioBody, {**present, **given, "parameters": named})
    except CommandError as error:
        raise in_options(error, _OPTIONS) from error


async def _saved(scenarios: ScenarioClient, body: ScenarioBody, *, replace: bool) -> Scenario:
    present = await scenarios.find(body.name) if replace else None
    try:
        return await (scenarios.save(body) if present is None else scenarios.replace(present.id, body))
    except CommandError as error:
        taken = error.code == "conflict" and present is None
        hint = "leanboard scenarios save --replace saves it anew" if taken else error.hint
        message, problems = error.message, error.problems
        raise CommandError(message, exit_code=error.exit_code, code=error.code, problems=problems, hint=hint) from error


@app.command("delete")
def delete(
    *,
    scenario: ScenarioArgument,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: AsJson = False,
    url: Url = None,
    api_key: ApiKey = None,
) -> None:
    """Delete a scenario; batches that were made from it stay as they are. Asks first at a terminal."""

    async def work() -> int:
        async with connected(url, api_key, reading_settings) as (client, _):
            scenarios = ScenarioClient(client)
            found = await scenarios.resolve(scenario)
            if sys.stdin.isatty() and not (yes or as_json):
                typer.confirm(f"delete {printable(found.name)}?", abort=True)
            await scenarios.delete(found.id)
        if as_json:
            print_json({"deleted": found.id})
        else:
            output().print(Text(printable(f"deleted {found.name}")), soft_wrap=True)
        return ExitCode.OK

    execute(work, as_json=as_json)
