"""Every recorded run of real LEAN through the monitor: status, reason, progress, log lines, statistics."""

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from leanboard.models.run import BacktestStatus, Phase, Reason
from leanboard.services.backtest_monitor import Intent, Source
from leanboard.services.monitoring.facts import ORDER
from leanboard.storage.result_files import equity_curve
from leanboard.storage.statistics_text import statistics
from monitor.recorded import Case, Seen, new_monitor, pieces, watch

PROJECT = Path(__file__).resolve().parents[2]
REFERENCE = Path(os.environ.get("LEANBOARD_SHARED", PROJECT.parent / "shared")) / "lean-recordings"
OWN = PROJECT / "tests" / "recordings"


def cases() -> list[object]:
    """Names are collected here; where the reference data is absent one skipped test says so."""
    reference = sorted(path.parent for path in REFERENCE.glob("*/case.json")) or [REFERENCE / "absent"]
    own = sorted(path.parent for path in OWN.glob("*/case.json"))
    return [
        *(pytest.param(folder, id=folder.name, marks=pytest.mark.shared) for folder in reference),
        *(pytest.param(folder, id=f"own-{folder.name}") for folder in own),
    ]


@pytest.fixture(params=cases())
def case(request: pytest.FixtureRequest) -> Case:
    if not (request.param / "case.json").is_file():
        pytest.skip(f"no recordings at {REFERENCE}: set LEANBOARD_SHARED to the folder that holds lean-recordings/")
    return Case(request.param)


def whole(case: Case) -> Iterator[tuple[Source, bytes]]:
    yield from case.sources.items()


def told(case: Case, seen: Seen) -> tuple[object, ...]:
    """What must not depend on where the bytes were cut.

    Whether a hint comes may depend on which stream is first when log.txt broke off (full disk): a hint is a hint.
    """
    names = ("launched", "interrupt_swallowed", "ready", *(("settle_hint",) if case.result.is_final else ()))
    flags = tuple(seen.flag(name) for name in names)
    last = max((ORDER[phase] for phase in seen.phases), default=0)
    return seen.outcome, seen.percent, flags, last, seen.line_count, seen.equity


def test_status_and_reason(case: Case):
    outcome = watch(case, whole(case)).outcome
    assert (outcome.status, outcome.reason) == case.expected
    assert bool(outcome.message) == (outcome.status is not BacktestStatus.COMPLETED)


def test_a_final_result_gives_the_recorded_statistics(case: Case):
    result = case.result
    assert str(result.kind) == case.case["final_json"]
    if not result.is_final:
        return
    recorded = json.loads((case.folder / "results" / f"{case.case['algorithm_id']}.json").read_text())
    found = statistics(result)
    assert list(found.lean.items()) == list(recorded["statistics"].items())
    assert list(found.runtime.items()) == list(recorded["runtimeStatistics"].items())
    if recorded["statistics"]:
        assert str(found.total_orders) == recorded["statistics"]["Total Orders"]
        assert str(found.end_equity) == recorded["statistics"]["End Equity"]


def test_a_completed_run_gets_through_all_phases_to_the_end(case: Case):
    seen = watch(case, pieces(case.sources, Random(1), 200))
    if seen.outcome.status is not BacktestStatus.COMPLETED:
        return
    assert seen.percent == 100
    assert seen.phases[-2:] == (Phase.TRADING, Phase.SAVING)
    assert seen.flag("launched")
    assert seen.flag("settle_hint")
    points = equity_curve(case.folder / "results", str(case.case["algorithm_id"]), points=100)
    assert 2 <= len(points) <= 100


def test_phases_and_percent_never_go_back(case: Case):
    seen = watch(case, pieces(case.sources, Random(2), 300))
    orders = [ORDER[phase] for phase in seen.phases]
    assert orders == sorted(set(orders))
    percents = [update.progress.percent for update in seen.updates if update.progress]
    known = [percent for percent in percents if percent is not None]
    assert known == sorted(known)
    assert all(percent < 100 for percent in known)
    assert None not in percents[percents.index(known[0]) if known else len(percents) :]


@pytest.mark.parametrize("seed", [3, 4])
def test_chunks_do_not_matter(case: Case, seed: int):
    largest = 4096 if sum(map(len, case.sources.values())) < 500_000 else 65_536
    in_pieces = watch(case, pieces(case.sources, Random(seed), largest))
    assert told(case, in_pieces) == told(case, watch(case, whole(case)))


def test_every_record_of_the_log_is_a_line_once(case: Case):
    """R26: nothing is lost; a message of several lines is one line of the stream."""
    log = case.sources.get(Source.LOG)
    if log is None:
        return
    seen = watch(case, iter([(Source.LOG, log), (Source.STDOUT, b"")]))
    records = [line for line in log.split(b"\n") if b":: " in line[:48] and line[10:11] == b"T"]
    assert seen.line_count == len(records)


def test_the_guests_frames_are_the_live_curve():
    """Our own recording has frames; LEAN's have none."""
    case = Case(OWN / "completes")
    frames = [json.loads(line) for line in (case.folder / "results" / "frames.ndjson").read_text().splitlines()]
    seen = watch(case, pieces(case.sources, Random(7), 100))
    assert [point.value for point in seen.equity] == [frame["equity"] for frame in frames]
    assert len(frames) >= 4
    assert seen.flag("ready")
    progress = [update.progress for update in seen.updates if update.progress]
    assert max(one.orders or 0 for one in progress) == 1


@pytest.mark.shared
class TestTexts:
    """What users read, for the cases where reading matters most."""

    @pytest.mark.parametrize(
        ("name", "message", "location"),
        [
            ("init-error", "invalid literal for int() with base 10: 'ten'", ("main.py", 10)),
            (
                "import-error",
                "No module named 'package_that_does_not_exist'. "
                "If it is a Python package, ensure it is installed in the environment.",
                ("main.py", 2),
            ),
            ("syntax-error", "expected ':' (main.py, line 5): def initialize(self)", ("main.py", 5)),
            ("constructor-error", "constructor said no", ("main.py", 7)),
            ("no-algorithm-class", "Please ensure that one class inherits from QCAlgorithm.", None),
            ("runtime-error-division", "division by zero", ("main.py", 15)),
            ("runtime-error-at-end", "failed in on_end_of_algorithm", ("main.py", 16)),
        ],
    )
    def test_message_and_place(self, shared: Path, name: str, message: str, location: tuple[str, int] | None):
        case = Case(shared / "lean-recordings" / name)
        outcome = watch(case, whole(case)).outcome
        assert outcome.message == message
        assert (outcome.location and (outcome.location.file, outcome.location.line)) == location

    def test_frames_of_the_user_only(self, shared: Path):
        case = Case(shared / "lean-recordings" / "runtime-error-python")
        outcome = watch(case, whole(case)).outcome
        assert outcome.trace.split("\n") == [
            "  at look_up",
            '    return table["missing key"]',
            "           ~~~~~^^^^^^^^^^^^^^^",
            " in main.py: line 19",
            "  at on_data",
            '    self.look_up({"a": 1})',
            " in main.py: line 16",
        ]

    @pytest.mark.parametrize(
        ("name", "words"),
        [
            ("disk-full", "The disk is full"),
            ("unwritable-results", "may not write into its results folder"),
            ("wrong-config-path", "did not find its configuration"),
            ("bad-json-config", "could not read its config.json"),
            ("wrong-location", "Unable to find py file: /LeanCLI/not_there.py"),
            ("crash-lone-surrogate", "SIGABRT"),
            ("sigkill-midrun", "SIGKILL"),
            ("sigterm-midrun", "SIGTERM"),
            ("oom-killed", "more memory"),
            ("oom-managed", "its engine stopped it"),
        ],
    )
    def test_the_cause_is_named(self, shared: Path, name: str, words: str):
        case = Case(shared / "lean-recordings" / name)
        assert words in watch(case, whole(case)).outcome.message

    @pytest.mark.parametrize(
        ("name", "words"),
        [
            ("ok-missing-data", "16 of 19 data files"),
            ("bankrupt", "zero or less"),
            ("quit-called", "quit()"),
        ],
    )
    def test_warnings(self, shared: Path, name: str, words: str):
        case = Case(shared / "lean-recordings" / name)
        (warning,) = watch(case, whole(case)).outcome.warnings
        assert words in warning

    def test_a_cancelled_run_is_partial_and_a_swallowed_interrupt_is_told(self, shared: Path):
        swallowed = Case(shared / "lean-recordings" / "sigint-twice")
        seen = watch(swallowed, whole(swallowed))
        assert seen.outcome.partial
        assert seen.flag("interrupt_swallowed")
        midrun = Case(shared / "lean-recordings" / "sigint-midrun")
        assert not watch(midrun, whole(midrun)).flag("interrupt_swallowed")

    @pytest.mark.parametrize("name", ["sigint-midrun", "sigint-twice", "sigint-stuck-step"])
    def test_without_our_intent_an_interrupted_run_is_lost(self, shared: Path, name: str):
        case = Case(shared / "lean-recordings" / name)
        monitor = new_monitor()
        for source, data in whole(case):
            monitor.feed(source, data)
        monitor.finish()
        outcome = monitor.resolve(replace(case.evidence(), intent=Intent.NONE))
        assert (outcome.status, outcome.reason, outcome.partial) == (BacktestStatus.FAILED, Reason.LOST, True)

    def test_without_our_intent_a_stuck_step_is_an_error_of_the_run(self, shared: Path):
        case = Case(shared / "lean-recordings" / "sigint-stuck-step")
        seen = watch(case, whole(case))
        assert seen.outcome.warnings == ()
        assert seen.outcome.reason is Reason.CANCELLED_BY_USER

    def test_no_record_is_shown_twice(self, shared: Path):
        case = Case(shared / "lean-recordings" / "ok-minute")
        texts = [line.text for line in watch(case, whole(case)).lines]
        assert len(texts) == len(set(texts))
        assert texts[0].startswith("Composer(): Loading Assemblies")  # before the banner: on the console only
        assert "A log line" in texts
        assert "An error line (does not stop the run)" in texts

    def test_the_console_is_the_log_where_there_is_none(self, shared: Path):
        case = Case(shared / "lean-recordings" / "unwritable-results")
        texts = [line.text for line in watch(case, whole(case)).lines]
        assert any(text.startswith("Engine.Main(): LEAN ALGORITHMIC TRADING ENGINE") for text in texts)
        assert any(text.startswith("Unhandled exception. ") for text in texts)

    def test_b28_forged_lines_stay_inside_their_message(self, shared: Path):
        case = Case(shared / "lean-recordings" / "ok-multiline-logs")
        seen = watch(case, whole(case))
        (forged,) = (line for line in seen.lines if line.text.startswith("fake engine lines follow"))
        assert forged.source == "user"
        assert "Runtime Error: not real" in forged.text
        assert "Unhandled exception. not real" in forged.text
        assert not any(line.level == "error" and "not real" in line.text for line in seen.lines)
