"""Dates, cash, parameters and other settings of a run."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from minilean import times
from minilean.algorithm.context import WarmUpRequest
from minilean.algorithm.surface import AlgorithmPart
from minilean.constants import FixedUtc
from minilean.dotnet_errors import InvalidOperationException
from minilean.numbers import decimal_text
from minilean.surface import arranged, decimal_argument, no_method_matches
from minilean.times import DAY


class ParametersPart(AlgorithmPart):
    """``set_start_date``, ``set_cash``, ``get_parameter`` and the like."""

    def _require_unlocked(self, method: str, what: str, when: str = "initialized") -> None:
        if self._context.state.locked:
            raise InvalidOperationException(f"self.{method}(): Cannot change {what} after algorithm {when}.")

    def set_start_date(self, *when: Any, **named: Any) -> None:  # noqa: ANN401 - year, month, day or a date
        """Set the first day: year, month and day, or a date."""
        start = _midnight("SetStartDate", when, named, "start")
        if not self._context.state.locked:
            self._context.state.start_local = start
            self._reset_time()
            return
        self._require_unlocked("set_start_date", "start date")

    def _reset_time(self) -> None:
        state = self._context.state
        self._context.clock.utc = state.zone.to_utc(state.start_local)

    def set_end_date(self, *when: Any, **named: Any) -> None:  # noqa: ANN401 - year, month, day or a date
        """Set the last day: year, month and day, or a date; days to come become yesterday."""
        self._require_unlocked("set_end_date", "end date")
        end = _midnight("SetEndDate", when, named, "end")
        yesterday = times.midnight(times.now_utc()) - DAY
        self._context.state.end_local = min(end, yesterday) + DAY - 1

    @property
    def start_date(self) -> datetime:
        """First day."""
        return times.to_datetime(self._context.state.start_local)

    @property
    def end_date(self) -> datetime:
        """End of the last day."""
        return times.to_datetime(self._context.state.end_local)

    def set_cash(self, *amount: Any, **named: Any) -> None:  # noqa: ANN401 - an amount, or currency, amount, a rate
        """Set the starting cash: of the account's currency, or of another one, with its rate until there is data."""
        self._require_unlocked("set_cash", "cash available")
        portfolio = self._context.portfolio
        several = "symbol" in named or (bool(amount) and isinstance(amount[0], str))
        names = ("symbol", "starting_cash", "conversion_rate") if several else ("starting_cash",)
        amount = tuple(arranged("SetCash", amount, named, *names))
        if amount and isinstance(amount[0], str) and len(amount) in {2, 3}:
            rate = decimal_argument(amount[2], "SetCash") if len(amount) == 3 else Decimal(0)
            portfolio.cash_book.put(amount[0].upper(), decimal_argument(amount[1], "SetCash"), rate)
            return
        if len(amount) != 1 or isinstance(amount[0], str):
            raise no_method_matches("SetCash", *amount)
        self._context.state.cash = decimal_argument(amount[0], "SetCash")
        portfolio.set_cash_(self._context.state.cash)

    def set_account_currency(self, account_currency: str, starting_cash: object = None) -> None:
        """Set the account's currency, once and before securities are added; perhaps with its starting cash.

        Raises:
            InvalidOperationException: Securities were added before.
        """
        self._require_unlocked("set_account_currency", "AccountCurrency")
        if not isinstance(account_currency, str):
            raise no_method_matches("SetAccountCurrency", account_currency)
        text = f"Changing account currency from {self.account_currency} to {account_currency}"
        cash = None if starting_cash is None else decimal_argument(starting_cash, "SetAccountCurrency")
        self.debug(f"{text}..." if cash is None else f"{text}, with a starting cash of {decimal_text(cash)}...")
        state = self._context.state
        if state.account_currency_set:
            return
        state.account_currency_set = True
        if len(self._context.securities):
            raise InvalidOperationException(
                "SecurityPortfolioManager.SetAccountCurrency(): Cannot change AccountCurrency after adding a Security. "
                "Please move set_account_currency() before add_security()."
            )
        self._context.portfolio.cash_book.set_account_currency(account_currency)
        self._context.portfolio.unsettled_cash_book.set_account_currency(account_currency)
        if cash is not None:
            self.set_cash(cash)

    @property
    def account_currency(self) -> str:
        """Currency of the account."""
        return self._context.portfolio.cash_book.account_currency

    def set_parameters(self, parameters: Any) -> None:  # noqa: ANN401 - .NET's dictionary
        """Replace the parameters by a ``Dictionary[String, String]``; a Python dict is refused, as in LEAN."""
        if not getattr(parameters, "is_dot_net_dictionary", False):
            raise no_method_matches("SetParameters", parameters)
        self._context.parameters = {str(key): str(value) for key, value in parameters.pairs()}

    def get_parameters(self) -> dict[str, str]:
        """Return all parameters."""
        return dict(self._context.parameters)

    def get_parameter(self, name: str, default_value: Any = None) -> Any:  # noqa: ANN401 - of the default's type
        """Return a parameter in the type of the default; the default when it is absent or no such number."""
        text = self._context.parameters.get(name)
        if text is None:
            return default_value
        try:
            if isinstance(default_value, bool) or default_value is None or isinstance(default_value, str):
                return text
            if isinstance(default_value, int):
                return int(text)
            return float(text)
        except ValueError:
            return default_value

    def set_warm_up(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 - bars or a span, and a resolution
        """Replay data before the start: a number of bars or a timedelta, perhaps of another resolution."""
        if self._context.state.locked:
            raise InvalidOperationException("self.set_warmup(): This method cannot be used after algorithm initialized")
        whole = "bar_count" if "bar_count" in named else "time_span"
        parts = arranged("SetWarmUp", arguments, named, whole, "resolution")
        length, resolution = (*parts, None)[:2] if parts else (None, None)
        if isinstance(length, timedelta):
            request = WarmUpRequest(span=times.from_timedelta(length))
        elif isinstance(length, int) and not isinstance(length, bool):
            request = WarmUpRequest(bars=length)
        else:
            raise no_method_matches("SetWarmUp", length)
        self._context.state.warm_up = request
        self._context.settings.warmup_resolution = resolution

    def set_warmup(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401
        """LEAN's other spelling of `set_warm_up`."""
        self.set_warm_up(*arguments, **named)

    def set_finished_warming_up(self) -> None:
        """End the warm-up."""
        self._context.state.is_warming_up = False

    @property
    def is_warming_up(self) -> bool:
        """Whether data before the start is replayed."""
        return self._context.state.is_warming_up

    def set_time_zone(self, time_zone: Any) -> None:  # noqa: ANN401 - a name or a zone
        """Set the algorithm's zone."""
        self._require_unlocked("set_time_zone", "time zone", "running")
        state = self._context.state
        state.zone = self._context.zones.get(str(time_zone))
        state.is_fixed_utc = isinstance(time_zone, FixedUtc)
        self._reset_time()

    @property
    def time_zone(self) -> str:
        """Name of the algorithm's zone."""
        return self._context.state.zone.name

    @property
    def time(self) -> datetime:
        """Wall clock of the algorithm's zone."""
        return times.to_datetime(self._context.local_now)

    @property
    def utc_time(self) -> datetime:
        """Clock in UTC."""
        return times.to_datetime(self._context.clock.utc).replace(tzinfo=UTC)

    @property
    def live_mode(self) -> bool:
        """Whether real money trades: never."""
        return False

    @property
    def name(self) -> str:
        """Name of the run."""
        return self._context.state.name

    @name.setter
    def name(self, value: str) -> None:
        self._context.state.name = value

    def set_name(self, name: str) -> None:
        """Name the run."""
        self._context.state.name = name

    def add_tag(self, tag: str) -> None:
        """Tag the run."""
        if tag not in self._context.state.tags:
            self._context.state.tags.append(tag)

    def set_tags(self, tags: Any) -> None:  # noqa: ANN401 - any collection
        """Replace the run's tags."""
        self._context.state.tags = list(tags)

    @property
    def tags(self) -> list[str]:
        """Tags of the run."""
        return list(self._context.state.tags)


def _midnight(method: str, arguments: tuple[Any, ...], named: dict[str, Any], whole: str) -> int:
    names = (whole,) if whole in named else ("year", "month", "day")
    when = arranged(method, arguments, named, *names)
    if len(when) == 1 and isinstance(when[0], date):
        moment = when[0]
        return times.from_date(moment.date() if isinstance(moment, datetime) else moment)
    if len(when) == 3 and all(isinstance(part, int) for part in when):
        try:
            return times.from_date(date(*when))
        except ValueError as error:
            raise ValueError(f"Date Invalid: {error}") from error
    raise no_method_matches(method, *when)
