"""LEAN's module `Alphas.BasePairsTradingAlphaModel`."""

# ruff: noqa: N999 - LEAN's name

from minilean.framework.python_models import BasePairsTradingAlphaModel

__all__ = ["BasePairsTradingAlphaModel"]
