"""LEAN's module `Portfolio.RiskParityPortfolioOptimizer`, which this engine does not have."""

# ruff: noqa: N999 - LEAN's name

from minilean.surface import NotSupportedError

raise NotSupportedError("RiskParityPortfolioOptimizer")
