"""LEAN's module `Execution.StandardDeviationExecutionModel`."""

# ruff: noqa: N999 - LEAN's name

from minilean.framework.exports import StandardDeviationExecutionModel

__all__ = ["StandardDeviationExecutionModel"]
