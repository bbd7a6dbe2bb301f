"""Conditional requests (RFC 9110, 13): answers carry tags, and who has the present one gets 304 without a body."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import Request, Response

from leanboard.api.openapi import Responses
from leanboard.services.analytics.run_results import Answer

# Kept by the client, and asked about each time: a result may be deleted, its name and note may change.
_CACHING = "private, no-cache"
_MAX_TAGS = 100

TAG_HEADER: Mapping[str, Any] = {"ETag": {"description": "Of this answer", "schema": {"type": "string"}}}
NOT_MODIFIED: Responses = {304: {"description": "The client's copy (If-None-Match) is the present one"}}


@dataclass(frozen=True, slots=True)
class KnownTags:
    """What If-None-Match names."""

    tags: frozenset[str]

    def __contains__(self, tag: object) -> bool:
        """Whether the client has it."""
        return "*" in self.tags or tag in self.tags


def known_tags(request: Request) -> KnownTags:
    """Read If-None-Match; a weak tag is as good as a strong one there."""
    values = ",".join(request.headers.getlist("if-none-match")).split(",", _MAX_TAGS)[:_MAX_TAGS]
    return KnownTags(frozenset(value.strip().removeprefix("W/") for value in values))


def response_of(answer: Answer) -> Response:
    """Return the response: the body, or 304."""
    headers = {"ETag": answer.tag, "Cache-Control": _CACHING}
    if answer.body is None:
        return Response(status_code=304, headers=headers)
    return Response(answer.body.content, media_type=answer.body.media_type, headers=headers)
