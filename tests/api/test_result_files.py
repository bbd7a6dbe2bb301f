"""Downloads of what strangers wrote (B05, B26, B27)."""

import io
import os
import socket
import time
import zipfile
from pathlib import Path

import pytest

from api.api_fakes import API
from api.serving import Served, problem
from leanboard.api import samples

PLACE = f"{API}/results/{samples.TIMESTAMP}"
CONTENT = bytes(range(256)) * 10


@pytest.fixture
def folder(served: Served, tmp_path: Path) -> Path:
    served.services.storage.folder = tmp_path / "run"
    (tmp_path / "run" / "code").mkdir(parents=True)
    (tmp_path / "run" / "data.bin").write_bytes(CONTENT)
    (tmp_path / "run" / "code" / "page.html").write_text("<script>alert(1)</script>")
    (tmp_path / "secret").write_text("outside")
    return tmp_path / "run"


def test_a_file_comes_as_it_lies_and_as_nothing_else(served: Served, folder: Path):
    answer = served.client.get(f"{PLACE}/files/data.bin")
    assert (answer.status_code, answer.content) == (200, CONTENT)
    page = served.client.get(f"{PLACE}/files/code/page.html")
    assert page.headers["content-type"] == "application/octet-stream"
    assert page.headers["content-disposition"] == 'attachment; filename="page.html"'
    assert page.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in page.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("wanted", "status", "content"),
    [
        ("bytes=0-9", 206, CONTENT[:10]),
        ("bytes=-5", 206, CONTENT[-5:]),
        ("bytes=2550-", 206, CONTENT[2550:]),
        ("bytes=99999-", 416, None),
        ("bytes=5-2", 400, None),
        ("lines=1-2", 400, None),
        ("bytes=" + ",".join(["0-"] * 10_000), 200, CONTENT),
        ("bytes=" + ",".join(["0-0"] * 99), 206, CONTENT[:1]),
    ],
)
def test_ranges(served: Served, folder: Path, wanted: str, status: int, content: bytes | None):
    begun = time.monotonic()
    answer = served.client.get(f"{PLACE}/files/data.bin", headers={"range": wanted})
    assert time.monotonic() - begun < 1
    assert answer.status_code == status
    assert content is None or answer.content == content


def test_a_tag_saves_the_transfer(served: Served, folder: Path):
    tag = served.client.get(f"{PLACE}/files/data.bin").headers["etag"]
    again = served.client.get(f"{PLACE}/files/data.bin", headers={"if-none-match": tag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "../secret",
            "%2e%2e/secret",
            "..%2fsecret",
            "code/../../secret",
            "/etc/passwd",
            "%2fetc/passwd",
            "..%5csecret",
        ),
        *(
            "..%5csecret",
            "data.bin%00",
            "a" * 4000,
            "a/" * 2000,
            "code",
            "code/",
            "%2e",
            "CON",
            "data.bin.",
            "data.bin%20",
        ),
    ],
)
def test_nothing_else_is_there(served: Served, folder: Path, name: str):
    problem(served.client.get(f"{PLACE}/files/{name}"), 404, "not_found")


def test_links_pipes_and_sockets_are_not_there(served: Served, folder: Path):
    (folder / "link").symlink_to(folder.parent / "secret")
    (folder / "inside").symlink_to("data.bin")
    (folder / "out").symlink_to(folder.parent)
    os.mkfifo(folder / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(folder / "socket"))
        for name in ("link", "inside", "out/secret", "pipe", "socket"):
            problem(served.client.get(f"{PLACE}/files/{name}"), 404, "not_found")
        found = served.client.get(f"{PLACE}/files").json()
    assert [file["path"] for file in found["items"]] == ["data.bin", "code/page.html"]
    assert found["notes"] == ["not listed: links, pipes, sockets or devices (5)"]


def test_names_of_any_kind(served: Served, folder: Path):
    for name in ("carriage\rreturn", 'quo"te', "ä€", "per cent", "que?ry#"):
        (folder / name).write_text(name)
        path = "".join(f"%{byte:02x}" for byte in name.encode())
        answer = served.client.get(f"{PLACE}/files/{path}")
        assert (answer.status_code, answer.text) == (200, name)
        assert not {"\n", "\r"} & set(answer.headers["content-disposition"])


def test_a_sparse_file_is_not_read_to_be_listed(served: Served, folder: Path):
    with (folder / "sparse").open("wb") as file:
        file.truncate(1 << 40)
    assert served.client.get(f"{PLACE}/files").json()["items"][1]["size"] == 1 << 40
    part = served.client.get(f"{PLACE}/files/sparse", headers={"range": f"bytes={(1 << 40) - 3}-"})
    assert (part.status_code, part.content) == (206, b"\0\0\0")


def test_the_archive_holds_the_same(served: Served, folder: Path):
    answer = served.client.get(f"{PLACE}/archive.zip")
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"] == f'attachment; filename="{samples.TIMESTAMP}.zip"'
    with zipfile.ZipFile(io.BytesIO(answer.content)) as found:
        assert found.read(f"{samples.TIMESTAMP}/data.bin") == CONTENT


def test_logs(served: Served):
    found = served.client.get(f"{PLACE}/logs").json()
    assert [line["text"] for line in found["lines"]] == ["one\nmore"]
    problem(served.client.get(f"{PLACE}/logs?limit=0"), 422, "invalid_input", "limit")
    problem(served.client.get(f"{PLACE}/logs?level=loud"), 422, "invalid_input", "level")
    problem(served.client.get(f"{PLACE}/logs?offset=abc"), 422, "invalid_input", "offset")
    problem(served.client.get(f"{PLACE}/logs?source=../log"), 422, "invalid_input", "source")
    for part in ("logs", "files", "files/log.txt", "archive.zip"):
        problem(served.client.get(f"{API}/results/2020-01-01_00-00-00/{part}"), 404, "not_found")
