"""Who may talk to the service: Host, Origin and API key, for HTTP and WebSocket by the same code.

Runs before routing and before any WebSocket is accepted. ``Host`` is checked because a page of a foreign site can
point its own name at 127.0.0.1 (DNS rebinding); ``Origin`` because a browser sends requests of foreign pages with
whatever the machine may reach; the key because everybody who can start a run can execute code.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from leanboard.api.problems import problem_response
from leanboard.errors import AccessDenied, LeanboardError, NotAuthenticated, UntrustedHost
from leanboard.settings import LOOPBACK, Settings

KEY_PROTOCOL = "leanboard.key."
OPEN_PATHS = frozenset({"/health"})
_READING = frozenset({"GET", "HEAD"})
_WILDCARDS = frozenset({"0.0.0.0", "::"})  # noqa: S104  # not bound here: names that no client can address
_AUTHORITY = re.compile(
    r"(?:\[(?P<v6>[0-9a-f:.]{2,45})\]|(?P<name>[a-z0-9](?:[a-z0-9._-]{0,252})))(?::(?P<port>[0-9]{1,5}))?",
)
_ORIGIN = re.compile(r"(?P<scheme>https?)://(?P<authority>[^/?#@\s]{1,300})")
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Authority:
    """A host as it stands in ``Host`` and ``Origin``; lower case, IPv6 without brackets."""

    host: str
    port: int | None

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Return the authority, or None when the text is none."""
        match = _AUTHORITY.fullmatch(text.lower())
        if match is None:
            return None
        port = match["port"]
        return cls(match["v6"] or match["name"], int(port) if port else None)

    def at(self, default_port: int) -> tuple[str, int]:
        """Return host and port, the default port if none is named."""
        return self.host, default_port if self.port is None else self.port


class HostPolicy:
    """Under which names the service may be addressed."""

    def __init__(self, own: str, further: Iterable[str]) -> None:
        names = {*LOOPBACK, own.lower(), *(name.lower() for name in further)} - _WILDCARDS
        self._hosts = frozenset(names)

    def check(self, headers: Headers) -> Authority:
        """Return the one Host header's authority.

        Raises:
            UntrustedHost: Missing, twice, unreadable, or not one of ours.
        """
        values = headers.getlist("host")
        authority = Authority.parse(values[0]) if len(values) == 1 else None
        if authority is None:
            raise UntrustedHost("the request needs exactly one Host header that names this service")
        if not {authority.host, values[0].lower()} & self._hosts:
            raise UntrustedHost(
                f"this service is not addressed as {authority.host[:100]!r}; LEANBOARD_ALLOWED_HOSTS adds names",
            )
        return authority


class OriginPolicy:
    """Which pages may change state and open WebSockets: our own, and those of ``allowed_origins``."""

    def __init__(self, allowed: Iterable[str]) -> None:
        self._allowed = frozenset(origin.rstrip("/").lower() for origin in allowed)

    def check(self, headers: Headers, host: Authority) -> None:
        """Let pass what comes from no page (curl, programs) or from a page of ours.

        Raises:
            AccessDenied: A page of somebody else.
        """
        origins = headers.getlist("origin")
        if not origins:
            return
        if len(origins) > 1 or not self._is_ours(origins[0].lower(), host):
            raise AccessDenied("pages of other origins may not do this; LEANBOARD_ALLOWED_ORIGINS adds origins")

    def _is_ours(self, origin: str, host: Authority) -> bool:
        if origin in self._allowed:
            return True
        match = _ORIGIN.fullmatch(origin)
        authority = Authority.parse(match["authority"]) if match else None
        if match is None or authority is None:
            return False
        port = _DEFAULT_PORTS[match["scheme"]]
        return authority.at(port) == host.at(port)


class KeyPolicy:
    """The API key: in the Authorization header, or, for pages, among a WebSocket's sub-protocols."""

    def __init__(self, key: str | None) -> None:
        self._digest = None if key is None else _digest(key)

    def check(self, headers: Headers, subprotocols: Iterable[str]) -> bool:
        """Return whether a right key came along (always, where none is asked for).

        Raises:
            NotAuthenticated: A wrong key, or two of them.
        """
        given = _given_keys(headers, subprotocols)
        if len(given) > 1:
            raise NotAuthenticated("the request carries more than one credential")
        if self._digest is None:
            return True
        if given and not hmac.compare_digest(_digest(given[0]), self._digest):
            raise NotAuthenticated("the API key is wrong")
        return bool(given)


def _digest(key: str) -> bytes:
    # Digests are compared, so that neither content nor length shows in the time it takes.
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).digest()


def _given_keys(headers: Headers, subprotocols: Iterable[str]) -> list[str]:
    keys = [p.removeprefix(KEY_PROTOCOL) for p in subprotocols if p.startswith(KEY_PROTOCOL)]
    for value in headers.getlist("authorization"):
        scheme, _, credential = value.partition(" ")
        # Another scheme is a credential too, and a wrong one.
        keys.append(credential.strip() if scheme.lower() == "bearer" else "")
    return keys


class Guard:
    """ASGI middleware in front of everything.

    Args:
        app: What is behind it.
        settings: Names, origins and key.
    """

    def __init__(self, app: ASGIApp, *, settings: Settings) -> None:
        self._app = app
        self._hosts = HostPolicy(settings.host, settings.allowed_hosts)
        self._origins = OriginPolicy(settings.allowed_origins)
        self._key = KeyPolicy(settings.api_key.get_secret_value() if settings.api_key else None)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it with a problem."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return

        async def send_plain(message: Message) -> None:
            if message["type"] in {"http.response.start", "websocket.http.response.start"}:
                # What a strategy printed must never be taken for a page.
                message["headers"] = [*message.get("headers", []), (b"x-content-type-options", b"nosniff")]
            await send(message)

        try:
            authenticated = self._check(scope)
        except LeanboardError as error:
            await problem_response(error)(scope, receive, send_plain)
            return
        scope["state"] = {**scope.get("state", {}), "authenticated": authenticated}
        await self._app(scope, receive, send_plain)

    def _check(self, scope: Scope) -> bool:
        headers = Headers(scope=scope)
        if not scope["path"].startswith("/"):
            raise UntrustedHost("the request line must hold a path; the address goes into the Host header")
        host = self._hosts.check(headers)
        is_socket = scope["type"] == "websocket"
        if is_socket or scope["method"] not in _READING:
            self._origins.check(headers, host)
        authenticated = self._key.check(headers, scope.get("subprotocols", ()) if is_socket else ())
        if not authenticated and (is_socket or scope["path"] not in OPEN_PATHS):
            raise NotAuthenticated("send the API key as 'Authorization: Bearer KEY'")
        return authenticated
