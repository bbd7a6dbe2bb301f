"""LEAN's sample data out of an image, by the command as people use it."""

import asyncio
import contextlib
import io
import os
import tarfile
import threading

import pytest

from cli.conftest import bench  # noqa: F401  # the fixture
from containers.daemon import Daemon
from containers.registry import Registry, layer_of
from leanboard.engines.base import Fetching
from leanboard.engines.docker.client import DockerClient
from leanboard.engines.docker.image_folder import ImageFolder
from leanboard.errors import EngineError, EngineUnavailable

pytestmark = pytest.mark.docker


@pytest.fixture
def environment(docker_daemon: Daemon, lean_image: str):
    before = {container.id for container in docker_daemon.client().containers.list(all=True)}
    yield {"DOCKER_HOST": docker_daemon.address, "LEANBOARD_IMAGE": lean_image}
    left = {container.id for container in docker_daemon.client().containers.list(all=True)} - before
    assert left == set()


def tree(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_the_images_data_folder_comes_out_and_can_be_used(bench, environment) -> None:  # noqa: F811
    done = bench.invoke("data", "import-image", **environment)
    assert done.code == 0, done.err
    target = bench.home / "lean-data"
    assert f"to use it: LEANBOARD_DATA={target}" in done.out
    assert "symbol-properties/symbol-properties-database.csv" in tree(target)
    checked = bench.invoke("data", "check", LEANBOARD_DATA=str(target), **environment)
    assert checked.code == 0, checked.out
    assert [path.name for path in bench.home.iterdir() if path.name.startswith(".")] == []

    again = bench.invoke("data", "import-image", **environment)
    assert again.code == 2
    assert "--merge adds the files that it lacks" in again.err

    (target / "symbol-properties" / "symbol-properties-database.csv").write_text("mine")
    (target / "market-hours" / "market-hours-database.json").unlink()
    merged = bench.invoke("data", "import-image", "--merge", "--json", **environment).json
    assert (merged["added"], merged["kept"]) == (1, len(tree(target)) - 1)
    assert merged["image_id"].startswith("sha256:")
    assert (target / "symbol-properties" / "symbol-properties-database.csv").read_text() == "mine"


def test_an_image_that_cannot_be_had_leaves_nothing(bench, environment) -> None:  # noqa: F811
    target = bench.root / "new"
    arguments = ("data", "import-image", "nobody/has-it:1", "--to", str(target), "--json")
    done = bench.invoke(*arguments, **environment, LEANBOARD_DOCKER_PULL="false")
    assert done.code == 1
    assert done.json["error"]["message"].startswith("the image nobody/has-it:1")
    assert not target.exists()


def test_an_image_that_must_be_pulled_first(bench, environment) -> None:  # noqa: F811
    with Registry() as registry:
        content = {"Lean/Data/market-hours/a.json": b"{}", "ballast": os.urandom(300_000)}
        reference = registry.add(f"lean-{os.urandom(4).hex()}", [layer_of(**content)])
        done = bench.invoke("data", "import-image", reference, "--to", "here", **environment)
    assert done.code == 0, done.err
    assert f"pulling {reference}" in done.err
    assert tree(bench.root / "here") == ["market-hours/a.json"]


def test_no_engine(bench) -> None:  # noqa: F811
    done = bench.invoke("data", "import-image")  # DOCKER_HOST of the bench: nobody is there
    assert done.code == 1
    assert "no Docker engine answers" in done.err
    assert "leanboard doctor" in done.err


@pytest.fixture
async def client(docker_daemon: Daemon):
    client = DockerClient(docker_daemon.address)
    yield client
    client.close()


async def test_a_folder_that_the_image_has_not(client, environment, tmp_path) -> None:
    image = await client.image(environment["LEANBOARD_IMAGE"])
    with pytest.raises(EngineError, match="the image has no /Lean/Nothing"):
        await ImageFolder(client, "a" * 16, 0).copy(image.id, "/Lean/Nothing", tmp_path, lambda _: None)


async def test_a_disk_that_is_nearly_full(client, environment, tmp_path) -> None:
    image = await client.image(environment["LEANBOARD_IMAGE"])
    with pytest.raises(EngineError, match="nearly full"):
        await ImageFolder(client, "a" * 16, 1 << 60).copy(image.id, "/Lean/Data", tmp_path, lambda _: None)


async def test_one_that_is_cancelled_ends_and_leaves_no_container(client, environment, tmp_path) -> None:
    image = await client.image(environment["LEANBOARD_IMAGE"])
    begun = asyncio.Event()

    def report(_: Fetching) -> None:
        begun.set()

    work = asyncio.create_task(ImageFolder(client, "a" * 16, 0).copy(image.id, "/usr", tmp_path, report))
    async with asyncio.timeout(20):
        await begun.wait()
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work


class Archives:
    """A client whose archive is the test's."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.removed = threading.Event()

    async def listed(self, _: str) -> tuple[()]:
        return ()

    async def create(self, _: object) -> str:
        return "x"

    async def remove(self, _: str) -> None:
        self.removed.set()

    @contextlib.contextmanager
    def archive(self, _name: str, _path: str):
        yield iter([self._content[:700], self._content[700:]])


def tar(*entries: tarfile.TarInfo) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        for entry in entries:
            archive.addfile(entry, io.BytesIO(b"x" * entry.size))
    return target.getvalue()


def entry(name: str, kind: bytes = tarfile.REGTYPE, size: int = 0, link: str = "") -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.size, made.linkname = kind, size, link
    return made


async def test_only_regular_files_that_stay_inside_are_taken(tmp_path) -> None:
    target = tmp_path / "target"
    target.mkdir()
    content = tar(
        entry("Data", tarfile.DIRTYPE),
        entry("Data/link", tarfile.SYMTYPE, link="/etc"),
        entry("Data/link/passwd", size=5),
        entry("Data/hard", tarfile.LNKTYPE, link="/etc/passwd"),
        entry("Data/../../out", size=5),
        entry("/abs", size=5),
        entry("Data/pipe", tarfile.FIFOTYPE),
        entry("Data/good", size=5),
    )
    client = Archives(content)
    taken = await ImageFolder(client, "a", 0).copy("sha256:1", "/Lean/Data", target, lambda _: None)
    assert tree(target) == ["good", "link/passwd"]
    assert not any(path.is_symlink() for path in target.rglob("*"))
    assert taken.skipped == 5
    assert tree(tmp_path) == ["target/good", "target/link/passwd"]
    assert client.removed.is_set()


async def test_a_copy_that_was_broken_off_is_no_copy(tmp_path) -> None:
    whole = tar(entry("Data", tarfile.DIRTYPE), entry("Data/a", size=5), entry("Data/b", size=5))
    client = Archives(whole[: 3 * 512])  # exactly behind a file: tarfile takes that for the end
    with pytest.raises(EngineUnavailable, match="broke the copy off"):
        await ImageFolder(client, "a", 0).copy("sha256:1", "/Lean/Data", tmp_path, lambda _: None)
    assert client.removed.is_set()
