"""What a strategy is measured against."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from minilean.securities.symbol import Symbol
from minilean.surface import Surface, decimal_argument, model_method, no_method_matches

if TYPE_CHECKING:
    from minilean.securities.security import Security


class Benchmark(Surface):
    """A security with its own feed, or a function of the time.

    Attributes:
        symbol: Symbol of the security, None for a function.
        function: The function, which gets an aware UTC datetime; None for a security.
        security: The hidden security once the run is set up.
    """

    def __init__(self, symbol: Symbol | None = None, function: Callable[[Any], object] | None = None) -> None:
        self.symbol = symbol
        self.function = function
        self.security: Security | None = None

    @staticmethod
    def of(model: Any) -> "Benchmark":  # noqa: ANN401 - LEAN's or the strategy's own
        """Return a benchmark for one of LEAN's, or for an object of the strategy's own that has LEAN's method.

        Raises:
            TypeError: It is no benchmark.
        """
        if isinstance(model, Benchmark):
            return model
        if not (hasattr(model, "evaluate") or hasattr(model, "Evaluate")):
            raise no_method_matches("SetBenchmark", model)
        return Benchmark(function=model_method(model, "evaluate"))

    def value_at(self, moment: datetime) -> Decimal:
        """Return the value at a time; a security's is its last price in account currency, whatever it is."""
        if self.function is not None:
            return decimal_argument(self.function(moment), "SetBenchmark")
        if self.security is None:
            return Decimal(0)
        return self.security.price_ * self.security.quote_currency.rate_

    def evaluate(self, moment: datetime) -> float:
        """Return the value at a time, as the strategy reads it."""
        return float(self.value_at(moment))


class FuncBenchmark(Benchmark):
    """LEAN's benchmark of a function of the time."""

    def __init__(self, benchmark: Callable[[Any], object]) -> None:
        if not callable(benchmark):
            raise no_method_matches("FuncBenchmark", benchmark)
        super().__init__(function=benchmark)
