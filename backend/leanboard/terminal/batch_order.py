"""From the words of a command line to a batch; what is wrong is said in the words of the command line."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from pydantic import ValidationError

from leanboard.errors import Problem
from leanboard.models.batch_requests import BatchRequest
from leanboard.models.wrong_values import wrong_fields
from leanboard.settings import Settings
from leanboard.terminal.failure import CommandError, ExitCode, wrong_input
from leanboard.terminal.run_order import OPTION_OF, StrategyChoice

_NUMBER = r"[-+]?(?:[\d.]+(?:e[-+]?\d+)?|nan|inf)"  # also those that Range refuses: a typing error is no text
_RANGE = re.compile(rf"^({_NUMBER}):({_NUMBER}):({_NUMBER})$", re.IGNORECASE)
_DAY = r"\d{4}-\d{2}-\d{2}"
WINDOWS, STRATEGY = "--windows", "STRATEGY"
_OPTIONS: Mapping[str, str] = {
    **OPTION_OF,
    "start_date": "--from",
    "end_date": "--to",
    "max_workers": "--workers",
    "symbol_parameter": "--symbol-parameter",
    "sweep.strategies": STRATEGY,
    "sweep.symbols": "--symbols",
    "strategies": "--strategies",
    "sweep.windows": WINDOWS,
    "sweep.parameters": "--param",
}


@dataclass(frozen=True, slots=True)
class SweepWords:
    """What a command line says of a sweep's axes.

    Attributes:
        strategies: Names or paths, some of them with commas between.
        symbols: Tickers with commas between.
        parameters: Such as ``fast=5:30:5``, ``slow=50,100`` or ``unit=1``.
        windows: Such as ``2008-01-01..2008-12-31,2009-01-01..2009-12-31``.
        walk_forward: Such as ``365:90`` or ``90``: days in and out of sample.
        anchored: Whether all in-sample windows begin on the first day.
        strategies_option: How the command calls its strategies.
    """

    strategies: Sequence[str]
    symbols: str | None = None
    parameters: Sequence[str] = ()
    windows: str | None = None
    walk_forward: str | None = None
    anchored: bool = False
    strategies_option: str = STRATEGY

    @property
    def typed(self) -> Mapping[str, str]:
        """Options that were typed, by those that they stand for."""
        windows = WINDOWS if self.walk_forward is None else "--walk-forward"
        return {WINDOWS: windows, STRATEGY: self.strategies_option}


@dataclass(frozen=True, slots=True)
class BatchOrder:
    """A batch of a command line.

    Attributes:
        choices: Its strategies, as they were named.
    """

    request: BatchRequest
    choices: tuple[StrategyChoice, ...] = ()

    @property
    def has_paths(self) -> bool:
        """Whether a strategy was given as a path, which only a service on this machine can run."""
        return any(choice.folder is not None for choice in self.choices)

    def settings(self, base: Settings) -> Settings:
        """Return the settings with the strategies' folders among the strategy folders."""
        for choice in self.choices:
            base = choice.settings(base)
        return base


def sweep_order(words: SweepWords, common: Mapping[str, object]) -> BatchOrder:
    """Build a sweep.

    Args:
        words: Its axes.
        common: Fields of the batch; those that are None are left out.

    Raises:
        CommandError: Something cannot be used; names the option.
    """
    if words.symbols is not None and not comma_parts(words.symbols):
        raise wrong_input("--symbols names none: leave it out, or give tickers such as AAPL,IBM", field="--symbols")
    content = {field: value for field, value in common.items() if value is not None}
    choices = tuple(StrategyChoice.parse(name) for text in words.strategies for name in comma_parts(text))
    axes, fixed = _parameters(words.parameters)
    sweep: dict[str, object] = {
        "strategies": [choice.name for choice in choices],
        "symbols": comma_parts(words.symbols or ""),
        "parameters": axes,
    }
    if words.windows is not None and words.walk_forward is not None:
        raise wrong_input("--windows and --walk-forward both say which windows: give one of them", field="--windows")
    if words.windows is not None:
        sweep["windows"] = [_window(part) for part in comma_parts(words.windows)]
    if words.walk_forward is not None:
        days = _walk_forward(words.walk_forward)
        span = {name: content.pop(name, None) for name in ("start_date", "end_date")}
        if None in span.values():
            message = "--walk-forward needs --from and --to: the days that its windows share"
            raise wrong_input(message, field="--walk-forward")
        sweep["windows"] = {**span, **days, "anchored": words.anchored}
    elif words.anchored:
        raise wrong_input("--anchored is for --walk-forward", field="--anchored")
    request = validated_batch({**content, "sweep": sweep, "parameters": fixed}, words.typed)
    return BatchOrder(request, choices)


def validated_batch(content: Mapping[str, object], typed: Mapping[str, str]) -> BatchRequest:
    """Return a batch of what options say.

    Args:
        content: The fields.
        typed: As of :attr:`SweepWords.typed`.

    Raises:
        CommandError: Something cannot be used; names the option.
    """
    try:
        return BatchRequest.model_validate(content)
    except ValidationError as error:
        problems = tuple(Problem(*found) for found in wrong_fields(error.errors()))
        refusal = CommandError("", exit_code=ExitCode.USAGE, code="invalid_input", problems=problems)
        raise in_batch_options(refusal, typed) from error


def in_batch_options(error: CommandError, typed: Mapping[str, str] = MappingProxyType({})) -> CommandError:
    """Return the error with the fields of a batch named as the options that they came from.

    Args:
        error: The refusal.
        typed: As of :attr:`SweepWords.typed`.
    """
    if not error.problems:
        return error
    named = ((_option(problem.field), problem) for problem in error.problems)
    problems = tuple(Problem(typed.get(option, option), problem.message) for option, problem in named)
    message = "; ".join(f"{p.field}: {p.message}".removeprefix(": ") for p in problems)
    hint = error.hint
    if not hint and any(_option(problem.field) == STRATEGY for problem in error.problems):
        hint = "leanboard strategies lists those that there are"
    return CommandError(message, exit_code=error.exit_code, code=error.code, problems=problems, hint=hint)


def _option(field: str) -> str:
    for known, option in _OPTIONS.items():
        if field == known or field.startswith(f"{known}."):
            rest = field[len(known) + 1 :]
            name = rest.partition(".")[0]
            return f"{option} {name}" if option == "--param" and name else option
    return "" if field == "sweep" else field


def fixed_parameters(texts: Sequence[str]) -> dict[str, str]:
    """Return parameters that have one value each; nothing behind the sign is an empty value.

    Raises:
        CommandError: One of them is no NAME=VALUE.
    """
    parameters = {}
    for text in texts:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not equals or not name:
            raise wrong_input(f"--param {text}: expected NAME=VALUE", field="--param")
        parameters[name] = value
    return parameters


def comma_parts(text: str) -> list[str]:
    """Return what stands between commas."""
    return [part.strip() for part in text.split(",") if part.strip()]


def _parameters(texts: Sequence[str]) -> tuple[dict[str, object], dict[str, str]]:
    """Return those of several values, and those of one, which all runs have."""
    axes: dict[str, object] = {}
    fixed: dict[str, str] = {}
    for text in texts:
        name, equals, values = (part.strip() for part in text.partition("="))
        if not equals or not name or not values:
            message = f"--param {text}: expected NAME=MIN:MAX:STEP, NAME=A,B,C or NAME=VALUE"
            raise wrong_input(message, field="--param")
        if name in axes or name in fixed:
            raise wrong_input(f"--param {name} is given twice: put all values into one", field="--param")
        if bounds := _RANGE.match(values):
            axes[name] = dict(zip(("min", "max", "step"), bounds.groups(), strict=True))
        elif "," in values:
            axes[name] = comma_parts(values)
        else:
            fixed[name] = values
    return axes, fixed


def _window(text: str) -> dict[str, str]:
    found = re.match(rf"^({_DAY})\.\.({_DAY})$", text)
    if found is None:
        message = f"--windows {text}: expected FIRST..LAST, such as 2008-01-01..2008-12-31"
        raise wrong_input(message, field="--windows")
    return {"start_date": found[1], "end_date": found[2]}


def _walk_forward(text: str) -> dict[str, int]:
    found = re.match(r"^(?:(\d{1,5}):)?(\d{1,5})(?::(\d{1,5}))?$", text)
    if found is None or (found[1] is None and found[3] is not None):
        message = f"--walk-forward {text}: expected DAYS_IN:DAYS_OUT[:STEP], such as 365:90, or DAYS_OUT alone"
        raise wrong_input(message, field="--walk-forward")
    names = zip(("train_days", "test_days", "step_days"), found.groups(), strict=True)
    return {name: int(days) for name, days in names if days is not None}
