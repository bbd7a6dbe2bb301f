from AlgorithmImports import *


class Recorded(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2013, 10, 7)
        self.period = int("ten")
