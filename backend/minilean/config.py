"""The configuration of a run: LEAN's config.json, with command-line options laid over it."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_FLAGS = frozenset({"force-exchange-always-open"})
_OPTIONS = frozenset({
    "config", "close-automatically", "results-destination-folder", "backtest-name", "algorithm-id", "optimization-id",
    "environment", "algorithm-type-name", "algorithm-language", "algorithm-location", "composer-dll-directory",
    "data-folder", "log-handler", "messaging-handler", "job-queue-handler", "api-handler", "map-file-provider",
    "factor-file-provider", "data-provider", "alpha-handler", "history-provider", "symbol-minute-limit",
    "symbol-second-limit", "symbol-tick-limit", "transaction-log", "job-user-id", "api-access-token",
    "job-organization-id", "parameters", "environments",
})  # fmt: skip
_COMMENT = re.compile(r'("(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?\*/', re.DOTALL)


class ConfigError(ValueError):
    """The configuration cannot be read, or an option is unknown: LEAN crashes on it."""


class OptionError(ConfigError):
    """A command-line option is unknown or has no value."""


@dataclass(frozen=True, slots=True)
class RunConfig:
    """What a run is told.

    Attributes:
        messages: What LEAN says about the choice of the file before anything else: text and whether it is an error.
    """

    algorithm_location: Path
    algorithm_id: str
    backtest_name: str
    data_folder: str
    results_folder: Path
    object_store_root: str
    parameters: Mapping[str, str]
    python_paths: Sequence[str]
    creation_timeout: float
    initialization_timeout: float
    mute_python: bool
    debug_mode: bool
    close_automatically: bool
    messages: Sequence[tuple[str, bool]] = ()


def parse_arguments(arguments: Sequence[str]) -> dict[str, Any]:
    """Read ``--name value`` options.

    Raises:
        OptionError: An option is unknown or has no value.
    """
    options: dict[str, Any] = {}
    rest = list(arguments)
    while rest:
        name, _, value = rest.pop(0).partition("=")
        if not name.startswith("--") or name[2:] not in _OPTIONS | _FLAGS:
            raise OptionError(f"Unrecognized option '{name}'")
        if name[2:] in _FLAGS:
            options[name[2:]] = True
            continue
        if not value:
            if not rest:
                raise OptionError(f"Missing value for option '{name[2:]}'")
            value = rest.pop(0)
        options[name[2:]] = _parameters(value) if name == "--parameters" else value
    return options


def _parameters(text: str) -> dict[str, str]:
    pairs = (pair.split(":") for pair in text.split(","))
    return {pair[0]: pair[1] for pair in pairs if len(pair) > 1}


def load(arguments: Sequence[str]) -> RunConfig:
    """Read config.json (the one named, else the working directory's) and lay the options over it.

    Raises:
        ConfigError: The file is not valid JSON, or an option is unknown.
    """
    options = parse_arguments(arguments)
    messages: list[tuple[str, bool]] = []
    path = Path("config.json")
    if "config" in options:
        wanted = Path(options.pop("config"))
        if wanted.is_file():
            path = wanted
            messages.append((f"Using {wanted} as configuration file", False))
        else:
            messages.append((f"Configuration file {wanted} does not exist, using config.json", True))
    values = _read(path) | options
    values |= _environment(values)
    return _run_config(values, messages)


def _read(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    text = _COMMENT.sub(lambda match: match.group(1) or "", path.read_text(encoding="utf-8-sig"))
    try:
        found = json.loads(text)
    except ValueError as error:
        raise ConfigError(f"{error}") from error
    if not isinstance(found, dict):
        raise ConfigError(f"{path} holds no JSON object")
    return found


def _environment(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keys of the chosen environment, which beat all others."""
    environments = values.get("environments")
    chosen = environments.get(values.get("environment", "")) if isinstance(environments, dict) else None
    return dict(chosen) if isinstance(chosen, dict) else {}


def _run_config(values: Mapping[str, Any], messages: list[tuple[str, bool]]) -> RunConfig:
    language = str(values.get("algorithm-language", "Python"))
    if language.lower() != "python":
        raise ConfigError(f"algorithm-language {language!r}: the embedded engine runs Python algorithms only")
    identifier = str(values.get("algorithm-id") or values.get("algorithm-type-name") or "BasicTemplateAlgorithm")
    return RunConfig(
        algorithm_location=Path(str(values.get("algorithm-location", "main.py"))),
        algorithm_id=identifier,
        backtest_name=str(values.get("backtest-name") or "local"),
        data_folder=str(values.get("data-folder", "../../../Data/")),
        results_folder=Path(str(values.get("results-destination-folder") or ".")),
        object_store_root=str(values.get("object-store-root", "./storage")),
        parameters=_parameter_texts(values.get("parameters") or {}),
        python_paths=[str(path) for path in values.get("python-additional-paths") or []],
        creation_timeout=float(values.get("algorithm-creation-timeout", 90)),
        initialization_timeout=float(values.get("initialization-timeout", 300)),
        mute_python=_truth(values.get("mute-python-library-logging", True)),
        debug_mode=_truth(values.get("debug-mode", False)),
        close_automatically=_truth(values.get("close-automatically", False)),
        messages=messages,
    )


def _truth(value: object) -> bool:
    return value if isinstance(value, bool) else str(value).lower() == "true"


def _parameter_texts(parameters: object) -> dict[str, str]:
    """Turn parameters into texts, as LEAN's packet does; nested ones cannot be.

    Raises:
        ConfigError: A parameter is an object or a list.
    """
    if isinstance(parameters, str):
        parameters = json.loads(parameters)
    if not isinstance(parameters, dict):
        raise ConfigError("parameters must be an object")
    texts: dict[str, str] = {}
    for name, value in parameters.items():
        if isinstance(value, (dict, list)):
            raise ConfigError(f"parameter {name!r} is nested")
        texts[name] = json.dumps(value) if isinstance(value, (bool, int, float)) else str(value)
    return texts
