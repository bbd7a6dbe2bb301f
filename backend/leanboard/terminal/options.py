"""Options that several commands share."""

from typing import Annotated

import typer

Url = Annotated[
    str | None,
    typer.Option(
        "--url",
        envvar="LEANBOARD_URL",
        metavar="URL",
        help="Use the service at this address. Without it: the service that works in LEANBOARD_HOME, "
        "else one inside this command.",
        rich_help_panel="Service",
    ),
]
ApiKey = Annotated[
    str | None,
    typer.Option(
        "--api-key",
        envvar="LEANBOARD_API_KEY",
        metavar="KEY",
        help="The service's key. Better given as the environment variable: others can see a command's options.",
        rich_help_panel="Service",
    ),
]
AsJson = Annotated[
    bool,
    typer.Option("--json", help='Print JSON for programs, errors included: {"error": {"code", "message", ...}}.'),
]
