from AlgorithmImports import *


class Recorded(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2013, 10, 7)
        self.set_end_date(2013, 10, 8)
        self.add_equity("SPY", Resolution.MINUTE)

    def on_data(self, data):
        if self.time.day == 8:
            self.weigh(0)

    def weigh(self, count):
        return 1 / count
