"""Consolidators and indicators that feeds keep up to date."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from minilean import times
from minilean.algorithm.surface import AlgorithmPart
from minilean.consolidators.base import DataConsolidator, IdentityDataConsolidator
from minilean.consolidators.dynamic import DynamicDataConsolidator
from minilean.consolidators.period import (
    MarketHourAwareConsolidator,
    PeriodConsolidator,
    QuoteBarConsolidator,
    TradeBarConsolidator,
)
from minilean.consolidators.python_consolidator import belongs_to, wrapped
from minilean.consolidators.renko import RenkoConsolidator, VolumeRenkoConsolidator
from minilean.consolidators.timeless import RangeConsolidator
from minilean.data.bars import BaseData, QuoteBar, TradeBar
from minilean.data.renko_bars import RangeBar, RenkoBar, VolumeRenkoBar
from minilean.data.subscription_data_config import INCREMENTS, SubscriptionDataConfig
from minilean.enums import Resolution, TickType
from minilean.indicators.base import IndicatorBase, IndicatorDataPoint
from minilean.net_list import NetList
from minilean.surface import Surface, decimal_argument, no_method_matches

_CONSOLIDATE_NAMES = ("type", "symbol", "period", "calendar", "size", "tick_type", "handler")
_BARS: dict[TickType, type[BaseData]] = {TickType.TRADE: TradeBar, TickType.QUOTE: QuoteBar}
_BY_SIZE: dict[type, Callable[[Any], DataConsolidator]] = {
    RenkoBar: RenkoConsolidator,
    VolumeRenkoBar: VolumeRenkoConsolidator,
    RangeBar: lambda size: RangeConsolidator(int(size)),
    TradeBar: lambda size: TradeBarConsolidator(int(size)),
    QuoteBar: lambda size: QuoteBarConsolidator(int(size)),
}
_KINDS: dict[TickType, type[PeriodConsolidator]] = {
    TickType.TRADE: TradeBarConsolidator,
    TickType.QUOTE: QuoteBarConsolidator,
}


def _kind_of(config: SubscriptionDataConfig) -> type[BaseData]:
    """Return the type of a feed's data."""
    return _BARS[config.tick_type] if config.data_type is None else config.data_type


class SubscriptionManagerView(Surface):
    """``self.subscription_manager``: adds and removes consolidators."""

    def __init__(self, algorithm: "ConsolidationPart") -> None:
        self._algorithm = algorithm

    def add_consolidator(
        self, symbol: object, consolidator: DataConsolidator, tick_type: TickType | None = None
    ) -> None:
        """Feed a consolidator with a symbol's bars."""
        self._algorithm.register_consolidator(symbol, consolidator, tick_type)

    def remove_consolidator(self, symbol: object, consolidator: DataConsolidator) -> None:
        """Stop feeding a consolidator."""
        self._algorithm.unregister_consolidator(symbol, consolidator)

    @property
    def subscriptions(self) -> NetList:
        """The feeds of the run that the strategy sees."""
        securities = dict.values(self._algorithm.securities)
        return NetList(config for security in securities for config in security.configs if not config.is_internal)


class ConsolidationPart(AlgorithmPart):
    """``consolidate``, ``register_indicator`` and the like."""

    @property
    def subscription_manager(self) -> SubscriptionManagerView:
        """Adds and removes consolidators."""
        return SubscriptionManagerView(self)

    def subscription_of(self, symbol: object, tick_type: TickType | None = None) -> SubscriptionDataConfig:
        """Return the feed of a symbol that indicators use: trades unless quotes are asked for."""
        configs = self.feeds_of(symbol)
        wanted = [config for config in configs if config.tick_type is tick_type]
        return (wanted or configs)[0]

    def consolidate(self, *arguments: Any, **keywords: Any) -> DataConsolidator:  # noqa: ANN401 - LEAN's overloads
        """Call back with each longer bar of a symbol.

        Args:
            arguments: Symbol or ticker; timedelta, resolution or calendar function; perhaps a tick type; the handler of
                finished bars. Or a type of bar, the symbol, a size (of bricks, in price steps or bars), a tick type
                and the handler.
            keywords: The same by LEAN's names.

        Raises:
            TypeError: The arguments fit no overload.
        """
        parts = [*arguments, *(keywords.pop(name) for name in _CONSOLIDATE_NAMES if name in keywords)]
        if len(parts) < 3 or keywords or not (callable(parts[-1]) or parts[-1] is None):
            raise no_method_matches("Consolidate", *arguments, *keywords.values())
        *parts, handler = parts
        if isinstance(parts[0], type):
            return self._consolidate_by_size(parts, handler)
        tick_type = parts.pop() if len(parts) == 3 and isinstance(parts[2], TickType | None) else None
        if len(parts) != 2 or (isinstance(parts[1], int) and not isinstance(parts[1], Resolution)):
            raise no_method_matches("Consolidate", *arguments)
        return self._handled(parts[0], self.make_consolidator(parts[0], parts[1], tick_type), tick_type, handler)

    def _consolidate_by_size(self, parts: list[Any], handler: Any) -> DataConsolidator:  # noqa: ANN401 - a function
        if len(parts) != 4 or not isinstance(parts[3], TickType | None) or parts[0] not in _BY_SIZE:
            raise no_method_matches("Consolidate", *parts, handler)
        kind, symbol, size, tick_type = parts
        return self._handled(symbol, _BY_SIZE[kind](size), tick_type, handler)

    def _handled(
        self,
        symbol: object,
        consolidator: DataConsolidator,
        tick_type: TickType | None,
        handler: Any,  # noqa: ANN401
    ) -> DataConsolidator:
        if handler is not None:
            consolidator.data_consolidated += lambda _sender, bar: handler(bar)
            self.register_consolidator(symbol, consolidator, tick_type)
        return consolidator

    def resolve_consolidator(
        self,
        symbol: object,
        resolution: Any = None,  # noqa: ANN401 - a resolution or a span
        data_type: type | None = None,
    ) -> DataConsolidator:
        """Return the consolidator that makes bars of a length, perhaps of a type, from a symbol's feed."""
        sides = {kind: side for side, kind in _BARS.items()}
        if data_type is not None and data_type not in sides:
            raise no_method_matches("ResolveConsolidator", symbol, resolution, data_type)
        return self.make_consolidator(symbol, resolution, None if data_type is None else sides[data_type])

    def make_consolidator(self, symbol: object, period: Any, tick_type: TickType | None) -> DataConsolidator:  # noqa: ANN401
        """Choose a consolidator for a length.

        Raises:
            ValueError: The feed's bars are longer than that.
        """
        config = self.subscription_of(symbol, tick_type)
        kind = _KINDS[config.tick_type] if config.data_type is None else DynamicDataConsolidator
        if callable(period):
            return kind(period)
        span = config.increment
        if isinstance(period, Resolution):
            span = INCREMENTS[period]
        elif isinstance(period, timedelta):
            span = times.from_timedelta(period)
        elif period is not None:
            raise no_method_matches("Consolidate", symbol, period)
        if span < config.increment:
            raise ValueError(
                f"Unable to create {config.symbol} consolidator because {config.symbol} is registered for "
                f"{config.resolution.label} data. Consolidators require higher resolution data to produce lower "
                "resolution data."
            )
        if span == config.increment:
            same = IdentityDataConsolidator()
            same.input_type = same.output_type = _kind_of(config)
            return same
        if period is Resolution.DAILY:
            return self._daily(config, kind, span)
        return kind(timedelta(microseconds=span))

    def _daily(self, config: SubscriptionDataConfig, kind: type[PeriodConsolidator], span: int) -> DataConsolidator:
        if config.data_type is not None:
            raise ValueError(f"{config.data_type.__name__} not supported (Parameter 'dataType')")
        strict = self._context.settings.daily_precise_end_time and config.hours.days_end_at_close
        return MarketHourAwareConsolidator(kind, config.hours, span, strict=strict, extended=False)

    def register_consolidator(
        self, symbol: object, consolidator: DataConsolidator, tick_type: TickType | None = None
    ) -> None:
        """Feed a consolidator with the bars of the feed that fits it."""
        fed = wrapped(consolidator)
        config = self._config_for(symbol, fed, tick_type)
        if fed in config.consolidators:
            return
        fed.price_step_ = self.security_of(symbol).symbol_properties.minimum_price_variation_
        config.consolidators.append(fed)
        self._context.scanner.add(fed, config.increment, config.hours.time_zone)

    def _config_for(
        self, symbol: object, consolidator: DataConsolidator, tick_type: TickType | None
    ) -> SubscriptionDataConfig:
        """Return the first feed whose bars a consolidator takes.

        Raises:
            ValueError: There is none.
        """
        configs = self.feeds_of(symbol)
        for config in configs:
            kind = _kind_of(config)
            if consolidator.input_type is None or issubclass(kind, consolidator.input_type):
                return config
        if tick_type is not None and all(config.tick_type is not tick_type for config in configs):
            available = ", ".join(config.tick_type.label for config in configs)
            raise ValueError(
                f"No subscription with the requested Tick Type {tick_type.label} was found. "
                f"Available Tick Types: {available}"
            )
        supported = ",".join(_kind_of(config).__name__ for config in configs)
        raise ValueError(
            "Type mismatch found between consolidator and symbol. "
            f"Symbol: {self.symbol_of(symbol)} does not support input type: {consolidator.input_type.__name__}. "  # type: ignore[union-attr]
            f"Supported types: {supported}."
        )

    def unregister_consolidator(self, symbol: object, consolidator: DataConsolidator) -> None:
        """Stop feeding a consolidator."""
        for config in self._context.subscriptions.own(self.symbol_of(symbol)):
            for fed in list(config.consolidators):
                if isinstance(fed, DataConsolidator) and belongs_to(fed, consolidator):
                    config.consolidators.remove(fed)
                    self._context.scanner.remove(fed)

    def register_indicator(
        self,
        symbol: object,
        indicator: Any,  # noqa: ANN401 - an indicator, LEAN's or the strategy's
        resolution: Any = None,  # noqa: ANN401 - a length or a consolidator
        selector: Callable[[Any], Any] | None = None,
    ) -> None:
        """Keep an indicator up to date with bars of a length, or those of a consolidator.

        Raises:
            ValueError: The indicator needs volumes, and the feed has quotes only.
        """
        if isinstance(resolution, DataConsolidator):
            consolidator = resolution
        else:
            consolidator = self.make_consolidator(symbol, resolution, None)
            self._require_trades(symbol, indicator, selector)
        self.register_consolidator(symbol, consolidator)
        if isinstance(indicator, IndicatorBase):
            indicator.consolidators.append(consolidator)
        consolidator.data_consolidated += updater(indicator, selector)

    def _require_trades(self, symbol: object, indicator: object, selector: object) -> None:
        needed = selector is None and isinstance(indicator, IndicatorBase) and indicator.takes_trade_bars
        if needed and self.subscription_of(symbol).tick_type is TickType.QUOTE:
            raise ValueError(
                f"Type mismatch found between consolidator and indicator for symbol: {self.symbol_of(symbol)}."
                "Consolidator outputs type QuoteBar but indicator expects input type TradeBar"
            )

    def unregister_indicator(self, indicator: IndicatorBase) -> None:
        """Stop updating an indicator."""
        for consolidator in indicator.consolidators:
            for symbol in list(dict.keys(self._context.securities)):
                self.unregister_consolidator(symbol, consolidator)  # type: ignore[arg-type]
        indicator.consolidators.clear()

    def deregister_indicator(self, indicator: IndicatorBase) -> None:
        """LEAN's older name of `unregister_indicator`."""
        self.unregister_indicator(indicator)


def updater(indicator: Any, selector: Callable[[Any], Any] | None) -> Callable[[object, BaseData], object]:  # noqa: ANN401
    """Return the handler that passes finished bars to an indicator."""
    if isinstance(indicator, IndicatorBase) and indicator.takes_bars:
        if selector is None:
            return lambda _sender, bar: indicator.update_with(bar)
        return lambda _sender, bar: indicator.update_with(selector(bar))
    if not isinstance(indicator, IndicatorBase):
        return lambda _sender, bar: indicator.update(bar if selector is None else selector(bar))
    if selector is None:
        return indicator.take

    def select(_sender: object, bar: BaseData) -> None:
        exact = getattr(selector, "exact", None)
        value = exact(bar) if exact is not None else decimal_argument(selector(bar), "selector")
        indicator.take(None, IndicatorDataPoint(bar.symbol, bar.end_local, value))

    return select
