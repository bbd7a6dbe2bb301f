"""LEAN's module `Alphas.PearsonCorrelationPairsTradingAlphaModel`."""

# ruff: noqa: N999 - LEAN's name

from minilean.framework.python_models import PearsonCorrelationPairsTradingAlphaModel

__all__ = ["PearsonCorrelationPairsTradingAlphaModel"]
