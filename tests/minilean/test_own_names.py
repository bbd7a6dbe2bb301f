"""Strategies may call their own attributes what they like: nothing of the engine's is in their way."""

import inspect
import types
from pathlib import Path

import pytest

from engine_builders import DataFolder, run_strategy
from minilean.algorithm.core import AlgorithmCore
from minilean.algorithm.lean_names import QC_ALGORITHM_NAMES
from minilean.algorithm.qc_algorithm import QCAlgorithm
from minilean.surface import CORE, NotSupportedError, snake_case


def _own_names() -> list[str]:
    """Return all that the engine has on an algorithm and LEAN has not, for a strategy's use as it comes."""
    names = {name for name in dir(AlgorithmCore) if not name.startswith("__")}
    return sorted(names - QC_ALGORITHM_NAMES)


def test_an_algorithm_has_no_names_but_leans():
    public = {name for name in dir(QCAlgorithm) if not name.startswith("_")}
    spelled = {name if name in QC_ALGORITHM_NAMES else snake_case(name) for name in public}
    assert {name for name in spelled if name.lower() not in QC_ALGORITHM_NAMES} == set()
    private = {name for name in dir(QCAlgorithm) if name.startswith("_")}
    assert private <= set(dir(type("Empty", (), {}))), "what begins with an underscore is the strategy's own"


def test_the_engine_has_names_that_a_strategy_could_use():
    assert {"seed", "symbol_of", "_pair", "_submit"} <= set(_own_names())


SOURCE = """
    from AlgorithmImports import *


    class Hoarder(QCAlgorithm):
        def initialize(self):
            for name in {names}:
                setattr(self, name, 42)
            self.set_start_date(2013, 10, 7)
            self.set_end_date(2013, 10, 9)
            self.set_cash(100000)
            self.spy = self.add_equity("SPY", Resolution.HOUR).symbol
            self.average = self.sma(self.spy, 3)
            self.set_alpha(ConstantAlphaModel(InsightType.PRICE, InsightDirection.UP, timedelta(hours=2)))
            self.set_portfolio_construction(EqualWeightingPortfolioConstructionModel())
            self.set_benchmark(self.spy)
            self.schedule.on(self.date_rules.every_day(self.spy), self.time_rules.noon, self.look)

        def debug(self, message):
            raise ValueError("a method of the strategy's, which the engine does not call")

        def market_order(self, *nothing):
            raise ValueError("another")

        def look(self):
            past = QCAlgorithm.history(self, self.spy, 2, Resolution.HOUR)
            self.history = self.sma = past
            self.symbol = self.spy

        def on_end_of_algorithm(self):
            assert self.seed == self.symbol_of == self._context == self._pair == 42
            self.set_holdings([PortfolioTarget(self.spy, 0.5)])
            self.quit("over")
            self.log(f"held {{self.portfolio.invested}} ready {{self.average.is_ready}} {{len(self.history)}}")
"""


def test_a_strategys_own_attributes_and_methods_do_no_harm(tmp_path: Path):
    data = DataFolder(tmp_path / "data")
    data.spy_week()
    done = run_strategy(tmp_path / "run", data, SOURCE.format(names=[*_own_names(), "_context", "strategy", "slice"]))
    assert done.code == 0, done.stdout + done.stderr
    assert "held True ready True 2" in done.stdout


class _Core:
    """Notes what is asked of it."""

    def __init__(self) -> None:
        self.calls: list[object] = []

    def set_cash(self, *amount: object, **keywords: object) -> None:
        self.calls.append((amount, keywords))

    def indicator_helper(self, name: str) -> str:
        return f"helper {name}"


@pytest.fixture
def strategy() -> QCAlgorithm:
    class Own(QCAlgorithm):
        pass

    made = object.__new__(Own)
    made.__dict__[CORE] = _Core()
    return made


def test_methods_are_there_in_both_spellings_and_from_the_class(strategy):
    strategy.set_cash(1)
    strategy.SetCash(2, someThing=3)
    QCAlgorithm.SetCash(strategy, 4)
    super(type(strategy), strategy).set_cash(5)
    assert getattr(strategy, CORE).calls == [((1,), {}), ((2,), {"some_thing": 3}), ((4,), {}), ((5,), {})]


@pytest.mark.parametrize("name", ["ema", "EMA", "heikin_ashi", "HeikinAshi", "T3", "MAX", "FilteredIdentity"])
def test_helpers_are_there_in_leans_spellings(strategy, name):
    expected = name.lower() if name.isupper() else snake_case(name)
    assert getattr(strategy, name) == f"helper {expected}"


@pytest.mark.parametrize(
    ("name", "refused"),
    [("train", "train"), ("Train", "train"), ("AddOption", "add_option"), ("ARIMA", "arima"),
     ("OptionChain", "option_chain"), ("CompositeFIGI", "composite_figi")],
)  # fmt: skip
def test_what_is_missing_is_refused_by_name_until_a_strategy_has_it(strategy, name, refused):
    with pytest.raises(NotSupportedError, match=f"`{refused}` is not supported"):
        getattr(strategy, name)
    setattr(strategy, name, 7)
    assert getattr(strategy, name) == 7


def test_names_that_nobody_has_are_no_attributes(strategy):
    with pytest.raises(AttributeError, match="'Own' object has no attribute 'nothing'"):
        strategy.nothing  # noqa: B018 - the look is what fails


def test_events_may_be_passed_on(strategy):
    super(type(strategy), strategy).on_data(None)
    super(type(strategy), strategy).OnEndOfAlgorithm()
    assert isinstance(inspect.getattr_static(QCAlgorithm, "on_data"), types.FunctionType)
