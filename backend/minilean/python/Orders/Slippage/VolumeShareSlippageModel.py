"""LEAN's module `Orders.Slippage.VolumeShareSlippageModel`: LEAN's model in Python, which computes in floats."""

# ruff: noqa: N999 - LEAN's name

from typing import Any

from minilean.data.bars import QuoteBar, TradeBar
from minilean.enums import OrderDirection, SecurityType

_WITHOUT_VOLUME = (SecurityType.CFD, SecurityType.FOREX, SecurityType.CRYPTO)


class VolumeShareSlippageModel:
    """Grows with the square of the order's share of the last bar's volume, up to a limit of that share."""

    def __init__(self, volume_limit: float = 0.025, price_impact: float = 0.1) -> None:
        self.volume_limit = volume_limit
        self.price_impact = price_impact

    def get_slippage_approximation(self, asset: Any, order: Any) -> float:  # noqa: ANN401 - a security and an order
        """Return the slippage at the last data; without volume the limit counts, with unknown volume nothing."""
        bar = asset.get_last_data()
        if bar is None:
            return 0
        volume = _volume(bar, buys=order.direction == OrderDirection.BUY)
        share = self.volume_limit
        if volume > 0:
            share = min(order.absolute_quantity / volume, self.volume_limit)
        elif asset.symbol.id.security_type in _WITHOUT_VOLUME:
            return 0
        return float(share * share * self.price_impact * bar.value)


def _volume(bar: Any, *, buys: bool) -> float:  # noqa: ANN401 - a bar
    """Return what a bar tells of volume.

    Raises:
        ValueError: It is neither of trades nor of quotes.
    """
    if isinstance(bar, TradeBar):
        return float(bar.volume)
    if isinstance(bar, QuoteBar):
        return float(bar.last_bid_size if buys else bar.last_ask_size)
    raise ValueError(f"VolumeShareSlippageModel.GetSlippageApproximation: {type(bar).__name__} is not supported")
