"""Enumerations of the algorithm framework."""

from minilean.enums import LeanEnum


class InsightType(LeanEnum):
    """What an insight is about."""

    PRICE = 0
    VOLATILITY = 1


class InsightDirection(LeanEnum):
    """Where an insight sees its subject go."""

    DOWN = -1
    FLAT = 0
    UP = 1


class InsightScoreType(LeanEnum):
    """What of an insight is scored."""

    DIRECTION = 0
    MAGNITUDE = 1


class PortfolioBias(LeanEnum):
    """Which side of the market a portfolio may take."""

    SHORT = -1
    LONG_SHORT = 0
    LONG = 1


class PositionSide(LeanEnum):
    """Side of a position."""

    SHORT = -1
    NONE = 0
    LONG = 1
