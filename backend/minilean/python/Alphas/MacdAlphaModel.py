"""LEAN's module `Alphas.MacdAlphaModel`."""

# ruff: noqa: N999 - LEAN's name

from minilean.framework.python_models import MacdAlphaModel

__all__ = ["MacdAlphaModel"]
