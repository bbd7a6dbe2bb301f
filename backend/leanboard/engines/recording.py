"""A recorded run as a timeline: which bytes appeared where, and when.

A recording is a folder as in the reference data (``lean-recordings/README.md``): ``case.json``, ``docker.jsonl``
(both streams with time stamps), ``results/`` (what LEAN left), ``intermediate/`` (earlier contents of the result
file, named by seconds after the launch). Console and log are played by their own stamps, frames by the wall time
in them, and result files at the line of the log that tells of them, in LEAN's order of writing.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

_STAMP = re.compile(rb"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?Z (?:TRACE|ERROR|DEBUG|REPORT)::")
_WALL = re.compile(rb'"w": ?(\d{1,12}(?:\.\d+)?)')

_IMPORTING = b"AlgorithmPythonWrapper(): Python version "
_ACCEPTED = b"Engine.Run(): Resource limits "
_LAUNCHED = b"Launching analysis for "
_ENDING = (b"Synchronizer.GetEnumerator(): Exited thread.", b"Engine.Run(): Exiting Algorithm Manager")
_LOG_COPIED = b"Your log was successfully created and can be retrieved from: "
_SAVED = b"BacktestingResultHandler.SendAnalysisResult(): Processed final packet"
_MONITORED = b"DataMonitor.GenerateReport():"

_STREAMED = frozenset({"log.txt", "frames.ndjson"})


class RecordingError(ValueError):
    """The folder holds no recording that can be played."""


class Action(NamedTuple):
    """Some bytes appear.

    Attributes:
        at: Seconds since the first line.
        path: Below the slot, such as ``output/log.txt``.
        append: Added to the file's end; else they replace its content in place.
    """

    at: float
    path: str
    data: bytes
    append: bool


@dataclass(frozen=True, slots=True)
class Recording:
    """A timeline and what happened at which action; a mark is the count of actions that came before it.

    Attributes:
        ready: The guest waits for its job; everything when the recording ended before.
        accepted: LEAN has taken the job: from here on an interrupt does not kill it.
        launched: From here on LEAN obeys an interrupt.
        ending: The data has ended and LEAN says its last words; None when the recording ends before.
    """

    actions: tuple[Action, ...]
    exit_code: int
    out_of_memory: bool
    ready: int
    accepted: int
    launched: int
    ending: int | None


def names(folder: Path) -> tuple[str, ...]:
    """Return the names of the recordings in a folder, sorted; empty when there is no such folder."""
    if not folder.is_dir():
        return ()
    return tuple(sorted(path.parent.name for path in folder.glob("*/case.json")))


def load(folder: Path, algorithm_id: str) -> Recording:
    """Load a recording; blocks.

    LEAN names its result files after the algorithm id. They get ``algorithm_id`` for the recorded one, in their
    names only: what is in them stays byte for byte what was recorded.

    Raises:
        RecordingError: The folder holds no recording, or a broken one.
    """
    try:
        case = json.loads((folder / "case.json").read_bytes())
        recorded_id, exit_code = str(case["algorithm_id"]), int(case["exit_code"])
        streams = [*_console(folder), *_log(folder / "results" / "log.txt"), *_frames(folder / "results")]
    except (OSError, ValueError, KeyError, TypeError) as error:
        msg = f"{folder.name} is no recording that can be played: {error}"
        raise RecordingError(msg) from error
    streams.sort(key=lambda action: action.at)
    begin = streams[0].at if streams else 0.0
    timeline = [action._replace(at=action.at - begin) for action in streams]
    files = list(_files(folder, recorded_id, algorithm_id))
    actions = _with_files(timeline, files)
    actions = _with_intermediates(actions, folder / "intermediate", algorithm_id)
    return Recording(
        actions=tuple(actions),
        exit_code=exit_code,
        out_of_memory=bool(case.get("oom_killed")),
        ready=_ready(actions),
        accepted=_after(actions, _ACCEPTED, len(actions)),
        launched=_after(actions, _LAUNCHED, len(actions)),
        ending=min((index for mark in _ENDING if (index := _before(actions, mark)) is not None), default=None),
    )


# --- streams -----------------------------------------------------------------------------------------------------


def _console(folder: Path) -> Iterator[Action]:
    """Both streams as Docker kept them; stamps do not go back within one."""
    latest = {"stdout": 0.0, "stderr": 0.0}
    with (folder / "docker.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            entry = json.loads(line)
            stream = str(entry["stream"])
            latest[stream] = max(latest[stream], _seconds(entry["time"]))
            yield Action(
                latest[stream], f"console/{stream}.txt", str(entry["log"]).encode("utf-8", "replace"), append=True
            )


def _log(path: Path) -> Iterator[Action]:
    """log.txt, a record at a time; lines without a stamp belong to the record before."""
    if not path.exists():
        return
    at, record = 0.0, b""
    for line in path.read_bytes().splitlines(keepends=True):
        if match := _STAMP.match(line):
            if record:
                yield Action(at, "output/log.txt", record, append=True)
            at, record = max(at, _seconds(line[: match.end()].partition(b" ")[0].decode())), b""
        record += line
    if record:
        yield Action(at, "output/log.txt", record, append=True)


def _frames(results: Path) -> Iterator[Action]:
    """The guest's frames, by the wall time that each carries."""
    path = results / "frames.ndjson"
    if not path.exists():
        return
    at = 0.0
    for line in path.read_bytes().splitlines(keepends=True):
        if match := _WALL.search(line):
            at = max(at, float(match[1]))
        yield Action(at, "output/frames.ndjson", line, append=True)


def _seconds(stamp: str) -> float:
    """Unix seconds of ``2026-11-21T00:28:26.749840722Z``."""
    whole, _, fraction = stamp.removesuffix("Z").partition(".")
    begin = datetime.fromisoformat(whole).replace(tzinfo=UTC).timestamp()
    return begin + (float(f"0.{fraction}") if fraction else 0.0)


# --- files -------------------------------------------------------------------------------------------------------


class _File(NamedTuple):
    """A file that appears as a whole, before the first line that holds ``mark`` (None: with the last line)."""

    mark: bytes | None
    order: int
    action: Action


def _files(folder: Path, recorded_id: str, algorithm_id: str) -> Iterator[_File]:
    results = folder / "results"
    final = {
        f"{recorded_id}-log.txt": (_LOG_COPIED, 0),
        f"{recorded_id}-summary.json": (_SAVED, 2),
        f"{recorded_id}.json": (_SAVED, 3),
        f"{recorded_id}-order-events.json": (_SAVED, 4),
    }
    for path in sorted(results.rglob("*")) if results.is_dir() else ():
        relative = path.relative_to(results).as_posix()
        if not path.is_file() or relative in _STREAMED:
            continue
        mark, order = final.get(relative) or _other_file(relative)
        name = algorithm_id + relative.removeprefix(recorded_id) if relative.startswith(recorded_id) else relative
        yield _File(mark, order, Action(0.0, f"output/{name}", path.read_bytes(), append=False))


def _other_file(relative: str) -> tuple[bytes, int]:
    if "data-monitor" in relative or "-data-requests-" in relative:
        return _MONITORED, 5
    if relative == "applied.json":
        return _LAUNCHED, 0
    return _SAVED, 1  # alpha-results.json


def _with_files(timeline: list[Action], files: list[_File]) -> list[Action]:
    """Put every file before the line that tells of it; a run that was killed left what it had at its last line."""
    if not timeline:
        return [file.action for file in files]
    placed: dict[int, list[_File]] = {}
    for file in files:
        index = _before(timeline, file.mark) if file.mark else None
        if index is None:
            index = len(timeline) - 1
        placed.setdefault(index, []).append(file)
    merged: list[Action] = []
    for index, action in enumerate(timeline):
        due = sorted(placed.get(index, ()), key=lambda file: file.order)
        merged.extend(file.action._replace(at=action.at) for file in due)
        merged.append(action)
    return merged


def _with_intermediates(actions: list[Action], folder: Path, algorithm_id: str) -> list[Action]:
    launch = _before(actions, _LAUNCHED)
    if launch is None or not folder.is_dir():
        return actions
    begin = actions[launch].at
    extra = [
        Action(begin + float(path.stem), f"output/{algorithm_id}.json", path.read_bytes(), append=False)
        for path in sorted(folder.glob("*.json"))
    ]
    return sorted([*actions, *extra], key=lambda action: action.at)


# --- marks -------------------------------------------------------------------------------------------------------


def _ready(actions: list[Action]) -> int:
    """Python waits in the guest, when LEAN imports it; C# is booted with its job in hand, so before it takes one."""
    importing = _after(actions, _IMPORTING, 0)
    return importing or _after(actions, _ACCEPTED, len(actions))


def _before(actions: list[Action], mark: bytes) -> int | None:
    """The first action with the mark, in the log or on the console."""
    return next((index for index, action in enumerate(actions) if action.append and mark in action.data), None)


def _after(actions: list[Action], mark: bytes, otherwise: int) -> int:
    """The count of actions until log and console have both shown the mark."""
    found: dict[str, int] = {}
    for index, action in enumerate(actions):
        if action.append and mark in action.data:
            found.setdefault(action.path, index + 1)
    return max(found.values(), default=otherwise)
