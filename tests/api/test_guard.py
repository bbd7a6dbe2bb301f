"""Host, Origin and API key: the same for HTTP and WebSocket, before anything else happens."""

import logging

import pytest

from api.api_fakes import API, HOST, KEY
from api.serving import Served, problem
from leanboard.api import samples
from leanboard.api.guard import Authority
from leanboard.errors import StorageError

RUN = samples.RUN_ID
BEARER = {"authorization": f"Bearer {KEY}"}


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8700",
        "127.0.0.1.evil.example",
        "127.0.0.1@evil.example",
        "localhost.",
        "",
        "127.0.0.1:x",
        "[::1",
        "0.0.0.0",
        "127.0.0.1:8700, evil.example",
    ],
)
def test_b24_foreign_host(served: Served, host: str) -> None:
    problem(served.client.get("/", headers={"host": host}), 400, "untrusted_host")
    problem(served.post('{"strategy_name": "main"}', host=host), 400, "untrusted_host")
    problem(served.client.delete(f"{API}/cancel/{RUN}", headers={"host": host}), 400, "untrusted_host")
    assert served.manager.calls == []


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1", "127.0.0.1:8700", "[::1]:8700", "[::1]"])
def test_loopback_names_are_ours(served: Served, host: str) -> None:
    assert served.client.get("/", headers={"host": host}).status_code == 200


def test_b24_two_hosts(served: Served) -> None:
    response = served.client.get("/", headers=[("host", HOST), ("host", "evil.example")])
    problem(response, 400, "untrusted_host")


def test_b24_forwarded_host_changes_nothing(served: Served) -> None:
    headers = {"x-forwarded-host": "localhost", "forwarded": "host=localhost", "host": "evil.example"}
    problem(served.client.get("/", headers=headers), 400, "untrusted_host")
    headers = {"x-forwarded-host": "evil.example", "forwarded": "host=evil.example"}
    response = served.client.get(f"{API}/examples", headers=headers)
    assert response.status_code == 200
    assert "evil" not in response.text


def test_b24_foreign_host_of_a_stream(served: Served) -> None:
    with served.refusal(400, "untrusted_host"), served.client.websocket_connect(f"{API}/monitor/{RUN}"):
        pass  # the client's own default name is foreign here
    assert served.manager.calls == []


def test_allowed_hosts(serve) -> None:
    served = serve(allowed_hosts="lean.example, other.example:8443", host="10.0.0.7", api_key=KEY)
    for host, status in {
        "lean.example": 200,
        "Lean.Example:99": 200,
        "other.example:8443": 200,
        "other.example": 400,
        "10.0.0.7:8700": 200,
        "10.0.0.8:8700": 400,
    }.items():
        assert served.client.get("/", headers={"host": host, **BEARER}).status_code == status, host


@pytest.mark.parametrize("text", ["a b", "a/b", "user@a", "a:", "[fe80::1%eth0]", "a:123456", "é.example", "-a"])
def test_what_is_no_authority(text: str) -> None:
    assert Authority.parse(text) is None


FOREIGN = [
    "https://evil.example",
    "null",
    "http://127.0.0.1:3000",
    "http://localhost:8700",
    "http://127.0.0.1:8700.evil.example",
    "http://evil.example@127.0.0.1:8700",
    "file://",
    "",
    "chrome-extension://abcdef",
]


@pytest.mark.parametrize("origin", FOREIGN)
def test_b25_pages_of_others_change_nothing(served: Served, origin: str) -> None:
    headers = {"origin": origin}
    answers = [
        served.post('{"strategy_name": "main"}', origin=origin),
        served.post("strategy_name=main", "application/x-www-form-urlencoded", origin=origin),
        served.post('{"strategy_name": "main"}', "text/plain", origin=origin),
        served.client.delete(f"{API}/results/{samples.TIMESTAMP}", headers=headers),
        served.client.delete(f"{API}/cancel/{RUN}", headers=headers),
        served.client.options(f"{API}/run", headers={**headers, "access-control-request-method": "POST"}),
    ]
    for response in answers:
        problem(response, 403, "access_denied")
        assert not [name for name in response.headers if name.startswith("access-control")]
    assert served.manager.calls == []


@pytest.mark.parametrize("origin", FOREIGN)
def test_b22_pages_of_others_get_no_stream(served: Served, origin: str) -> None:
    with served.refusal(403, "access_denied"), served.monitor(RUN, headers={"origin": origin, "cookie": "a=b"}):
        pass
    assert served.manager.calls == []


def test_two_origins(served: Served) -> None:
    headers = [("origin", f"http://{HOST}"), ("origin", "https://evil.example")]
    problem(served.client.delete(f"{API}/cancel/{RUN}", headers=headers), 403, "access_denied")


def test_no_answer_has_cors_headers(served: Served) -> None:
    response = served.client.get("/", headers={"origin": "https://evil.example"})
    assert response.status_code == 200
    assert not [name for name in response.headers if name.startswith("access-control")]


def test_our_own_pages_may(served: Served) -> None:
    assert served.post('{"strategy_name": "main"}', origin=f"http://{HOST}").status_code == 202
    with served.monitor(RUN, headers={"origin": f"http://{HOST}"}) as stream:
        assert stream.receive_json()["type"] == "status"


def test_our_pages_behind_a_tls_proxy_may(serve) -> None:
    served = serve(allowed_hosts="lean.example", allowed_origins="https://board.example:444/")
    for origin in ("https://lean.example", "https://lean.example:443", "https://board.example:444"):
        response = served.post('{"strategy_name": "main"}', origin=origin, host="lean.example")
        assert response.status_code == 202, origin


PROTECTED = ["/", "/metrics", "/docs", "/openapi.json", f"{API}/strategies", f"{API}/status/{RUN}", "/nothing"]


@pytest.mark.parametrize(
    "header",
    [
        None,
        "Bearer",
        "Bearer ",
        f"Bearer {KEY}x",
        f"Bearer {KEY[:-1]}",
        f"Basic {KEY}",
        KEY,
        "Bearer " + "k" * 8000,
        "Bearer \xff\xfe",
    ],
)
def test_b21_missing_and_wrong_keys(serve, header: str | None, caplog: pytest.LogCaptureFixture) -> None:
    served = serve(api_key=KEY)
    headers = {} if header is None else {"authorization": header.encode("latin-1")}
    with caplog.at_level(logging.DEBUG, "leanboard"):
        for path in PROTECTED:
            response = served.client.get(f"{path}?key={KEY}&api_key={KEY}", headers=headers)
            content = problem(response, 401, "not_authenticated")
            assert response.headers["www-authenticate"].startswith("Bearer")
            assert KEY[:8] not in str(content)
    assert KEY[:8] not in caplog.text
    assert served.manager.calls == []


@pytest.mark.parametrize("failure", [ZeroDivisionError("oops"), StorageError("no space")])
def test_b21_key_is_in_no_log_of_an_error(
    serve, failure: Exception, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    served = serve(api_key=KEY, raise_bugs=False)
    served.manager.failure = failure
    with caplog.at_level(logging.DEBUG):
        response = served.client.post(f"{API}/run", json={"strategy_name": "main"}, headers=BEARER)
    assert response.status_code == 500
    logged = "".join(capsys.readouterr()) + caplog.text
    assert "oops" in logged or "no space" in logged
    assert KEY not in logged
    assert KEY not in response.text


def test_b21_right_key(serve) -> None:
    served = serve(api_key=KEY)
    for path in ("/", f"{API}/strategies", "/openapi.json"):
        assert served.client.get(path, headers=BEARER).status_code == 200
    assert served.client.get("/", headers={"authorization": f"bearer  {KEY} "}).status_code == 200


@pytest.mark.parametrize("configured", [True, False])
def test_b21_two_authorization_headers(serve, configured: bool) -> None:
    served = serve(**({"api_key": KEY} if configured else {}))
    headers = [("authorization", f"Bearer {KEY}"), ("authorization", f"Bearer {KEY}")]
    problem(served.client.get("/", headers=headers), 401, "not_authenticated")


def test_b22_stream_without_key(serve) -> None:
    served = serve(api_key=KEY)
    attempts = [
        {"query": f"?key={KEY}"},
        {"headers": {"authorization": "Bearer wrong"}},
        {"headers": {"cookie": f"key={KEY}"}},
        {"subprotocols": ["leanboard.v2"]},
        {"subprotocols": ["leanboard.v2", "leanboard.key.wrong"]},
        {"subprotocols": ["leanboard.v2", f"leanboard.key.{KEY}", f"leanboard.key.{KEY}"]},
        {"subprotocols": [f"leanboard.key.{KEY}"], "headers": dict(BEARER)},
    ]
    for attempt in attempts:
        for run_id in (RUN, "0" * 32):  # what exists and what does not look alike
            with served.refusal(401, "not_authenticated"), served.monitor(run_id, **attempt):
                pass
    assert served.manager.calls == []


def test_b22_stream_with_key_in_the_header(serve) -> None:
    served = serve(api_key=KEY)
    with served.monitor(RUN, headers=dict(BEARER)) as stream:
        assert stream.accepted_subprotocol is None
        assert stream.receive_json()["type"] == "status"


def test_b22_stream_with_key_among_the_protocols(serve) -> None:
    served = serve(api_key=KEY)
    with served.monitor(RUN, subprotocols=["leanboard.v2", f"leanboard.key.{KEY}"]) as stream:
        assert stream.accepted_subprotocol == "leanboard.v2"
    with served.monitor(RUN, subprotocols=[f"leanboard.key.{KEY}"]) as stream:
        assert stream.accepted_subprotocol is None  # the key is not sent back


def test_b22_wrong_protocol(served: Served) -> None:
    with served.refusal(403, "access_denied"), served.monitor(RUN, subprotocols=["graphql-ws"]):
        pass


def test_health_is_open_but_says_little(serve) -> None:
    served = serve(api_key=KEY)
    assert served.client.get("/health").json() == {"status": "degraded"}
    assert served.client.get("/health", headers=BEARER).json()["queued"] == 3
    problem(served.client.get("/health", headers={"authorization": "Bearer wrong"}), 401, "not_authenticated")
    problem(served.client.get("/health", headers={"host": "evil.example"}), 400, "untrusted_host")
    problem(served.client.get("/health/"), 401, "not_authenticated")


def test_answers_are_not_sniffed(served: Served) -> None:
    for path in ("/", "/nothing", "/metrics", f"{API}/results"):
        assert served.client.get(path).headers["x-content-type-options"] == "nosniff"
