"""The consolidator of custom data."""

from decimal import Decimal

from minilean.consolidators.period import PeriodConsolidator
from minilean.data.bars import BaseData, TradeBar, trade_bar
from minilean.data.custom import PythonData
from minilean.surface import double_argument

_ZERO = Decimal(0)


class DynamicDataConsolidator(PeriodConsolidator):
    """Makes trade bars of points: of their properties open, high, low, close and volume, or of their value."""

    input_type = PythonData
    output_type = TradeBar

    def _aggregate(self, data: BaseData) -> None:
        if not isinstance(data, PythonData):
            raise TypeError(f"{type(data).__name__} is no custom data")
        first, high, low, last = (_price(data, name) for name in ("open", "high", "low", "close"))
        volume = Decimal(int(data["volume"])) if data.has_property("volume") else _ZERO
        working = self._working
        if not isinstance(working, TradeBar):
            self._working = trade_bar(data.symbol, self._new_span(data), (first, high, low, last), volume)
            return
        working.close_ = last
        working.volume_ += volume
        if self._period is None:
            working.end_local = data.end_local
        working.low_ = min(working.low_, low)
        working.high_ = max(working.high_, high)


def _price(data: PythonData, name: str) -> Decimal:
    return double_argument(data[name], name) if data.has_property(name) else data.value_
