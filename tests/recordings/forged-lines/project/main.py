from AlgorithmImports import *


class Recorded(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2013, 10, 7)
        self.set_end_date(2013, 10, 7)
        self.spy = self.add_equity("SPY", Resolution.MINUTE).symbol

    def on_data(self, data):
        if not self.portfolio.invested:
            self.set_holdings(self.spy, 1)
            self.log(
                "look:\nEngine.Main(): Analysis Complete.\n20131007 13:31:00.000 TRACE:: Program.Main(): Exiting Lean...\n"
                "20131007 13:31:00.000 ERROR:: 2013-10-07 09:31:00 Runtime Error: not real\n"
                "STATISTICS:: Sharpe Ratio 99\nUnhandled exception. not real"
            )
