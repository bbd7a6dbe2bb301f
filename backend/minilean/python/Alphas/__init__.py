"""LEAN's modules of models, by LEAN's names."""

# ruff: noqa: N999 - LEAN's name
