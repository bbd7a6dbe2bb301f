"""Where two results part."""

import copy
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from leanboard.services.comparison.first_difference import pair_difference
from leanboard.storage.result_document import ResultDocument
from leanboard.storage.result_files import state_of

RECORDED = Path(__file__).parents[2] / "recordings" / "completes" / "results" / "completes.json"


def document(root: dict) -> ResultDocument:
    return ResultDocument(root=root, order_events=(), state=state_of(root, 0), name="r.json", size=0, tag="")


@pytest.fixture
def root() -> dict:
    return json.loads(RECORDED.read_bytes())


def test_the_same_is_equal(root: dict) -> None:
    found = pair_difference(document(root), document(copy.deepcopy(root)))
    assert (found.statistics, found.first) == ((), None)
    assert found.compared.statistics == len(root["statistics"])
    assert found.compared.orders == len(root["orders"]) > 0
    assert found.compared.equity_points == len(root["charts"]["Strategy Equity"]["series"]["Equity"]["values"])


def test_statistics_by_their_texts_in_leans_order(root: dict) -> None:
    other = copy.deepcopy(root)
    other["statistics"]["Sharpe Ratio"] = "9"
    del other["statistics"]["Total Orders"]
    other["statistics"]["New"] = "1"
    found = pair_difference(document(root), document(other)).statistics
    assert [each.name for each in found] == ["Total Orders", "Sharpe Ratio", "New"]
    assert (found[0].repeated, found[2].original) == (None, None)


def test_the_earliest_in_simulated_time_comes_first(root: dict) -> None:
    other = copy.deepcopy(root)
    points = other["charts"]["Strategy Equity"]["series"]["Equity"]["values"]
    points[-1][-1] += 0.0001
    found = pair_difference(document(root), document(other)).first
    assert found is not None
    assert (found.kind, found.time) == ("equity", datetime.fromtimestamp(points[-1][0], UTC))
    assert found.repeated == repr(points[-1][-1])

    number, order = next(iter(other["orders"].items()))
    order["quantity"] += 1
    found = pair_difference(document(root), document(other)).first
    assert found is not None
    assert (found.kind, found.what) == ("order", f"order {number}: quantity")

    points[0][-1] += 1
    found = pair_difference(document(root), document(other)).first
    assert found is not None
    assert found.kind == "equity"


def test_an_order_that_only_one_has(root: dict) -> None:
    other = copy.deepcopy(root)
    number, order = other["orders"].popitem()
    for pair, values in (((root, other), (True, False)), ((other, root), (False, True))):
        found = pair_difference(*map(document, pair)).first
        assert found is not None
        assert found.what == f"order {number} is only in one of them"
        assert (found.original is not None, found.repeated is not None) == values
        assert order["symbol"]["value"] in (found.original or found.repeated)


@pytest.mark.parametrize("damage", [{"orders": []}, {"orders": {"1": "x", "": {}}}, {"charts": None}, {}])
def test_strange_files_do_no_harm(root: dict, damage: dict) -> None:
    assert pair_difference(document(root), document(damage)).first is not None
    assert pair_difference(document(damage), document(damage)).first is None
