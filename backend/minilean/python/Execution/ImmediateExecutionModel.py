"""LEAN's module `Execution.ImmediateExecutionModel`."""

# ruff: noqa: N999 - LEAN's name

from minilean.framework.exports import ImmediateExecutionModel

__all__ = ["ImmediateExecutionModel"]
