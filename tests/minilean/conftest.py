"""What minilean's tests share."""

import decimal
from collections.abc import Iterator

import pytest

from minilean import numbers


@pytest.fixture(autouse=True)
def arithmetic() -> Iterator[None]:
    """Compute as the engine's threads do, whatever ran in this process before."""
    with decimal.localcontext(numbers.context()):
        yield
