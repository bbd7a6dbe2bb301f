"""Buy and hold, as a single file: a strategy needs no folder of its own."""

from AlgorithmImports import *

RESOLUTIONS = {"minute": Resolution.MINUTE, "hour": Resolution.HOUR, "daily": Resolution.DAILY}


class BuyAndHold(QCAlgorithm):
    """Buys several stocks in equal parts and holds them, the yardstick for every other strategy.

    Each symbol is bought on its first bar. With `rebalance` set to `yearly` the parts are made equal again on the
    first trading day of every year; `never` lets the winners run.

    Data: AAPL, IBM and SPY, daily bars, 2005-01-03 to 2012-12-31.
    """

    def initialize(self):
        self.set_start_date(2005, 1, 3)
        self.set_end_date(2012, 12, 31)
        self.set_cash(100000)
        rebalance = self.get_parameter("rebalance", "never")
        if rebalance not in ("never", "yearly"):
            raise ValueError(f"parameter rebalance is '{rebalance}', expected never or yearly")
        self._yearly = rebalance == "yearly"
        self._year = None
        resolution = self._resolution(self.get_parameter("resolution", "daily"))
        tickers = self._tickers(self.get_parameter("symbols", "AAPL,IBM,SPY"))
        self._symbols = [self.add_equity(ticker, resolution).symbol for ticker in tickers]
        self._waiting = list(self._symbols)
        self._weight = self.get_parameter("allocation", 0.98) / len(tickers)

    def on_data(self, data):
        if self._yearly and self._year is not None and self.time.year != self._year:
            self._waiting = list(self._symbols)
        self._year = self.time.year
        for symbol in list(self._waiting):
            if data.bars.contains_key(symbol):
                self._waiting.remove(symbol)
                self.set_holdings(symbol, self._weight)

    def on_end_of_algorithm(self):
        for symbol in self._symbols:
            holding = self.portfolio[symbol]
            self.log(f"{symbol.value} {holding.quantity} shares, unrealized profit {holding.unrealized_profit:.2f}")
        self.log(f"Final value {self.portfolio.total_portfolio_value:.2f}, fees {self.portfolio.total_fees:.2f}")

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
