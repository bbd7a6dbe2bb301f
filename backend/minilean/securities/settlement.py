"""When the money of a fill reaches the account."""

from collections import deque
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from minilean import times
from minilean.orders.order_event import CashAmount
from minilean.surface import Model, Surface, model_method, no_method_matches

if TYPE_CHECKING:
    from datetime import datetime

    from minilean.orders.order_event import OrderEvent
    from minilean.securities.portfolio import SecurityPortfolioManager
    from minilean.securities.security import Security


class UnsettledAmount(NamedTuple):
    """Money of a sale and the instant from which it can be used."""

    utc: int
    currency: str
    amount: Decimal


class ApplyFundsSettlementModelParameters(Surface):
    """Money that a fill moves, positive when it is received."""

    def __init__(
        self,
        portfolio: "SecurityPortfolioManager",
        security: "Security",
        application_time_utc: "datetime",
        cash_amount: CashAmount,
        fill: "OrderEvent | None" = None,
    ) -> None:
        self.portfolio = portfolio
        self.security = security
        self.utc_time = application_time_utc
        self.cash_amount = cash_amount
        self.fill = fill


class ScanSettlementModelParameters(Surface):
    """A moment at which a model looks for money that is due."""

    def __init__(self, portfolio: "SecurityPortfolioManager", security: "Security", time_utc: "datetime") -> None:
        self.portfolio = portfolio
        self.security = security
        self.utc_time = time_utc


class ImmediateSettlementModel(Model):
    """Money moves with the fill.

    Attributes:
        waits: Whether there may be money that is due later.
    """

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

    def settle(self, portfolio: "SecurityPortfolioManager", security: "Security", utc: int) -> None:
        """Move what is due; nothing here ever waits."""

    def apply_funds(self, apply_funds_parameters: ApplyFundsSettlementModelParameters) -> None:
        """Book money from the strategy."""
        given = apply_funds_parameters
        utc = times.from_datetime(_naive(given.utc_time))
        self.apply(given.portfolio, given.security, utc, given.cash_amount.currency, given.cash_amount.amount_)

    def scan(self, settlement_parameters: ScanSettlementModelParameters) -> None:
        """Move what is due at a moment."""
        given = settlement_parameters
        self.settle(given.portfolio, given.security, times.from_datetime(_naive(given.utc_time)))

    def get_unsettled_cash(self) -> CashAmount | None:
        """Return the money that is due later, None where there is none."""
        return None


class DelayedSettlementModel(ImmediateSettlementModel):
    """The money of sales waits some trading days; what is paid is paid at once."""

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

    def settle(self, portfolio: "SecurityPortfolioManager", security: "Security", utc: int) -> None:  # noqa: ARG002
        """Move what is due, oldest first."""
        while self._queue and utc >= self._queue[0].utc:
            item = self._queue.popleft()
            portfolio.unsettled_cash_book[item.currency].add(-item.amount)
            portfolio.cash_book[item.currency].add(item.amount)
        self.waits = bool(self._queue)

    def get_unsettled_cash(self) -> CashAmount | None:
        """Return the money that is due later, None where there is none."""
        if not self._queue:
            return None
        return CashAmount(sum((item.amount for item in self._queue), Decimal(0)), self._queue[0].currency)


class OwnSettlementModel(ImmediateSettlementModel):
    """A model of the strategy's own, as the engine uses it; its other members are found here as well."""

    waits = True

    def __init__(self, model: Any) -> None:  # noqa: ANN401 - any object with LEAN's methods
        self._model = model

    def apply(
        self, portfolio: "SecurityPortfolioManager", security: "Security", utc: int, currency: str, amount: Decimal
    ) -> None:
        """Let the model book an amount."""
        moment = times.to_utc_datetime(utc)
        self.apply_funds(ApplyFundsSettlementModelParameters(portfolio, security, moment, CashAmount(amount, currency)))

    def settle(self, portfolio: "SecurityPortfolioManager", security: "Security", utc: int) -> None:
        """Let the model look for what is due."""
        self.scan(ScanSettlementModelParameters(portfolio, security, times.to_utc_datetime(utc)))

    def apply_funds(self, apply_funds_parameters: ApplyFundsSettlementModelParameters) -> None:
        """Pass on to the model."""
        model_method(self._model, "apply_funds")(apply_funds_parameters)

    def scan(self, settlement_parameters: ScanSettlementModelParameters) -> None:
        """Pass on to the model."""
        model_method(self._model, "scan")(settlement_parameters)

    def get_unsettled_cash(self) -> CashAmount | None:
        """Pass on to the model."""
        found: CashAmount | None = model_method(self._model, "get_unsettled_cash")()
        return found

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the model has
        return getattr(self._model, name)


def settlement_model(model: Any) -> ImmediateSettlementModel:  # noqa: ANN401 - LEAN's or the strategy's own
    """Return a model that the engine can use."""
    own = not type(model).__module__.startswith("minilean.")
    return OwnSettlementModel(model) if own else model


def _naive(moment: "datetime") -> "datetime":
    return moment.replace(tzinfo=None)
