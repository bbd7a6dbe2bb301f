"""The methods of a strategy that the engine calls."""

from collections.abc import Callable
from typing import Any

from minilean.algorithm.qc_algorithm import QCAlgorithm, find_event
from minilean.data.slice import Slice
from minilean.engine.errors import STRATEGY_ERRORS, AlgorithmError

_NAMES = (
    "on_end_of_algorithm", "on_warmup_finished", "on_securities_changed", "on_margin_call", "on_margin_call_warning",
    "on_splits", "on_dividends", "on_delistings", "on_symbol_changed_events",
)  # fmt: skip


class StrategyEvents:
    """The strategy's own methods in either spelling, looked up once; without a strategy there are none."""

    __slots__ = ("_methods", "_on_data")

    def __init__(self, algorithm: QCAlgorithm | None = None) -> None:
        self._methods: dict[str, Callable[..., object] | None] = {}
        self._on_data: Callable[[Slice], object] | None = None
        if algorithm is not None:
            self._methods = {name: find_event(algorithm, name) for name in _NAMES}
            self._on_data = find_event(algorithm, "on_data")

    def on_data(self, data: Slice) -> None:
        """Call the strategy with the data of a step.

        Raises:
            AlgorithmError: The strategy's code failed.
        """
        if self._on_data is not None:
            try:
                self._on_data(data)
            except STRATEGY_ERRORS as error:
                raise AlgorithmError("OnData", error) from error

    def has(self, name: str) -> bool:
        """Tell whether the strategy has a method of its own for an event."""
        return self._methods.get(name) is not None

    def call(self, name: str, context: str, *arguments: object) -> object:
        """Call the strategy's method for an event, if it has one, and return its answer.

        Raises:
            AlgorithmError: The strategy's code failed.
        """
        method = self._methods.get(name)
        if method is not None:
            try:
                return method(*arguments)
            except STRATEGY_ERRORS as error:
                raise AlgorithmError(context, error) from error
        return None

    @staticmethod
    def framework(context: str, step: Callable[[Any], None], argument: object) -> None:
        """Let the framework's models work.

        Raises:
            AlgorithmError: One of them failed.
        """
        try:
            step(argument)
        except STRATEGY_ERRORS as error:
            raise AlgorithmError(context, error) from error
