"""LEAN's module `Selection.ManualUniverseSelectionModel`."""

# ruff: noqa: N999 - LEAN's name

from minilean.universes.models import ManualUniverseSelectionModel

__all__ = ["ManualUniverseSelectionModel"]
