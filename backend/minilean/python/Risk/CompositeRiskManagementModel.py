"""LEAN's module `Risk.CompositeRiskManagementModel`."""

# ruff: noqa: N999 - LEAN's name

from minilean.framework.exports import CompositeRiskManagementModel

__all__ = ["CompositeRiskManagementModel"]
