"""Whole results: what is taken for one, how often it is loaded, and how much of it is kept."""

import asyncio
import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
from pydantic_core import from_json

from leanboard.errors import NoResult, NotFound, ResultUnreadable
from leanboard.services.backtest_storage import BacktestStorage
from leanboard.storage.json_files import ResultKind
from leanboard.storage.layout import HomeLayout
from leanboard.storage.result_document import (
    MEMORY_PER_BYTE,
    ResultDocument,
    ResultDocuments,
    document_tag,
    load_document,
    result_text,
)
from storage.homes import finished

T = TypeVar("T")
NAME = "2026-01-31_12-00-00"
RESULT = {"statistics": {"Total Orders": "1"}, "state": {"EndTime": "2026-01-31T12:00:00Z"}, "later": {"kept": [1]}}
EVENTS = [{"orderId": 1, "status": "submitted"}, {"orderId": 1, "status": "filled"}]


def fill(folder: Path, result: object = None, events: object = EVENTS) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text('{"algorithm-id": "a"}')
    (folder / "a.json").write_text(json.dumps(RESULT if result is None else result))
    if events is not None:
        (folder / "a-order-events.json").write_text(json.dumps(events))
    return folder


class TestLoading:
    def test_everything_is_there_as_lean_wrote_it(self, tmp_path: Path):
        document = load_document(fill(tmp_path))
        assert document.root == RESULT
        assert list(document.order_events) == EVENTS
        assert document.state.kind is ResultKind.FINAL
        assert document.name == "a.json"
        assert document.size == sum((tmp_path / name).stat().st_size for name in ("a.json", "a-order-events.json"))
        assert document.notes == ()

    def test_both_casings_are_results(self, tmp_path: Path):
        assert load_document(fill(tmp_path, {"Statistics": {}})).root == {"Statistics": {}}

    @pytest.mark.parametrize("foreign", [{}, {"a": 1}, {"orders": 7}, [], 3, None, "text"])
    def test_foreign_json_is_no_result(self, tmp_path: Path, foreign: object):
        fill(tmp_path)
        (tmp_path / "a.json").write_text(json.dumps(foreign))
        with pytest.raises(ResultUnreadable, match=r"files/a\.json"):
            load_document(tmp_path)

    def test_every_torn_file_is_unreadable(self, tmp_path: Path):
        whole = (fill(tmp_path) / "a.json").read_bytes()
        for length in range(len(whole)):
            (tmp_path / "a.json").write_bytes(whole[:length])
            with pytest.raises(ResultUnreadable):
                load_document(tmp_path)

    def test_no_file_is_no_result(self, tmp_path: Path):
        (fill(tmp_path) / "a.json").unlink()
        with pytest.raises(NoResult):
            load_document(tmp_path)

    @pytest.mark.parametrize("name", ["../a", "/etc/hostname", "", "x" * 5000, "a\0b"])
    def test_an_id_that_leads_elsewhere_names_nothing(self, tmp_path: Path, name: str):
        fill(tmp_path)
        folder = fill(tmp_path / "run")
        (folder / "config.json").write_text(json.dumps({"algorithm-id": name}))
        with pytest.raises(NoResult):
            load_document(folder)

    def test_links_and_pipes_are_not_opened(self, tmp_path: Path):
        folder = fill(tmp_path / "run")
        (folder / "a.json").unlink()
        (folder / "a.json").symlink_to(fill(tmp_path) / "a.json")
        with pytest.raises(ResultUnreadable):
            load_document(folder)
        (folder / "a.json").unlink()
        os.mkfifo(folder / "a.json")
        with pytest.raises(ResultUnreadable):
            load_document(folder)

    def test_a_file_above_the_limit_is_not_loaded(self, tmp_path: Path):
        with pytest.raises(ResultUnreadable, match="more than 10"):
            load_document(fill(tmp_path), limit=10)

    def test_order_events_that_cannot_be_read_leave_the_rest(self, tmp_path: Path):
        fill(tmp_path)
        (tmp_path / "a-order-events.json").write_text('[{"orderId": 1}, {"ord')
        document = load_document(tmp_path)
        assert document.order_events == ()
        assert "a-order-events.json" in document.notes[0]
        assert load_document(fill(tmp_path, events=[1, {"orderId": 2}, None])).order_events == ({"orderId": 2},)
        assert load_document(fill(tmp_path, events={"orderId": 2})).notes

    def test_the_raw_result_is_what_lean_wrote_or_what_was_read_of_it(self, tmp_path: Path):
        fill(tmp_path)
        path = tmp_path / "a.json"
        digits = b'{ "statistics": {}, "exact": 0.1234567890123456789012345 }'
        path.write_bytes(digits)
        document = load_document(tmp_path)
        assert result_text(document) == digits
        for odd in (
            b'\xef\xbb\xbf{"statistics": {}}',
            b'{"statistics": {}, "a": NaN}',
            b'{"statistics": {}, "a": "\\ud800"}',
        ):
            path.write_bytes(odd)
            raw = result_text(load_document(tmp_path))
            assert from_json(raw, allow_inf_nan=False)["statistics"] == {}

    def test_the_tag_is_the_files_state(self, tmp_path: Path):
        before = load_document(fill(tmp_path)).tag
        assert document_tag(tmp_path) == before
        with (tmp_path / "a-order-events.json").open("a") as file:
            file.write("\n")
        assert document_tag(tmp_path) == load_document(tmp_path).tag != before


@pytest.mark.shared
def test_every_recorded_result_is_a_document_or_a_reason(shared: Path, tmp_path: Path):
    kinds = {"final": 0, "intermediate": 0, "absent": 0}
    for case in sorted((shared / "lean-recordings").iterdir()):
        results = case / "results"
        if not (case / "case.json").is_file() or not results.is_dir():
            continue
        expected = json.loads((case / "case.json").read_text())
        folder = tmp_path / case.name
        folder.mkdir()
        (folder / "config.json").write_text(json.dumps({"algorithm-id": expected["algorithm_id"]}))
        for file in results.glob("*.json"):
            (folder / file.name).write_bytes(file.read_bytes())
        kinds[expected["final_json"]] += 1
        if expected["final_json"] == "absent":
            with pytest.raises(NoResult):
                load_document(folder)
        else:
            assert load_document(folder).state.kind.value == expected["final_json"]
    assert kinds["final"] > 30
    assert kinds["intermediate"] > 3


class Loader:
    """Counts what it loads, and waits while it is held."""

    def __init__(self) -> None:
        self.loaded: list[str] = []
        self.go = threading.Event()
        self.go.set()

    def __call__(self, directory: Path) -> ResultDocument:
        assert self.go.wait(10)
        self.loaded.append(directory.name)
        return load_document(directory)


async def in_thread(work: Callable[..., T], *args: object) -> T:
    return await asyncio.to_thread(work, *args)


class TestKeeping:
    def documents(self, home: Path, loader: Loader, capacity: int = 1_000_000) -> ResultDocuments:
        return ResultDocuments(HomeLayout(home), in_thread, capacity, loader)

    async def test_it_is_loaded_once_until_it_changes(self, tmp_path: Path):
        loader = Loader()
        documents = self.documents(tmp_path, loader)
        folder = fill(tmp_path / "results" / NAME)
        first = await documents.get(NAME)
        assert await documents.get(NAME) is first
        (folder / "a.json").write_text(json.dumps(RESULT | {"changed": True}))
        assert (await documents.get(NAME)).root["changed"] is True
        assert len(loader.loaded) == 2

    async def test_many_who_ask_at_once_share_one_load(self, tmp_path: Path):
        loader = Loader()
        loader.go.clear()
        documents = self.documents(tmp_path, loader)
        fill(tmp_path / "results" / NAME)
        asking = [asyncio.create_task(documents.get(NAME)) for _ in range(20)]
        await asyncio.sleep(0)
        asking[0].cancel()  # who goes away does not take it from the others
        loader.go.set()
        found = await asyncio.gather(*asking, return_exceptions=True)
        assert isinstance(found[0], asyncio.CancelledError)
        assert len({id(document) for document in found[1:]}) == 1
        assert loader.loaded == [NAME]

    async def test_a_failure_is_for_all_who_wait_and_is_not_kept(self, tmp_path: Path):
        loader = Loader()
        documents = self.documents(tmp_path, loader)
        folder = fill(tmp_path / "results" / NAME)
        (folder / "a.json").write_text("{")
        found = await asyncio.gather(*(documents.get(NAME) for _ in range(3)), return_exceptions=True)
        assert [type(error) for error in found] == [ResultUnreadable] * 3
        fill(folder)
        assert (await documents.get(NAME)).root == RESULT

    async def test_memory_is_bounded(self, tmp_path: Path):
        loader = Loader()
        names = [f"{NAME}-{number}" for number in range(1, 6)]
        size = 0
        for name in names:
            fill(tmp_path / "results" / name)
            size = (tmp_path / "results" / name / "a.json").stat().st_size
        documents = self.documents(tmp_path, loader, capacity=3 * 2 * size * MEMORY_PER_BYTE)
        for name in names:
            await documents.get(name)
        assert documents._kept.weight <= 3 * 2 * size * MEMORY_PER_BYTE
        assert 2 <= len(documents._kept) < 5
        await documents.get(names[-1])
        assert loader.loaded == names
        await documents.get(names[0])
        assert loader.loaded[-1] == names[0]


class TestStorage:
    async def test_a_document_is_reached_by_the_results_name(self, storage: BacktestStorage, home: Path):
        run = await finished(storage)
        fill(home / "results" / run.timestamp, events=None)
        document = await storage.document(run.timestamp)
        assert document.root == RESULT
        assert await storage.document(run.timestamp) is document
        await storage.keeper.delete(run.timestamp)
        with pytest.raises(NotFound, match="there is no finished run"):
            await storage.document(run.timestamp)

    async def test_something_else_under_the_results_name_is_refused(self, storage: BacktestStorage):
        run = await finished(storage)
        with pytest.raises(ResultUnreadable):
            await storage.document(run.timestamp)
