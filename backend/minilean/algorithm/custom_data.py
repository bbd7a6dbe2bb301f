"""Adding custom data: ``add_data``."""

# ruff: noqa: PLR0917 - LEAN's signatures

from typing import Any

from minilean import times
from minilean.algorithm.context import current_context
from minilean.algorithm.universes import UniversesPart
from minilean.data.custom import PythonData, default_resolution, require_plain
from minilean.data.map_files import MapFile
from minilean.data.subscription_data_config import SubscriptionDataConfig
from minilean.enums import Resolution, SecurityType, TickType
from minilean.securities.exchange_hours import SecurityExchangeHours
from minilean.securities.security import Security
from minilean.securities.symbol import NO_DATE, USA, SecurityIdentifier, Symbol
from minilean.surface import NotSupportedError, decimal_argument, no_method_matches
from minilean.times import DAY


class _GlobalsType(type):
    """Gives the class LEAN's static members, which belong to the run here."""

    @property
    def data_folder(cls) -> str:
        """The data folder."""
        return str(current_context().data_folder)

    @property
    def DataFolder(cls) -> str:  # noqa: N802 - LEAN's name
        """The data folder."""
        return str(current_context().data_folder)


class Globals(metaclass=_GlobalsType):
    """Folders of the run."""


def custom_symbol(kind: type[PythonData], ticker: str) -> Symbol:
    """Return the symbol of custom data: the ticker with the class's name."""
    name = f"{ticker.upper()}.{kind.__name__}"
    return Symbol(SecurityIdentifier(name, NO_DATE, SecurityType.BASE, USA), ticker.upper())


class CustomDataPart(UniversesPart):
    """``add_data``."""

    def add_data(
        self,
        type: Any,  # noqa: A002, ANN401 - LEAN's name, checked here
        ticker: Any,  # noqa: ANN401 - checked here
        resolution: Any = None,  # noqa: ANN401 - checked here
        time_zone: Any = None,  # noqa: ANN401 - a zone or its name
        fill_forward: bool = False,  # noqa: FBT001, FBT002
        leverage: object = 1,
    ) -> Security:
        """Subscribe to data that the strategy's own class reads.

        Args:
            type: A class derived from `PythonData`.
            ticker: What the class shall read.
            resolution: Length of its points; without it the class says so, or it is a minute.
            time_zone: Zone of its times, New York without it.
            fill_forward: Whether gaps are filled.
            leverage: How many times the own money may be invested.

        Raises:
            NotSupportedError: Data of LEAN's own or of another symbol, or with an exchange of its own.
            TypeError: The arguments fit no overload.
        """
        if not (isinstance(type, _CLASS) and issubclass(type, PythonData)):
            raise NotSupportedError(f"add_data({getattr(type, '__name__', type)})")
        if isinstance(ticker, (Symbol, Security)):
            raise NotSupportedError("add_data(type, Symbol)")
        if not isinstance(ticker, str):
            raise no_method_matches("AddData", type, ticker)
        if not isinstance(resolution, Resolution | None):
            raise NotSupportedError("add_data(type, ticker, SymbolProperties, SecurityExchangeHours)")
        used = default_resolution(type) if resolution is None else resolution
        require_plain(type, used)
        symbol = custom_symbol(type, ticker)
        if time_zone is not None:
            self._context.market_hours.set_always_open(symbol, self.zone_of(time_zone))
        return self._add_custom(type, symbol, used, fill_forward=fill_forward, leverage=leverage)

    def _add_custom(
        self, kind: Any, symbol: Symbol, resolution: Resolution, *, fill_forward: bool, leverage: object  # noqa: ANN401
    ) -> Security:  # fmt: skip
        context = self._context
        if fill_forward and resolution is Resolution.DAILY and _has_summer_time(context.market_hours.of(symbol)):
            raise NotSupportedError("add_data(Resolution.DAILY, fill_forward=True) in a zone with summer time")
        config = context.subscriptions.get_or_add(
            SubscriptionDataConfig(
                symbol, resolution, TickType.TRADE, context.market_hours.of(symbol), MapFile(symbol.value, ()),
                fill_forward=fill_forward, extended_market_hours=True, strict_daily=False, data_type=kind,
            )
        )  # fmt: skip
        security = self.create_security(symbol, decimal_argument(leverage, "AddData"), None)
        if not dict.__contains__(context.securities, symbol):
            context.add_security(security)
        self.name_to_universe(security, [config])
        return security


def _has_summer_time(hours: SecurityExchangeHours) -> bool:
    """Tell whether some days of the exchange's zone are longer or shorter than others."""
    return any(hours.time_zone.to_utc(day + 182 * DAY) - hours.time_zone.to_utc(day) != 182 * DAY for day in _JANUARIES)


_CLASS = type
_JANUARIES = (times.parse_date("20000101"), times.parse_date("20200101"))
