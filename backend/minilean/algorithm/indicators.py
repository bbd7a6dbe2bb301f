"""Automatic indicators: ``self.sma(symbol, 20)`` and the like."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from minilean.algorithm.consolidation import ConsolidationPart
from minilean.algorithm.indicator_catalogue import HELPERS, IDENTITIES, PAIRS, PATTERNS, Form, Helper
from minilean.enums import Resolution, TickType
from minilean.indicators.base import FilteredIdentity, IndicatorBase
from minilean.indicators.parameters import bind, signature_of, texts_of
from minilean.indicators.volume_prices import IntradayVwap
from minilean.surface import NotSupportedError, Surface, no_method_matches, snake_case

_SUFFIXES = {
    Resolution.TICK: "tick",
    Resolution.SECOND: "sec",
    Resolution.MINUTE: "min",
    Resolution.HOUR: "hr",
    Resolution.DAILY: "day",
}
_EXTRA = ("resolution", "selector")
Call = tuple[tuple[Any, ...], dict[str, Any]]


class IndicatorsPart(ConsolidationPart):
    """Helpers that make an indicator and keep it up to date."""

    def create_indicator_name(self, symbol: object, type: str, resolution: Resolution | None = None) -> str:  # noqa: A002 - LEAN's name
        """Return LEAN's automatic name, e.g. ``SMA(20,SPY_day)``; without a symbol, ``B(20,day)``."""
        if symbol is None:
            return f"{type}({'' if resolution is None else _SUFFIXES[resolution]})".replace(")(", ",")
        used = self.subscription_of(symbol).resolution if resolution is None else resolution
        return f"{type}({self.symbol_of(symbol)}_{_SUFFIXES[used]})".replace(")(", ",")

    @property
    def candlestick_patterns(self) -> "CandlestickPatterns":
        """Helpers that make candlestick patterns."""
        return CandlestickPatterns(self)

    def indicator_helper(self, helper: str) -> Callable[..., IndicatorBase]:
        """Return what a helper's name stands for.

        Raises:
            KeyError: There is no such helper.
        """
        if helper in HELPERS:
            return lambda *args, **keywords: self._single(helper, (args, keywords))
        if helper in PAIRS:
            return lambda *args, **keywords: self._pair(helper, (args, keywords))
        if helper in IDENTITIES:
            return lambda *args, **keywords: self._identity(helper, (args, keywords))
        raise KeyError(helper)

    def _single(self, name: str, call: Call) -> IndicatorBase:
        helper = HELPERS[name]
        (symbol,), rest = _take(name, call, ("symbol",))
        if name == "vwap" and not rest[0] and not rest[1]:
            intraday = IntradayVwap(self.create_indicator_name(symbol, "VWAP"))
            self.register_indicator(symbol, intraday)
            return intraday
        parameters, resolution, selector = resolve(name, helper, rest)
        indicator = self._made(helper, symbol, parameters, resolution)
        if selector is None and helper.selector and self.subscription_of(symbol).tick_type is TickType.TRADE:
            selector = helper.selector
        return self._kept(indicator, (symbol,), resolution, selector)

    def _pair(self, name: str, call: Call) -> IndicatorBase:
        helper = PAIRS[name]
        (target, reference), rest = _take(name, call, ("target", "reference"))
        symbols = self.symbol_of(target), self.symbol_of(reference)
        parameters, resolution, selector = resolve(name, helper, ((*symbols, *rest[0]), rest[1]))
        label = self.create_indicator_name(None, helper.label.format(**texts_of(dict(parameters))), resolution)
        return self._kept(helper.kind(label, **parameters), symbols, resolution, selector)

    def make_pattern(self, name: str, call: Call) -> IndicatorBase:
        """Make a candlestick pattern and keep it up to date."""
        kind = PATTERNS[name]
        helper = Helper(kind, kind.short_name)
        (symbol,), rest = _take(name, call, ("symbol",))
        parameters, resolution, selector = resolve(name, helper, rest)
        indicator = self._made(helper, symbol, parameters, resolution)
        self.register_indicator(symbol, indicator, resolution, selector)
        return indicator

    def _identity(self, name: str, call: Call) -> IndicatorBase:
        """Make an indicator that passes values on: (symbol, resolution or length, selector, filter, field name)."""
        (symbol,), (positional, keywords) = _take(name, call, ("symbol",))
        order = ["selector", "field_name"] if name == "identity" else ["selector", "filter", "field_name"]
        if positional and isinstance(positional[0], (Resolution, timedelta)):
            order.insert(0, "resolution")
        given = {**dict(zip(order, positional, strict=False)), **{snake_case(key): keywords[key] for key in keywords}}
        if len(positional) > len(order) or set(given) - {*order, "resolution"}:
            raise no_method_matches(name, symbol, *positional)
        resolution, field = given.get("resolution"), given.get("field_name") or "close"
        if isinstance(resolution, timedelta):
            label = f"{self.symbol_of(symbol)}({field},{resolution})"
        else:
            label = self.create_indicator_name(symbol, field, resolution)
        filters = () if name == "identity" else (given.get("filter"),)
        indicator = IDENTITIES[name](label, *filters)
        return self._kept(indicator, (symbol,), resolution, given.get("selector"))

    def _made(
        self, helper: Helper, symbol: object, parameters: Mapping[str, Any], resolution: Resolution | None
    ) -> IndicatorBase:
        label = helper.label.format(**texts_of(dict(parameters)))
        return helper.kind(self.create_indicator_name(symbol, label, resolution), **parameters)

    def _kept(
        self,
        indicator: IndicatorBase,
        symbols: tuple[object, ...],
        resolution: object,
        selector: Any,  # noqa: ANN401 - a function of the bar
    ) -> IndicatorBase:
        for symbol in symbols:
            self.register_indicator(symbol, indicator, resolution, selector)
        never = isinstance(indicator, FilteredIdentity) or isinstance(resolution, timedelta)
        if self._context.settings.automatic_indicator_warm_up and not never:
            self.warm_up_indicator(list(symbols), indicator, resolution, selector)
        return indicator


class CandlestickPatterns(Surface):
    """``self.candlestick_patterns``: one method for each pattern."""

    def __init__(self, algorithm: IndicatorsPart) -> None:
        self._algorithm = algorithm

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - a method
        snake = snake_case(name) if name[:1].isupper() else name
        if snake not in PATTERNS:
            raise NotSupportedError(f"candlestick_patterns.{snake}")
        return lambda *args, **keywords: self._algorithm.make_pattern(snake, (args, keywords))


def _take(helper: str, call: Call, names: tuple[str, ...]) -> tuple[list[Any], Call]:
    """Separate the leading parameters, which are always there, from the rest of a call."""
    arguments, keywords = list(call[0]), dict(call[1])
    taken = []
    for name in names:
        if name in keywords:
            taken.append(keywords.pop(name))
        elif arguments:
            taken.append(arguments.pop(0))
        else:
            raise no_method_matches(helper.upper(), *call[0])
    return taken, (tuple(arguments), keywords)


def resolve(name: str, helper: Helper, call: Call) -> tuple[Mapping[str, Any], Resolution | None, Any]:
    """Find LEAN's overload for a call and return the indicator's parameters, the resolution and the selector.

    Raises:
        TypeError: No overload fits.
    """
    own: Any = helper.kind.setup
    for form in helper.forms or (own,):
        found = _fit(helper, form, call)
        if found is not None:
            values, resolution, selector = found
            parameters = form(None, **values) if helper.forms else values
            return parameters, helper.resolution if resolution is None else resolution, selector
    raise no_method_matches(name.upper(), *call[0])


def _fit(helper: Helper, form: Form, call: Call) -> tuple[dict[str, Any], Any, Any] | None:
    """Bind a call to an overload: its own parameters, then resolution and selector; None when it does not fit."""
    arguments, keywords = list(call[0]), dict(call[1])
    names = signature_of(form)[0]
    own, extra = arguments[: len(names)], arguments[len(names) :]
    if len(extra) > len(_EXTRA) or any(isinstance(each, (Resolution, timedelta)) or callable(each) for each in own):
        return None
    rest = dict(zip(_EXTRA, extra, strict=False))
    rest.update({key: keywords.pop(key) for key in _EXTRA if key in keywords})
    resolution, selector = rest.get("resolution"), rest.get("selector")
    if not isinstance(resolution, Resolution | None) or not (selector is None or callable(selector)):
        return None
    try:
        return bind(helper.kind, form, own, keywords), resolution, selector
    except TypeError:
        return None
