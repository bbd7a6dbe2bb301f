"""What a strategy is measured against."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from minilean.surface import Surface, decimal_argument

if TYPE_CHECKING:
    from minilean.securities.security import Security


class Benchmark(Surface):
    """A ticker with its own feed, or a function of the time.

    Attributes:
        ticker: The ticker, None for a function.
        function: The function, which gets an aware UTC datetime; None for a ticker.
        security: The hidden security of a ticker once the run is set up.
    """

    def __init__(self, ticker: str | None = None, function: Callable[[Any], object] | None = None) -> None:
        self.ticker = ticker
        self.function = function
        self.security: Security | None = None

    def value_at(self, moment: datetime) -> Decimal:
        """Return the value at a time; a security's is its last price, whatever the time."""
        if self.function is not None:
            return decimal_argument(self.function(moment), "SetBenchmark")
        return self.security.price_ if self.security is not None else Decimal(0)

    def evaluate(self, moment: datetime) -> float:
        """Return the value at a time, as the strategy reads it."""
        return float(self.value_at(moment))
