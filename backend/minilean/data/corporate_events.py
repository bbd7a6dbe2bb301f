"""The corporate actions of a feed, as its files tell them."""

from collections.abc import Iterator
from decimal import Decimal

from minilean import numbers, times
from minilean.data.auxiliary_data import AuxiliaryData, Delisting, Dividend, Split, SymbolChangedEvent
from minilean.data.bars import ZERO
from minilean.data.factor_files import FactorFile
from minilean.data.subscription_data_config import SubscriptionDataConfig
from minilean.enums import DelistingType, SplitType, TickType


class CorporateEvents:
    """Splits, dividends, ticker changes and delistings of a feed, in LEAN's order within a day."""

    def __init__(self, config: SubscriptionDataConfig, factors: FactorFile) -> None:
        self._config = config
        self._factors = factors
        self._pays = config.tick_type is TickType.TRADE and not config.is_internal
        self._split: tuple[Decimal, Decimal] | None = None
        self._dividend: tuple[Decimal, Decimal] | None = None
        self._warned = False
        self._delisted = False
        self.sum_of_dividends = ZERO

    def of_day(self, day: int, raw_price: Decimal) -> Iterator[AuxiliaryData]:
        """Yield the actions that become known on a tradable day."""
        if self._config.tick_type is TickType.TRADE:
            listed = self._config.map_file.has_data(day)
            if listed:
                yield from self._splits(day, raw_price)
                yield from self._dividends(day)
            yield from self._mapping(day, listed=listed)
            yield from self._delistings(day, raw_price)
        elif self._config.map_file.has_data(day):
            self._config.mapped_ticker = self._config.map_file.ticker(day, self._config.mapped_ticker)

    def _moment(self, day: int) -> tuple[int, int]:
        return day, self._config.hours.time_zone.to_utc(day)

    def _splits(self, day: int, raw_price: Decimal) -> Iterator[AuxiliaryData]:
        symbol = self._config.symbol
        if self._split is not None:
            factor, reference = self._split
            self._split = None
            if self._pays:
                yield Split(symbol, self._moment(day), reference, factor, SplitType.SPLIT_OCCURRED)
        self._split = self._factors.split_after(day)
        if self._split is not None and self._pays:
            yield Split(symbol, self._moment(day), raw_price, self._split[0], SplitType.WARNING)

    def _dividends(self, day: int) -> Iterator[AuxiliaryData]:
        if self._dividend is not None:
            ratio, reference = self._dividend
            distribution = numbers.net_round(reference - reference * ratio, 2)
            self.sum_of_dividends += distribution
            if self._pays:
                yield Dividend(self._config.symbol, self._moment(day), reference, distribution)
        self._dividend = self._factors.dividend_after(day)

    def _mapping(self, day: int, *, listed: bool) -> Iterator[AuxiliaryData]:
        if not listed:
            return
        old = self._config.mapped_ticker
        new = self._config.map_file.ticker(day, old)
        self._config.mapped_ticker = new
        if new != old:
            yield SymbolChangedEvent(self._config.symbol, self._moment(day), old, new)

    def _delistings(self, day: int, price: Decimal) -> Iterator[AuxiliaryData]:
        last = self._config.map_file.delisting_date
        symbol = self._config.symbol
        if not self._warned and day >= last:
            self._warned = True
            yield Delisting(symbol, self._moment(last), price, DelistingType.WARNING)
        if not self._delisted and day > last:
            self._delisted = True
            yield Delisting(symbol, self._moment(last + times.DAY), price, DelistingType.DELISTED)
