"""The trade builder and the trade statistics."""

from decimal import Decimal

from minilean.statistics import time_span
from minilean.statistics.trade import TradeDirection, TradedSymbol
from minilean.statistics.trade_builder import Fill, TradeBuilder
from minilean.statistics.trade_statistics import TradeStatistics, trade_statistics

SPY = TradedSymbol("SPY", "SPY R735QTJ8XC9X", "SPY")
IBM = TradedSymbol("IBM", "IBM R735QTJ8XC9X", "IBM")
HOUR = 3_600_000_000


class Trader:
    """Feeds fills an hour apart, each of an order of its own unless told otherwise."""

    def __init__(self):
        self.builder = TradeBuilder(make_id=lambda: "id")
        self.hour = 0

    def fill(self, quantity: str, price: str, fee: str = "1", symbol: TradedSymbol = SPY, order: int | None = None):
        self.hour += 1
        fill = Fill(symbol, order or self.hour, self.hour * HOUR, Decimal(price), Decimal(quantity), Decimal(fee))
        self.builder.process_fill(fill)

    @property
    def trades(self):
        return self.builder.closed_trades


def test_a_round_trip_is_one_trade():
    trader = Trader()
    trader.fill("10", "100")
    trader.fill("-10", "101.239")
    (trade,) = trader.trades
    assert (trade.profit_loss, trade.total_fees, trade.direction) == (Decimal("12.39"), Decimal(2), TradeDirection.LONG)
    assert (trade.order_ids, trade.duration, trade.is_win) == ((1, 2), HOUR, True)
    assert not trader.builder.has_open_position(SPY.sid)


def test_a_partial_close_takes_the_fees_so_far_and_leaves_none():
    trader = Trader()
    trader.fill("10", "100", "3")
    trader.fill("-4", "90")
    trader.fill("-6", "110")
    first, second = trader.trades
    assert (first.quantity, first.total_fees, first.profit_loss) == (4, 4, -40)
    assert (second.quantity, second.total_fees, second.profit_loss) == (6, 1, 60)
    assert second.entry_time == first.entry_time == HOUR


def test_lots_close_in_the_order_they_were_opened_and_share_no_closing_fee():
    trader = Trader()
    trader.fill("5", "100")
    trader.fill("5", "110")
    trader.fill("-8", "120")
    assert [(trade.entry_price, trade.quantity, trade.total_fees) for trade in trader.trades] == [
        (100, 5, 2),
        (110, 3, 1),
    ]
    trader.fill("-2", "100")
    assert (trader.trades[2].quantity, trader.trades[2].total_fees, trader.trades[2].profit_loss) == (2, 1, -20)


def test_a_flip_closes_and_opens_without_a_second_fee():
    trader = Trader()
    trader.fill("10", "100")
    trader.fill("-15", "90")
    trader.fill("5", "80")
    long, short = trader.trades
    assert (long.direction, long.quantity, long.profit_loss) == (TradeDirection.LONG, 10, -100)
    assert (short.direction, short.quantity, short.profit_loss) == (TradeDirection.SHORT, 5, 50)
    assert (long.total_fees, short.total_fees, short.order_ids) == (2, 1, (2, 3))


def test_of_an_order_in_pieces_only_the_first_fee_counts():
    trader = Trader()
    trader.fill("6", "100", "0", order=1)
    trader.fill("4", "100", "5", order=1)
    trader.fill("-10", "100", "2", order=2)
    assert [trade.total_fees for trade in trader.trades] == [2, 0]


def test_symbols_do_not_mix():
    trader = Trader()
    trader.fill("10", "100")
    trader.fill("-10", "50", symbol=IBM)
    assert trader.trades == []
    assert trader.builder.has_open_position(IBM.sid)


def test_excursions_follow_prices_between_the_fills_for_both_sides():
    for quantity, sign in (("10", 1), ("-10", -1)):
        trader = Trader()
        trader.fill(quantity, "100")
        for price in ("103", "99", "104", "95", "102"):
            trader.builder.set_market_price(SPY.sid, Decimal(price))
        trader.builder.set_market_price(IBM.sid, Decimal(1))
        trader.fill(str(-int(quantity)), "101")
        (trade,) = trader.trades
        up, down = Decimal(40), Decimal(-50)
        assert (trade.mfe, trade.mae) == ((up, down) if sign > 0 else (-down, -up))
        assert trade.end_trade_drawdown == (90 if sign > 0 else 70)


def test_a_split_rescales_open_trades():
    trader = Trader()
    trader.fill("10", "140")
    trader.builder.apply_split(SPY.sid, Decimal("0.5"))
    trader.fill("-20", "71")
    (trade,) = trader.trades
    assert (trade.entry_price, trade.quantity, trade.profit_loss, trade.mae) == (70, 20, 20, 0)


def test_no_trades_give_zero_statistics():
    assert trade_statistics(()) == TradeStatistics()


def test_statistics_over_a_loss_between_wins():
    trader = Trader()
    for entry, exit_price in (("100", "110"), ("100", "95"), ("100", "120")):
        trader.fill("1", entry)
        trader.fill("-1", exit_price)
    figures = trade_statistics(trader.trades)
    assert (figures.number_of_winning_trades, figures.number_of_losing_trades) == (2, 1)
    assert (figures.total_profit_loss, figures.largest_profit, figures.largest_loss) == (25, 20, -5)
    assert (figures.average_profit, figures.average_loss, figures.profit_loss_ratio) == (15, -5, 3)
    assert (figures.maximum_closed_trade_drawdown, figures.profit_factor) == (-5, 6)
    assert figures.maximum_drawdown_duration == 4 * HOUR * 10
    assert (figures.max_consecutive_winning_trades, figures.max_consecutive_losing_trades) == (1, 1)
    assert figures.win_loss_ratio == 2
    assert figures.start_date_time == HOUR
    assert figures.end_date_time == 6 * HOUR


def test_ratios_without_a_loss_are_ten():
    trader = Trader()
    trader.fill("1", "100")
    trader.fill("-1", "101")
    figures = trade_statistics(trader.trades)
    assert (figures.win_loss_ratio, figures.profit_factor, figures.profit_to_max_drawdown_ratio) == (10, 10, 10)
    assert (figures.profit_loss_standard_deviation, figures.sharpe_ratio) == (0, 0)


def test_the_median_of_an_even_count_is_the_longer_middle_one():
    trader = Trader()
    for hours in (1, 5):
        trader.fill("1", "100")
        trader.hour += hours - 1
        trader.fill("-1", "101")
    assert trade_statistics(trader.trades).median_trade_duration == 5 * HOUR * 10


def test_time_spans_print_days_and_ticks_only_when_needed():
    assert time_span.text(0) == "00:00:00"
    assert time_span.text(22 * 36_000_000_000 + 30 * 600_000_000) == "22:30:00"
    assert time_span.text(518 * 864_000_000_000 + 19 * 36_000_000_000 + 1) == "518.19:00:00.0000001"
    assert time_span.text(-10_000_000) == "-00:00:01"
