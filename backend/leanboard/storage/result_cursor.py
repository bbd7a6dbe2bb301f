"""Where one page of results ended and the next one begins: the last row's place in the order, sealed for one query.

A place is a value and an id, not a number of rows, so rows that come or go meanwhile neither repeat nor hide others.
"""

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass

from leanboard.errors import InvalidInput
from leanboard.storage.result_query import ResultQuery

_SEAL = 12  # bytes
_NOT_PART_OF_THE_ORDER = {"page", "page_size", "cursor"}
SortValue = float | int | str | None


@dataclass(frozen=True, slots=True)
class Place:
    """The last row of a page.

    Attributes:
        value: Of the column that is sorted by, as it is stored.
        run_id: Decides among equal values.
    """

    value: SortValue
    run_id: str


class CursorSeal:
    """Makes cursors and opens them again.

    Args:
        key: Of this installation: what another one sealed is refused.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def close(self, place: Place, query: ResultQuery) -> str:
        """Return the cursor of a place."""
        content = json.dumps([place.value, place.run_id], separators=(",", ":"), ensure_ascii=False).encode()
        return base64.urlsafe_b64encode(self._seal(content, query) + content).decode().rstrip("=")

    def open(self, cursor: str, query: ResultQuery) -> Place:
        """Return the place of a cursor.

        Raises:
            InvalidInput: It is none of ours, or belongs to other filters or another order.
        """
        try:
            raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        except (ValueError, binascii.Error) as error:
            raise _refusal() from error
        seal, content = raw[:_SEAL], raw[_SEAL:]
        if not hmac.compare_digest(seal, self._seal(content, query)):
            raise _refusal()
        value, run_id = json.loads(content)
        return Place(value, run_id)

    def _seal(self, content: bytes, query: ResultQuery) -> bytes:
        asked = query.model_dump(mode="json", exclude=_NOT_PART_OF_THE_ORDER, exclude_none=True)
        message = json.dumps(asked, sort_keys=True).encode() + b"\0" + content
        return hmac.digest(self._key, message, hashlib.sha256)[:_SEAL]


def _refusal() -> InvalidInput:
    msg = "this is no cursor of this list: take next_cursor of the page before, with the same filters and order"
    return InvalidInput(msg, field="cursor")
