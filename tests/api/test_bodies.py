"""What is no JSON with exactly one meaning, or too much of it, never reaches a model."""

import contextlib
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.serving import Served, problem
from leanboard.api.bodies import MAX_DEPTH, parse_json
from leanboard.errors import InvalidInput, MalformedBody

GOOD = '{"strategy_name": "main"}'


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"   ",
        b"hello",
        b"{",
        b"{'strategy_name': 'main'}",
        GOOD.encode("utf-16"),
        GOOD.encode("utf-16-le"),
        b"\xef\xbb\xbf" + GOOD.encode(),
        b'{"strategy_name": "\xff"}',
        b'{"strategy_name": "main", "name": "\\ud800"}',
        b'{"strategy_name": "main"} {}',
        b'{"timeout": ' + b"9" * 5000 + b"}",
    ],
    ids=["empty", "blank", "text", "cut", "quotes", "utf16", "utf16le", "bom", "latin", "surrogate", "two", "digits"],
)
def test_b01_body_that_is_not_json(served: Served, body: bytes) -> None:
    problem(served.post(body), 400, "malformed_body")
    assert served.manager.calls == []


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json; charset=utf-16",
        "multipart/form-data",
    ],
)
def test_b01_b25_body_that_is_not_declared_as_json(served: Served, content_type: str | None) -> None:
    problem(served.post(GOOD, content_type), 415, "unsupported_media_type")
    assert served.manager.calls == []


def test_body_declared_with_charset_is_taken(served: Served) -> None:
    assert served.post(GOOD, "Application/JSON; charset=UTF-8").status_code == 202


def test_compressed_body_is_refused(served: Served) -> None:
    problem(served.post(GOOD, **{"content-encoding": "gzip"}), 415, "unsupported_media_type")


def test_b02_announced_20_mb_are_not_read(served: Served) -> None:
    started = time.monotonic()
    problem(served.post(b"x" * 20_000_000), 413, "body_too_large")
    assert time.monotonic() - started < 1
    assert served.manager.calls == []


def test_b02_unannounced_body_is_read_only_up_to_the_limit(serve) -> None:
    served = serve(max_body=4)
    sent = 0

    def chunks():
        nonlocal sent
        for _ in range(10_000):
            sent += 1024
            yield b" " * 1024

    response = served.client.post(
        "/api/v2/backtest/run", content=chunks(), headers={"content-type": "application/json"}
    )
    problem(response, 413, "body_too_large")


@pytest.mark.parametrize(
    "body",
    ["[" * 100_000, '{"a":' * 100_000, "[" * 100 + "]" * 100, "[" * 900 + "]" * 900],
    ids=["arrays", "objects", "balanced", "deeper"],
)
def test_b02_depth(served: Served, body: str) -> None:
    problem(served.post(body), 400, "malformed_body")


def test_b02_many_keys_are_refused_quickly(served: Served) -> None:
    body = json.dumps({f"k{i}": i for i in range(80_000)})
    assert len(body) < 1024 * 1024 * 1.5
    started = time.monotonic()
    response = served.post(body)
    assert time.monotonic() - started < 1
    assert response.status_code in {400, 413}


def test_depth_limit_is_exact() -> None:
    assert parse_json(("[" * MAX_DEPTH + "]" * MAX_DEPTH).encode()) is not None
    with pytest.raises(MalformedBody):
        parse_json(("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1)).encode())


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400", "-1e400", "-0", "9223372036854775808"])
@pytest.mark.parametrize("field", ["initial_cash", "timeout"])
def test_b03_numbers_that_are_none(served: Served, number: str, field: str) -> None:
    problem(served.post(f'{{"strategy_name": "main", "{field}": {number}}}'), 422, "invalid_input")
    assert served.manager.calls == []


def test_b04_duplicate_key_is_named(served: Served) -> None:
    body = '{"strategy_name": "main", "initial_cash": 1, "initial_cash": 2}'
    problem(served.post(body), 422, "invalid_input", field="initial_cash")


def test_b04_duplicate_key_below_the_top(served: Served) -> None:
    problem(served.post('{"strategy_name": "main", "parameters": {"a": 1, "a": 2}}'), 422, "invalid_input", field="a")


@pytest.mark.parametrize("field", ["privileged", "volumes", "env", "__class__", "status"])
def test_b04_unknown_field_is_named(served: Served, field: str) -> None:
    problem(served.run(**{field: True}), 422, "invalid_input", field=field)
    assert served.manager.calls == []


def test_problem_does_not_echo_long_input(served: Served) -> None:
    response = served.run(**{"x" * 100_000: 1, "timeout": "y" * 100_000})
    content = problem(response, 422, "invalid_input")
    assert "x" * 201 not in response.text
    assert "y" * 201 not in response.text
    assert len(content["errors"]) == 2


def test_number_of_errors_is_bounded(served: Served) -> None:
    content = problem(served.run(**{f"field{i}": i for i in range(500)}), 422, "invalid_input")
    assert len(content["errors"]) == 20
    assert "499 more" in content["detail"]


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(), children, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_every_proper_json_is_parsed_as_the_standard_library_does(value: object) -> None:
    text = json.dumps(value, ensure_ascii=True)
    try:
        text.encode("ascii").decode()
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return
    assert parse_json(text.encode()) == json.loads(text)


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(body: bytes) -> None:
    with contextlib.suppress(InvalidInput):
        parse_json(body)
