from AlgorithmImports import *

RESOLUTIONS = {"minute": Resolution.MINUTE, "hour": Resolution.HOUR, "daily": Resolution.DAILY}


class BollingerReversion(QCAlgorithm):
    """Buys below the lower Bollinger band and sells at the middle band.

    A close below the lower band says that the price is unusually low for its own recent spread; the trade is over when
    the average is reached, or after `max_bars` bars without success. Long only, equal shares of the account.

    Data: AAPL and IBM, daily bars, 2005-01-03 to 2012-12-31 and `period` bars before.
    """

    def initialize(self):
        self.set_start_date(2005, 1, 3)
        self.set_end_date(2012, 12, 31)
        self.set_cash(100000)
        period = self.get_parameter("period", 20)
        width = self.get_parameter("width", 2.0)
        self._max_bars = self.get_parameter("max_bars", 40)
        resolution = self._resolution(self.get_parameter("resolution", "daily"))
        tickers = self._tickers(self.get_parameter("symbols", "AAPL,IBM"))
        self._symbols = [self.add_equity(ticker, resolution).symbol for ticker in tickers]
        self._bands = {
            symbol: self.bb(symbol, period, width, MovingAverageType.SIMPLE, resolution) for symbol in self._symbols
        }
        self._bars_held = {symbol: 0 for symbol in self._symbols}
        self._weight = 0.98 / len(tickers)
        self.set_warm_up(period, resolution)

    def on_data(self, data):
        if self.is_warming_up:
            return
        for symbol in self._symbols:
            if data.bars.contains_key(symbol) and self._bands[symbol].is_ready:
                self._decide(symbol, data.bars[symbol].close)

    def on_end_of_algorithm(self):
        self.log(f"Final value {self.portfolio.total_portfolio_value:.2f}, fees {self.portfolio.total_fees:.2f}")

    def _decide(self, symbol, close):
        band = self._bands[symbol]
        if not self.portfolio[symbol].invested:
            self._bars_held[symbol] = 0
            if close < band.lower_band.current.value:
                self.set_holdings(symbol, self._weight, tag="below the lower band")
            return
        self._bars_held[symbol] += 1
        if close >= band.middle_band.current.value:
            self.liquidate(symbol, tag="middle band reached")
        elif self._bars_held[symbol] >= self._max_bars:
            self.liquidate(symbol, tag="no recovery")

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
