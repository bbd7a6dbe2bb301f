"""LEAN's module `Risk.MaximumUnrealizedProfitPercentPerSecurity`."""

# ruff: noqa: N999 - LEAN's name

from minilean.framework.exports import MaximumUnrealizedProfitPercentPerSecurity

__all__ = ["MaximumUnrealizedProfitPercentPerSecurity"]
