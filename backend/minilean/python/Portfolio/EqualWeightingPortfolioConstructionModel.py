"""LEAN's module `Portfolio.EqualWeightingPortfolioConstructionModel`."""

# ruff: noqa: N999 - LEAN's name

from minilean.framework.exports import EqualWeightingPortfolioConstructionModel

__all__ = ["EqualWeightingPortfolioConstructionModel"]
