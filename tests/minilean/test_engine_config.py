"""Configuration, the support check and LEAN's number border."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from minilean import numbers
from minilean.config import ConfigError, load, parse_arguments
from minilean.engine.errors import reworded
from minilean.support import check_source, refused_names, supported_names
from minilean.surface import decimal_argument, double_argument, snake_case


def _config(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "config.json"
    path.write_text(text)
    return ["--config", str(path)]


def test_comments_are_allowed_and_parameters_become_texts(tmp_path):
    text = '{"algorithm-id": "a//b", // id\n "parameters": {"n": 10, "x": 10.50, "on": true, "s": "t"}}'
    config = load(_config(tmp_path, text))
    assert config.algorithm_id == "a//b"
    assert config.parameters == {"n": "10", "x": "10.5", "on": "true", "s": "t"}


def test_options_beat_the_file_and_the_environment_beats_both(tmp_path):
    text = json.dumps({
        "algorithm-id": "file", "environment": "backtesting", "environments": {"backtesting": {"algorithm-id": "env"}},
    })  # fmt: skip
    arguments = _config(tmp_path, text)
    assert load([*arguments, "--algorithm-id", "option"]).algorithm_id == "env"
    plain = _config(tmp_path, '{"algorithm-id": "file"}')
    assert load([*plain, "--algorithm-id", "option", "--parameters", "a:1,b:2:3"]).parameters == {"a": "1", "b": "2"}


@pytest.mark.parametrize("text", ["{", '{"parameters": {"n": {"m": 1}}}', "[]", '{"algorithm-language": "CSharp"}'])
def test_bad_configurations_are_refused(tmp_path, text):
    with pytest.raises(ConfigError):
        load(_config(tmp_path, text))


def test_unknown_options_are_refused():
    with pytest.raises(ConfigError, match="Unrecognized option"):
        parse_arguments(["--no-such-option", "1"])


def test_a_missing_file_falls_back_to_the_working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config = load(["--config", "missing.json"])
    assert config.messages == [("Configuration file missing.json does not exist, using config.json", True)]


@pytest.mark.parametrize(
    ("name", "snake"),
    [("OnData", "on_data"), ("SetWarmUp", "set_warm_up"), ("EMA", "ema"), ("Time", "time")],
)
def test_pascal_case_becomes_snake_case(name, snake):
    assert snake_case(name) == snake


def test_floats_cross_the_border_by_repr_or_with_15_digits():
    numbers.install_context()
    assert decimal_argument(0.1 + 0.2, "M") == Decimal("0.30000000000000004")
    assert double_argument(0.1 + 0.2, "M") == Decimal("0.3")
    assert double_argument(7, "M") == 7
    with pytest.raises(TypeError, match="No method matches given arguments for M"):
        decimal_argument("1", "M")


def test_the_support_check_names_uses_with_their_lines():
    source = (
        "from AlgorithmImports import *\n\nclass A(QCAlgorithm):\n    def initialize(self):\n"
        "        self.add_equity('SPY', Resolution.SECOND)\n        self.AddOption('SPY')\n"
        "        self.set_brokerage_model(BrokerageName.ZERODHA, AccountType.CASH)\n        x = OptionChain\n"
        "        self.quantity = 1\n        self.sma('SPY', 3)\n"
    )
    found = [(use.name, use.line) for use in check_source(source)]
    assert found == [
        ("Resolution.SECOND", 5),
        ("add_option", 6),
        ("set_brokerage_model(ZERODHA, CASH)", 7),
        ("OptionChain", 8),
    ]


def test_names_of_the_strategys_own_are_not_reported():
    source = "class A(QCAlgorithm):\n    def history(self): return 1\n    def f(self): return self.history()\n"
    assert check_source(source) == []


def test_no_name_is_both_supported_and_refused():
    assert not supported_names() & refused_names()
    assert {"set_holdings", "sma", "on_data", "max"} <= supported_names()
    assert {"add_option", "add_future"} <= refused_names()


def test_texts_of_leans_own_key_errors_stay():
    text = "This asset symbol (XYZ) was not found in your security list."
    assert reworded(KeyError(text)) == text
    assert reworded(KeyError("b")).startswith("The key 'b' was not found in the collection, which raises a KeyError")
    assert reworded(ZeroDivisionError("division by zero")) == "division by zero"
