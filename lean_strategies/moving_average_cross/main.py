from AlgorithmImports import *

RESOLUTIONS = {"minute": Resolution.MINUTE, "hour": Resolution.HOUR, "daily": Resolution.DAILY}


class MovingAverageCross(QCAlgorithm):
    """Holds a stock while its fast moving average is above its slow one.

    The classic trend follower. Each symbol has an equal share of the account: bought when the fast simple average is
    above the slow one by `tolerance` (a fraction, against whipsaw), sold when it has fallen below. Both averages count
    bars of the chosen resolution and are warmed up before the first day.

    Data: AAPL and IBM, daily bars, 2006-01-03 to 2012-12-31 and `slow` bars before.
    """

    def initialize(self):
        self.set_start_date(2006, 1, 3)
        self.set_end_date(2012, 12, 31)
        self.set_cash(100000)
        fast = self.get_parameter("fast", 20)
        slow = self.get_parameter("slow", 100)
        if not 0 < fast < slow:
            raise ValueError(f"parameters fast and slow are {fast} and {slow}, expected 0 < fast < slow")
        self._tolerance = self.get_parameter("tolerance", 0.001)
        resolution = self._resolution(self.get_parameter("resolution", "daily"))
        tickers = self._tickers(self.get_parameter("symbols", "AAPL,IBM"))
        self._symbols = [self.add_equity(ticker, resolution).symbol for ticker in tickers]
        self._fast = {symbol: self.sma(symbol, fast, resolution) for symbol in self._symbols}
        self._slow = {symbol: self.sma(symbol, slow, resolution) for symbol in self._symbols}
        self._weight = 0.98 / len(tickers)
        self.set_warm_up(slow, resolution)
        self.schedule.on(
            self.date_rules.month_start(self._symbols[0]),
            self.time_rules.after_market_open(self._symbols[0], 30),
            self._plot_averages,
        )

    def on_data(self, data):
        if self.is_warming_up:
            return
        for symbol in self._symbols:
            if not data.bars.contains_key(symbol) or not self._slow[symbol].is_ready:
                continue
            fast = self._fast[symbol].current.value
            slow = self._slow[symbol].current.value
            invested = self.portfolio[symbol].invested
            if not invested and fast > slow * (1 + self._tolerance):
                self.set_holdings(symbol, self._weight, tag="fast above slow")
            elif invested and fast < slow:
                self.liquidate(symbol, tag="fast below slow")

    def on_end_of_algorithm(self):
        self.log(f"Final value {self.portfolio.total_portfolio_value:.2f}, fees {self.portfolio.total_fees:.2f}")

    def _plot_averages(self):
        for symbol in self._symbols:
            if not self.is_warming_up and self._slow[symbol].is_ready:
                self.plot(f"Averages {symbol.value}", "Fast", self._fast[symbol].current.value)
                self.plot(f"Averages {symbol.value}", "Slow", self._slow[symbol].current.value)

    def _resolution(self, text):
        resolution = RESOLUTIONS.get(text.lower())
        if resolution is None:
            raise ValueError(f"parameter resolution is '{text}', expected one of {', '.join(RESOLUTIONS)}")
        return resolution

    def _tickers(self, text):
        tickers = [part.strip().upper() for part in text.split(",") if part.strip()]
        if not tickers:
            raise ValueError("parameter symbols is empty, expected tickers such as AAPL,IBM")
        return tickers
