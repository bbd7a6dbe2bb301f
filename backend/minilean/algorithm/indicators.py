"""Automatic indicators: ``self.sma(symbol, 20)`` and the like."""

from collections.abc import Callable
from typing import Any

from minilean.algorithm.consolidation import ConsolidationPart
from minilean.algorithm.indicator_catalogue import EXTREMES, HELPERS
from minilean.enums import LeanEnum, Resolution
from minilean.indicators.base import IndicatorBase, bind, signature_of
from minilean.indicators.field import Field
from minilean.indicators.moving_averages import ExponentialMovingAverage
from minilean.surface import NotSupportedError, no_method_matches

_SUFFIXES = {
    Resolution.TICK: "tick",
    Resolution.SECOND: "sec",
    Resolution.MINUTE: "min",
    Resolution.HOUR: "hr",
    Resolution.DAILY: "day",
}
_EXTRA = ("resolution", "selector")


class IndicatorsPart(ConsolidationPart):
    """Helpers that make an indicator and keep it up to date."""

    def create_indicator_name(self, symbol: object, type: str, resolution: Resolution | None = None) -> str:  # noqa: A002 - LEAN's name
        """Return LEAN's automatic name, e.g. ``SMA(20,SPY_day)``."""
        used = self.subscription_of(symbol).resolution if resolution is None else resolution
        return f"{type}({self.symbol_of(symbol)}_{_SUFFIXES[used]})".replace(")(", ",")

    def indicator_helper(self, helper: str) -> Callable[..., IndicatorBase] | None:
        """Return what a helper's name stands for, None for other names."""
        if helper in HELPERS:
            kind, label = HELPERS[helper]
            return lambda *args, **keywords: self._make(helper, kind, label, args, keywords)
        if helper in EXTREMES:
            return lambda *args, **keywords: self._make(
                helper, EXTREMES[helper], helper.upper() + "({period})", args, keywords
            )
        return None

    def _make(
        self, helper: str, kind: type[IndicatorBase], label: str, args: tuple[Any, ...], keywords: dict[str, Any]
    ) -> IndicatorBase:
        if not args and "symbol" not in keywords:
            raise no_method_matches(helper.upper(), *args)
        arguments = list(args)
        symbol = keywords.pop("symbol") if "symbol" in keywords else arguments.pop(0)
        parameters, resolution, selector = _split(helper, kind, arguments, keywords)
        texts = {name: value.label if isinstance(value, LeanEnum) else value for name, value in parameters.items()}
        name = self.create_indicator_name(symbol, label.format(**texts), _resolution_or_none(resolution))
        indicator = kind(name, **parameters)
        if selector is None and helper in EXTREMES:
            selector = Field.high if helper == "max" else Field.low
        if selector is not None and indicator.takes_bars and helper not in {"atr", "tr"}:
            raise NotSupportedError(f"{helper}(selector=...)")
        self.register_indicator(symbol, indicator, resolution, selector)
        if self._context.settings.automatic_indicator_warm_up:
            raise NotSupportedError("settings.automatic_indicator_warm_up")
        return indicator


def _resolution_or_none(resolution: Any) -> Resolution | None:  # noqa: ANN401
    return resolution if isinstance(resolution, Resolution) else None


def _split(
    helper: str, kind: type[IndicatorBase], arguments: list[Any], keywords: dict[str, Any]
) -> tuple[dict[str, Any], Any, Any]:
    """Separate an indicator's own parameters from resolution and selector, which follow them."""
    names, defaults = signature_of(kind.setup)
    hidden = (
        1 if kind is ExponentialMovingAverage and not (len(arguments) > 1 and isinstance(arguments[1], float)) else 0
    )
    own_count = len(names) - hidden
    rest = dict(zip(_EXTRA, arguments[own_count:], strict=False))
    if len(arguments) > own_count + len(_EXTRA):
        raise no_method_matches(helper.upper(), *arguments)
    for name in _EXTRA:
        if name in keywords:
            rest[name] = keywords.pop(name)
    values = bind(kind, kind.setup, arguments[:own_count], keywords)
    resolution = rest.get("resolution")
    if isinstance(resolution, (int, float)) and not isinstance(resolution, Resolution):
        raise no_method_matches(helper.upper(), *arguments)
    return {name: values.get(name, defaults.get(name)) for name in names}, resolution, rest.get("selector")
