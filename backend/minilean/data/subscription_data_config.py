"""What a subscription asks for."""

from typing import Any, ClassVar, Protocol

from minilean.data.bars import BaseData
from minilean.data.map_files import MapFile
from minilean.enums import DataNormalizationMode, Resolution, SecurityType, TickType
from minilean.net_list import NetList
from minilean.securities.exchange_hours import SecurityExchangeHours
from minilean.securities.symbol import Symbol
from minilean.surface import Surface
from minilean.times import DAY, HOUR, MINUTE, SECOND

INCREMENTS = {
    Resolution.TICK: 0,
    Resolution.SECOND: SECOND,
    Resolution.MINUTE: MINUTE,
    Resolution.HOUR: HOUR,
    Resolution.DAILY: DAY,
}


class Consolidator(Protocol):
    """What a feed keeps up to date.

    Attributes:
        finishes_late: Whether the passing of time alone may finish a bar.
    """

    finishes_late: ClassVar[bool]

    def update(self, data: Any) -> None:  # noqa: ANN401 - a bar
        """Take a bar."""

    def scan(self, local_now: int) -> None:
        """Finish the bar whose time is over."""


class SubscriptionDataConfig(Surface):
    """One feed of a symbol: resolution and side, and how its data is treated.

    Attributes:
        increment: Length of a bar in microseconds.
        is_internal: A feed of the engine's own that the strategy does not see.
        strict_daily: Whether daily bars end at the close of the exchange instead of at midnight.
        mapped_ticker: Ticker of the security on the day that is being read.
        data_type: The strategy's own class that reads it, None for LEAN's bars.
        sum_of_dividends is kept by the reader.
        consolidators: Consolidators that the feed updates, in the order they were added.
    """

    __slots__ = (
        "consolidators", "data_type", "extended_market_hours", "fill_forward", "hours", "increment", "is_internal",
        "map_file", "mapped_ticker", "normalization", "resolution", "strict_daily", "symbol", "tick_type",
    )  # fmt: skip

    def __init__(
        self,
        symbol: Symbol,
        resolution: Resolution,
        tick_type: TickType,
        hours: SecurityExchangeHours,
        map_file: MapFile,
        *,
        fill_forward: bool = True,
        extended_market_hours: bool = False,
        normalization: DataNormalizationMode = DataNormalizationMode.ADJUSTED,
        is_internal: bool = False,
        strict_daily: bool = True,
        data_type: type[BaseData] | None = None,
    ) -> None:
        self.symbol = symbol
        self.data_type = data_type
        self.resolution = resolution
        self.increment = INCREMENTS[resolution]
        self.tick_type = tick_type
        self.hours = hours
        self.map_file = map_file
        self.mapped_ticker = symbol.value
        self.fill_forward = fill_forward
        self.extended_market_hours = extended_market_hours
        self.normalization = normalization
        self.is_internal = is_internal
        self.strict_daily = strict_daily and resolution is Resolution.DAILY and hours.days_end_at_close
        self.consolidators: list[Consolidator] = NetList()

    @property
    def mapped_symbol(self) -> str:
        """Ticker of the security on the day that is being read."""
        return self.mapped_ticker

    @property
    def is_custom_data(self) -> bool:
        """Whether the strategy's own class reads it."""
        return self.data_type is not None

    @property
    def data_normalization_mode(self) -> DataNormalizationMode:
        """How prices are adjusted for splits and dividends."""
        return self.normalization

    @property
    def fill_data_forward(self) -> bool:
        """Whether gaps are filled with the last bar."""
        return self.fill_forward

    @property
    def is_internal_feed(self) -> bool:
        """Whether it is the engine's own."""
        return self.is_internal

    @property
    def exchange_time_zone(self) -> str:
        """Name of the exchange's zone."""
        return self.hours.time_zone.name

    @property
    def security_type(self) -> SecurityType:
        """Kind of the security."""
        return self.symbol.security_type

    @property
    def market(self) -> str:
        """Market of the security."""
        return self.symbol.market

    @property
    def key(self) -> tuple[object, ...]:
        """What makes two configs the same feed."""
        return (
            self.symbol.sid, self.resolution, self.tick_type, self.is_internal, self.fill_forward,
            self.extended_market_hours,
        )  # fmt: skip

    @property
    def sort_key(self) -> tuple[int, int, str, str]:
        """LEAN's order of feeds within a time step: of one kind and side, by the ticker that was asked for."""
        symbol = self.symbol
        return int(symbol.security_type), int(self.tick_type), symbol.value.upper(), symbol.sid

    def copy(self, resolution: Resolution, *, fill_forward: bool, extended: bool) -> "SubscriptionDataConfig":
        """Return the same feed at another resolution, for warm-up and history."""
        return SubscriptionDataConfig(
            self.symbol,
            resolution,
            self.tick_type,
            self.hours,
            self.map_file,
            fill_forward=fill_forward,
            extended_market_hours=extended,
            normalization=self.normalization,
            is_internal=self.is_internal,
            strict_daily=self.data_type is None and (self.strict_daily or (resolution is Resolution.DAILY)),
            data_type=self.data_type,
        )
