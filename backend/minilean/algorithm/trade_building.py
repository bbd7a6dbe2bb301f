"""``self.trade_builder`` and its closed trades, as strategies read them."""

from datetime import datetime, timedelta
from decimal import Decimal

from minilean import times
from minilean.enums import FillGroupingMethod, FillMatchingMethod
from minilean.enums import TradeDirection as TradeDirectionName
from minilean.securities.symbol import Symbol
from minilean.statistics.flat_trades import FlatToFlatTradeBuilder, FlatToReducedTradeBuilder, FlatTradeBuilder
from minilean.statistics.trade import Trade
from minilean.statistics.trade_builder import TradeBuilder as FillToFillTradeBuilder
from minilean.surface import Surface, as_float, no_method_matches

AnyTradeBuilder = FillToFillTradeBuilder | FlatTradeBuilder


class TradeView(Surface):
    """A closed trade: amounts as floats, times as naive datetimes in UTC."""

    entry_price = as_float("entry_price_")
    exit_price = as_float("exit_price_")
    quantity = as_float("quantity_")
    profit_loss = as_float("profit_loss_")
    total_fees = as_float("total_fees_")
    mae = as_float("mae_")
    mfe = as_float("mfe_")
    end_trade_drawdown = as_float("end_trade_drawdown_")

    def __init__(self, trade: Trade, symbol: object) -> None:
        self.symbols = [symbol]
        self._trade = trade

    @property
    def symbol(self) -> object:
        """What was traded."""
        return self.symbols[0]

    @property
    def id(self) -> str:
        """Random id."""
        return self._trade.trade_id

    @property
    def direction(self) -> TradeDirectionName:
        """Long or short."""
        return TradeDirectionName(int(self._trade.direction))

    @property
    def entry_time(self) -> datetime:
        """Time of the opening fill."""
        return times.to_datetime(self._trade.entry_time)

    @property
    def exit_time(self) -> datetime:
        """Time of the closing fill."""
        return times.to_datetime(self._trade.exit_time)

    @property
    def duration(self) -> timedelta:
        """Time between them."""
        return timedelta(microseconds=self._trade.duration)

    @property
    def is_win(self) -> bool:
        """Whether it counts as a win."""
        return self._trade.is_win

    @property
    def order_ids(self) -> list[int]:
        """Orders that made it."""
        return list(self._trade.order_ids)

    @property
    def entry_price_(self) -> Decimal:
        """Price of the opening fill."""
        return self._trade.entry_price

    @property
    def exit_price_(self) -> Decimal:
        """Price of the closing fill."""
        return self._trade.exit_price

    @property
    def quantity_(self) -> Decimal:
        """Size."""
        return self._trade.quantity

    @property
    def profit_loss_(self) -> Decimal:
        """Profit without fees."""
        return self._trade.profit_loss

    @property
    def total_fees_(self) -> Decimal:
        """Fees."""
        return self._trade.total_fees

    @property
    def mae_(self) -> Decimal:
        """Maximum adverse excursion."""
        return self._trade.mae

    @property
    def mfe_(self) -> Decimal:
        """Maximum favourable excursion."""
        return self._trade.mfe

    @property
    def end_trade_drawdown_(self) -> Decimal:
        """Largest fall of the open profit."""
        return self._trade.end_trade_drawdown


class TradeBuilder(Surface):
    """Groups fills to trades: the strategy's handle of the builder that the statistics read."""

    def __init__(
        self,
        grouping_method: FillGroupingMethod = FillGroupingMethod.FILL_TO_FILL,
        matching_method: FillMatchingMethod = FillMatchingMethod.FIFO,
        builder: AnyTradeBuilder | None = None,
    ) -> None:
        """Choose grouping and matching, or take a builder that there is already."""
        if not isinstance(grouping_method, FillGroupingMethod) or not isinstance(matching_method, FillMatchingMethod):
            raise no_method_matches("TradeBuilder", grouping_method, matching_method)
        last_first = matching_method is FillMatchingMethod.LIFO
        self.builder: AnyTradeBuilder = builder or _KINDS[grouping_method](last_first=last_first)
        self._symbols: dict[str, Symbol] = {}

    def know(self, symbols: dict[str, Symbol]) -> "TradeBuilder":
        """Take the symbols by the text of their identifiers."""
        self._symbols = symbols
        return self

    @property
    def closed_trades(self) -> list[TradeView]:
        """Closed trades in the order they closed."""
        find = self._symbols.get
        return [TradeView(trade, find(trade.symbol.sid, trade.symbol.value)) for trade in self.builder.closed_trades]

    def has_open_position(self, symbol: Symbol) -> bool:
        """Tell whether fills of a symbol are not closed yet."""
        return self.builder.has_open_position(symbol.sid)


_KINDS = {
    FillGroupingMethod.FILL_TO_FILL: FillToFillTradeBuilder,
    FillGroupingMethod.FLAT_TO_FLAT: FlatToFlatTradeBuilder,
    FillGroupingMethod.FLAT_TO_REDUCED: FlatToReducedTradeBuilder,
}
