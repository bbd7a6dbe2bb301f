"""Where the engine is, and how ssh gets there."""

import hashlib
import json
from pathlib import Path

import pytest

from leanboard.app import make_engines
from leanboard.engines.docker.addresses import current_context, known_address
from leanboard.engines.docker.ssh import ssh_command
from leanboard.errors import EngineError
from leanboard.models.run import EngineName
from leanboard.settings import Settings


@pytest.fixture(autouse=True)
def _clean(monkeypatch, tmp_path):
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))


def make_context(folder: Path, name: str, host: object) -> Path:
    place = hashlib.sha256(name.encode()).hexdigest()
    meta = folder / "contexts" / "meta" / place
    meta.mkdir(parents=True)
    (meta / "meta.json").write_text(json.dumps({"Name": name, "Endpoints": {"docker": {"Host": host}}}))
    return folder / "contexts" / "tls" / place / "docker"


def test_the_docker_commands_order(monkeypatch, tmp_path):
    assert known_address(None) == "unix:///var/run/docker.sock"
    make_context(tmp_path, "far", "tcp://far:2376").mkdir(parents=True)
    (tmp_path / "config.json").write_text('{"currentContext": "far"}')
    assert known_address(None) == "tcp://far:2376"
    assert current_context().certificates is not None
    monkeypatch.setenv("DOCKER_CONTEXT", "default")
    assert known_address(None) == "unix:///var/run/docker.sock"
    monkeypatch.setenv("DOCKER_HOST", "tcp://env:2376")
    assert known_address(None) == "tcp://env:2376"
    assert known_address("ssh://mine") == "ssh://mine"


@pytest.mark.parametrize("text", ["", "[]", "{", '{"currentContext": 7}', '{"auths": {}}'])
def test_an_odd_configuration_means_the_local_socket(tmp_path, text):
    (tmp_path / "config.json").write_text(text)
    assert known_address(None) == "unix:///var/run/docker.sock"


@pytest.mark.parametrize("host", [None, 7, {}])
def test_a_context_that_says_nothing_is_no_address(monkeypatch, tmp_path, host):
    make_context(tmp_path, "odd", host)
    monkeypatch.setenv("DOCKER_CONTEXT", "odd")
    assert known_address(None) == ""
    monkeypatch.setenv("DOCKER_CONTEXT", "not there")
    assert known_address(None) == ""


@pytest.mark.parametrize(
    ("address", "files", "copied"),
    [
        ("unix:///var/run/docker.sock", "auto", False),
        ("tcp://far:2376", "auto", True),
        ("ssh://far", "auto", True),
        ("tcp://far:2376", "mount", False),
        ("unix:///var/run/docker.sock", "copy", True),
    ],
)
def test_files_are_copied_to_engines_elsewhere(tmp_path, address, files, copied):
    settings = Settings(home=tmp_path, docker_host=address, docker_files=files)
    assert make_engines(settings)[EngineName.DOCKER].warms is not copied


@pytest.mark.parametrize(
    ("address", "end"),
    [
        ("ssh://far", ("--", "far", "docker system dial-stdio")),
        ("ssh://me@far:2222", ("-l", "me", "-p", "2222", "--", "far", "docker system dial-stdio")),
        (
            "ssh://far/run/my docker.sock",
            ("--", "far", "docker --host 'unix:///run/my docker.sock' system dial-stdio"),
        ),
    ],
)
def test_what_ssh_is_called_with(address, end):
    command = ssh_command(address)
    assert command[0] == "ssh"
    assert command[-len(end) :] == end
    assert "BatchMode=yes" in command


@pytest.mark.parametrize("address", ["ssh://", "ssh://far:port", "ssh://-oProxyCommand=x@far", "ssh://me:secret@far"])
def test_addresses_that_ssh_is_not_called_with(address):
    with pytest.raises(EngineError, match=r"is no ssh://"):
        ssh_command(address)
