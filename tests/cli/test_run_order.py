from decimal import Decimal
from pathlib import Path

import pytest

from leanboard.models.requests import BacktestRequest
from leanboard.settings import Settings
from leanboard.storage.stored_request import request_of, request_text
from leanboard.terminal.failure import CommandError, ExitCode
from leanboard.terminal.run_order import StrategyChoice, commission_field, make_request, unknown_strategy


def test_options_become_a_request():
    request = make_request(
        {"strategy_name": "main", "start_date": "2013-10-07", "end_date": None, "initial_cash": "5000.50"},
        ["fast=20", "label=a=b"],
        "SPY, AAPL",
    )
    assert request == BacktestRequest(
        strategy_name="main",
        start_date="2013-10-07",
        initial_cash="5000.50",
        parameters={"fast": "20", "label": "a=b"},
        symbols=("SPY", "AAPL"),
    )


def test_all_that_is_wrong_is_said_at_once():
    with pytest.raises(CommandError) as caught:
        make_request({"strategy_name": "main", "start_date": "x", "timeout": -1.0}, (), None)
    assert caught.value.exit_code is ExitCode.USAGE
    assert "--start: " in caught.value.message
    assert "--timeout: " in caught.value.message


def test_limits_and_image():
    request = make_request({"strategy_name": "main", "image": "lean:1", "memory": 512, "cpus": 1.5}, (), None)
    assert (request.image, request.memory, request.cpus) == ("lean:1", 512, 1.5)
    with pytest.raises(CommandError) as caught:
        make_request({"strategy_name": "main", "memory": 1, "cpus": 0.0, "image": ""}, (), None)
    for option in ("--memory: ", "--cpus: ", "--image: "):
        assert option in caught.value.message


@pytest.mark.parametrize(
    ("text", "field", "amount", "said"),
    [
        ("1", "per_order", Decimal(1), "1 per order"),
        ("0.350", "per_order", Decimal("0.35"), "0.35 per order"),
        ("1000", "per_order", Decimal(1000), "1000 per order"),
        ("0.1%", "fraction", Decimal("0.001"), "0.1 % of the order's value"),
        (" 2.5 % ", "fraction", Decimal("0.025"), "2.5 % of the order's value"),
        ("0.0001%", "fraction", Decimal("0.000001"), "0.0001 % of the order's value"),
    ],
)
def test_a_commission_is_an_amount_or_a_share(text, field, amount, said):
    request = make_request({"strategy_name": "main", "commission": commission_field(text)}, (), None)
    assert getattr(request.commission, field) == amount
    assert str(request.commission) == said
    assert request_of(request_text(request)) == request  # as it is stored


@pytest.mark.parametrize("text", ["", "%", "x", "x%", "-1", "100%", "1e3", "nan%", "inf%", "-1%", "1e7", "2000000"])
def test_a_commission_that_cannot_be_names_the_option(text):
    with pytest.raises(CommandError, match="--commission"):
        make_request({"strategy_name": "main", "commission": commission_field(text)}, (), None)


def test_without_a_commission_none_is_asked_for():
    assert make_request({"strategy_name": "main", "commission": commission_field(None)}, (), None).commission is None


def test_strategy_choice(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").touch()
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "main.py").touch()
    assert StrategyChoice.parse("main") == StrategyChoice("main")
    assert StrategyChoice.parse("mine.py") == StrategyChoice("mine", tmp_path)
    assert StrategyChoice.parse("./project") == StrategyChoice("project", tmp_path)
    assert StrategyChoice.parse("project/main.py") == StrategyChoice("project", tmp_path)
    with pytest.raises(CommandError):
        StrategyChoice.parse("./none.py")


def test_the_folder_of_a_path_comes_first():
    base = Settings(strategies=(Path("/a"),))
    assert StrategyChoice("x", Path("/b")).settings(base).strategies == (Path("/b"), Path("/a"))
    assert StrategyChoice("x", Path("/a")).settings(base) is base
    assert StrategyChoice("x").settings(base) is base


def test_near_names():
    known = ["main", "moving_average_cross", "momentum_rotation", *(f"other_{n}" for n in range(20))]
    assert "moving_average_cross" in unknown_strategy("moving_avg_cross", known).hint
    assert unknown_strategy("zzzz", known).hint == "leanboard strategies lists them"
    assert unknown_strategy("zzzz", ["main"]).hint == "there are: main"
    assert "LEANBOARD_STRATEGIES" in unknown_strategy("main", []).hint
