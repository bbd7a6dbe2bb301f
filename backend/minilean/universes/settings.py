"""How the securities of a universe are subscribed to."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

from minilean.enums import DataNormalizationMode, Resolution
from minilean.scheduling.rules import DateRule
from minilean.surface import Surface, decimal_argument, no_method_matches, snake_case

ZERO = Decimal(0)


class UniverseSchedule(Surface):
    """On which days a universe selects; every day that has data until a rule is set."""

    def __init__(self, rule: DateRule | None = None) -> None:
        self._rule = rule

    @property
    def initialized(self) -> bool:
        """Whether a rule is set."""
        return self._rule is not None

    def on(self, rule: DateRule) -> None:
        """Select on the days of a rule only.

        Raises:
            TypeError: Not a date rule.
        """
        if not isinstance(rule, DateRule):
            raise no_method_matches("On", rule)
        self._rule = rule

    def days(self, first: int, last: int) -> Iterator[int]:
        """Yield the midnights of the rule's days."""
        return iter(()) if self._rule is None else self._rule.days(first, last)

    def clone(self) -> "UniverseSchedule":
        """Return another schedule with the same rule."""
        return UniverseSchedule(self._rule)


class UniverseSettings(Surface):
    """Defaults of added securities.

    Attributes:
        leverage: 0 for the brokerage's.
        minimum_time_in_universe: How long a security stays at least once it was selected.
        schedule: On which days is selected.
    """

    def __init__(  # noqa: PLR0917 - LEAN's signature
        self,
        resolution: Any = Resolution.MINUTE,  # noqa: ANN401 - or other settings, to copy
        leverage: object = 0,
        fill_forward: bool = True,  # noqa: FBT001, FBT002
        extended_market_hours: bool = False,  # noqa: FBT001, FBT002
        minimum_time_in_universe: timedelta = timedelta(days=1),
        data_normalization_mode: DataNormalizationMode = DataNormalizationMode.ADJUSTED,
        *,
        asynchronous: bool | None = None,
        selection_date_rule: DateRule | None = None,
    ) -> None:
        """Take the settings one by one, or others to copy.

        Raises:
            TypeError: The first argument is neither a resolution nor settings.
        """
        self.schedule = UniverseSchedule(selection_date_rule)
        if isinstance(resolution, UniverseSettings):
            self.__dict__.update(resolution.__dict__, schedule=resolution.schedule.clone())
            return
        if not isinstance(resolution, Resolution):
            raise no_method_matches("UniverseSettings", resolution)
        self.resolution = resolution
        self.leverage = leverage
        self.fill_forward = fill_forward
        self.extended_market_hours = extended_market_hours
        self.minimum_time_in_universe = minimum_time_in_universe
        self.data_normalization_mode = data_normalization_mode
        self.asynchronous = asynchronous

    def __setattr__(self, name: str, value: object) -> None:
        object.__setattr__(self, snake_case(name) if name[:1].isupper() else name, value)

    @property
    def leverage_(self) -> Decimal:
        """The leverage as an exact number."""
        return decimal_argument(self.leverage, "UniverseSettings")
