"""What consolidators share, and the one that passes bars on as they are."""

from decimal import Decimal
from typing import Any, ClassVar, Self

from minilean.data.bars import BaseData
from minilean.indicators.base import EventHandlers
from minilean.indicators.rolling_window import RecentItems, RollingWindow
from minilean.surface import Surface


class DataConsolidator(Surface):
    """Base of consolidators.

    Attributes:
        data_consolidated: Event of each finished bar; handlers take sender and bar.
        consolidated: The last finished bar.
        finishes_late: Whether the passing of time alone may finish a bar.
        input_type: Kind of the bars it takes, None for any.
        output_type: Kind of the bars it makes.
        price_step_: Smallest move of the price of the symbol that it is registered for.
    """

    finishes_late: ClassVar[bool] = True
    input_type: type[BaseData] | None = None
    output_type: type[BaseData] = BaseData
    price_step_: Decimal | None = None

    def __init__(self) -> None:
        self.data_consolidated = EventHandlers()
        self.consolidated: BaseData | None = None
        self._past_bars: RecentItems[BaseData] = RecentItems()

    @property
    def DataConsolidated(self) -> EventHandlers:  # noqa: N802 - LEAN's name
        """LEAN's name of `data_consolidated`."""
        return self.data_consolidated

    @DataConsolidated.setter
    def DataConsolidated(self, handlers: EventHandlers) -> None:  # noqa: N802 - LEAN's name
        self.data_consolidated = handlers

    @property
    def window(self) -> RollingWindow[BaseData]:
        """The last finished bars."""
        return self._past_bars.window

    @property
    def current(self) -> Any:  # noqa: ANN401 - a bar or None
        """The last finished bar, from the moment that its handlers are called."""
        return self.window[0]

    @property
    def previous(self) -> Any:  # noqa: ANN401 - a bar or None
        """The finished bar before the last."""
        return self.window[1]

    @property
    def working_data(self) -> BaseData | None:
        """The unfinished bar."""
        return None

    def update(self, data: Any) -> None:  # noqa: ANN401 - a bar
        """Take a bar."""
        raise NotImplementedError

    def scan(self, local_now: int) -> None:
        """Finish the bar whose time is over at a local time of the exchange."""

    def emit(self, bar: BaseData) -> None:
        """Announce a finished bar; `consolidated` is the one before until all handlers were called."""
        self._past_bars.add(bar)
        for handler in self.data_consolidated.handlers:
            handler(self, bar)
        self.consolidated = bar

    def reset(self) -> None:
        """Forget everything."""
        self.consolidated = None
        self._past_bars.reset()

    def __getitem__(self, index: int) -> Any:  # noqa: ANN401 - a bar or None
        return self.window[index]


class IdentityDataConsolidator(DataConsolidator):
    """Passes each bar on at once; with a type in brackets, bars of that type."""

    finishes_late = False

    def __class_getitem__(cls, kind: type[BaseData]) -> type[Self]:
        return type(cls.__name__, (cls,), {"input_type": kind, "output_type": kind})

    def __init__(self) -> None:
        super().__init__()
        self._last: BaseData | None = None

    def update(self, data: Any) -> None:  # noqa: ANN401 - a bar
        """Announce the bar."""
        if data is not self._last:
            self._last = data
            past = self._past_bars
            if past.window_is_used:
                past.add(data)
            else:
                past.samples += 1
                past.removed, past.before, past.newest = past.before, past.newest, data
            for handler in self.data_consolidated.handlers:
                handler(self, data)
            self.consolidated = data
