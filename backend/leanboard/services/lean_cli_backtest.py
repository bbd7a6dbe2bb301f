"""Reads what lean-cli left of one backtest: LEAN's files, ``config`` with LEAN's id. Blocks, writes nothing."""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError

from leanboard.errors import NotFound
from leanboard.models.requests import BacktestRequest
from leanboard.models.run import BacktestRunInfo, BacktestStatus, EngineName, Outcome, Phase, Reason
from leanboard.storage.durable_files import names_in
from leanboard.storage.json_files import ResultKind
from leanboard.storage.layout import timestamp_of
from leanboard.storage.result_files import AlgorithmConfiguration, ResultState, read_result
from leanboard.storage.safe_files import read_file

TAG = "lean-cli"
_MAX_SMALL = 1 << 20
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _.-]{0,99}")
_NO_RESULT = ("-summary.json", "-order-events.json", "config.json", "run.json", "labels.json")
_NAME = re.compile(r"[^A-Za-z0-9_.-]+")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class NotABacktestError(Exception):
    """Why a folder is none of LEAN's results."""


@dataclass(frozen=True, slots=True)
class LeanCliBacktest:
    """A backtest of lean-cli's, as a run of ours.

    Attributes:
        run: Its id is made from project, folder and LEAN's id; its timestamp from when LEAN began.
        lean_id: What LEAN named its files after.
        state: LEAN's result.
        configuration: config.json for the run directory: LEAN's id, and what lean-cli's ``config`` holds.
    """

    run: BacktestRunInfo
    request: BacktestRequest
    outcome: Outcome
    lean_id: str
    state: ResultState
    configuration: dict[str, object]


def read_backtest(folder: Path) -> LeanCliBacktest:
    """Read a folder ``<project>/backtests/<time>``.

    Raises:
        NotABacktestError: It holds no result of LEAN's, or one that is cut off.
    """
    configuration = _configuration(folder)
    lean_id = _lean_id(folder, configuration)
    state = read_result(folder, lean_id)
    _check(state, lean_id)
    project = folder.parent.parent.name
    outcome = _outcome(state)
    strategy = (_NAME.sub("_", project).lstrip("_.-") or "project")[:100]
    created = state.started_at or datetime.strptime(folder.name[:19], "%Y-%m-%d_%H-%M-%S").replace(tzinfo=UTC)
    run = BacktestRunInfo(
        id=hashlib.sha256(f"lean-cli\0{project}\0{folder.name}\0{lean_id}".encode()).hexdigest()[:32],
        timestamp=timestamp_of(created),
        strategy_name=strategy,
        name=_label(configuration.get("backtest-name")) or _label(project) or strategy,
        tags=(TAG,),
        engine=EngineName.DOCKER,
        status=outcome.status,
        phase=Phase.ENDED,
        reason=outcome.reason,
        message=outcome.message,
        partial=outcome.partial,
        created_at=created,
        started_at=created,
        finished_at=state.ended_at,
    )
    request = _request(strategy, state.configuration)
    return LeanCliBacktest(run, request, outcome, lean_id, state, {**configuration, "algorithm-id": lean_id})


def _configuration(folder: Path) -> dict[str, object]:
    try:
        found = json.loads(read_file(folder, "config", _MAX_SMALL))
    except (NotFound, ValueError, RecursionError):  # older versions of lean-cli wrote none
        return {}
    return found if isinstance(found, dict) else {}


def _lean_id(folder: Path, configuration: dict[str, object]) -> str:
    named = str(configuration.get("id", ""))
    if _ID.fullmatch(named):
        return named
    names = [name for name in names_in(folder) if name.endswith(".json") and not name.endswith(_NO_RESULT)]
    ids = [name[:-5] for name in names if not name.startswith("data-monitor-") and _ID.fullmatch(name[:-5])]
    if len(ids) != 1:
        msg = "there is no file config that names LEAN's id, and not exactly one result beside it"
        raise NotABacktestError(msg)
    return ids[0]


def _check(state: ResultState, lean_id: str) -> None:
    if state.kind is ResultKind.ABSENT:
        msg = f"LEAN's result {lean_id}.json is not there"
        raise NotABacktestError(msg)
    if not state.has_result:
        raise NotABacktestError(state.problem or f"{lean_id}.json cannot be read")
    if not (state.status or state.statistics or state.runtime or state.started_at):
        msg = f"{lean_id}.json is no result of LEAN's"
        raise NotABacktestError(msg)


def _outcome(state: ResultState) -> Outcome:
    if state.runtime_error or state.status == "RuntimeError":
        message, _, trace = (state.runtime_error or "the strategy raised").partition("\n")
        return Outcome(
            status=BacktestStatus.FAILED,
            reason=Reason.RUNTIME_ERROR,
            message=message,
            trace="\n".join(filter(None, (trace, state.stack_trace))),
        )
    if not state.is_final:
        text = "LEAN did not finish its result: this is what it had written"
        return Outcome(status=BacktestStatus.FAILED, reason=Reason.LOST, message=text, partial=True)
    if state.status == "Stopped":
        return Outcome(status=BacktestStatus.CANCELLED, reason=Reason.CANCELLED_BY_USER, partial=True)
    return Outcome(status=BacktestStatus.COMPLETED)


def _label(text: object) -> str:
    return _UNPRINTABLE.sub(" ", text).strip()[:120] if isinstance(text, str) else ""


def _request(strategy: str, configuration: AlgorithmConfiguration) -> BacktestRequest:
    """Say what was asked for, as far as a request of ours can say it."""
    dates = {"start_date": configuration.start_date, "end_date": configuration.end_date}
    for extra in ({**dates, "parameters": dict(configuration.parameters)}, dates, {}):
        try:
            return BacktestRequest.model_validate({"strategy_name": strategy, **extra})
        except ValidationError:
            continue
    return BacktestRequest(strategy_name="project")
