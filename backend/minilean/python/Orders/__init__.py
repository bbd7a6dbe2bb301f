"""LEAN's Python modules of order models."""

# ruff: noqa: N999 - LEAN's name
