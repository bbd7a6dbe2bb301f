"""LEAN's module `Risk.NullRiskManagementModel`."""

# ruff: noqa: N999 - LEAN's name

from minilean.framework.exports import NullRiskManagementModel

__all__ = ["NullRiskManagementModel"]
