from AlgorithmImports import *

RESOLUTIONS = {"minute": Resolution.MINUTE, "hour": Resolution.HOUR, "daily": Resolution.DAILY}


class SpyFirstRun(QCAlgorithm):
    """Buys SPY with the whole account on the first minute bar and holds it for the week.

    The smallest useful strategy, meant for the first run: one symbol, one order, five trading days of minute bars.
    Whatever `symbols` names shares the account equally; `allocation` is the part of the account that is invested.

    Data: SPY, minute trade bars (quote bars are used where they exist), 2013-10-07 to 2013-10-11.
    """

    def initialize(self):
        self.set_start_date(2013, 10, 7)
        self.set_end_date(2013, 10, 11)
        self.set_cash(100000)
        self._allocation = self.get_parameter("allocation", 1.0)
        resolution = self._resolution(self.get_parameter("resolution", "minute"))
        tickers = self._tickers(self.get_parameter("symbols", "SPY"))
        self._waiting = [self.add_equity(ticker, resolution).symbol for ticker in tickers]
        self._weight = self._allocation / len(tickers)

    def on_data(self, data):
        for symbol in list(self._waiting):
            if data.bars.contains_key(symbol):
                self._waiting.remove(symbol)
                self.set_holdings(symbol, self._weight)
                self.debug(f"Bought {symbol.value} at {data.bars[symbol].close:.2f}")

    def on_end_of_algorithm(self):
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
