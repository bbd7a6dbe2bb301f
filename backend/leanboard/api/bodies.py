"""Reads JSON bodies strictly: what two readers could read differently is refused.

The route class below hands FastAPI a body that was already read within the limit and already parsed, so that
models, documentation and error paths stay FastAPI's own.
"""

import asyncio
import json
import math
from collections.abc import Callable, Coroutine, Iterator
from email.message import Message
from itertools import chain
from typing import Any, Never

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.responses import Response
from starlette.types import Receive, Scope

from leanboard.api.dependencies import services_of
from leanboard.errors import BodyTooLarge, InvalidInput, MalformedBody, UnsupportedMediaType

MAX_DEPTH = 64
MAX_VALUES = 50_000  # in all; a run has a few hundred at most, an item of a batch ten
LARGE = 64 * 1024  # bytes; larger bodies are parsed beside the event loop


class ParsedRequest(Request):
    """A request whose body is there already."""

    def __init__(self, scope: Scope, receive: Receive, raw: bytes, parsed: object) -> None:
        super().__init__(scope, receive)
        self._raw = raw
        self._parsed = parsed

    async def body(self) -> bytes:
        """Return the body as it came."""
        return self._raw

    async def json(self) -> Any:  # noqa: ANN401  # Starlette's signature
        """Return the body as it was parsed."""
        return self._parsed


class StrictRoute(APIRoute):
    """A route that takes only bodies with one meaning."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return FastAPI's handler, behind the strict reading when the operation has a body."""
        handle = super().get_route_handler()
        if self.body_field is None:
            return handle

        async def read_and_handle(request: Request) -> Response:
            check_media_type(request)
            raw = await read_within(request, services_of(request).settings.max_body * 1024)
            parsed = await (asyncio.to_thread(parse_json, raw) if len(raw) > LARGE else _at_once(raw))
            return await handle(ParsedRequest(request.scope, request.receive, raw, parsed))

        return read_and_handle


async def _at_once(raw: bytes) -> object:
    return parse_json(raw)


def check_media_type(request: Request) -> None:
    """Refuse what is not declared as JSON in UTF-8; no page of another site can send that without asking first.

    Raises:
        UnsupportedMediaType: Another type, another charset, or a compressed body.
    """
    header = Message()
    header["content-type"] = request.headers.get("content-type", "")
    charset = str(header.get_param("charset", "utf-8")).lower()
    if header.get_content_type() != "application/json" or charset not in {"utf-8", "utf8"}:
        raise UnsupportedMediaType("send the body as JSON in UTF-8, with the header Content-Type: application/json")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise UnsupportedMediaType("send the body without Content-Encoding")


async def read_within(request: Request, limit: int) -> bytes:
    """Read the body, and stop reading where it gets too long.

    Raises:
        BodyTooLarge: More than ``limit`` bytes, announced or sent.
    """
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced[:20]) > limit:
        raise BodyTooLarge(f"the body may have {limit} bytes at most")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise BodyTooLarge(f"the body may have {limit} bytes at most")
    return bytes(body)


def parse_json(raw: bytes) -> object:
    """Parse JSON that has exactly one meaning.

    Raises:
        MalformedBody: Empty, not UTF-8, a byte order mark, no JSON, nested too deep, too many values.
        InvalidInput: A key twice in one object, or a number that is none (NaN, Infinity, 1e400).
    """
    try:
        text = raw.decode("utf-8")
        parsed: object = json.loads(
            text,
            object_pairs_hook=_unique,
            parse_constant=_no_number,
            parse_float=_finite,
        )
        json.dumps(parsed, ensure_ascii=False).encode("utf-8")  # refuses lone surrogates
    except RecursionError:
        raise MalformedBody(f"the body is nested deeper than {MAX_DEPTH} levels") from None
    except InvalidInput:
        raise
    except json.JSONDecodeError as error:
        raise MalformedBody(f"the body is not JSON: {error.msg}, line {error.lineno}, column {error.colno}") from None
    except ValueError:  # bytes or characters that are no UTF-8, or an integer of thousands of digits
        raise MalformedBody("the body is not JSON in UTF-8") from None
    _check_size(parsed)
    return parsed


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    value = dict(pairs)
    if len(value) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise InvalidInput("the key appears twice in one object", field=twice[:80])
    return value


def _no_number(name: str) -> Never:
    raise InvalidInput(f"{name} is not a number in JSON")


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise InvalidInput(f"the number {text[:40]} is too large")
    return value


def _check_size(parsed: object) -> None:
    """Walk the levels one by one, so that no shape of input costs more than its number of values."""
    level = [parsed]
    values = 0
    for _ in range(MAX_DEPTH):
        level = list(chain.from_iterable(_children(item) for item in level))
        values += len(level)
        if values > MAX_VALUES:
            raise MalformedBody(f"the body has more than {MAX_VALUES} values")
    if any(isinstance(item, dict | list) for item in level):
        raise MalformedBody(f"the body is nested deeper than {MAX_DEPTH} levels")


def _children(item: object) -> Iterator[object]:
    if isinstance(item, dict):
        return iter(item.values())
    return iter(item) if isinstance(item, list) else iter(())
