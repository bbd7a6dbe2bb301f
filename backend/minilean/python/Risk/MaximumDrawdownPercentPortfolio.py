"""LEAN's module `Risk.MaximumDrawdownPercentPortfolio`."""

# ruff: noqa: N999 - LEAN's name

from minilean.framework.exports import MaximumDrawdownPercentPortfolio

__all__ = ["MaximumDrawdownPercentPortfolio"]
