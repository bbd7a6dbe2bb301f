"""Run directories made of what real LEAN left, as the service keeps them."""

import gzip
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

from leanboard.errors import NoResult, ResultUnreadable
from leanboard.models.requests import BacktestRequest
from leanboard.models.results import BacktestResult, DataProvenance
from leanboard.models.run import Applied, BacktestRunInfo, EngineName, Outcome, Phase
from leanboard.services.verdict.evidence import Evidence
from leanboard.services.verdict.gather import Gatherer
from leanboard.storage.result_document import ResultDocument, load_document
from leanboard.storage.result_files import read_result
from leanboard.storage.statistics_text import statistics
from monitor.recorded import Case, watch

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
TIMESTAMP = "2026-01-31_12-00-00"


def from_recording(folder: Path, target: Path, data: Path) -> BacktestResult:
    """A recorded container's run."""
    case = Case(folder)
    if (folder / "results").is_dir():
        shutil.copytree(folder / "results", target, dirs_exist_ok=True)
    target.mkdir(exist_ok=True)
    if (folder / "project").is_dir():
        shutil.copytree(folder / "project", target / "code")
    name = str(case.case["algorithm_id"])
    (target / "config.json").write_text(json.dumps({"algorithm-id": name}))
    seen = watch(case, iter(case.sources.items()))
    return run_result(target, seen.outcome, folder.name, data)


def from_golden(folder: Path, target: Path, data: Path, outcome: Outcome) -> BacktestResult:
    """A golden run: LEAN's result, its order events, the strategy's log; no lists of data requests."""
    target.mkdir(exist_ok=True)
    (target / "code").mkdir()
    shutil.copy(folder / "strategy.py", target / "code" / "main.py")
    expected = json.loads((folder / "expected.json").read_text())
    result = json.loads(gzip.decompress((folder / "result.json.gz").read_bytes()))
    result["state"] = {**expected["state"], "Status": expected["status"], "EndTime": "2026-01-31T12:00:00Z"}
    (target / "golden.json").write_text(json.dumps(result))
    if (folder / "order-events.json").is_file():
        shutil.copy(folder / "order-events.json", target / "golden-order-events.json")
    lines = (folder / "user-log.txt").read_text().splitlines() if (folder / "user-log.txt").is_file() else []
    stamp = "2026-01-31T12:00:00.0000000Z TRACE:: Debug: "
    (target / "log.txt").write_text("".join(f"{stamp}{line}\n" for line in lines))
    (target / "config.json").write_text(json.dumps({"algorithm-id": "golden"}))
    return run_result(target, outcome, folder.name.partition("__")[0], data)


def run_result(directory: Path, outcome: Outcome, name: str, data: Path) -> BacktestResult:
    """What the storage says of a run directory."""
    algorithm_id = json.loads((directory / "config.json").read_text())["algorithm-id"]
    run = BacktestRunInfo(
        id="0" * 32,
        timestamp=TIMESTAMP,
        strategy_name="main",
        name=name,
        engine=EngineName.REPLAY,
        status=outcome.status,
        phase=Phase.ENDED,
        reason=outcome.reason,
        message=outcome.message,
        location=outcome.location,
        warnings=outcome.warnings,
        partial=outcome.partial,
        created_at=NOW,
    )
    return BacktestResult(
        timestamp=TIMESTAMP,
        run=run,
        request=BacktestRequest(strategy_name="main"),
        applied=Applied(),
        statistics=statistics(read_result(directory, algorithm_id)),
        data=DataProvenance(folder=str(data)),
        trace=outcome.trace,
        directory=str(directory),
    )


def document_of(directory: Path) -> ResultDocument | None:
    """LEAN's result, where it can be read."""
    try:
        return load_document(directory)
    except (NoResult, ResultUnreadable):
        return None


def evidence_of(result: BacktestResult, data: Path) -> Evidence:
    """Everything that is known of a run."""
    return Gatherer(result, document_of(Path(result.directory)), data).gather()
