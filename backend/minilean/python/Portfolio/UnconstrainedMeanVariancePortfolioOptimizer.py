"""LEAN's module `Portfolio.UnconstrainedMeanVariancePortfolioOptimizer`, which this engine does not have."""

# ruff: noqa: N999 - LEAN's name

from minilean.surface import NotSupportedError

raise NotSupportedError("UnconstrainedMeanVariancePortfolioOptimizer")
