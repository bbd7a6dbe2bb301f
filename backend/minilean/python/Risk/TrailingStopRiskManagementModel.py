"""LEAN's module `Risk.TrailingStopRiskManagementModel`."""

# ruff: noqa: N999 - LEAN's name

from minilean.framework.exports import TrailingStopRiskManagementModel

__all__ = ["TrailingStopRiskManagementModel"]
