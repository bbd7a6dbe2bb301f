"""Adding indexes, which have prices but cannot be traded."""

from minilean.algorithm.pairs import PAIR_SIDES, PairsPart
from minilean.enums import Resolution, SecurityType, TickType
from minilean.securities.security import Security

SIDES = {**PAIR_SIDES, SecurityType.INDEX: (TickType.TRADE,)}
"""Feeds of assets whose files are their market's, by kind."""


class IndexesPart(PairsPart):
    """``add_index``."""

    def add_index(
        self,
        ticker: str,
        resolution: Resolution | None = None,
        market: str | None = None,
        fill_forward: bool = True,  # noqa: FBT001, FBT002 - LEAN's signature
    ) -> Security:
        """Subscribe to an index and return it."""
        return self.add_pair(SecurityType.INDEX, ticker, resolution, market, fill_forward, 1)
