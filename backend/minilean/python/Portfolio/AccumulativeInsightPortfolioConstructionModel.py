"""LEAN's module `Portfolio.AccumulativeInsightPortfolioConstructionModel`."""

# ruff: noqa: N999 - LEAN's name

from minilean.framework.exports import AccumulativeInsightPortfolioConstructionModel

__all__ = ["AccumulativeInsightPortfolioConstructionModel"]
