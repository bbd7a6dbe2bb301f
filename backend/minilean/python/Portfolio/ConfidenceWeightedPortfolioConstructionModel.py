"""LEAN's module `Portfolio.ConfidenceWeightedPortfolioConstructionModel`."""

# ruff: noqa: N999 - LEAN's name

from minilean.framework.exports import ConfidenceWeightedPortfolioConstructionModel

__all__ = ["ConfidenceWeightedPortfolioConstructionModel"]
