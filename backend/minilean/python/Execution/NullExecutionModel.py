"""LEAN's module `Execution.NullExecutionModel`."""

# ruff: noqa: N999 - LEAN's name

from minilean.framework.exports import NullExecutionModel

__all__ = ["NullExecutionModel"]
