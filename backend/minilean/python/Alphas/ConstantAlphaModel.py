"""LEAN's module `Alphas.ConstantAlphaModel`."""

# ruff: noqa: N999 - LEAN's name

from minilean.framework.python_models import ConstantAlphaModel

__all__ = ["ConstantAlphaModel"]
