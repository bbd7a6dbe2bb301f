"""Insights: what an alpha model expects of a symbol, and for how long."""

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from minilean import numbers, times
from minilean.enums import Resolution
from minilean.framework.enums import InsightDirection, InsightScoreType, InsightType
from minilean.framework.insight_periods import (
    END_OF_TIME,
    INVALID_BAR_COUNT,
    INVALID_PERIOD,
    BarCountPeriod,
    CloseTimePeriod,
    EndlessPeriod,
    FunctionPeriod,
    PeriodSpecification,
    TimeSpanPeriod,
)
from minilean.run_context import CONTEXT
from minilean.securities.exchange_hours import SecurityExchangeHours
from minilean.securities.symbol import Symbol
from minilean.surface import Surface, as_decimal, as_timedelta, as_utc_datetime, no_method_matches, snake_case

ZERO = Decimal(0)
_REST = ("magnitude", "confidence", "source_model", "weight", "tag")
_NO_TIME = times.YEAR_ONE
"""Year 1, which stands for a time that was not set."""


class InsightScore(Surface):
    """How right an insight was, by a function of the strategy's own; LEAN itself scores nothing.

    Attributes:
        direction: 0 to 1.
        magnitude: 0 to 1.
        is_final_score: Whether it can no longer change.
    """

    def __init__(self) -> None:
        self.direction = 0.0
        self.magnitude = 0.0
        self.is_final_score = False
        self.updated_time_utc: datetime | None = None

    def set_score(self, kind: InsightScoreType, value: float, algorithm_utc_time: datetime) -> None:
        """Set one of the scores, kept within 0 and 1, unless the scores are final."""
        if self.is_final_score:
            return
        self.updated_time_utc = algorithm_utc_time
        name = "direction" if kind is InsightScoreType.DIRECTION else "magnitude"
        setattr(self, name, max(0.0, min(1.0, float(value))))

    def finalize(self, algorithm_utc_time: datetime) -> None:
        """Make the scores final."""
        self.is_final_score = True
        self.updated_time_utc = algorithm_utc_time

    def get_score(self, kind: InsightScoreType) -> float:
        """Return one of the scores."""
        return self.direction if kind is InsightScoreType.DIRECTION else self.magnitude

    def __str__(self) -> str:
        shown = (numbers.double_text(round(100 * value, 2)) for value in (self.direction, self.magnitude))
        return "Direction: {} Magnitude: {}".format(*shown)


class Insight(Surface):
    """A prediction of a symbol's direction.

    Attributes:
        generated_utc: When it was made, in microseconds.
        close_utc: When it ends.
        period_us: How long it holds, as it was asked for.
        group_id: What insights that belong together share, None for none.
    """

    def __init__(self, *arguments: Any, **keywords: Any) -> None:  # noqa: ANN401 - LEAN's overloads
        """Take symbol, period, type, direction and perhaps magnitude, confidence, source model, weight and tag.

        The period is a timedelta or a function from local time to local closing time; a time of making may come before
        the symbol. Instead of the rest there may be a tag only.

        Raises:
            TypeError: The arguments fit no overload.
        """
        parts = list(arguments)
        made = parts.pop(0) if parts and isinstance(parts[0], datetime) else None
        names = ("symbol", "period", "type", "direction")
        values = _values(parts, keywords, names, "Insight")
        period = values["period"] if values["period"] is not None else values.pop("expiry_func", None)
        self._begin(values["symbol"], _specification(period, "Insight"), values["type"], values["direction"], values)
        if made is not None:
            self._made_at(_utc(made))

    def _begin(
        self,
        symbol: Any,  # noqa: ANN401 - a symbol or ticker
        specification: PeriodSpecification,
        kind: InsightType,
        direction: InsightDirection,
        rest: dict[str, Any],
    ) -> None:
        if not isinstance(kind, InsightType) or not isinstance(direction, InsightDirection):
            raise no_method_matches("Insight", symbol, specification, kind, direction)
        self.id = uuid.uuid4()
        self.group_id: uuid.UUID | None = None
        self.symbol = _symbol(symbol)
        self.type = kind
        self.direction = direction
        self.magnitude = _number(rest.get("magnitude"))
        self.confidence = _number(rest.get("confidence"))
        self.weight = _number(rest.get("weight"))
        self.source_model: str | None = rest.get("source_model")
        self.tag = rest.get("tag") or ""
        self.score = InsightScore()
        self.generated_utc: int = _NO_TIME
        self.close_utc: int = _NO_TIME
        self.reference_value_ = self.reference_value_final_ = self.estimated_value_ = ZERO
        self._specification = specification
        self.period_us: int = specification.period if isinstance(specification, TimeSpanPeriod) else 0

    def _made_at(self, utc: int) -> None:
        self.generated_utc = utc
        self.close_utc = utc + self.period_us

    period = as_timedelta("period_us")
    generated_time_utc = as_utc_datetime("generated_utc")
    close_time_utc = as_utc_datetime("close_utc")
    reference_value = as_decimal("reference_value_")
    reference_value_final = as_decimal("reference_value_final_")
    estimated_value = as_decimal("estimated_value_")

    @staticmethod
    def price(*arguments: Any, **keywords: Any) -> "Insight":  # noqa: ANN401 - LEAN's overloads
        """Make an insight about a price.

        Args:
            arguments: Symbol; then a timedelta, a local closing time, a function of the local time, or a resolution and
                a number of bars; then the direction, magnitude, confidence, source model, weight and tag.
            keywords: The same by LEAN's names.

        Raises:
            TypeError: The arguments fit no overload.
            ValueError: The period is shorter than a second, or there are no bars.
        """
        names = ["symbol", "period", "direction"]
        if (len(arguments) > 1 and isinstance(arguments[1], Resolution)) or "resolution" in keywords:
            names[1:2] = ["resolution", "bar_count"]
        values = _values(list(arguments), keywords, tuple(names), "Price")
        if "resolution" in names:
            if values["bar_count"] < 1:
                raise ValueError(INVALID_BAR_COUNT)
            rule: PeriodSpecification = BarCountPeriod(values["resolution"], values["bar_count"])
        else:
            rule = _price_specification(values)
        insight = object.__new__(Insight)
        insight._begin(values["symbol"], rule, InsightType.PRICE, values["direction"], values)
        return insight

    @staticmethod
    def group(*insights: Any) -> list["Insight"]:  # noqa: ANN401 - insights, or a list of them
        """Mark insights as belonging together.

        Raises:
            ValueError: One of them is in a group already.
        """
        listed = list(insights[0]) if len(insights) == 1 and isinstance(insights[0], Iterable) else list(insights)
        group = uuid.uuid4()
        for insight in listed:
            if insight.group_id is not None:
                raise ValueError(
                    f"Unable to set group id on insight {insight} because it has already been assigned to a group."
                )
            insight.group_id = group
        return listed

    def set_period_and_close_time(self, hours: SecurityExchangeHours) -> None:
        """Set how long it holds from when it was made."""
        self._specification.apply(self, hours)

    def is_expired_at(self, utc: int) -> bool:
        """Tell whether it is over at an instant."""
        return self.close_utc < utc

    def is_expired(self, utc_time: datetime) -> bool:
        """Tell whether it is over."""
        return self.is_expired_at(_utc(utc_time))

    def is_active(self, utc_time: datetime) -> bool:
        """Tell whether it still holds."""
        return not self.is_expired_at(_utc(utc_time))

    def expire_at(self, utc: int) -> None:
        """End it a second before an instant, if it still holds."""
        if not self.is_expired_at(utc):
            self.close_utc = utc - times.SECOND
            self.period_us = self.close_utc - self.generated_utc

    def expire(self, utc_time: datetime) -> None:
        """End it now, if it still holds."""
        self.expire_at(_utc(utc_time))

    def cancel(self, utc_time: datetime) -> None:
        """End it now, if it still holds."""
        self.expire_at(_utc(utc_time))

    def clone(self) -> "Insight":
        """Return a copy with the same id."""
        copy = object.__new__(Insight)
        copy.__dict__.update(self.__dict__)
        copy._specification = TimeSpanPeriod(self.period_us)
        return copy

    def _named(self, *, short: bool) -> str:
        parts = (
            (self.magnitude, " M:{}%" if short else " by {}%", 1),
            (self.confidence, " C:{}%" if short else " with {}% confidence", 100),
            (self.weight, " W:{}%" if short else " and {}% weight", 100),
        )
        text = ""
        for value, form, scale in parts:
            if value is not None:
                text += form.format(numbers.double_text(value if scale == 1 else round(scale * value, 1)))
        tag = (f". {self.tag}" if short else f": {self.tag}") if self.tag else ""
        return text + tag

    def short_to_string(self) -> str:
        """Return a text without the id."""
        head = f"{self.symbol.value} {self.type.label} {self.direction.label} {span_text(self.period_us)}"
        return head + self._named(short=True)

    def __str__(self) -> str:
        span = span_text(self.period_us)
        head = f"{self.id.hex}: {self.symbol} {self.type.label} {self.direction.label} within {span}"
        return head + self._named(short=False)


def span_text(span: int) -> str:
    """Write a span in microseconds as .NET does: ``15.00:00:00``."""
    sign, size = ("-" if span < 0 else ""), abs(span)
    days, rest = divmod(size, times.DAY)
    hours, rest = divmod(rest, times.HOUR)
    minutes, rest = divmod(rest, times.MINUTE)
    seconds, micros = divmod(rest, times.SECOND)
    text = f"{hours:02d}:{minutes:02d}:{seconds:02d}"
    return f"{sign}{f'{days}.' if days else ''}{text}{f'.{micros:06d}0' if micros else ''}"


def _values(parts: list[Any], keywords: dict[str, Any], names: tuple[str, ...], method: str) -> dict[str, Any]:
    """Bind a call to the leading names and the rest that all overloads share; a lone text is the tag."""
    order = (*names, *_REST)
    if len(parts) == len(names) + 1 and isinstance(parts[-1], str):
        order = (*names, "tag")
    if len(parts) > len(order):
        raise no_method_matches(method, *parts)
    values = dict.fromkeys(names) | dict(zip(order, parts, strict=False))
    aliases = {"close_time_local": "period", "expiry_func": "period", "insight_type": "type"}
    for key, value in keywords.items():
        name = snake_case(key)
        name = aliases.get(name, name)
        if name not in {*names, *_REST}:
            raise no_method_matches(method, *parts, *keywords.values())
        values[name] = value
    if any(values[name] is None for name in names):
        raise no_method_matches(method, *parts, *keywords.values())
    return values


def _specification(period: Any, method: str) -> PeriodSpecification:  # noqa: ANN401
    if isinstance(period, timedelta):
        return TimeSpanPeriod(times.from_timedelta(period))
    if callable(period):
        return FunctionPeriod(period)
    raise no_method_matches(method, period)


def _price_specification(values: dict[str, Any]) -> PeriodSpecification:
    period = values["period"]
    if isinstance(period, datetime):
        close = times.from_datetime(period.replace(tzinfo=None))
        return EndlessPeriod() if close == END_OF_TIME else CloseTimePeriod(close)
    if isinstance(period, timedelta) and times.from_timedelta(period) < times.SECOND:
        raise ValueError(INVALID_PERIOD)
    return _specification(period, "Price")


def _number(value: Any) -> float | None:  # noqa: ANN401
    return None if value is None else float(value)


def _symbol(key: Any) -> Symbol:  # noqa: ANN401 - a symbol, a security or a ticker
    if isinstance(key, Symbol):
        return key
    found = CONTEXT.get().securities.find(key) if isinstance(key, str) else getattr(key, "symbol", None)
    if not isinstance(found, Symbol):
        raise no_method_matches("Insight", key)
    return found


def _utc(moment: datetime) -> int:
    """Return the instant of a datetime; one without a zone is in UTC."""
    offset = moment.utcoffset()
    count = times.from_datetime(moment.replace(tzinfo=None))
    return count if offset is None else count - times.from_timedelta(offset)


utc_of = _utc
