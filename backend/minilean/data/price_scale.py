"""What prices and volumes of a file are worth."""

from decimal import Decimal
from typing import NamedTuple

_ZERO = Decimal(0)
_WHOLE = Decimal(1)
_FILE_UNIT = Decimal("0.0001")


class PriceScale(NamedTuple):
    """What turns prices of a file into the prices of a normalization mode.

    Attributes:
        factor: Multiplies prices.
        volume_factor: Multiplies volumes, which are then rounded to whole shares.
        dividends: Added to prices (total return).
    """

    factor: Decimal
    volume_factor: Decimal
    dividends: Decimal


PLAIN = PriceScale(_WHOLE, _WHOLE, _ZERO)
"""Marks rows of files whose prices and volumes are as written: those of currency pairs."""


def scaled_price(text: str, scale: PriceScale | None) -> Decimal:
    """Decode a price of a file."""
    if scale is PLAIN:
        return Decimal(text)
    price = Decimal(text) * _FILE_UNIT
    if scale is None:
        return price
    price *= scale.factor
    return price + scale.dividends if scale.dividends else price


def scaled_volume(text: str, scale: PriceScale | None) -> Decimal:
    """Decode a number of shares, or an amount of a currency."""
    volume = Decimal(text)
    if scale is None or scale is PLAIN:
        return volume
    return (volume * scale.volume_factor).quantize(_WHOLE)
