"""LEAN's namespaces: ``from QuantConnect.X.Y import Z`` gives Z of `AlgorithmImports`, whatever X and Y are."""

# ruff: noqa: N999 - LEAN's name

from minilean.namespaces import install

install(__name__)
