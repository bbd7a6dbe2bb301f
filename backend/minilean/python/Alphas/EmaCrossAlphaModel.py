"""LEAN's module `Alphas.EmaCrossAlphaModel`."""

# ruff: noqa: N999 - LEAN's name

from minilean.framework.python_models import EmaCrossAlphaModel

__all__ = ["EmaCrossAlphaModel"]
