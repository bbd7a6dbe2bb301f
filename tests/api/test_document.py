"""docs/BACKTEST_API.md says what the service does: no more, no less."""

import asyncio
import re
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from api.api_fakes import fake_application
from api.live_server import live
from leanboard import errors
from leanboard.api import stream
from leanboard.api.root import endpoints
from leanboard.models import labels, organising, problem, queue, requests, run, scenarios
from leanboard.models.batch_events import BatchEndEvent, BatchItemsEvent, BatchProgressEvent, BatchSnapshotEvent
from leanboard.models.events import (
    RUN_EVENT,
    EndEvent,
    EquityEvent,
    LogEvent,
    LogLine,
    ProgressEvent,
    ResultEvent,
    SnapshotEvent,
    StatusEvent,
)
from leanboard.models.verdict import Verdict
from leanboard.settings import Settings
from leanboard.storage.result_query import ResultSort

EVENTS = (SnapshotEvent, StatusEvent, ProgressEvent, EquityEvent, LogEvent, ResultEvent, EndEvent)
BATCH_EVENTS = (BatchSnapshotEvent, BatchItemsEvent, BatchProgressEvent, BatchEndEvent)
STREAM_MODELS = {model.__name__: set(model.model_fields) for model in (*EVENTS, *BATCH_EVENTS, LogLine, run.Outcome)}
ENUMS = {"BacktestStatus": run.BacktestStatus, "Phase": run.Phase, "Reason": run.Reason}
BEYOND_ERRORS = {"method_not_allowed"}
MODELS = {
    "BatchItemsEvent": BatchItemsEvent,
    "BacktestRequest": requests.BacktestRequest,
    "BacktestRunInfo": run.BacktestRunInfo,
    "BacktestProgress": run.BacktestProgress,
    "ProblemDetails": problem.ProblemDetails,
    "Verdict": Verdict,
    "ResultChanges": labels.ResultChanges,
    "QueueChanges": queue.QueueChanges,
    "RetentionRules": organising.RetentionRules,
    "ScenarioBody": scenarios.ScenarioBody,
}


@pytest.fixture(scope="module")
def text(project: Path) -> str:
    return (project / "docs" / "BACKTEST_API.md").read_text("utf-8")


@pytest.fixture(scope="module")
def application():
    return fake_application(Settings())[0]


def sections(text: str) -> dict[str, str]:
    parts = re.split(r"^### (.+)$", re.sub(r"^## .+$", "### -", text, flags=re.MULTILINE), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def first_column(text: str) -> list[str]:
    return re.findall(r"^\| `([^`]+)` \|", text, flags=re.MULTILINE)


def test_every_endpoint_and_no_other(text: str, application) -> None:
    written = {tuple(title.split()) for title in sections(text) if re.match(r"(GET|POST|PUT|PATCH|DELETE|WS) /", title)}
    assert written == {(e.method, e.path) for e in endpoints(application.routes)}


def test_every_parameter_and_no_other(text: str, application) -> None:
    written = sections(text)
    for path, operations in application.openapi()["paths"].items():
        for method, operation in operations.items():
            section = written[f"{method.upper()} {path}"]
            rows = re.findall(r"^\| (`[^|]+`) \| (path|query|header) \|", section, flags=re.MULTILINE)
            named = {(name, place) for names, place in rows for name in re.findall(r"`([^`]+)`", names)}
            there = {(p["name"], p["in"]) for p in operation.get("parameters", ())}
            assert named == there, (method, path)


def test_every_answer_is_named(text: str, application) -> None:
    written = sections(text)
    common = {"400", "401", "403", "422", "500"}  # explained once, under Errors and Security
    for path, operations in application.openapi()["paths"].items():
        for method, operation in operations.items():
            named = set(re.findall(r"`([1-5]\d\d)`", written[f"{method.upper()} {path}"]))
            assert operation["responses"].keys() - common <= named, (method, path)
            assert named <= operation["responses"].keys(), (method, path)


def test_every_model_and_field_and_no_other(text: str, application) -> None:
    expected = dict(STREAM_MODELS)
    for name, schema in application.openapi()["components"]["schemas"].items():
        if schema.get("type") == "object":
            expected[name.removesuffix("-Input").removesuffix("-Output")] = set(schema["properties"])
    models = sections(text[text.index("\n## Models") :])
    tables = {name: first_column(section) for name, section in models.items() if first_column(section)}
    assert tables.keys() == expected.keys()
    for name, fields in tables.items():
        assert set(fields) == expected[name], name
        assert len(fields) == len(set(fields)), name


@pytest.mark.parametrize("name", ENUMS)
def test_every_word_of_the_vocabulary(text: str, name: str) -> None:
    words = set(re.findall(r"(?:^|· )`([a-z_]+)`", sections(text)[name].replace("·\n", "· "), flags=re.MULTILINE))
    assert words == set(ENUMS[name])


def test_every_sort(text: str) -> None:
    row = re.search(r"^\| `sort` \| query \| (.+) \|$", text, flags=re.MULTILINE)
    assert row
    assert set(re.findall(r"`([a-z_]+)`", row[1])) == set(ResultSort)


def test_every_code(text: str) -> None:
    kinds = [errors.LeanboardError]
    for kind in kinds:
        kinds.extend(k for k in kind.__subclasses__() if k.__module__ == errors.__name__)
    rows = re.findall(r"^\| `([a-z_]+)` \| (\d{3}) \|", text[text.index("\n## Errors") :], flags=re.MULTILINE)
    written = {code: int(status) for code, status in rows if code not in BEYOND_ERRORS}
    assert written == {kind.code: kind.http_status for kind in kinds}


def test_every_close_code(text: str) -> None:
    ours = {str(value.code) for value in vars(stream).values() if isinstance(value, stream.Close)}
    written = set(re.findall(r"^\| `(1\d{3})` \|", text, flags=re.MULTILINE))
    assert written == ours | {"1009"}  # the server's own, for messages that are too large


def test_every_event_type(text: str) -> None:
    runs, batches = text[text.index("\n## Events") : text.index("\n## Errors")].split("\n## Events of a batch")
    for section, models in ((runs, EVENTS), (batches, BATCH_EVENTS)):
        table = re.findall(r"^\| `([a-z]+)` \| .+ \| \[(\w+)\]\(#\w+\) \|$", section, flags=re.MULTILINE)
        assert dict(table) == {model.model_fields["type"].default: model.__name__ for model in models}


def test_every_metric(text: str, application) -> None:
    section = sections(text)["GET /metrics"]
    names = {metric.name for metric in application.state.api_metrics.registry.collect()}
    assert {name.removesuffix("_total") for name in first_column(section)} == names


def test_json_examples_fit_their_models(text: str) -> None:
    blocks = re.findall(r"<!-- (model: \w+|event) -->\n```json\n(.*?)```", text, flags=re.DOTALL)
    assert len(blocks) == text.count("```json")
    for kind, content in blocks:
        adapter = RUN_EVENT if kind == "event" else TypeAdapter(MODELS[kind.removeprefix("model: ")])
        adapter.validate_json(content)


def test_links_lead_somewhere(text: str) -> None:
    anchors = {
        re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
        for title in re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
    }
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= anchors


def test_settings_are_real(text: str) -> None:
    names = {f"LEANBOARD_{name.upper()}" for name in Settings.model_fields}
    assert set(re.findall(r"LEANBOARD_[A-Z_]+", text)) <= names


async def test_the_python_example_runs(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    async with live() as server:
        code = code.replace("127.0.0.1:8700", f"127.0.0.1:{server.port}")
        example = asyncio.create_task(asyncio.to_thread(exec, code, {}))
        while not server.clients:
            await asyncio.sleep(0.01)
        run_id = next(iter(set(server.manager.runs) - {"0f8fad5bd9cb469fa16570867728950e"}))
        server.manager.progressed(run_id, 50)
        server.manager.logged(run_id, "a line of the log")
        server.manager.ended(run_id)
        await example
    printed = capsys.readouterr().out
    assert "50.0 %" in printed
    assert "a line of the log" in printed
    assert "completed" in printed
    assert "Sharpe Ratio 8.854" in printed
