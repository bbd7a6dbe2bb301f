from AlgorithmImports import *

RESOLUTIONS = {"minute": Resolution.MINUTE, "hour": Resolution.HOUR, "daily": Resolution.DAILY}


class MomentumRotation(QCAlgorithm):
    """Holds the strongest of several stocks, decided anew on the first trading day of every month.

    The candidates are ranked by their return over `lookback` days; the best `holdings` of them with a positive return
    share the account, the rest is sold. When nothing has risen the account stays in cash.

    Data: AAPL, IBM and SPY, daily bars, 2005-01-03 to 2012-12-31 and `lookback` days before.
    """

    def initialize(self):
        self.set_start_date(2005, 1, 3)
        self.set_end_date(2012, 12, 31)
        self.set_cash(100000)
        lookback = self.get_parameter("lookback", 126)
        self._count = self.get_parameter("holdings", 1)
        resolution = self._resolution(self.get_parameter("resolution", "daily"))
        tickers = self._tickers(self.get_parameter("symbols", "AAPL,IBM,SPY"))
        self._symbols = [self.add_equity(ticker, resolution).symbol for ticker in tickers]
        self._momentum = {symbol: self.roc(symbol, lookback, Resolution.DAILY) for symbol in self._symbols}
        self._held = []
        self.set_warm_up(lookback + 1, Resolution.DAILY)
        self.schedule.on(
            self.date_rules.month_start(self._symbols[0]),
            self.time_rules.after_market_open(self._symbols[0], 30),
            self._rebalance,
        )

    def on_end_of_algorithm(self):
        self.log(f"Final value {self.portfolio.total_portfolio_value:.2f}, fees {self.portfolio.total_fees:.2f}")

    def _rebalance(self):
        if self.is_warming_up:
            return
        best = self._strongest()
        if set(best) != set(self._held):
            self._rotate(best)
            self._held = best
        for symbol in self._symbols:
            if self._momentum[symbol].is_ready:
                self.plot("Momentum", symbol.value, self._momentum[symbol].current.value)

    def _rotate(self, best):
        for symbol in self._held:
            if symbol not in best:
                self.liquidate(symbol, tag="rotated out")
        # the largest positions first: what is reduced makes room for what is bought
        for symbol in sorted(best, key=lambda symbol: self.portfolio[symbol].holdings_value, reverse=True):
            self.set_holdings(symbol, 0.95 / len(best), tag="rotated in")

    def _strongest(self):
        rising = [
            symbol
            for symbol in self._symbols
            if self._momentum[symbol].is_ready and self._momentum[symbol].current.value > 0
        ]
        rising.sort(key=lambda symbol: self._momentum[symbol].current.value, reverse=True)
        return rising[: self._count]

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
