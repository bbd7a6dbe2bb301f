"""Consolidators and indicators that feeds keep up to date."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from minilean import times
from minilean.algorithm.surface import AlgorithmPart
from minilean.consolidators.base import DataConsolidator, IdentityDataConsolidator
from minilean.consolidators.period import (
    MarketHourAwareConsolidator,
    PeriodConsolidator,
    QuoteBarConsolidator,
    TradeBarConsolidator,
)
from minilean.data.bars import BaseData
from minilean.data.subscription_data_config import INCREMENTS, SubscriptionDataConfig
from minilean.enums import Resolution, TickType
from minilean.indicators.base import IndicatorBase, IndicatorDataPoint
from minilean.surface import decimal_argument, no_method_matches

_KINDS: dict[TickType, type[PeriodConsolidator]] = {
    TickType.TRADE: TradeBarConsolidator,
    TickType.QUOTE: QuoteBarConsolidator,
}


class SubscriptionManagerView(AlgorithmPart):
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


class ConsolidationPart(AlgorithmPart):
    """``consolidate``, ``register_indicator`` and the like."""

    @property
    def subscription_manager(self) -> SubscriptionManagerView:
        """Adds and removes consolidators."""
        return SubscriptionManagerView(self)

    def subscription_of(self, symbol: object, tick_type: TickType | None = None) -> SubscriptionDataConfig:
        """Return the feed of a symbol that indicators use: trades unless quotes are asked for."""
        configs = self.security_of(symbol).configs
        wanted = [config for config in configs if config.tick_type is tick_type]
        return (wanted or configs)[0]

    def consolidate(self, symbol: object, period: Any, *rest: Any) -> DataConsolidator:  # noqa: ANN401 - LEAN's overloads
        """Call back with each longer bar of a symbol.

        Args:
            symbol: Symbol or ticker.
            period: Timedelta, resolution, number of bars or calendar function.
            rest: Perhaps a tick type, then the handler of finished bars.

        Raises:
            TypeError: The arguments fit no overload.
        """
        parts = list(rest)
        tick_type = parts.pop(0) if len(parts) == 2 and isinstance(parts[0], TickType) else None
        if len(parts) != 1 or not callable(parts[0]):
            raise no_method_matches("Consolidate", symbol, period, *rest)
        handler = parts[0]
        consolidator = self.make_consolidator(symbol, period, tick_type)
        consolidator.data_consolidated += lambda _sender, bar: handler(bar)
        self.register_consolidator(symbol, consolidator, tick_type)
        return consolidator

    def resolve_consolidator(self, symbol: object, resolution: Any = None) -> DataConsolidator:  # noqa: ANN401
        """Return the consolidator that makes bars of a length from a symbol's feed."""
        return self.make_consolidator(symbol, resolution, None)

    def make_consolidator(self, symbol: object, period: Any, tick_type: TickType | None) -> DataConsolidator:  # noqa: ANN401
        """Choose a consolidator for a length.

        Raises:
            ValueError: The feed's bars are longer than that.
        """
        config = self.subscription_of(symbol, tick_type)
        kind = _KINDS[config.tick_type]
        if callable(period) or (isinstance(period, int) and not isinstance(period, Resolution)):
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
            return IdentityDataConsolidator()
        if period is Resolution.DAILY:
            strict = self._context.settings.daily_precise_end_time
            return MarketHourAwareConsolidator(kind, config.hours, span, strict=strict, extended=False)
        return kind(timedelta(microseconds=span))

    def register_consolidator(
        self, symbol: object, consolidator: DataConsolidator, tick_type: TickType | None = None
    ) -> None:
        """Feed a consolidator with the bars of the feed that fits it."""
        if tick_type is None and isinstance(consolidator, QuoteBarConsolidator):
            tick_type = TickType.QUOTE
        config = self.subscription_of(symbol, tick_type)
        config.consolidators.append(consolidator)
        self._context.scanner.add(consolidator, config.increment, config.hours.time_zone)

    def unregister_consolidator(self, symbol: object, consolidator: DataConsolidator) -> None:
        """Stop feeding a consolidator."""
        for config in self.security_of(symbol).configs:
            if consolidator in config.consolidators:
                config.consolidators.remove(consolidator)
        self._context.scanner.remove(consolidator)

    def register_indicator(
        self,
        symbol: object,
        indicator: Any,  # noqa: ANN401 - an indicator, LEAN's or the strategy's
        resolution: Any = None,  # noqa: ANN401 - a length or a consolidator
        selector: Callable[[Any], Any] | None = None,
    ) -> None:
        """Keep an indicator up to date with bars of a length, or those of a consolidator."""
        if isinstance(resolution, DataConsolidator):
            consolidator = resolution
        else:
            consolidator = self.make_consolidator(symbol, resolution, None)
        self.register_consolidator(symbol, consolidator)
        if isinstance(indicator, IndicatorBase):
            indicator.consolidators.append(consolidator)
        consolidator.data_consolidated += updater(indicator, selector)

    def unregister_indicator(self, indicator: IndicatorBase) -> None:
        """Stop updating an indicator."""
        for consolidator in indicator.consolidators:
            for symbol in list(dict.keys(self._context.securities)):
                self.unregister_consolidator(symbol, consolidator)  # type: ignore[arg-type]
        indicator.consolidators.clear()

    def deregister_indicator(self, indicator: IndicatorBase) -> None:
        """LEAN's older name of `unregister_indicator`."""
        self.unregister_indicator(indicator)


def updater(indicator: Any, selector: Callable[[Any], Any] | None) -> Callable[[object, BaseData], None]:  # noqa: ANN401
    """Return the handler that passes finished bars to an indicator."""
    if isinstance(indicator, IndicatorBase) and indicator.takes_bars:
        if selector is None:
            return lambda _sender, bar: _ignore(indicator.update_with(bar))
        return lambda _sender, bar: _ignore(indicator.update_with(selector(bar)))
    if not isinstance(indicator, IndicatorBase):
        return lambda _sender, bar: _ignore(indicator.update(bar if selector is None else selector(bar)))
    if selector is None:
        return lambda _sender, bar: _ignore(
            indicator.update_with(IndicatorDataPoint(bar.symbol, bar.end_local, bar.value_))
        )

    def select(_sender: object, bar: BaseData) -> None:
        exact = getattr(selector, "exact", None)
        value = exact(bar) if exact is not None else decimal_argument(selector(bar), "selector")
        indicator.update_with(IndicatorDataPoint(bar.symbol, bar.end_local, value))

    return select


def _ignore(_: object) -> None:
    """Drop a result where a handler must return nothing."""
