"""Requests as they are kept in the index, in work directories, in run.json and in batch.json."""

import json
from decimal import Decimal, InvalidOperation
from typing import Annotated

from pydantic import BeforeValidator

from leanboard.models.batch_requests import BatchRequest
from leanboard.models.batches import BatchItem
from leanboard.models.requests import BacktestRequest
from leanboard.models.scenarios import Scenario

_NUMBERS = frozenset({"initial_cash", "per_order", "fraction", "min", "max", "step"})


def _with_exact_numbers(value: object) -> object:
    """Give numbers back as they were.

    JSON keeps a ``Decimal`` as text with all its digits, and may write that text with an exponent, which a client's
    request is not allowed to use. Parameters, whatever they are called, are texts; ranges of them hold numbers.
    """
    if isinstance(value, list):
        return [_with_exact_numbers(each) for each in value]
    return {key: _exact(key, each) for key, each in value.items()} if isinstance(value, dict) else value


def _exact(key: str, value: object) -> object:
    if isinstance(value, str):
        return _number(value) if key in _NUMBERS else value
    if key == "parameters" and isinstance(value, dict):
        return {name: _with_exact_numbers(axis) for name, axis in value.items()}
    return _with_exact_numbers(value)


def _number(text: str) -> object:
    try:
        return Decimal(text)
    except InvalidOperation:
        return text


StoredRequest = Annotated[BacktestRequest, BeforeValidator(_with_exact_numbers)]
StoredBatchRequest = Annotated[BatchRequest, BeforeValidator(_with_exact_numbers)]
StoredBatchItem = Annotated[BatchItem, BeforeValidator(_with_exact_numbers)]
StoredScenario = Annotated[Scenario, BeforeValidator(_with_exact_numbers)]


def request_text(request: BacktestRequest | BatchRequest) -> str:
    """Return a request as JSON text; only what was asked for, not the defaults."""
    return request.model_dump_json(exclude_defaults=True)


def request_of(text: str) -> BacktestRequest:
    """Read what :func:`request_text` wrote.

    Raises:
        ValueError: It is something else.
    """
    return BacktestRequest.model_validate(_with_exact_numbers(json.loads(text)))


def batch_request_of(text: str) -> BatchRequest:
    """Read what :func:`request_text` wrote; errors as :func:`request_of`."""
    return BatchRequest.model_validate(_with_exact_numbers(json.loads(text)))


def batch_item_of(values: dict[str, object]) -> BatchItem:
    """Return an item of a batch from the values of its JSON; errors as :func:`request_of`."""
    return BatchItem.model_validate(_with_exact_numbers(values))


def scenario_of(text: str) -> Scenario:
    """Return a scenario from its JSON; errors as :func:`request_of`."""
    return Scenario.model_validate(_with_exact_numbers(json.loads(text)))
