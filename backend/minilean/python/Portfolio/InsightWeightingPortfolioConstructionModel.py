"""LEAN's module `Portfolio.InsightWeightingPortfolioConstructionModel`."""

# ruff: noqa: N999 - LEAN's name

from minilean.framework.exports import InsightWeightingPortfolioConstructionModel

__all__ = ["InsightWeightingPortfolioConstructionModel"]
