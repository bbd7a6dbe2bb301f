"""Children by fork: what they are given, and what becomes of them when the process that forks them dies."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import pytest

from leanboard.engines.embedded_children import Child, ChildRequest, ForkServer

STRATEGY = """from AlgorithmImports import *
import json
import os
import sys
import time

about = {"folder": os.getcwd(), "environment": dict(os.environ), "session": os.getsid(0), "pid": os.getpid(),
         "nice": os.nice(0), "arguments": sys.argv, "descriptors": sorted(os.listdir("/proc/self/fd"))}
with open("about.json.tmp", "w") as file:
    json.dump(about, file)
os.rename("about.json.tmp", "about.json")
time.sleep(60)
"""

DAEMON = """import os
import time

if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        with open("daemon.tmp", "w") as file:
            file.write(str(os.getpid()))
        os.rename("daemon.tmp", "daemon.txt")
        time.sleep(60)
    os._exit(0)
os.wait()
while not os.path.exists("daemon.txt"):
    time.sleep(0.01)
"""


SERVICE = """import asyncio
import sys

from leanboard.engines.embedded_children import ChildRequest, ForkServer


async def main():
    server = ForkServer({"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"})
    place = sys.argv[1]
    streams = (f"{place}/stdout.txt", f"{place}/stderr.txt")
    await server.start(ChildRequest(f"{place}/config.json", place, {"HOME": place}, *streams))
    print(*server.pids, flush=True)
    await asyncio.sleep(60)


asyncio.run(main())
"""


def request(place: Path, **changes: object) -> ChildRequest:
    """Ask for a process that tells what it is, in a folder of its own."""
    for name, content in (
        ("market-hours/market-hours-database.json", '{"entries": {}}'),
        ("symbol-properties/symbol-properties-database.csv", "market,symbol,type\n"),
    ):
        (place / name).parent.mkdir(parents=True)
        (place / name).write_text(content)
    (place / "main.py").write_text(STRATEGY)
    config = {
        "environment": "backtesting",
        "algorithm-type-name": "Tells",
        "algorithm-language": "Python",
        "algorithm-location": str(place / "main.py"),
        "data-folder": str(place),
        "results-destination-folder": str(place / "output"),
        "object-store-root": str(place / "storage"),
        "algorithm-id": "tells",
        "backtest-name": "tells",
        "parameters": {},
    }
    (place / "config.json").write_text(json.dumps(config))
    fields = {
        "config": str(place / "config.json"),
        "folder": str(place),
        "environment": {"HOME": str(place), "TZ": "UTC", "WHO": place.name},
        "stdout": str(place / "stdout.txt"),
        "stderr": str(place / "stderr.txt"),
        **changes,
    }
    return ChildRequest(**fields)  # type: ignore[arg-type]


async def about(folder: Path) -> dict[str, object]:
    async with asyncio.timeout(15):
        while not (folder / "about.json").exists():
            await asyncio.sleep(0.01)
    return json.loads((folder / "about.json").read_text())


def is_there(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


async def until_gone(*pids: int) -> None:
    async with asyncio.timeout(10):
        while any(map(is_there, pids)):
            await asyncio.sleep(0.01)


@pytest.fixture
async def server(monkeypatch):
    monkeypatch.setenv("LEANBOARD_API_KEY", "a key of the service's own")
    server = ForkServer({"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"})
    yield server
    await server.close()


async def started(server: ForkServer, *requests: ChildRequest) -> list[Child]:
    return list(await asyncio.gather(*map(server.start, requests)))


async def test_a_child_is_as_a_fresh_interpreter_would_be(server, tmp_path):
    first, second = await started(server, request(tmp_path / "a"), request(tmp_path / "b"))
    for child, folder in ((first, tmp_path / "a"), (second, tmp_path / "b")):
        told = await about(folder)
        assert told["environment"] == {"HOME": str(folder), "TZ": "UTC", "WHO": folder.name}
        assert told["folder"] == str(folder)
        assert told["nice"] == min(os.nice(0) + 5, 19)
        assert told["session"] == told["pid"] == child.pid
        assert told["arguments"] == ["minilean", "--config", str(folder / "config.json")]
        assert len(told["descriptors"]) <= 5, "0, 1, 2, log.txt and the listing itself; nothing of the server's"
        assert "Engine.Main(): Started" in (folder / "stdout.txt").read_text()
    assert {first.pid, second.pid} < server.pids


async def test_how_it_ends_is_told(server, tmp_path):
    (tmp_path / "broken.json").write_text("{")
    wrong = request(tmp_path / "b", config=str(tmp_path / "broken.json"))
    killed, broken = await started(server, request(tmp_path / "a"), wrong)
    assert killed.returncode is None
    killed.kill()
    assert await killed.wait() == -signal.SIGKILL
    assert await broken.wait() == 134
    assert "Unhandled exception" in (tmp_path / "b" / "stderr.txt").read_text()
    await until_gone(killed.pid, broken.pid)


async def test_what_cannot_be_started_says_why_and_the_next_one_is(server, tmp_path):
    wrong = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: wrong.append(context))
    with pytest.raises(OSError, match="none"):
        await server.start(request(tmp_path / "a", folder=str(tmp_path / "none")))
    (child,) = await started(server, request(tmp_path / "b"))
    await about(tmp_path / "b")
    assert child.returncode is None
    assert not wrong


async def test_what_is_too_long_to_be_asked_says_so_and_the_next_one_is_started(server, tmp_path):
    (child,) = await started(server, request(tmp_path / "a"))
    with pytest.raises(OSError, match="too long"):
        await server.start(request(tmp_path / "b", environment={"LONG": "x" * (1 << 16)}))
    (another,) = await started(server, request(tmp_path / "c"))
    assert (child.returncode, another.returncode) == (None, None)


async def test_one_given_up_before_it_was_asked_does_not_get_the_answer_of_another(server, tmp_path):
    long = {"environment": {"LONG": "x" * 60_000}}
    many = [request(tmp_path / str(number), **long) for number in range(6)]  # more than the socket takes in
    begun = [asyncio.create_task(server.start(each)) for each in many[:5]]
    async with asyncio.timeout(10):
        while len(server.pids) == 0:
            await asyncio.sleep(0)
        for _ in range(20):
            await asyncio.sleep(0)
    begun[4].cancel()
    begun[4] = asyncio.create_task(server.start(many[5]))
    children = await asyncio.gather(*begun)
    for child, folder in zip(children, ["0", "1", "2", "3", "5"], strict=True):
        assert (await about(tmp_path / folder))["pid"] == child.pid


async def test_one_that_hangs_is_ended_and_another_one_takes_its_place(tmp_path):
    server = ForkServer({"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}, answer_seconds=5)
    try:
        (child,) = await started(server, request(tmp_path / "a"))
        (forks,) = server.pids - {child.pid}
        child.kill()
        await child.wait()
        os.kill(forks, signal.SIGSTOP)
        server._answer_seconds = 0.2
        with pytest.raises(OSError, match=r"not answered within 0\.2 s"):
            await server.start(request(tmp_path / "b"))
        server._answer_seconds = 5
        (another,) = await started(server, request(tmp_path / "c"))
        assert another.returncode is None
        assert forks not in server.pids
    finally:
        await server.close()


async def test_a_daemon_lives_as_long_as_its_run(server, tmp_path):
    wanted = request(tmp_path / "a")
    (tmp_path / "a" / "main.py").write_text(DAEMON + STRATEGY)
    (child,) = await started(server, wanted)
    await about(tmp_path / "a")
    daemon = int((tmp_path / "a" / "daemon.txt").read_text())
    (short,) = await started(server, request(tmp_path / "b"))  # whose end is not that of the other run's daemon
    short.kill()
    await short.wait()
    assert is_there(daemon)
    child.kill()
    await child.wait()
    await until_gone(daemon)


async def test_all_ends_with_a_service_that_is_killed(tmp_path):
    request(tmp_path / "a")
    (tmp_path / "a" / "main.py").write_text(DAEMON + STRATEGY)
    command = (sys.executable, "-c", SERVICE, str(tmp_path / "a"))
    service = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert service.stdout is not None
    pids = [int(pid) for pid in (await service.stdout.readline()).split()]
    assert len(pids) == 2
    await about(tmp_path / "a")
    daemon = int((tmp_path / "a" / "daemon.txt").read_text())
    service.kill()
    await service.communicate()
    await until_gone(*pids, daemon)


async def test_children_die_with_the_process_that_forks_them_and_another_one_takes_its_place(server, tmp_path):
    (child,) = await started(server, request(tmp_path / "a"))
    await about(tmp_path / "a")
    (forks,) = server.pids - {child.pid}
    os.kill(forks, signal.SIGKILL)
    assert await child.wait() == -signal.SIGKILL
    await until_gone(child.pid)
    (another,) = await started(server, request(tmp_path / "b"))
    await about(tmp_path / "b")
    assert another.returncode is None
    assert forks not in server.pids


async def test_closing_ends_all(server, tmp_path):
    (child,) = await started(server, request(tmp_path / "a"))
    await about(tmp_path / "a")
    pids = server.pids
    await server.close()
    await until_gone(*pids)
    assert await child.wait() == -signal.SIGKILL
    await server.close()
    with pytest.raises(OSError, match="died"):
        await server.start(request(tmp_path / "b"))


async def test_one_that_nobody_waits_for_any_more_is_ended(server, tmp_path):
    (child,) = await started(server, request(tmp_path / "a"))
    begin = asyncio.create_task(server.start(request(tmp_path / "b")))
    await asyncio.sleep(0)  # the request is on its way
    await asyncio.sleep(0)
    begin.cancel()
    with pytest.raises(asyncio.CancelledError):
        await begin
    (forks,) = server.pids - {child.pid}
    await started(server, request(tmp_path / "c"))  # whose answer comes after that of b
    async with asyncio.timeout(10):
        while len(server.pids - {forks}) > 2:
            await asyncio.sleep(0.01)
