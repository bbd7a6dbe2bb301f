"""Strategies may call their own attributes what they like: nothing of the engine's is in their way."""

import inspect
import types
from pathlib import Path

import pytest

from engine_builders import DataFolder, run_strategy
from minilean.algorithm.core import AlgorithmCore
from minilean.algorithm.lean_names import QC_ALGORITHM_NAMES
from minilean.algorithm.qc_algorithm import QCAlgorithm
from minilean.data.custom import PythonData
from minilean.fees.fee_model import FeeModel
from minilean.fills.equity_fill_model import EquityFillModel
from minilean.fills.slippage import ConstantSlippageModel
from minilean.framework.alphas.alpha_model import AlphaModel
from minilean.framework.execution.execution_model import ExecutionModel, ImmediateExecutionModel
from minilean.framework.portfolio.construction import PortfolioConstructionModel
from minilean.framework.portfolio.weighting import EqualWeightingPortfolioConstructionModel
from minilean.framework.risk.risk_models import RiskManagementModel
from minilean.indicators.base import IndicatorBase, IndicatorDataPoint
from minilean.indicators.python_indicator import PythonIndicator
from minilean.surface import CORE, NotSupportedError, snake_case
from minilean.universes.models import FundamentalUniverseSelectionModel, UniverseSelectionModel


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


_CONSTRUCTION = {
    "algorithm", "create_targets", "determine_target_percent", "get_target_insights", "is_rebalance_due",
    "on_securities_changed", "rebalance_on_insight_changes", "rebalance_on_security_changes", "refresh_rebalance",
    "set_rebalancing_func", "should_create_target_for_insight",
}  # fmt: skip
_FILLS = {
    "fill", "is_exchange_open", "limit_fill", "limit_if_touched_fill", "market_fill", "market_on_close_fill",
    "market_on_open_fill", "stop_limit_fill", "stop_market_fill", "trailing_stop_fill", "best_effort_price",
}  # fmt: skip
_UNIVERSES = {"create_universes", "get_next_refresh_time_utc"}
_EXECUTION = {"asynchronous", "execute", "on_order_event", "on_securities_changed", "targets_collection"}
_DATA = {
    "clone", "data_type", "end_time", "get_property", "get_storage_dictionary", "has_property", "is_fill_forward",
    "price", "set_property", "symbol", "time", "value",
}  # fmt: skip
_OF_THE_ENGINES_DATA = {"end_local", "end_utc", "filled_forward", "is_auxiliary", "period", "period_us", "time_local"}


@pytest.mark.parametrize(
    ("kind", "leans"),
    [
        (AlphaModel, {"name", "update", "on_securities_changed"}),
        (PortfolioConstructionModel, _CONSTRUCTION),
        (EqualWeightingPortfolioConstructionModel, _CONSTRUCTION | {"respect_portfolio_bias"}),
        (ExecutionModel, _EXECUTION),
        (ImmediateExecutionModel, _EXECUTION),
        (RiskManagementModel, {"manage_risk", "on_securities_changed"}),
        (UniverseSelectionModel, _UNIVERSES),
        (FundamentalUniverseSelectionModel, _UNIVERSES | {"select", "select_coarse", "select_fine"}),
        (FeeModel, {"get_order_fee"}),
        (EquityFillModel, _FILLS),
        (lambda: ConstantSlippageModel(0), {"get_slippage_approximation"}),
        (PythonData, _DATA | _OF_THE_ENGINES_DATA),
    ],
)
def test_what_strategies_derive_from_leaves_them_all_other_names(kind, leans):
    made = kind()
    names = {name for name in {*dir(made), *vars(made)} if not name.startswith("__") and not name.endswith("_")}
    snakes = {name for name in names if name == name.lower()}
    assert snakes - {"to_string"} <= leans
    assert {snake_case(name) for name in names - snakes if hasattr(made, name)} - {"to_string"} <= leans


def test_a_strategys_indicator_may_have_methods_with_the_engines_names():
    def broken(*_: object) -> None:
        raise ValueError("the strategy's own")

    names = {
        name for name in vars(IndicatorBase) if not name.startswith("__") and callable(getattr(IndicatorBase, name))
    }
    own = dict.fromkeys(names - {"update", "update_with", "reset"}, broken)
    own |= {"update": lambda self, data: True, "value": 3}
    indicator = type("Own", (PythonIndicator,), own)()
    for name in ("_previous", "_last_input", "_past_values", "_is_ready", "parts"):
        setattr(indicator, name, 42)
    assert indicator.update_with(IndicatorDataPoint())
    assert (indicator.is_ready, indicator.current.value, indicator.samples) == (True, 3.0, 1)
    indicator.reset()
    assert (indicator.is_ready, indicator.samples) == (False, 0)


def test_properties_of_a_strategys_data_may_have_the_engines_names():
    point = PythonData()
    for number, name in enumerate(("Settle", "Storage", "Period", "SetTime", "_value")):
        setattr(point, name, number)
    assert [point.settle, point["storage"], point.period, point.set_time, point._value] == [0, 1, 2, 3, 4]
    assert point.value == 0.0
    with pytest.raises(AttributeError):
        PythonData().period  # noqa: B018 - the look is what fails
