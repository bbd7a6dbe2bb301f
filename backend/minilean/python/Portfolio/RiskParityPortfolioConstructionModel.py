"""LEAN's module `Portfolio.RiskParityPortfolioConstructionModel`."""

# ruff: noqa: N999 - LEAN's name

from minilean.framework.exports import RiskParityPortfolioConstructionModel

__all__ = ["RiskParityPortfolioConstructionModel"]
