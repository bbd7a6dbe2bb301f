"""The security of custom data: open always, priced by the points' values."""

from minilean.data.bars import BaseData
from minilean.securities.cache import SecurityCache
from minilean.securities.cash import CashBook
from minilean.securities.exchange_hours import SecurityExchangeHours
from minilean.securities.security import Security
from minilean.securities.symbol import Symbol
from minilean.securities.symbol_properties import SymbolProperties
from minilean.time_keeper import TimeKeeper


class CustomCache(SecurityCache):
    """Last point of custom data; its value is the price."""

    __slots__ = ()

    def store(self, data: BaseData) -> None:
        """Take a new point."""
        self.last_data = data
        if data.value_:
            self.price_ = data.value_


def custom_security(symbol: Symbol, hours: SecurityExchangeHours, clock: TimeKeeper, book: CashBook) -> Security:
    """Make the security of custom data, in the account's currency."""
    properties = SymbolProperties.default(book.account_currency)
    security = Security(symbol, hours, properties, clock, book)
    security.cache = CustomCache()
    return security
