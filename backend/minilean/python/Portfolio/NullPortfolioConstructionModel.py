"""LEAN's module `Portfolio.NullPortfolioConstructionModel`."""

# ruff: noqa: N999 - LEAN's name

from minilean.framework.exports import NullPortfolioConstructionModel

__all__ = ["NullPortfolioConstructionModel"]
