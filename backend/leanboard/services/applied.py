"""What of a request took effect, and what did not: the guest's own account, held against LEAN's result. Pure."""

import json
from collections.abc import Collection, Mapping

from leanboard.models.requests import BacktestRequest
from leanboard.models.run import Applied, EngineName
from leanboard.storage.result_files import AlgorithmConfiguration

NOT_STARTED = "the run ended before the strategy was initialized"
NOT_BOOTED = "the run ended before its sandbox was booted"
_LIMITS = ("image", "memory", "cpus")
_WITHOUT = {
    EngineName.EMBEDDED: {
        "image": "the embedded engine has no image",
        "cpus": "the embedded engine does not limit cores",
    },
    EngineName.REPLAY: dict.fromkeys((*_LIMITS, "commission"), "a recorded run is played"),
}


def read_guest_account(data: bytes) -> dict[str, str]:
    """Return field -> value of the guest's ``applied.json``; empty when it is absent or damaged."""
    try:
        effective = json.loads(data)["effective"]
        return {str(key): str(value) for key, value in effective.items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def csharp_account(
    request: BacktestRequest, configuration: AlgorithmConfiguration, readable: Collection[str] | None
) -> dict[str, str]:
    """Return what took effect of a C# run, in place of the guest's account, which C# has not.

    LEAN has no setting for dates and cash: a C# strategy has to read them as parameters. Whether it did is seen from
    the dates that LEAN used; of the cash, only from the strategy's text.

    Args:
        request: What was asked for.
        configuration: Of LEAN's result; empty without one.
        readable: Names of the parameters that the strategy reads; None when that cannot be told.
    """
    if configuration.start_date is None:
        return {}
    used = {"start_date": configuration.start_date, "end_date": configuration.end_date}
    return {
        field: value
        for field, value in _asked(request).items()
        if field.startswith("parameters.")
        or str(used.get(field)) == value
        or (field == "initial_cash" and readable is not None and field in readable)
    }


def applied(
    request: BacktestRequest,
    guest: Mapping[str, str],
    configuration: AlgorithmConfiguration,
    readable: Collection[str] | None,
    engine: EngineName | None,
    *,
    csharp: bool = False,
) -> Applied:
    """Say for every field of the request whether it took effect.

    Args:
        request: What was asked for.
        guest: From :func:`read_guest_account` or :func:`csharp_account`.
        configuration: Of LEAN's result, which has the dates that LEAN really used; empty without one.
        readable: Names of the parameters that the strategy reads; None when that cannot be told from its text.
        engine: On which its sandbox was booted; None when none was.
        csharp: The strategy is C#.
    """
    effective: dict[str, str] = {}
    ignored: dict[str, str] = {}
    asked = _asked(request)
    impossible = _WITHOUT.get(engine, {}) if engine is not None else {}
    for field, value in asked.items():
        if field not in guest or field in impossible:
            started = _csharp_reason(field, configuration) if csharp else NOT_STARTED
            ignored[field] = impossible.get(field) or started
            continue
        reason = _contradiction(field, value, configuration) or _unread(field, readable)
        if reason:
            ignored[field] = reason
        else:
            effective[field] = value
    for field, value in _limits(request).items():
        reason = impossible.get(field, "") if engine is not None else NOT_BOOTED
        (ignored if reason else effective)[field] = reason or value
    return Applied(effective=effective, ignored=ignored)


def _csharp_reason(field: str, configuration: AlgorithmConfiguration) -> str:
    used = {"start_date": configuration.start_date, "end_date": configuration.end_date}.get(field)
    if configuration.start_date is None:
        return NOT_STARTED
    if field == "commission":
        return "a C# strategy runs without what applies it: set the fee models of its securities"
    what = f"LEAN used {used.isoformat()}: " if used is not None else ""
    return f'{what}a C# strategy sets it itself; it is given as a parameter, read it with GetParameter("{field}")'


def _asked(request: BacktestRequest) -> dict[str, str]:
    asked = {f"parameters.{key}": value for key, value in request.lean_parameters().items()}
    if request.start_date:
        asked["start_date"] = request.start_date.isoformat()
    if request.end_date:
        asked["end_date"] = request.end_date.isoformat()
    if request.initial_cash is not None:
        asked["initial_cash"] = str(request.initial_cash)
    if request.commission is not None:
        asked["commission"] = str(request.commission)
    return asked


def _limits(request: BacktestRequest) -> dict[str, str]:
    asked = {field: getattr(request, field) for field in _LIMITS}
    return {
        field: f"{value:g}" if field == "cpus" else str(value) for field, value in asked.items() if value is not None
    }


def _contradiction(field: str, value: str, configuration: AlgorithmConfiguration) -> str:
    used = {"start_date": configuration.start_date, "end_date": configuration.end_date}.get(field)
    return f"LEAN used {used.isoformat()}" if used is not None and used.isoformat() != value else ""


def _unread(field: str, readable: Collection[str] | None) -> str:
    prefix, _, name = field.partition(".")
    if prefix == "parameters" and readable is not None and name not in readable:
        return f"the strategy does not read a parameter {name!r}"
    return ""
