from AlgorithmImports import *


class OpeningRange:
    """The high and low of the first minutes of one symbol's day, and whether the day's trade is done."""

    def __init__(self):
        self.day = None
        self.high = None
        self.low = None
        self.traded = False

    def begin(self, bar):
        self.day = bar.end_time.date()
        self.high = bar.high
        self.low = bar.low
        self.traded = False

    def is_open(self, day):
        return self.day == day and not self.traded


class OpeningRangeBreakout(QCAlgorithm):
    """Trades the first break of the morning's range, once a day and symbol, and is flat before the close.

    The first `minutes` of the session set the range. A close above it is bought, a close below it is sold short, with a
    stop order at the other side of the range. What is left is closed `exit_minutes` before the closing bell.
    `minutes` must be a divisor of 30, so that the consolidated bars begin at 09:30 sharp.

    Data: SPY, minute trade bars, 2013-10-07 to 2013-10-11.
    """

    def initialize(self):
        self.set_start_date(2013, 10, 7)
        self.set_end_date(2013, 10, 11)
        self.set_cash(100000)
        minutes = self.get_parameter("minutes", 15)
        if minutes < 1 or 30 % minutes:
            raise ValueError(f"parameter minutes is {minutes}, expected 1, 2, 3, 5, 6, 10, 15 or 30")
        exit_minutes = self.get_parameter("exit_minutes", 10)
        tickers = self._tickers(self.get_parameter("symbols", "SPY"))
        self._symbols = [self.add_equity(ticker, Resolution.MINUTE).symbol for ticker in tickers]
        self._ranges = {symbol: OpeningRange() for symbol in self._symbols}
        self._weight = self.get_parameter("allocation", 0.9) / len(tickers)
        for symbol in self._symbols:
            self.consolidate(symbol, timedelta(minutes=minutes), self._on_bar)
        self.schedule.on(
            self.date_rules.every_day(self._symbols[0]),
            self.time_rules.before_market_close(self._symbols[0], exit_minutes),
            self._close_out,
        )

    def on_data(self, data):
        for symbol in self._symbols:
            opening = self._ranges[symbol]
            if not data.bars.contains_key(symbol) or not opening.is_open(self.time.date()):
                continue
            close = data.bars[symbol].close
            if close > opening.high:
                self._enter(symbol, self._weight, opening.low)
            elif close < opening.low:
                self._enter(symbol, -self._weight, opening.high)

    def on_end_of_algorithm(self):
        self.log(f"Final value {self.portfolio.total_portfolio_value:.2f}, fees {self.portfolio.total_fees:.2f}")

    def _on_bar(self, bar):
        opening = self._ranges[bar.symbol]
        if opening.day != bar.end_time.date():
            opening.begin(bar)
            self.debug(f"{bar.symbol.value} opening range {bar.low:.2f} to {bar.high:.2f}")

    def _enter(self, symbol, weight, stop_price):
        self._ranges[symbol].traded = True
        self.set_holdings(symbol, weight, tag="range broken")
        quantity = self.portfolio[symbol].quantity
        if quantity != 0:
            self.stop_market_order(symbol, -quantity, round(stop_price, 2), tag="other side of the range")

    def _close_out(self):
        for symbol in self._symbols:
            # a range broken after this moment is not traded any more
            self._ranges[symbol].traded = True
            self.liquidate(symbol, tag="end of day")

    def _tickers(self, text):
        tickers = [part.strip().upper() for part in text.split(",") if part.strip()]
        if not tickers:
            raise ValueError("parameter symbols is empty, expected tickers such as AAPL,IBM")
        return tickers
