"""The sample that runs when nobody gave a configuration."""

from AlgorithmImports import *


class BasicTemplateAlgorithm(QCAlgorithm):
    """Buys once and waits."""

    def initialize(self):
        self.set_start_date(2013, 10, 7)
        self.set_end_date(2013, 10, 11)
        self.set_cash(100000)
        self._spy = self.add_equity("SPY", Resolution.DAILY).symbol

    def on_data(self, data):
        if not self.portfolio.invested:
            self.set_holdings(self._spy, 1)
