"""Requests as they are kept in the index, in work directories and in run.json."""

import json
from decimal import Decimal, InvalidOperation
from typing import Annotated

from pydantic import BeforeValidator

from leanboard.models.requests import BacktestRequest


def _with_exact_cash(value: object) -> object:
    """Give the cash back as the number it was.

    JSON keeps it as text with all its digits, and ``Decimal`` may write that text with an exponent, which a client's
    request is not allowed to use.
    """
    if not isinstance(value, dict) or not isinstance(value.get("initial_cash"), str):
        return value
    try:
        return {**value, "initial_cash": Decimal(value["initial_cash"])}
    except InvalidOperation:
        return value


StoredRequest = Annotated[BacktestRequest, BeforeValidator(_with_exact_cash)]


def request_text(request: BacktestRequest) -> str:
    """Return a request as JSON text; only what was asked for, not the defaults."""
    return request.model_dump_json(exclude_defaults=True)


def request_of(text: str) -> BacktestRequest:
    """Read what :func:`request_text` wrote.

    Raises:
        ValueError: It is something else.
    """
    return BacktestRequest.model_validate(_with_exact_cash(json.loads(text)))
