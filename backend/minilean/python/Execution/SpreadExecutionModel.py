"""LEAN's module `Execution.SpreadExecutionModel`."""

# ruff: noqa: N999 - LEAN's name

from minilean.framework.exports import SpreadExecutionModel

__all__ = ["SpreadExecutionModel"]
