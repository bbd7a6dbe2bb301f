"""Names that strategies use in annotations and in `isinstance`."""

import ast

import pytest

from minilean.algorithm.indicator_catalogue import HELPERS, IDENTITIES, PAIRS
from minilean.support import check_source, imported_names

SOURCE = """
from AlgorithmImports import *


class Annotated(QCAlgorithm):
    def initialize(self) -> None:
        self.spy: Equity = self.add_equity("SPY")
        self.pair: Forex = None
        self.coin: Crypto = None

    def on_splits(self, splits: Splits) -> None: ...
    def on_dividends(self, dividends: Dividends) -> None: ...
    def on_delistings(self, delistings: Delistings) -> None: ...
    def on_symbol_changed_events(self, changes: SymbolChangedEvents) -> None: ...
    def on_bar(self, bar: BaseData, bars: TradeBars, quotes: QuoteBars) -> SecurityHolding: ...
    def on_schedule(self, event: ScheduledEvent, manager: SecurityManager) -> SecurityPortfolioManager: ...
"""


def test_annotations_with_leans_names_are_no_use_of_what_is_missing():
    assert check_source(SOURCE) == []


@pytest.mark.parametrize("name", ["Option", "Future", "Tick"])
def test_names_of_what_is_missing_are(name):
    assert name not in imported_names()


def test_editors_know_what_every_indicator_helper_returns(project):
    tree = ast.parse((project / "backend/minilean/algorithm/indicator_types.pyi").read_text())
    (helpers,) = (node for node in tree.body if isinstance(node, ast.ClassDef))
    told = {method.name: ast.unparse(method.returns) for method in helpers.body}
    kinds = {name: helper.kind for name, helper in (HELPERS | PAIRS).items()} | IDENTITIES
    assert told == {name: f"kinds.{kind.__name__}" for name, kind in kinds.items()}
