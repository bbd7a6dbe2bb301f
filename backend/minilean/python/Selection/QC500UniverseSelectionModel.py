"""LEAN's module `Selection.QC500UniverseSelectionModel`, which this engine does not have."""

# ruff: noqa: N999 - LEAN's name

from minilean.surface import NotSupportedError

raise NotSupportedError("QC500UniverseSelectionModel")
