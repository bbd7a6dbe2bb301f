"""LEAN's module `Risk.MaximumDrawdownPercentPerSecurity`."""

# ruff: noqa: N999 - LEAN's name

from minilean.framework.exports import MaximumDrawdownPercentPerSecurity

__all__ = ["MaximumDrawdownPercentPerSecurity"]
