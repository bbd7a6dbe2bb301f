"""LEAN's module `Portfolio.MinimumVariancePortfolioOptimizer`, which this engine does not have."""

# ruff: noqa: N999 - LEAN's name

from minilean.surface import NotSupportedError

raise NotSupportedError("MinimumVariancePortfolioOptimizer")
