"""Trades from flat to flat and from flat to each reduction."""

from decimal import Decimal

import pytest

from minilean.statistics.flat_trades import FlatToFlatTradeBuilder, FlatToReducedTradeBuilder, FlatTradeBuilder
from minilean.statistics.trade import TradedSymbol
from minilean.statistics.trade_builder import Fill, TradeBuilder

SPY = TradedSymbol("SPY", "SPY R735QTJ8XC9X", "SPY")


def fills(*rows: tuple[int, int]) -> list[Fill]:
    return [
        Fill(SPY, number, number, Decimal(price), Decimal(quantity), Decimal(1))
        for number, (quantity, price) in enumerate(rows, 1)
    ]


def trades(builder: FlatTradeBuilder | TradeBuilder, *rows: tuple[int, int]) -> list[tuple[Decimal, ...]]:
    for fill in fills(*rows):
        builder.process_fill(fill)
    return [(t.quantity, t.entry_price, t.exit_price, t.profit_loss, t.total_fees) for t in builder.closed_trades]


def test_flat_to_flat_is_one_trade_at_average_prices() -> None:
    builder = FlatToFlatTradeBuilder()
    assert trades(builder, (10, 100), (10, 110), (-5, 120), (-15, 130)) == [(20, 105, Decimal("127.5"), 450, 4)]
    assert builder.closed_trades[0].order_ids == (1, 2, 3, 4)
    assert not builder.has_open_position(SPY.sid)


def test_flat_to_flat_goes_on_with_the_rest_of_a_turn() -> None:
    builder = FlatToFlatTradeBuilder()
    assert trades(builder, (10, 100), (-15, 110), (5, 100)) == [
        (10, 100, 110, 100, 2),
        (5, 110, 100, 50, 1),
    ]


@pytest.mark.parametrize(("last_first", "entry", "profit"), [(False, 100, 300), (True, 110, 200)])
def test_flat_to_reduced_is_a_trade_for_each_reduction(last_first: bool, entry: int, profit: int) -> None:
    builder = FlatToReducedTradeBuilder(last_first=last_first)
    first, second = trades(builder, (10, 100), (10, 110), (-10, 130), (-10, 130))
    assert first == (10, entry, 130, profit, 3)
    assert second == (10, 210 - entry, 130, 500 - profit, 1)


@pytest.mark.parametrize(("last_first", "profits"), [(False, [300, 200]), (True, [200, 300])])
def test_fill_to_fill_matches_first_or_last_entries_first(last_first: bool, profits: list[int]) -> None:
    builder = TradeBuilder(last_first=last_first)
    assert [row[3] for row in trades(builder, (10, 100), (10, 110), (-10, 130), (-10, 130))] == profits
