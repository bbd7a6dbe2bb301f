"""Slippage models."""

from decimal import Decimal
from typing import TYPE_CHECKING

from minilean.data.bars import BaseData, QuoteBar, TradeBar
from minilean.enums import SecurityType
from minilean.numbers import divide_96_bits, multiply_96_bits
from minilean.orders.order import Order
from minilean.surface import Model, decimal_argument, model_method

if TYPE_CHECKING:
    from minilean.securities.security import Security


class NullSlippageModel(Model):
    """No slippage."""

    def get_slippage_approximation(self, asset: "Security", order: Order) -> Decimal:  # noqa: ARG002 - LEAN's signature
        """Return zero."""
        return Decimal(0)


class ConstantSlippageModel(Model):
    """A fraction of the last price."""

    def __init__(self, slippage_percent: object) -> None:
        self.fraction_ = decimal_argument(slippage_percent, "ConstantSlippageModel")

    def get_slippage_approximation(self, asset: "Security", order: Order) -> Decimal:  # noqa: ARG002 - LEAN's signature
        """Return the fraction of the last data's value."""
        data = asset.cache.last_data
        return multiply_96_bits(data.value_, self.fraction_) if data is not None else Decimal(0)


class VolumeShareSlippageModel(Model):
    """Grows with the square of the order's share of the last bar's volume, up to a limit of that share."""

    def __init__(self, volume_limit: object = Decimal("0.025"), price_impact: object = Decimal("0.1")) -> None:
        self.limit_ = decimal_argument(volume_limit, "VolumeShareSlippageModel")
        self.impact_ = decimal_argument(price_impact, "VolumeShareSlippageModel")

    def get_slippage_approximation(self, asset: "Security", order: Order) -> Decimal:
        """Return the slippage at the last data; without volume the limit counts, with unknown volume nothing."""
        data = asset.cache.last_data
        if data is None:
            return Decimal(0)
        volume = _volume(data, order)
        if volume <= 0:
            if asset.type in _WITHOUT_VOLUME:
                return Decimal(0)
            share = self.limit_
        else:
            share = min(divide_96_bits(order.absolute_quantity_, volume), self.limit_)
        return multiply_96_bits(multiply_96_bits(multiply_96_bits(share, share), self.impact_), data.value_)


_WITHOUT_VOLUME = frozenset({SecurityType.CFD, SecurityType.FOREX, SecurityType.CRYPTO})


def _volume(data: BaseData, order: Order) -> Decimal:
    if isinstance(data, TradeBar):
        return data.volume_
    if isinstance(data, QuoteBar):
        return data.last_bid_size_ if order.quantity_ > 0 else data.last_ask_size_
    raise ValueError(f"VolumeShareSlippageModel.GetSlippageApproximation: {type(data).__name__} is not supported")


def slippage_of(security: "Security", order: Order) -> Decimal:
    """Return the slippage that a security's model, which may be the strategy's own, gives an order."""
    value = model_method(security.slippage_model, "get_slippage_approximation")(security, order)
    return decimal_argument(value, "GetSlippageApproximation")
