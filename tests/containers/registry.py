"""A registry of the tests' own on the loopback interface, which refuses, stalls and counts as it is told.

with Registry() as registry:
    reference = registry.add("lean", [layer])      # "127.0.0.1:PORT/lean:1"; docker takes 127.0.0.0/8 without TLS
    registry.stall_after = 100_000                 # each layer stops after so many bytes, until flow() is called
    registry.refusals = [503, 503]                 # the next two tries to get a manifest get these
    ...
    registry.count("manifests")                    # how often it was asked
"""

import contextlib
import hashlib
import io
import json
import select
import tarfile
import threading
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import BinaryIO, Self

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
CONFIG = "application/vnd.docker.container.image.v1+json"
LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"  # what is no gzip is taken for a plain tar
PIECE = 64 * 1024
LOOK_SECONDS = 0.05


def layer_of(**files: bytes) -> bytes:
    """Return a layer with these files in its root."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return target.getvalue()


class Registry:
    """Serves images over HTTP; attributes may be changed while it does.

    Attributes:
        refusals: Statuses for the next tries to get a manifest, one each.
        stall_after: Bytes of a layer after which nothing comes until ``flow``; None for never.
        hold: Requests for a manifest are not answered until ``flow``.
        pace: Seconds before each 64 KB of a layer.
    """

    def __init__(self) -> None:
        self.refusals: list[int] = []
        self.stall_after: int | None = None
        self.hold = False
        self.pace = 0.0
        self.requests: list[str] = []
        self._flow = threading.Event()
        self._closing = threading.Event()
        self._content: dict[str, tuple[str, bytes | Path]] = {}
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def host(self) -> str:
        """Address and port."""
        return f"127.0.0.1:{self._server.server_port}"

    def add(self, name: str, layers: Sequence[bytes | Path], config: Mapping[str, object] | None = None) -> str:
        """Put an image there, with the tag 1; return its reference.

        Args:
            name: Of the repository.
            layers: Each a tar, lowest first.
            config: Entrypoint, labels and so on, in Docker's spelling.
        """
        blobs = [self._blob(layer) for layer in layers]
        content = {
            "architecture": "amd64",
            "os": "linux",
            "config": config or {},
            "rootfs": {"type": "layers", "diff_ids": [digest for digest, _ in blobs]},
        }
        digest, size = self._blob(json.dumps(content).encode())
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": {"mediaType": CONFIG, "size": size, "digest": digest},
            "layers": [{"mediaType": LAYER, "size": size, "digest": digest} for digest, size in blobs],
        }
        raw = json.dumps(manifest).encode()
        for tag in ("1", _digest(raw)):
            self._content[f"/v2/{name}/manifests/{tag}"] = (MANIFEST, raw)
        return f"{self.host}/{name}:1"

    def count(self, part: str) -> int:
        """Return how many requests had this in their path."""
        return sum(part in request for request in self.requests)

    def flow(self) -> None:
        """Hold nothing back any more."""
        self._flow.set()

    def find(self, path: str) -> tuple[str, bytes | Path] | None:
        """Return media type and content."""
        name = path if path in self._content else f"blob {path.rpartition('/')[2]}"
        return self._content.get(name)

    def refusal(self, *, last: bool) -> int:
        """Return the status for this try, 0 for none; ``last`` when its next request is one of another try."""
        if not self.refusals:
            return 0
        return self.refusals.pop(0) if last else self.refusals[0]

    def stalls(self, size: int, sent: int) -> bool:
        """Tell whether a blob of this size stops here."""
        return self.stall_after is not None and min(size, sent) > self.stall_after

    def is_holding_back(self) -> bool:
        """Wait a moment; False when everything flows."""
        return not (self._flow.wait(LOOK_SECONDS) or self._closing.is_set())

    def wait(self, seconds: float) -> None:
        """Let time pass, unless the registry is closed meanwhile."""
        self._closing.wait(seconds)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._flow.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def _blob(self, content: bytes | Path) -> tuple[str, int]:
        digest = _digest(content)
        self._content[f"blob {digest}"] = ("application/octet-stream", content)
        return digest, content.stat().st_size if isinstance(content, Path) else len(content)


def _digest(content: bytes | Path) -> str:
    with content.open("rb") if isinstance(content, Path) else io.BytesIO(content) as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"


class _Handler(BaseHTTPRequestHandler):
    server: "_Server"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's name
        """Say nothing."""

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        registry = self.server.registry
        registry.requests.append(f"{self.command} {self.path}")
        if "/manifests/" in self.path:
            while registry.hold and registry.is_holding_back() and not self._is_gone():
                pass
            if refusal := registry.refusal(last=self.command == "GET"):
                self._refuse(refusal)
                return
        found = registry.find(self.path)
        if self.path.rstrip("/") == "/v2":
            self._head(200, "application/json", 0)
        elif found is None:
            self._refuse(404)
        else:
            self._send(*found)

    def _refuse(self, status: int) -> None:
        code = {401: "UNAUTHORIZED", 403: "DENIED", 404: "MANIFEST_UNKNOWN"}.get(status, "UNAVAILABLE")
        body = json.dumps({"errors": [{"code": code, "message": code.lower().replace("_", " ")}]}).encode()
        self._head(status, "application/json", len(body))
        if self.command == "GET":
            self.wfile.write(body)

    def _send(self, media_type: str, content: bytes | Path) -> None:
        size = content.stat().st_size if isinstance(content, Path) else len(content)
        begin = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").partition("-")[0])
        extra = {"Content-Range": f"bytes {begin}-{size - 1}/{size}"} if begin else {}
        if media_type == MANIFEST:
            extra["Docker-Content-Digest"] = _digest(content)
        self._head(206 if begin else 200, media_type, size - begin, **extra)
        if self.command == "GET":
            with content.open("rb") if isinstance(content, Path) else io.BytesIO(content) as file:
                file.seek(begin)
                with contextlib.suppress(ConnectionError):
                    self._pour(file, size)

    def _pour(self, file: BinaryIO, size: int) -> None:
        registry = self.server.registry
        while piece := file.read(PIECE):
            while registry.stalls(size, file.tell()) and registry.is_holding_back():
                if self._is_gone():
                    return
            registry.wait(registry.pace)
            self.wfile.write(piece)

    def _is_gone(self) -> bool:
        readable, _, _ = select.select([self.connection], [], [], 0)
        return bool(readable) and not self.connection.recv(1)

    def _head(self, status: int, media_type: str, size: int, **more: str) -> None:
        self.send_response(status)
        known = {"Content-Type": media_type, "Content-Length": str(size)}
        for name, value in {**known, "Docker-Distribution-Api-Version": "registry/2.0", **more}.items():
            self.send_header(name, value)
        self.end_headers()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, registry: Registry) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.registry = registry
