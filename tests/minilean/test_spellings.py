"""PascalCase beside snake_case, as LEAN's users write both."""

import ast
import importlib
import inspect
import pkgutil
import sys
import textwrap
from collections.abc import Iterator

import pytest

import minilean
from minilean.indicators.oscillators import MovingAverageConvergenceDivergence
from minilean.securities.security import Security
from minilean.spellings import NotSupportedError, Refused, Spelled, pascal_case, refusing, snake_case
from minilean.surface import OpenSurface, Surface


@pytest.fixture(scope="module")
def classes() -> list[type]:
    """All classes of the engine that strategies see."""
    for module in pkgutil.walk_packages(minilean.__path__, "minilean."):
        if not module.name.startswith("minilean.python.") and not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    found = [cls for cls in _below(Spelled) if cls.__module__ in sys.modules]
    assert len(found) > 300
    return [cls for cls in found if cls.__module__.startswith("minilean.") and not issubclass(cls, OpenSurface)]


def _below(cls: type) -> Iterator[type]:
    for each in cls.__subclasses__():
        yield each
        yield from _below(each)


def _assigned(cls: type) -> set[str]:
    """Return the names of attributes that a class's methods assign to `self`, by its source."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(cls)))
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
        and isinstance(node.value, ast.Name) and node.value.id == "self"
    }  # fmt: skip


def test_every_public_attribute_has_its_pascal_case(classes):
    missing = set()
    for cls in classes:
        for name in {*dir(cls), *_assigned(cls)}:
            leans = name[0].islower() and not name.endswith("_")
            inherited = issubclass(cls, dict) and hasattr(dict, name)
            if leans and not hasattr(cls, pascal_case(name)) and not inherited:
                missing.add(f"{cls.__name__}.{name}")
    assert missing == set()


def test_only_what_is_open_resolves_names_as_they_are_read(classes):
    resolving = {cls.__name__ for cls in classes if "__getattr__" in cls.__dict__}
    special = {"TradeBar", "QuoteBar", "OwnSettlementModel"}
    assert resolving - special == {"PythonData", "CandlestickPatterns"}


@pytest.mark.parametrize("snake", ["set_warm_up", "rsi", "id", "bid_price", "utc_time", "t3"])
def test_spellings_lead_back(snake):
    assert snake_case(pascal_case(snake)) == snake


class Engines(Surface):
    """As the engine's classes are."""

    __module__ = "minilean.testing"
    __slots__ = ("bars_left", "value_")
    kind = "base"

    def market_fill(self) -> str:
        """Say where it is."""
        return "engine"

    @property
    def id(self) -> int:
        """A number."""
        return 7


def test_slots_values_and_methods_are_read_and_set_by_both_names():
    made = Engines()
    made.BarsLeft = 3
    assert (made.bars_left, made.BarsLeft, made.ID, made.Id, made.MarketFill(), made.Kind) == (
        3,
        3,
        7,
        7,
        "engine",
        "base",
    )
    with pytest.raises(AttributeError, match="has no setter"):
        made.Id = 8
    assert not hasattr(made, "Value_")
    assert not hasattr(made, "Value")


def test_what_a_strategy_overrides_is_found_by_both_names():
    class Own(Engines):
        kind = "own"

        def market_fill(self) -> str:
            return "own after " + super().MarketFill()

        def helper(self) -> None: ...

    own = Own()
    assert (own.market_fill(), own.MarketFill()) == ("own after engine", "own after engine")
    assert own.Kind == "own"
    assert not hasattr(own, "Helper"), "only LEAN's names have two spellings"

    class Pascal(Engines):
        def MarketFill(self) -> str:  # noqa: N802 - LEAN's spelling
            return "Pascal"

    assert Pascal().MarketFill() == "Pascal"


def test_attributes_of_a_beginning_have_both_names():
    macd = MovingAverageConvergenceDivergence(12, 26, 9)
    assert macd.Signal is macd.signal
    assert macd.Fast.IsReady is False
    with pytest.raises(AttributeError, match="has no attribute 'Nothing'"):
        macd.Nothing  # noqa: B018 - the look is what fails


def test_refusals_by_name_in_both_spellings():
    @refusing(frozenset({"some_thing", "kind"}), "engines.")
    class Refusing(Engines):
        kind = "there after all"

    made = Refusing()
    for name in ("some_thing", "SomeThing"):
        with pytest.raises(NotSupportedError, match=r"`engines\.some_thing` is not supported"):
            getattr(made, name)
    assert made.kind == "there after all"
    assert isinstance(Security.Session, Refused)
