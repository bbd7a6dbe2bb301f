"""Settings of an algorithm: ``self.settings``."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from minilean import times
from minilean.enums import Resolution
from minilean.surface import NotSupportedError, OpenSurface, decimal_argument, snake_case

_DECIMALS = {
    "free_portfolio_value": "free_portfolio_value_",
    "free_portfolio_value_percentage": "free_portfolio_value_percentage_",
    "minimum_order_margin_portfolio_percentage": "minimum_order_margin_portfolio_percentage_",
}
_PLAIN = frozenset({
    "automatic_indicator_warm_up", "liquidate_enabled", "rebalance_portfolio_on_insight_changes",
    "rebalance_portfolio_on_security_changes", "seed_initial_prices", "trading_days_per_year", "warmup_resolution",
    "daily_precise_end_time", "data_subscription_limit",
})  # fmt: skip


_DEFAULTS: dict[str, object] = {
    "free_portfolio_value_": None,
    "free_portfolio_value_percentage_": Decimal("0.0025"),
    "minimum_order_margin_portfolio_percentage_": Decimal("0.001"),
    "stale_price_us": times.HOUR,
    "automatic_indicator_warm_up": False,
    "liquidate_enabled": True,
    "seed_initial_prices": False,
    "rebalance_portfolio_on_insight_changes": None,
    "rebalance_portfolio_on_security_changes": None,
    "trading_days_per_year": None,
    "warmup_resolution": None,
    "daily_precise_end_time": True,
    "data_subscription_limit": 2147483647,
}


class AlgorithmSettings(OpenSurface):
    """LEAN's settings with LEAN's defaults; unknown names are refused."""

    free_portfolio_value_: Decimal | None
    free_portfolio_value_percentage_: Decimal
    minimum_order_margin_portfolio_percentage_: Decimal
    stale_price_us: int
    automatic_indicator_warm_up: bool
    liquidate_enabled: bool
    seed_initial_prices: bool
    rebalance_portfolio_on_insight_changes: bool | None
    rebalance_portfolio_on_security_changes: bool | None
    trading_days_per_year: int | None
    warmup_resolution: Resolution | None
    daily_precise_end_time: bool

    def __init__(self) -> None:
        for name, value in _DEFAULTS.items():
            object.__setattr__(self, name, value)

    def __setattr__(self, name: str, value: Any) -> None:  # noqa: ANN401 - any setting
        name = snake_case(name) if name[:1].isupper() else name
        if name == "warm_up_resolution":
            name = "warmup_resolution"
        if name in _DECIMALS:
            object.__setattr__(self, _DECIMALS[name], None if value is None else decimal_argument(value, name))
        elif name == "stale_price_time_span":
            object.__setattr__(self, "stale_price_us", times.from_timedelta(value))
        elif name in _PLAIN:
            object.__setattr__(self, name, value)
        else:
            raise NotSupportedError(f"settings.{name}")

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - any setting
        if name in _DECIMALS:
            value = object.__getattribute__(self, _DECIMALS[name])
            return None if value is None else float(value)
        if name == "stale_price_time_span":
            return timedelta(microseconds=self.stale_price_us)
        return super().__getattr__(name)
