"""Names that strategies use in annotations and in `isinstance`."""

import pytest

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
