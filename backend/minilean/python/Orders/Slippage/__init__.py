"""LEAN's Python modules of slippage models."""

# ruff: noqa: N999 - LEAN's name
