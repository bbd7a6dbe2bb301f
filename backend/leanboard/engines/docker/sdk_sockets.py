"""Connections over a Unix socket that leave nothing open when nobody listens there any more.

The SDK's own connection forgets its socket when the engine refuses it, which happens with each call while a daemon is
down: the garbage collector closes it some time later, with a ResourceWarning.
"""

import socket
from typing import Any

from docker.client import DockerClient as SdkClient
from docker.transport.unixconn import UnixHTTPAdapter, UnixHTTPConnection, UnixHTTPConnectionPool

_SCHEME = "http+docker://"  # what the SDK calls Unix sockets


def take_unix_sockets(client: SdkClient) -> None:
    """Let a client that has not yet spoken with its engine use these connections; others are left as they are."""
    api: Any = client.api
    if not api.base_url.startswith(_SCHEME):
        return
    sdks = api.get_adapter(api.base_url)
    api.mount(_SCHEME, _Adapter(sdks.socket_path, sdks.timeout, max_pool_size=sdks.max_pool_size))
    sdks.close()


class _Connection(UnixHTTPConnection):
    def connect(self) -> None:
        # Known to the connection before it is connected: whoever closes one closes the other.
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.unix_socket)


class _Pool(UnixHTTPConnectionPool):
    def _new_conn(self) -> Any:  # noqa: ANN401  # the stubs know another base class than the SDK has
        seconds: Any = self.timeout
        return _Connection(self.base_url, self.socket_path, seconds)


class _Adapter(UnixHTTPAdapter):
    def get_connection(self, url: Any, proxies: Any = None) -> Any:  # noqa: ANN401, ARG002
        with self.pools.lock:
            if url not in self.pools:
                self.pools[url] = _Pool(url, self.socket_path, self.timeout, maxsize=self.max_pool_size)
            return self.pools[url]
