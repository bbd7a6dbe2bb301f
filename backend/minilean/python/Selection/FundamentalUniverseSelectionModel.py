"""LEAN's module `Selection.FundamentalUniverseSelectionModel`."""

# ruff: noqa: N999 - LEAN's name

from minilean.universes.models import FundamentalUniverseSelectionModel

__all__ = ["FundamentalUniverseSelectionModel"]
