"""When the money of a fill reaches the account."""

from collections import deque
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from minilean import times
from minilean.surface import Surface, no_method_matches

if TYPE_CHECKING:
    from minilean.securities.portfolio import SecurityPortfolioManager
    from minilean.securities.security import Security


class UnsettledAmount(NamedTuple):
    """Money of a sale and the instant from which it can be used."""

    utc: int
    currency: str
    amount: Decimal


class ImmediateSettlementModel(Surface):
    """Money moves with the fill."""

    __slots__ = ()
    waits = False

    def apply(
        self,
        portfolio: "SecurityPortfolioManager",
        security: "Security",  # noqa: ARG002 - for overriding
        utc: int,  # noqa: ARG002
        currency: str,
        amount: Decimal,
    ) -> None:
        """Book an amount, negative when it is paid."""
        portfolio.cash_book[currency].add(amount)

    def settle(self, portfolio: "SecurityPortfolioManager", utc: int) -> None:
        """Move what is due; nothing here ever waits."""


class DelayedSettlementModel(ImmediateSettlementModel):
    """The money of sales waits some trading days; what is paid is paid at once."""

    __slots__ = ("_days", "_queue", "_time", "waits")

    def __init__(self, number_of_days: int, time_of_day: object) -> None:
        """Take the number of trading days and the local time of day, a timedelta or hours."""
        if not isinstance(number_of_days, int):
            raise no_method_matches("DelayedSettlementModel", number_of_days, time_of_day)
        self._days = number_of_days
        span = time_of_day if isinstance(time_of_day, timedelta) else timedelta(hours=float(str(time_of_day)))
        self._time = times.from_timedelta(span)
        self._queue: deque[UnsettledAmount] = deque()
        self.waits = False

    def apply(
        self, portfolio: "SecurityPortfolioManager", security: "Security", utc: int, currency: str, amount: Decimal
    ) -> None:
        """Book what is paid now, and what is received as unsettled."""
        if amount <= 0:
            super().apply(portfolio, security, utc, currency, amount)
            return
        portfolio.unsettled_cash_book.ensure(currency).add(amount)
        hours = security.exchange.market_hours
        day = times.midnight(hours.time_zone.to_local(utc))
        for _ in range(self._days):
            day += times.DAY
            while not hours.is_date_open(day):
                day += times.DAY
        self._queue.append(UnsettledAmount(hours.time_zone.to_utc(day + self._time), currency, amount))
        self.waits = True

    def settle(self, portfolio: "SecurityPortfolioManager", utc: int) -> None:
        """Move what is due, oldest first."""
        while self._queue and utc >= self._queue[0].utc:
            item = self._queue.popleft()
            portfolio.unsettled_cash_book[item.currency].add(-item.amount)
            portfolio.cash_book[item.currency].add(item.amount)
        self.waits = bool(self._queue)
