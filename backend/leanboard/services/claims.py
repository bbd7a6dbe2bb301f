"""What a client's Idempotency-Key claims."""

import hashlib

from leanboard.models.base import Frozen
from leanboard.storage.queries import IdempotencyClaim


def claim_of(body: Frozen, key: str | None) -> IdempotencyClaim | None:
    """Return the claim of a body to a key; None without a key."""
    if key is None:
        return None
    return IdempotencyClaim(key, hashlib.sha256(body.model_dump_json().encode()).hexdigest())
