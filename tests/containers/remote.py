"""Engines that are reached as if they ran on another machine: by TLS with certificates of the tests', or by ssh."""

import getpass
import os
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pytest

_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
_SECONDS = 30
SSHD = "/usr/sbin/sshd"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Authority:
    """A certificate authority in a folder of its own.

    Args:
        folder: Made.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        self.certificate = folder / "ca.pem"
        self._openssl(
            "req",
            "-x509",
            *_KEY,
            "-keyout",
            "ca-key.pem",
            "-out",
            "ca.pem",
            "-days",
            "2",
            "-subj",
            f"/CN={folder.name}",
        )

    def signed(self, name: str, *extensions: str) -> tuple[Path, Path]:
        """Make a certificate; returns it and its key."""
        (self.folder / f"{name}.ext").write_text("\n".join(extensions))
        self._openssl("req", *_KEY, "-keyout", f"{name}-key.pem", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        self._openssl(
            "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca-key.pem", "-CAcreateserial",
            "-days", "2", "-extfile", f"{name}.ext", "-out", f"{name}.pem",
        )  # fmt: skip
        return self.folder / f"{name}.pem", self.folder / f"{name}-key.pem"

    def server_arguments(self) -> list[str]:
        """What dockerd is to be started with."""
        certificate, key = self.signed("server", "subjectAltName=IP:127.0.0.1", "extendedKeyUsage=serverAuth")
        return ["--tlsverify", f"--tlscacert={self.certificate}", f"--tlscert={certificate}", f"--tlskey={key}"]

    def client_folder(self, name: str = "client", authority: "Authority | None" = None) -> Path:
        """Make a DOCKER_CERT_PATH: a client's certificate, and the authority that it trusts (this one)."""
        certificate, key = self.signed(name, "extendedKeyUsage=clientAuth")
        folder = self.folder / f"{name}-folder"
        folder.mkdir()
        shutil.copy(certificate, folder / "cert.pem")
        shutil.copy(key, folder / "key.pem")
        shutil.copy((authority or self).certificate, folder / "ca.pem")
        return folder

    def _openssl(self, *arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True, timeout=_SECONDS)


@dataclass(frozen=True)
class Reach:
    """How an engine is reached.

    Attributes:
        address: Of the engine, for clients.
        certificates: A DOCKER_CERT_PATH that works; None where none is needed.
    """

    address: str
    certificates: Path | None = None

    def use(self, monkeypatch: pytest.MonkeyPatch) -> Self:
        """Let processes that are started from now on use it."""
        for name in ("DOCKER_HOST", "DOCKER_CONTEXT"):
            monkeypatch.delenv(name, raising=False)
        if self.certificates is not None:
            monkeypatch.setenv("DOCKER_TLS_VERIFY", "1")
            monkeypatch.setenv("DOCKER_CERT_PATH", str(self.certificates))
        return self


class SshServer:
    """An sshd on the loopback that lets one key in, with a docker command for one engine.

    Args:
        folder: For keys and configuration.
        engine: Address of the engine, ``unix://``.
    """

    def __init__(self, folder: Path, engine: str) -> None:
        folder.mkdir()
        folder.chmod(0o700)
        self.folder = folder
        self.port = free_port()
        for name in ("host", "client", "stranger"):
            command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
            subprocess.run(command, check=True, timeout=_SECONDS)
        shutil.copy(folder / "client.pub", folder / "authorized_keys")
        (folder / "sshd_config").write_text(
            f"Port {self.port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nPidFile {folder}/pid\nUsePAM no\n"
            f"AuthorizedKeysFile {folder}/authorized_keys\nStrictModes no\nPermitRootLogin prohibit-password\n"
            f"PasswordAuthentication no\nKbdInteractiveAuthentication no\nSetEnv DOCKER_HOST={engine}\n"
        )
        host_key = (folder / "host.pub").read_text().split()
        (folder / "known_hosts").write_text(f"[127.0.0.1]:{self.port} {host_key[0]} {host_key[1]}\n")
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # sshd insists on it
        self._process = subprocess.Popen(
            [SSHD, "-D", "-e", "-f", str(folder / "sshd_config")], stderr=subprocess.DEVNULL
        )
        self._wait()

    @property
    def address(self) -> str:
        """For DOCKER_HOST."""
        return f"ssh://{getpass.getuser()}@127.0.0.1:{self.port}"

    def client_path(self, key: str) -> str:
        """Make an ``ssh`` that uses a key and knows the host, as a user's own configuration would; returns a PATH."""
        folder = self.folder / f"bin-{key}"
        folder.mkdir(exist_ok=True)
        script = folder / "ssh"
        options = (
            f"-F none -i {self.folder}/{key} -o IdentitiesOnly=yes -o UserKnownHostsFile={self.folder}/known_hosts"
        )
        script.write_text(f'#!/bin/sh\nexec /usr/bin/ssh {options} "$@"\n')
        script.chmod(0o755)
        return f"{folder}:{os.environ['PATH']}"

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(_SECONDS)

    def _wait(self) -> None:
        deadline = time.monotonic() + _SECONDS
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        pytest.fail("sshd does not answer")
