"""Collections of insights: ``self.insights``."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from minilean import times
from minilean.framework.insight import Insight, utc_of
from minilean.framework.net_dictionary import NetDictionary
from minilean.net_list import NetList
from minilean.securities.symbol import Symbol
from minilean.surface import Surface, as_utc_datetime, model_method
from minilean.time_keeper import TimeKeeper


class InsightCollection(Surface):
    """Insights by symbol, and all that were ever added."""

    def __init__(self) -> None:
        self._open: NetDictionary[Symbol, list[Insight]] = NetDictionary()
        self._complete: list[Insight] = []
        self._total = 0

    @property
    def count(self) -> int:
        """Number of insights that were not removed."""
        return sum(len(insights) for insights in self._open.values())

    @property
    def total_count(self) -> int:
        """Number of insights that were ever added."""
        return self._total

    def add(self, item: Insight) -> None:
        """Add an insight."""
        self._total += 1
        self._complete.append(item)
        existing = self._open.get(item.symbol)
        if existing is None:
            self._open[item.symbol] = [item]
        else:
            existing.append(item)

    def add_range(self, insights: Iterable[Insight]) -> None:
        """Add several insights."""
        for insight in insights:
            self.add(insight)

    def contains(self, item: Insight) -> bool:
        """Tell whether an insight is there and was not removed."""
        return any(each is item for each in self._open.get(item.symbol) or ())

    def contains_key(self, symbol: Symbol) -> bool:
        """Tell whether there are insights of a symbol."""
        return bool(self._open.get(symbol))

    def remove(self, item: Insight) -> bool:
        """Remove an insight; tell whether it was there."""
        existing = self._open.get(item.symbol) or []
        for place, each in enumerate(existing):
            if each is item:
                del existing[place]
                if not existing:
                    self._open.pop(item.symbol)
                return True
        return False

    def __getitem__(self, symbol: Symbol) -> NetList:
        if symbol not in self._open:
            raise KeyError(str(symbol))
        return NetList(self._open[symbol])

    def __setitem__(self, symbol: Symbol, insights: Iterable[Insight]) -> None:
        listed = list(insights)
        self._total += len(listed)
        self._open[symbol] = listed

    def try_get_value(self, symbol: Symbol) -> tuple[bool, NetList | None]:
        """Return whether there are insights of a symbol, and them."""
        found = self._open.get(symbol)
        return (False, None) if found is None else (True, NetList(found))

    def __iter__(self) -> Iterator[Insight]:
        return iter([insight for insights in self._open.values() for insight in insights])

    def clear(self, symbols: Iterable[Symbol]) -> None:
        """Remove the insights of symbols."""
        for symbol in symbols:
            self._open.pop(symbol)

    def next_expiry(self) -> int | None:
        """Return the instant at which the first insight ends or ended, None without insights."""
        return min((insight.close_utc for insight in self), default=None)

    def get_next_expiry_time(self) -> datetime | None:
        """Return when the first insight ends or ended, None without insights."""
        found = self.next_expiry()
        return None if found is None else times.to_datetime(found).replace(tzinfo=UTC)

    def active_at(self, utc: int) -> NetList:
        """Return the insights that hold at an instant, by symbol."""
        return NetList(insight for insight in self if not insight.is_expired_at(utc))

    def get_active_insights(self, utc_time: datetime) -> NetList:
        """Return the insights that hold, by symbol."""
        return self.active_at(utc_of(utc_time))

    def has_active_at(self, symbol: Symbol, utc: int) -> bool:
        """Tell whether an insight of a symbol holds at an instant."""
        return any(not insight.is_expired_at(utc) for insight in self._open.get(symbol) or ())

    def has_active_insights(self, symbol: Symbol, utc_time: datetime) -> bool:
        """Tell whether an insight of a symbol holds."""
        return self.has_active_at(symbol, utc_of(utc_time))

    def remove_expired_at(self, utc: int) -> NetList:
        """Remove and return the insights that are over at an instant."""
        expired = NetList(insight for insight in self if insight.is_expired_at(utc))
        for insight in expired:
            self.remove(insight)
        return expired

    def remove_expired_insights(self, utc_time: datetime) -> NetList:
        """Remove and return the insights that are over."""
        return self.remove_expired_at(utc_of(utc_time))

    def remove_insights(self, filter: Callable[[Insight], Any]) -> None:  # noqa: A002 - LEAN's name
        """Remove the insights that a function names, from the record of all as well."""
        self._complete = [insight for insight in self._complete if not filter(insight)]
        for insight in [each for each in self if filter(each)]:
            self.remove(insight)

    def get_insights(self, filter: Callable[[Insight], Any] | None = None) -> NetList:  # noqa: A002 - LEAN's name
        """Return all insights that were ever added, or those that a function names.

        Raises:
            ValueError: The filter is no function.
        """
        if filter is None:
            return NetList(self._complete)
        if not callable(filter):
            raise ValueError(f"InsightCollection.GetInsights: {filter!r} is not a valid argument.")  # noqa: TRY004 - LEAN's
        return NetList(insight for insight in self._complete if filter(insight))


class InsightManager(InsightCollection):
    """The insights of the run."""

    def __init__(self, clock: TimeKeeper) -> None:
        super().__init__()
        self._clock = clock
        self._score_function: Any = None

    def step(self, utc_time: datetime) -> None:
        """Let the strategy's function score the insights."""
        if self._score_function is not None:
            model_method(self._score_function, "score")(self, utc_time)

    @property
    def is_scored(self) -> bool:
        """Whether the strategy scores its insights."""
        return self._score_function is not None

    def set_insight_score_function(self, insight_score_function: Any) -> None:  # noqa: ANN401 - the strategy's own
        """Set what scores the insights at each step."""
        self._score_function = insight_score_function

    def expire(self, items: Iterable[Any] | None) -> None:
        """End insights, or those of symbols."""
        for item in items or ():
            found = [item] if isinstance(item, Insight) else self._open.get(self._key(item)) or []
            for insight in list(found):
                insight.expire_at(self._clock.utc)

    def cancel(self, items: Iterable[Any] | None) -> None:
        """End insights, or those of symbols."""
        self.expire(items)

    def _key(self, item: Any) -> Any:  # noqa: ANN401 - a symbol or a ticker
        if isinstance(item, str):
            return next((symbol for symbol in self._open if symbol == item), item)
        return item


class GeneratedInsightsCollection(Surface):
    """Insights of one moment, as the event of their making has them."""

    def __init__(self, utc: int, insights: list[Insight]) -> None:
        self.utc = utc
        self.insights = insights

    date_time_utc = as_utc_datetime("utc")
