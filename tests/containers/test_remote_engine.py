"""The docker engine on another machine: TLS or ssh, nothing shared, everything copied."""

import json
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from containers.daemon import Daemon
from containers.remote import SSHD, Authority, Reach, SshServer, free_port
from containers.restarts import Listener
from containers.service import DockerService, wait_until
from leanboard.engines.docker.client import DockerClient
from leanboard.errors import EngineUnavailable

pytestmark = [pytest.mark.docker, pytest.mark.timeout(180)]

BARS = 1950
# Logs every thirteenth of the 1,950 bars, in about six seconds; a frame comes at each midnight.
SLOW = """
from AlgorithmImports import *
import time


class Slow(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2013, 10, 7)
        self.set_end_date(2013, 10, 11)
        self.add_equity("SPY", Resolution.MINUTE)
        self.bars = 0

    def on_data(self, data):
        if not self.portfolio.invested:
            self.set_holdings("SPY", 1)
        self.bars += 1
        if self.bars % 13 == 0:
            time.sleep(0.04)
            self.log(f"bar number {self.bars}.")
"""
NUMBERS = list(range(13, BARS + 1, 13))
_BAR = re.compile(r"bar number (\d+)\.")


def numbers(text: str) -> list[int]:
    return [int(found) for found in _BAR.findall(text)]


def seen(events: list[dict]) -> list[int]:
    return [
        n for event in events for line in event.get("log") or event.get("lines") or () for n in numbers(line["text"])
    ]


@pytest.fixture(scope="module")
def authority(tmp_path_factory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls") / "authority")


@pytest.fixture(scope="module")
def client_certificates(authority: Authority) -> Path:
    return authority.client_folder()


@pytest.fixture
def make_remote(make_daemon, authority, client_certificates, monkeypatch):
    """Make an engine behind TLS; processes that are started after reach it."""

    def make(**options: object) -> tuple[Daemon, str, Reach]:
        address = f"tcp://127.0.0.1:{free_port()}"
        daemon, image = make_daemon(hosts=[address], arguments=authority.server_arguments(), **options)
        return daemon, image, Reach(address, client_certificates).use(monkeypatch)

    return make


@pytest.fixture
def make_service(make_remote, make_docker_service):
    def make(*, live_restore: bool = False, **settings: object) -> tuple[Daemon, DockerService]:
        daemon, image, reach = make_remote(image="contract", live_restore=live_restore)
        service = make_docker_service(image, daemon=daemon, docker_host=reach.address, **settings).start()
        (service._strategies / "slow13.py").write_text(SLOW)
        return daemon, service

    return make


def trades(run: dict) -> bool:
    return run["progress"] is not None and run["progress"]["equity"] is not None


def until_logged(service: DockerService, run: str) -> None:
    console = service.home / "work" / run / "slot-1" / "console" / "stdout.txt"
    wait_until(lambda: console.exists() and numbers(console.read_text()), 30, lambda: service.log)


def is_whole(service: DockerService, ended: dict) -> None:
    """Everything is there once: LEAN's files, both streams, the frames; and nothing is left in the engine."""
    assert (ended["status"], ended["attempt"]) == ("completed", 1), (ended, service.log)
    folder = service.folder(ended)
    assert numbers((folder / "log.txt").read_text()) == NUMBERS
    console = (folder / "console" / "stdout.txt").read_text()
    assert numbers(console) == NUMBERS
    frames = [line.removeprefix("@@LEANBOARD frame ") for line in console.splitlines() if line.startswith("@@LEANB")]
    assert (folder / "frames.ndjson").read_text().splitlines() == frames
    assert len(frames) >= 4
    assert service.result(ended["timestamp"])["statistics"]["lean"]["Total Orders"] == "1"
    service.until_no_container()
    assert (service.docker.api.volumes()["Volumes"] or []) == []
    assert "Traceback" not in service.log, service.log


def test_a_run_is_followed_live_and_comes_back_whole(make_service):
    _, service = make_service()
    run = service.submit("slow13")["id"]
    service.until(run, lambda now: now["phase"] in ("initializing", "trading"))
    listener = Listener(service, run)
    live = service.until(run, lambda now: trades(now) and 0 < now["progress"]["percent"] < 100)
    assert live["status"] == "running"
    ended = service.until_ended(run, within=60)
    is_whole(service, ended)
    shown = seen(listener.until_over())
    assert shown == [n for n in NUMBERS if n >= shown[0]]


def test_a_cancelled_run_keeps_what_it_has(make_service):
    _, service = make_service(cancel_grace=20)
    run = service.submit("slow13")["id"]
    service.until_started(run)
    until_logged(service, run)
    service.cancel(run)
    ended = service.until_ended(run)
    assert (ended["status"], ended["reason"]) == ("cancelled", "cancelled_by_user")
    assert numbers((service.folder(ended) / "log.txt").read_text())
    service.until_no_container()
    assert (service.docker.api.volumes()["Volumes"] or []) == []


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_the_service_is_started_again_in_the_middle(make_service, number):
    _, service = make_service()
    run = service.submit("slow13")["id"]
    service.until_started(run)
    until_logged(service, run)
    service.end(number)
    service.start()
    is_whole(service, service.until_ended(run, within=60))
    assert service.boots == 1


def test_a_run_that_ended_while_the_service_was_away_is_collected(make_service):
    _, service = make_service()
    run = service.submit("slow13")["id"]
    service.until_started(run)
    until_logged(service, run)
    container = service.container(run)
    service.end(signal.SIGKILL)
    container.wait(timeout=60)
    service.start()
    is_whole(service, service.until_ended(run, within=60))


def test_the_engine_dies_in_the_middle_and_the_container_goes_on(make_service):
    daemon, service = make_service(live_restore=True)
    run = service.submit("slow13")["id"]
    service.until_started(run)
    listener = Listener(service, run)
    until_logged(service, run)
    for _ in range(2):
        daemon.kill()
        daemon.start()
        assert service.status(run)["status"] == "running"
    is_whole(service, service.until_ended(run, within=60))
    shown = seen(listener.until_over())
    assert shown == [n for n in NUMBERS if n >= shown[0]]


def test_a_result_waits_for_an_engine_that_is_silent(make_service):
    daemon, service = make_service()
    run = service.submit("slow13")["id"]
    service.until_started(run)
    until_logged(service, run)
    pid = service.container(run).attrs["State"]["Pid"]
    daemon.freeze()
    wait_until(lambda: "does not answer" in service.log and not Path(f"/proc/{pid}").exists(), 40, lambda: service.log)
    assert service.status(run)["status"] == "running"
    daemon.thaw()
    is_whole(service, service.until_ended(run, within=60))


def test_data_of_the_engines_machine(make_remote, make_docker_service, tmp_path):
    daemon, image, reach = make_remote(image="contract")
    empty = daemon.folder / "no-data"
    empty.mkdir()
    service = make_docker_service(image, daemon=daemon, docker_host=reach.address, docker_data=str(empty)).start()
    (service._strategies / "slow13.py").write_text(SLOW)
    run = service.submit("slow13")["id"]
    ended = service.until_ended(run)
    assert numbers((service.folder(ended) / "console" / "stdout.txt").read_text()) == []
    data = json.loads((service.folder(ended) / "run.json").read_text())["data"]
    assert data["folder"] == f"{empty} on the Docker engine's machine"
    assert data["kind"] == "unknown"


ODD = """
from AlgorithmImports import *
import os


class Odd(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2013, 10, 7)
        self.set_end_date(2013, 10, 8)
        os.chdir("/Leanboard/output")
        os.symlink("/etc/passwd", "link")
        os.mkfifo("pipe")
        os.mkdir("inner")
        os.symlink("/", "inner/root")
        with open("inner/file", "wb") as file:
            file.write(b"x" * SIZE)
        try:
            open("/Leanboard/code/odd.py", "w")
        except PermissionError:
            self.log("code is not mine")
"""


def test_only_files_and_folders_are_brought(make_service):
    _, service = make_service()
    (service._strategies / "odd.py").write_text(ODD.replace("SIZE", "1000"))
    ended = service.until_ended(service.submit("odd")["id"], within=60)
    assert ended["status"] == "completed", ended
    folder = service.folder(ended)
    assert (folder / "inner" / "file").stat().st_size == 1000
    assert "code is not mine" in (folder / "log.txt").read_text()
    left = sorted(path.name for path in folder.rglob("*") if path.name in ("link", "pipe", "root"))
    assert left == []


def test_a_run_that_leaves_too_much_fails_and_says_so(make_service):
    _, service = make_service(max_output=1)
    (service._strategies / "two.py").write_text(
        ODD.replace("SIZE", "900_000") + "        open('/Leanboard/output/more', 'wb').write(b'x' * 900_000)\n"
    )
    ended = service.until_ended(service.submit("two")["id"], within=60)
    assert ended["status"] == "failed", ended
    assert "LEANBOARD_MAX_OUTPUT" in ended["message"], ended
    service.until_no_container()


async def problem_of(address: str | None) -> str:
    client = DockerClient(address)
    try:
        await client.facts()
    except EngineUnavailable as error:
        return error.detail
    finally:
        client.close()
    return ""


async def test_wrong_certificates_are_told(make_remote, authority, client_certificates, tmp_path, monkeypatch):
    _, _, reach = make_remote()
    assert await problem_of(reach.address) == ""
    other = Authority(tmp_path / "other")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(other.certificate))
    assert await problem_of(reach.address) == ""  # what other programs trust is nothing to the engine
    monkeypatch.setenv("DOCKER_CERT_PATH", str(authority.client_folder("trusting", other)))
    assert "the Docker engine's certificate is not the expected one" in await problem_of(reach.address)
    monkeypatch.setenv("DOCKER_CERT_PATH", str(other.client_folder("stranger", authority)))
    assert "this client's certificate" in await problem_of(reach.address)
    monkeypatch.setenv("DOCKER_CERT_PATH", str(tmp_path))
    assert "DOCKER_CERT_PATH has no cert.pem" in await problem_of(reach.address)
    monkeypatch.delenv("DOCKER_CERT_PATH")
    monkeypatch.delenv("DOCKER_TLS_VERIFY")
    assert "the Docker engine wants TLS" in await problem_of(reach.address)


async def test_the_docker_commands_context_says_where(make_remote, tmp_path, monkeypatch):
    _, _, reach = make_remote()
    monkeypatch.delenv("DOCKER_CERT_PATH")
    monkeypatch.delenv("DOCKER_TLS_VERIFY")
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "config"))
    place = reach.certificates
    endpoint = f"host={reach.address},ca={place}/ca.pem,cert={place}/cert.pem,key={place}/key.pem"
    command = ["docker", "context", "create", "far", "--docker", endpoint]
    subprocess.run(command, check=True, capture_output=True, timeout=30)  # noqa: ASYNC221  # nothing else runs
    monkeypatch.setenv("DOCKER_CONTEXT", "far")
    assert await problem_of(None) == ""
    client = DockerClient(None)
    assert client.address == reach.address
    client.close()


@pytest.fixture
def ssh_server(docker_daemon, tmp_path) -> Iterator[SshServer]:
    if not Path(SSHD).exists():
        pytest.skip("no sshd here: apt-get install openssh-server")
    if shutil.which("docker") is None:
        pytest.skip("no docker command here, which ssh calls on the engine's machine: apt-get install docker.io")
    server = SshServer(tmp_path / "sshd", docker_daemon.address)
    yield server
    server.close()


def tunnels() -> set[Path]:
    return set(Path(tempfile.gettempdir()).glob("leanboard-ssh-*/docker.sock"))


def test_a_run_on_an_engine_behind_ssh(ssh_server, docker_daemon, lean_image, make_docker_service, monkeypatch):
    monkeypatch.setenv("PATH", ssh_server.client_path("client"))
    before = tunnels()
    service = make_docker_service(lean_image, daemon=docker_daemon, docker_host=ssh_server.address).start()
    (service._strategies / "slow13.py").write_text(SLOW)
    run = service.submit("slow13")["id"]
    assert service.until(run, trades)["status"] == "running"
    ended = service.until_ended(run, within=60)
    assert numbers((service.folder(ended) / "log.txt").read_text()) == NUMBERS
    service.until_no_container()
    service.end(signal.SIGTERM)
    assert tunnels() <= before


async def test_ssh_says_what_is_wrong(ssh_server, monkeypatch):
    monkeypatch.setenv("PATH", ssh_server.client_path("stranger"))
    assert "ssh: root@127.0.0.1: Permission denied (publickey)" in await problem_of(ssh_server.address)
    monkeypatch.setenv("PATH", ssh_server.client_path("client"))
    (ssh_server.folder / "known_hosts").write_text("")
    assert "ssh: Host key verification failed" in await problem_of(ssh_server.address)
    assert "Connection refused" in await problem_of(f"ssh://127.0.0.1:{free_port()}")
