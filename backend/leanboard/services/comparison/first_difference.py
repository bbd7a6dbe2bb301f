"""Where two runs part: statistics by their texts, orders and equity by the earliest simulated time. Pure."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from leanboard.models.verification import Compared, FirstDifference, TextDifference
from leanboard.storage.equity_series import equity_points
from leanboard.storage.lean_json import lookup, moment, section, text
from leanboard.storage.result_document import ResultDocument

_ASKED = ("symbol", "type", "quantity", "tag")
_FILLED = ("status", "price")
_ALL = 10**9  # points: none is thinned out
_EPOCH = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True)
class PairDifference:
    """What differs between two results, and how much was compared."""

    compared: Compared
    statistics: tuple[TextDifference, ...]
    first: FirstDifference | None


def pair_difference(original: ResultDocument, repeated: ResultDocument) -> PairDifference:
    """Hold two results of LEAN's against each other.

    Numbers are equal when they are the same double; there is no tolerance.
    """
    statistics = _Texts(original.state.statistics, repeated.state.statistics)
    orders = _Orders(_orders_of(original), _orders_of(repeated))
    equity = _Equity(_equity_of(original), _equity_of(repeated))
    return PairDifference(
        compared=Compared(statistics=len(statistics.names), orders=len(orders.ids), equity_points=len(equity.times)),
        statistics=tuple(statistics.differences()),
        first=min((*orders.differences(), *equity.differences()), key=lambda found: found.time, default=None),
    )


class _Texts:
    """Statistics side by side, in the original's order."""

    def __init__(self, original: Mapping[str, str], repeated: Mapping[str, str]) -> None:
        self._original, self._repeated = original, repeated
        self.names = tuple(dict.fromkeys((*original, *repeated)))

    def differences(self) -> Iterator[TextDifference]:
        for name in self.names:
            was, now = self._original.get(name), self._repeated.get(name)
            if was != now:
                yield TextDifference(name=name, original=was, repeated=now)


@dataclass(frozen=True, slots=True)
class _Order:
    """What of an order can differ, as texts."""

    created_at: datetime
    filled_at: datetime | None
    fields: Mapping[str, str]

    @property
    def summary(self) -> str:
        return f"{self.fields['quantity']} {self.fields['symbol']}"


class _Orders:
    def __init__(self, original: Mapping[int, _Order], repeated: Mapping[int, _Order]) -> None:
        self._original, self._repeated = original, repeated
        self.ids = tuple(sorted({*original, *repeated}))

    def differences(self) -> Iterator[FirstDifference]:
        for number in self.ids:
            was, now = self._original.get(number), self._repeated.get(number)
            if was is None or now is None:
                yield self._only_one(number, was, now)
            else:
                yield from _order_differences(number, was, now)

    @staticmethod
    def _only_one(number: int, was: _Order | None, now: _Order | None) -> FirstDifference:
        found = was or now
        assert found is not None
        return FirstDifference(
            time=found.created_at,
            kind="order",
            what=f"order {number} is only in one of them",
            original=was.summary if was else None,
            repeated=now.summary if now else None,
        )


def _order_differences(number: int, was: _Order, now: _Order) -> Iterator[FirstDifference]:
    asked_at = min(was.created_at, now.created_at)
    filled_at = min((at for at in (was.filled_at, now.filled_at) if at is not None), default=asked_at)
    if was.created_at != now.created_at:
        yield _differs(asked_at, number, "time", str(was.created_at), str(now.created_at))
    for names, at in ((_ASKED, asked_at), (_FILLED, filled_at)):
        for name in names:
            if was.fields[name] != now.fields[name]:
                yield _differs(at, number, name, was.fields[name], now.fields[name])
    if was.filled_at != now.filled_at:
        yield _differs(filled_at, number, "time of the last fill", _time_text(was.filled_at), _time_text(now.filled_at))


def _time_text(at: datetime | None) -> str | None:
    return None if at is None else str(at)


def _differs(at: datetime, number: int, name: str, was: str | None, now: str | None) -> FirstDifference:
    return FirstDifference(time=at, kind="order", what=f"order {number}: {name}", original=was, repeated=now)


def _orders_of(document: ResultDocument) -> dict[int, _Order]:
    found = {}
    for key, raw in section(document.root, "orders").items():
        if isinstance(raw, dict) and key.isascii() and key.isdigit() and len(key) < 12:
            found[int(key)] = _order(raw)
    return found


def _order(raw: Mapping[str, object]) -> _Order:
    created = moment(text(raw, "createdTime")) or moment(text(raw, "time")) or _EPOCH
    symbol = lookup(raw, "symbol")
    fields = {name: _text_of(lookup(raw, name)) for name in (*_ASKED, *_FILLED)}
    fields["symbol"] = text(symbol, "value") if isinstance(symbol, dict) else _text_of(symbol)
    return _Order(created, moment(text(raw, "lastFillTime")), fields)


def _text_of(value: object) -> str:
    if isinstance(value, float) and math.isfinite(value) and value == int(value):
        return str(int(value))
    return "" if value is None else str(value)


class _Equity:
    def __init__(self, original: Mapping[datetime, float], repeated: Mapping[datetime, float]) -> None:
        self._original, self._repeated = original, repeated
        self.times = tuple(sorted({*original, *repeated}))

    def differences(self) -> Iterable[FirstDifference]:
        """Give the first one only: from there on nearly every point differs."""
        for at in self.times:
            was, now = self._original.get(at), self._repeated.get(at)
            if was != now:
                yield FirstDifference(
                    time=at, kind="equity", what="equity", original=_number(was), repeated=_number(now)
                )
                return


def _number(value: float | None) -> str | None:
    return None if value is None else repr(value)


def _equity_of(document: ResultDocument) -> dict[datetime, float]:
    return {point.time: point.value for point in equity_points(document.root, _ALL)}
