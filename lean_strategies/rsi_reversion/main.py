from AlgorithmImports import *

RESOLUTIONS = {"minute": Resolution.MINUTE, "hour": Resolution.HOUR, "daily": Resolution.DAILY}


class RsiReversion(QCAlgorithm):
    """Buys a stock that has fallen too fast, and sells it when the relative strength index has recovered.

    Mean reversion with a safety net: a symbol is bought when its RSI (Wilder's smoothing) is below `oversold`, sold
    when the RSI is above `recovered`, and every entry is protected by a stop order `stop_loss` (a fraction) below its
    fill price. After a stop the RSI has to come back above `oversold` before the symbol is bought again.

    Data: AAPL and IBM, daily bars, 2005-01-03 to 2012-12-31 and ten times `period` bars before.
    """

    def initialize(self):
        self.set_start_date(2005, 1, 3)
        self.set_end_date(2012, 12, 31)
        self.set_cash(100000)
        period = self.get_parameter("period", 14)
        self._oversold = self.get_parameter("oversold", 30.0)
        self._recovered = self.get_parameter("recovered", 55.0)
        self._stop_loss = self.get_parameter("stop_loss", 0.08)
        resolution = self._resolution(self.get_parameter("resolution", "daily"))
        tickers = self._tickers(self.get_parameter("symbols", "AAPL,IBM"))
        self._symbols = [self.add_equity(ticker, resolution).symbol for ticker in tickers]
        self._indicators = {
            symbol: self.rsi(symbol, period, MovingAverageType.WILDERS, resolution) for symbol in self._symbols
        }
        self._weight = 0.98 / len(tickers)
        self._stopped = set()
        self.set_warm_up(10 * period, resolution)

    def on_data(self, data):
        if self.is_warming_up:
            return
        for symbol in self._symbols:
            if data.bars.contains_key(symbol) and self._indicators[symbol].is_ready:
                self._decide(symbol, self._indicators[symbol].current.value)

    def on_order_event(self, order_event):
        if order_event.status != OrderStatus.FILLED:
            return
        order = self.transactions.get_order_by_id(order_event.order_id)
        if order_event.fill_quantity > 0:
            price = order_event.fill_price * (1 - self._stop_loss)
            self.stop_market_order(order_event.symbol, -order_event.fill_quantity, round(price, 4), tag="stop loss")
        elif order.type == OrderType.STOP_MARKET:
            self._stopped.add(order_event.symbol)
            self.log(f"{order_event.symbol.value} stopped out at {order_event.fill_price:.2f}")

    def on_end_of_algorithm(self):
        self.log(f"Final value {self.portfolio.total_portfolio_value:.2f}, fees {self.portfolio.total_fees:.2f}")

    def _decide(self, symbol, strength):
        if strength >= self._oversold:
            self._stopped.discard(symbol)
        if self.portfolio[symbol].invested:
            if strength > self._recovered:
                # liquidate cancels the protective stop, too
                self.liquidate(symbol, tag=f"RSI {strength:.1f}")
        elif strength < self._oversold and symbol not in self._stopped:
            self.set_holdings(symbol, self._weight, tag=f"RSI {strength:.1f}")

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
