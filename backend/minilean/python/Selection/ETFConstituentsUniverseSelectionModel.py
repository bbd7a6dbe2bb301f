"""LEAN's module `Selection.ETFConstituentsUniverseSelectionModel`."""

# ruff: noqa: N999 - LEAN's name

from minilean.universes.models import ETFConstituentsUniverseSelectionModel

__all__ = ["ETFConstituentsUniverseSelectionModel"]
