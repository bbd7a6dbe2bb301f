"""``leanboard notify``: whether the operator's notifications arrive."""

import asyncio
from collections.abc import Sequence

import typer
from rich.text import Text

from leanboard.models.notifications import Delivery
from leanboard.services.apprise_address import addresses
from leanboard.services.notices import TEST
from leanboard.services.notifier import deliver
from leanboard.terminal.execution import execute, load_settings, output, print_json
from leanboard.terminal.failure import ExitCode, wrong_input
from leanboard.terminal.options import AsJson
from leanboard.terminal.text import printable

app = typer.Typer(help="Notifications to the operator: LEANBOARD_NOTIFY.", no_args_is_help=True)


@app.callback()
def notify() -> None:
    """Take what stands before the command."""


@app.command("test")
def try_out(*, as_json: AsJson = False) -> None:
    """Send a message to every URL of LEANBOARD_NOTIFY; say of each whether it arrived. Exit code 1 if one did not."""

    async def work() -> int:
        urls = load_settings().notify_urls
        if not urls:
            hint = "LEANBOARD_NOTIFY='mailto://user:password@example.org' leanboard notify test"
            raise wrong_input("there is nobody to tell: LEANBOARD_NOTIFY is not set", field="notify", hint=hint)
        found = await asyncio.gather(*(asyncio.to_thread(deliver, address, TEST) for address in addresses(urls)))
        if as_json:
            print_json({"deliveries": [one.model_dump() for one in found]})
        else:
            show_deliveries(found)
        return ExitCode.FAILED if any(one.problem for one in found) else ExitCode.OK

    execute(work, as_json=as_json)


def show_deliveries(found: Sequence[Delivery]) -> None:
    """Print a line for each."""
    for one in found:
        words = (
            Text.assemble(("did not arrive", "bold red"), f": {one.problem}")
            if one.problem
            else Text.assemble(("arrived", "green"), ": the service there has taken it")
        )
        output().print(Text(printable(f"{one.address}  ")) + words, soft_wrap=True)
