"""Slippage models."""

from decimal import Decimal
from typing import TYPE_CHECKING

from minilean.orders.order import Order
from minilean.surface import Surface, decimal_argument

if TYPE_CHECKING:
    from minilean.securities.security import Security


class NullSlippageModel(Surface):
    """No slippage."""

    def get_slippage_approximation(self, asset: "Security", order: Order) -> Decimal:  # noqa: ARG002 - LEAN's signature
        """Return zero."""
        return Decimal(0)


class ConstantSlippageModel(Surface):
    """A fraction of the last price."""

    def __init__(self, slippage_percent: object) -> None:
        self._fraction = decimal_argument(slippage_percent, "ConstantSlippageModel")

    def get_slippage_approximation(self, asset: "Security", order: Order) -> Decimal:  # noqa: ARG002 - LEAN's signature
        """Return the fraction of the last data's value."""
        data = asset.cache.last_data
        return data.value_ * self._fraction if data is not None else Decimal(0)
