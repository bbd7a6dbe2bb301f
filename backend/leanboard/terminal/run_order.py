"""From the words of a command line to a request: what is wrong is said in the words of the command line."""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from pydantic import ValidationError

from leanboard.errors import Problem
from leanboard.models.requests import BacktestRequest
from leanboard.models.wrong_values import wrong_fields
from leanboard.settings import Settings
from leanboard.terminal.failure import CommandError, ExitCode, wrong_input

_AMOUNT = re.compile(r"\d+(?:\.\d+)?")
_PERCENT = re.compile(r"(\d{1,2}(?:\.\d{1,8})?)\s*%")

OPTION_OF: Mapping[str, str] = {
    "strategy_name": "STRATEGY",
    "start_date": "--start",
    "end_date": "--end",
    "initial_cash": "--cash",
    "commission": "--commission",
    "parameters": "--param",
    "symbols": "--symbols",
    "resolution": "--resolution",
    "engine": "--engine",
    "image": "--image",
    "memory": "--memory",
    "cpus": "--cpus",
    "name": "--name",
    "tags": "--tag",
    "timeout": "--timeout",
}


@dataclass(frozen=True, slots=True)
class StrategyChoice:
    """The strategy of a command line: a name, or a path.

    Attributes:
        name: As the service knows it.
        folder: Where it lies, if it was given as a path; must be one of the service's strategy folders.
    """

    name: str
    folder: Path | None = None

    @classmethod
    def parse(cls, text: str) -> "StrategyChoice":
        """Read ``main``, ``lean_strategies/main``, ``./mine.py`` or ``/path/mine/main.py``.

        Raises:
            CommandError: It looks like a path, and nothing is there.
        """
        if "/" not in text and not text.endswith((".py", ".cs")):
            return cls(text)
        path = Path(text).expanduser().absolute()
        if not path.exists():
            message = f"no strategy at {text}"
            raise wrong_input(message, field="STRATEGY", hint="leanboard strategies lists those that there are")
        if path.is_file() and path.stem.lower() == "main":
            path = path.parent
        return cls(path.stem if path.is_file() else path.name, path.parent)

    def settings(self, base: Settings) -> Settings:
        """Return the settings with the strategy's folder among the strategy folders."""
        if self.folder is None or self.folder in base.strategies:
            return base
        return base.model_copy(update={"strategies": (self.folder, *base.strategies)})


def make_request(given: Mapping[str, object], parameters: Sequence[str], symbols: str | None) -> BacktestRequest:
    """Build the request.

    Args:
        given: Fields of the request; those that are None are left out.
        parameters: Texts such as ``fast=20``.
        symbols: Tickers, separated by commas.

    Raises:
        CommandError: Something cannot be used; names the option.
    """
    content: dict[str, object] = {field: value for field, value in given.items() if value is not None}
    if symbols is not None:
        content["symbols"] = tuple(part.strip() for part in symbols.split(",") if part.strip())
    content["parameters"] = dict(_parameter(text) for text in parameters)
    try:
        return BacktestRequest.model_validate(content)
    except ValidationError as error:
        problems = tuple(Problem(*found) for found in wrong_fields(error.errors()))
        raise in_options(CommandError("", exit_code=ExitCode.USAGE, code="invalid_input", problems=problems)) from error


def commission_field(text: str | None) -> dict[str, str] | None:
    """Return ``1`` or ``0.1%`` as the field of a request; None stays.

    Raises:
        CommandError: It is neither.
    """
    if text is None:
        return None
    amount = text.strip()
    share = _PERCENT.fullmatch(amount)
    if share is not None:
        return {"fraction": f"{Decimal(share[1]) / 100:f}"}
    if _AMOUNT.fullmatch(amount):
        return {"per_order": amount}
    message = f"--commission {text}: expected an amount per order such as 1, or a share of its value such as 0.1%"
    raise wrong_input(message, field="--commission")


def _parameter(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        message = f"--param {text}: expected NAME=VALUE, such as --param fast=20"
        raise wrong_input(message, field="--param")
    return name.strip(), value


def in_options(error: CommandError, options: Mapping[str, str] = OPTION_OF) -> CommandError:
    """Return the error with the fields of a request named as the options that they came from."""
    if not error.problems:
        return error
    problems = tuple(Problem(_option(p.field, options), p.message) for p in error.problems)
    message = "; ".join(f"{p.field}: {p.message}".removeprefix(": ") for p in problems)
    return CommandError(message, exit_code=error.exit_code, code=error.code, problems=problems, hint=error.hint)


def _option(field: str, options: Mapping[str, str]) -> str:
    head, _, rest = field.partition(".")
    option = options.get(head, head)
    return f"{option} {rest}" if head == "parameters" and rest else option


def unknown_strategy(name: str, known: Sequence[str]) -> CommandError:
    """Return the error for a name that no strategy has; lists near ones, or all when there are few."""
    near = difflib.get_close_matches(name.lower(), [k.lower() for k in known], n=4, cutoff=0.5)
    named = [k for k in known if k.lower() in near] or (list(known) if len(known) <= 12 else [])
    message = f"there is no strategy {name!r}"
    if not known:
        hint = "no strategies were found: LEANBOARD_STRATEGIES names the folders to look in"
    elif near:
        hint = f"did you mean: {', '.join(named)}"
    else:
        hint = f"there are: {', '.join(named)}" if named else "leanboard strategies lists them"
    return wrong_input(message, field="STRATEGY", hint=hint, code="not_found")
