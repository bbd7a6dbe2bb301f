from AlgorithmImports import *

import time


class Recorded(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2013, 10, 7)
        self.set_end_date(2013, 10, 10)
        self.set_cash(100000)
        self.spy = self.add_equity("SPY", Resolution.MINUTE).symbol
        self.day = None

    def on_data(self, data):
        if not self.portfolio.invested:
            self.set_holdings(self.spy, 1)
            self.debug("a debug message")
            self.log("a log message")
            self.error("an error message")
        if self.time.date() != self.day:
            self.day = self.time.date()
            time.sleep(0.12)
