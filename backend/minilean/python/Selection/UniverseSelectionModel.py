"""LEAN's module `Selection.UniverseSelectionModel`."""

# ruff: noqa: N999 - LEAN's name

from minilean.universes.models import UniverseSelectionModel

__all__ = ["UniverseSelectionModel"]
