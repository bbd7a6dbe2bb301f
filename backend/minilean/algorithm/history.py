"""History requests."""

from minilean.algorithm.surface import AlgorithmPart


class HistoryPart(AlgorithmPart):
    """``history``: not yet in this engine; its names are refused by `QCAlgorithm.__getattr__`."""
