"""What the mixins of the algorithm share."""

from typing import Any

from minilean.algorithm.context import AlgorithmContext
from minilean.algorithm.settings import AlgorithmSettings
from minilean.data.subscription_data_config import SubscriptionDataConfig
from minilean.securities.portfolio import SecurityPortfolioManager
from minilean.securities.security import Security
from minilean.securities.security_manager import SecurityManager
from minilean.securities.symbol import Symbol


class AlgorithmPart:
    """Base of the mixins."""

    _context: AlgorithmContext
    strategy: Any
    portfolio: SecurityPortfolioManager
    securities: SecurityManager

    @property
    def settings(self) -> AlgorithmSettings:
        """Settings of the run."""
        return self._context.settings

    def symbol_of(self, key: object) -> Symbol:
        """Return the symbol that a symbol, security or ticker means.

        Raises:
            NotImplementedError: By the part that knows the securities.
        """
        raise NotImplementedError

    def security_of(self, key: object) -> Security:
        """Return the security of a symbol or ticker."""
        raise NotImplementedError

    def feeds_of(self, key: object) -> list[SubscriptionDataConfig]:
        """Return the strategy's feeds of a symbol or ticker."""
        raise NotImplementedError

    def liquidate(
        self,
        symbol: Any = None,  # noqa: ANN401 - LEAN's overloads
        asynchronous: Any = False,  # noqa: ANN401, FBT002
        tag: str | None = None,
    ) -> Any:  # noqa: ANN401 - LEAN's overloads
        """Close positions."""
        raise NotImplementedError

    def debug(self, message: object) -> None:
        """Send a debug message."""
        raise NotImplementedError

    def error(self, message: object) -> None:
        """Send an error message."""
        raise NotImplementedError

    def warm_up_indicator(
        self, symbol: object, indicator: object, resolution: object = None, selector: object = None
    ) -> None:
        """Feed an indicator with data before now."""
        raise NotImplementedError
