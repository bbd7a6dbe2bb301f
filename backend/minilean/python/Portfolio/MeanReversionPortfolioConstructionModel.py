"""LEAN's module `Portfolio.MeanReversionPortfolioConstructionModel`."""

# ruff: noqa: N999 - LEAN's name

from minilean.framework.exports import MeanReversionPortfolioConstructionModel

__all__ = ["MeanReversionPortfolioConstructionModel"]
