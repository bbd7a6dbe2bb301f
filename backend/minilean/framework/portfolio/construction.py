"""The base of portfolio construction models: when to rebalance, for which insights, and what expired ones leave."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from minilean import times
from minilean.data.subscription_data_config import INCREMENTS
from minilean.data.time_slice import SecurityChanges
from minilean.enums import Resolution
from minilean.framework.algorithm import Algorithm
from minilean.framework.insight import Insight, utc_of
from minilean.framework.insight_periods import END_OF_TIME
from minilean.framework.model import FrameworkModel
from minilean.framework.portfolio_target import PortfolioTarget, percent_target
from minilean.net_list import NetList
from minilean.scheduling.rules import DateRule
from minilean.securities.symbol import Symbol
from minilean.surface import core_of, double_argument, model_method, no_method_matches

RebalancingFunction = Callable[[int], int | None]
"""From now to the next rebalancing in microseconds of UTC, None for unknown."""


def rebalancing_function(rule: Any) -> RebalancingFunction | None:  # noqa: ANN401 - what strategies give
    """Make a function of a resolution, a timedelta, a date rule or a function of the UTC time; None for none.

    Raises:
        TypeError: It is something else.
    """
    if rule is None:
        return None
    if isinstance(rule, Resolution):
        return _after(INCREMENTS[rule])
    if isinstance(rule, timedelta):
        return _after(times.from_timedelta(rule))
    if isinstance(rule, DateRule):
        return _by_dates(rule)
    if callable(rule):
        return _by_function(rule)
    raise no_method_matches("PortfolioConstructionModel", rule)


def _after(span: int) -> RebalancingFunction:
    return lambda utc: utc + span


def _by_function(function: Callable[[datetime], datetime | None]) -> RebalancingFunction:
    def call(utc: int) -> int | None:
        found = function(times.to_datetime(utc).replace(tzinfo=UTC))
        return None if found is None else utc_of(found)

    return call


def _by_dates(rule: DateRule) -> RebalancingFunction:
    """Go through a rule's dates, of which LEAN takes the midnights as if they were in UTC."""
    dates: Iterator[int] | None = None
    current = END_OF_TIME

    def call(utc: int) -> int:
        nonlocal dates, current
        if dates is None:
            dates = iter(rule.days(times.midnight(utc), END_OF_TIME))
            current = next(dates, END_OF_TIME)
        if utc >= current:
            current = next(dates, END_OF_TIME)
        return current

    return call


class PortfolioConstructionModel(FrameworkModel):
    """Makes targets of insights. Strategies define `determine_target_percent`, or `create_targets` altogether.

    Attributes:
        rebalance_on_security_changes: Whether securities that join or leave make it rebalance.
        rebalance_on_insight_changes: Whether new and expired insights make it rebalance.
        algorithm: The strategy.
    """

    rebalance_on_security_changes = True
    rebalance_on_insight_changes = True
    algorithm: Algorithm | None = None

    def __init__(self, rebalancing_func: Any = None) -> None:  # noqa: ANN401 - see `rebalancing_function`
        self.set_rebalancing_func(rebalancing_func)

    def begin_(self) -> None:
        """Start with no rule and nothing due."""
        self.rebalancing_: RebalancingFunction | None = None
        self.rebalancing_utc_: int | None = None
        self.security_changes_ = False

    def set_rebalancing_func(self, rebalance: Any) -> None:  # noqa: ANN401 - see `rebalancing_function`
        """Set when to rebalance."""
        self.rebalancing_ = rebalancing_function(rebalance)

    def create_targets(self, algorithm: Algorithm, insights: list[Insight]) -> Iterable[PortfolioTarget]:
        """Return the targets of a moment: none unless it is time to rebalance."""
        self.algorithm = algorithm
        if not model_method(self, "is_rebalance_due")(insights, core_of(algorithm).utc_time):
            return []
        active: list[Insight] = model_method(self, "get_target_insights")()
        percents: Mapping[Insight, Any] = model_method(self, "determine_target_percent")(active)
        targets: list[PortfolioTarget] = []
        failed: set[Symbol] = set()
        for insight in active:
            if insight not in percents:
                continue
            fraction = double_argument(percents[insight], "Percent")
            target = percent_target(algorithm, insight.symbol, fraction)
            if target is None:
                failed.add(insight.symbol)
            else:
                targets.append(target)
        return targets + self.flattening_(algorithm, failed)

    def flattening_(self, algorithm: Algorithm, failed: set[Symbol]) -> list[PortfolioTarget]:
        """Return targets of nothing for symbols whose last insight expired."""
        core = core_of(algorithm)
        now, insights = utc_of(core.utc_time), core.insights
        expired = dict.fromkeys(insight.symbol for insight in insights.remove_expired_at(now))
        return [
            PortfolioTarget(symbol, 0)
            for symbol in expired
            if not insights.has_active_at(symbol, now) and symbol not in failed
        ]

    def on_securities_changed(self, algorithm: Algorithm, changes: SecurityChanges) -> None:
        """Note the change, and end the insights of securities that left."""
        self.algorithm = self.algorithm or algorithm
        self.security_changes_ = True
        core_of(algorithm).insights.expire([security.symbol for security in changes.removed_securities])

    def get_target_insights(self) -> list[Insight]:
        """Return the newest insight of each symbol that still holds and is not turned down."""
        newest: dict[Symbol, Insight] = {}
        for insight in self.valid_insights_():
            known = newest.get(insight.symbol)
            if known is None or insight.generated_utc >= known.generated_utc:
                newest[insight.symbol] = insight
        return NetList(newest.values())

    def valid_insights_(self) -> list[Insight]:
        """Return the insights that still hold and are not turned down."""
        algorithm = self.algorithm
        if algorithm is None:
            return []
        wanted = model_method(self, "should_create_target_for_insight")
        core = core_of(algorithm)
        now = utc_of(core.utc_time)
        return [insight for insight in core.insights.active_at(now) if wanted(insight)]

    def should_create_target_for_insight(self, insight: Insight) -> bool:  # noqa: ARG002 - strategies look at it
        """Tell whether an insight shall have a target."""
        return True

    def determine_target_percent(self, active_insights: list[Insight]) -> Mapping[Insight, Any]:
        """Return the fraction of the portfolio for each insight.

        Raises:
            NotImplementedError: Always; models define it.
        """
        raise NotImplementedError(
            "Types deriving from 'PortfolioConstructionModel' must implement the 'Dictionary<Insight, double> "
            "DetermineTargetPercent(ICollection<Insight>)' method."
        )

    def is_rebalance_due(self, insights: list[Insight], algorithm_utc: datetime) -> bool:
        """Tell whether it is time to rebalance."""
        now = utc_of(algorithm_utc)
        if self.rebalancing_ is None:
            self.security_changes_ = False
            return True
        if self.rebalancing_utc_ is None:
            self.rebalancing_utc_ = self.rebalancing_(now)
            if self.rebalancing_utc_ is not None and self.rebalancing_utc_ <= now:
                # The function is not asked twice in a step: it may count its calls.
                self.rebalancing_utc_ = None
                self.security_changes_ = False
                return True
        if self.is_due_(insights, now):
            self.refresh_rebalance(algorithm_utc)
            return True
        return False

    def is_due_(self, insights: list[Insight], now: int) -> bool:
        """Tell whether time, securities or insights ask for a rebalancing."""
        if self.rebalancing_utc_ is not None and self.rebalancing_utc_ <= now:
            return True
        if self.rebalance_on_security_changes and self.security_changes_:
            return True
        if not self.rebalance_on_insight_changes:
            return False
        expiry = core_of(self.algorithm).insights.next_expiry() if self.algorithm is not None else None
        return bool(insights) or (expiry is not None and expiry < now)

    def refresh_rebalance(self, algorithm_utc: datetime) -> None:
        """Ask for the next time of rebalancing."""
        if self.rebalancing_ is not None:
            self.rebalancing_utc_ = self.rebalancing_(utc_of(algorithm_utc))
        self.security_changes_ = False


class NullPortfolioConstructionModel(PortfolioConstructionModel):
    """Makes no targets."""

    def create_targets(self, algorithm: Algorithm, insights: list[Insight]) -> Iterable[PortfolioTarget]:  # noqa: ARG002
        """Return nothing."""
        return []
