"""LEAN's module `Alphas.HistoricalReturnsAlphaModel`."""

# ruff: noqa: N999 - LEAN's name

from minilean.framework.python_models import HistoricalReturnsAlphaModel

__all__ = ["HistoricalReturnsAlphaModel"]
