"""Data points of corporate actions: splits, dividends, new tickers, delistings."""

from decimal import Decimal

from minilean.data.bars import ZERO, BaseData
from minilean.enums import DelistingType, MarketDataType, SplitType
from minilean.securities.symbol import Symbol
from minilean.surface import as_float


class AuxiliaryData(BaseData):
    """A corporate action, stamped with a midnight of the exchange."""

    __slots__ = ("price_",)
    data_type = MarketDataType.AUXILIARY
    is_auxiliary = True

    def __init__(self, symbol: Symbol, moment: tuple[int, int], price: Decimal) -> None:
        """Take local time and instant of the action and a reference price."""
        self.symbol = symbol
        self.time_local = self.end_local = moment[0]
        self.end_utc = moment[1]
        self.is_fill_forward = False
        self.price_ = price

    @property
    def value_(self) -> Decimal:
        """The reference price."""
        return self.price_


class Split(AuxiliaryData):
    """A split, announced the tradable day before it occurs.

    Attributes:
        split_factor_: Old shares per new one: 0.5 for two for one.
    """

    __slots__ = ("split_factor_", "type")

    def __init__(
        self, symbol: Symbol, moment: tuple[int, int], price: Decimal, factor: Decimal, kind: SplitType
    ) -> None:
        super().__init__(symbol, moment, price)
        self.split_factor_ = factor
        self.type = kind

    split_factor = as_float("split_factor_")
    reference_price = as_float("price_")


class Dividend(AuxiliaryData):
    """A dividend on its ex-date.

    Attributes:
        distribution_: Payment per share.
    """

    __slots__ = ("distribution_",)

    def __init__(self, symbol: Symbol, moment: tuple[int, int], price: Decimal, distribution: Decimal) -> None:
        super().__init__(symbol, moment, price)
        self.distribution_ = distribution

    distribution = as_float("distribution_")
    reference_price = as_float("price_")

    @property
    def value_(self) -> Decimal:
        """The distribution."""
        return self.distribution_


class SymbolChangedEvent(AuxiliaryData):
    """A new ticker."""

    __slots__ = ("new_symbol", "old_symbol")

    def __init__(self, symbol: Symbol, moment: tuple[int, int], old: str, new: str) -> None:
        super().__init__(symbol, moment, ZERO)
        self.old_symbol = old
        self.new_symbol = new


class Delisting(AuxiliaryData):
    """The last day of trading, or the day after it."""

    __slots__ = ("type",)

    def __init__(self, symbol: Symbol, moment: tuple[int, int], price: Decimal, kind: DelistingType) -> None:
        super().__init__(symbol, moment, price)
        self.type = kind
