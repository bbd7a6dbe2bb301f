"""LEAN's module `Execution.VolumeWeightedAveragePriceExecutionModel`."""

# ruff: noqa: N999 - LEAN's name

from minilean.framework.exports import VolumeWeightedAveragePriceExecutionModel

__all__ = ["VolumeWeightedAveragePriceExecutionModel"]
