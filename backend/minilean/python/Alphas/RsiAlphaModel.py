"""LEAN's module `Alphas.RsiAlphaModel`."""

# ruff: noqa: N999 - LEAN's name

from minilean.framework.python_models import RsiAlphaModel

__all__ = ["RsiAlphaModel"]
