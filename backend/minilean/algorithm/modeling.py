"""Models: the brokerage's, and what prepares each added security."""

from typing import Any

from minilean.algorithm.surface import AlgorithmPart
from minilean.algorithm.trade_building import TradeBuilder
from minilean.brokerages.catalogue import create_model
from minilean.brokerages.default import DefaultBrokerageModel
from minilean.brokerages.initializer import (
    BrokerageModelSecurityInitializer,
    CompositeSecurityInitializer,
    SecurityInitializer,
    as_initializer,
)
from minilean.enums import AccountType, BrokerageName
from minilean.surface import no_method_matches

_LATE_BROKERAGE = (
    "Warning: SetBrokerageModel(): a custom security initializer has been added. Please call SetBrokerageModel() "
    "before calling AddSecurityInitializer()."
)
_SECOND_INITIALIZER = (
    "Warning: SetSecurityInitializer() has already been called, existing security initializers in all universes will "
    "be overwritten."
)


class ModelingPart(AlgorithmPart):
    """``set_brokerage_model`` and ``set_security_initializer``."""

    @property
    def brokerage_model(self) -> DefaultBrokerageModel:
        """The brokerage's model."""
        return self._context.state.brokerage_model

    @property
    def security_initializer(self) -> SecurityInitializer:
        """What prepares each added security."""
        return self._context.state.security_initializer

    def set_brokerage_model(self, brokerage: Any, account_type: Any = AccountType.MARGIN) -> None:  # noqa: ANN401
        """Choose a brokerage by name and kind of account, or give a model of it; securities added before follow.

        Raises:
            NotSupportedError: A brokerage without a model here.
        """
        if isinstance(brokerage, BrokerageName) and isinstance(account_type, AccountType):
            model = create_model(brokerage, account_type)
        elif isinstance(brokerage, DefaultBrokerageModel):
            model = brokerage
        else:
            raise no_method_matches("SetBrokerageModel", brokerage, account_type)
        state = self._context.state
        state.brokerage_model = model
        if state.own_initializer:
            return
        self._follow_brokerage(BrokerageModelSecurityInitializer(model))

    def _follow_brokerage(self, initializer: BrokerageModelSecurityInitializer) -> None:
        state = self._context.state
        current = state.security_initializer
        if isinstance(current, CompositeSecurityInitializer):
            self.debug(_LATE_BROKERAGE)
            rest = [each for each in current.initializers if not isinstance(each, BrokerageModelSecurityInitializer)]
            state.security_initializer = CompositeSecurityInitializer(initializer, *rest)
        else:
            state.security_initializer = initializer
        for security in self._context.securities.values():
            leverage = security.leverage_
            state.security_initializer.initialize(security)
            security.set_leverage(leverage)

    @property
    def trade_builder(self) -> TradeBuilder:
        """What groups fills to trades."""
        results = self._context.results
        symbols = {symbol.sid: symbol for symbol in self._context.securities.all_securities}
        return TradeBuilder(builder=results.trade_builder).know(symbols)

    def set_trade_builder(self, trade_builder: TradeBuilder) -> None:
        """Choose how fills are grouped to trades.

        Raises:
            TypeError: Not one of LEAN's builders.
        """
        if not isinstance(trade_builder, TradeBuilder):
            raise no_method_matches("SetTradeBuilder", trade_builder)
        self._context.results.trade_builder = trade_builder.builder

    def set_security_initializer(self, security_initializer: object) -> None:
        """Set what prepares each added security, instead of the brokerage's models.

        Raises:
            RuntimeError: The algorithm runs already.
        """
        state = self._context.state
        if state.locked:
            raise RuntimeError(
                "SetSecurityInitializer() cannot be called after algorithm initialization. When you use the "
                "SetSecurityInitializer() method it will apply to all universes and manually added securities."
            )
        if state.own_initializer:
            self.debug(_SECOND_INITIALIZER)
        state.own_initializer = True
        state.security_initializer = as_initializer(security_initializer)

    def add_security_initializer(self, security_initializer: object) -> None:
        """Add something that prepares each added security after what is set already.

        Raises:
            RuntimeError: The algorithm runs already.
        """
        state = self._context.state
        if state.locked:
            raise RuntimeError(
                "AddSecurityInitializer() cannot be called after algorithm initialization. When you use the "
                "AddSecurityInitializer() method it will apply to all universes and manually added securities."
            )
        current, added = state.security_initializer, as_initializer(security_initializer)
        if isinstance(current, CompositeSecurityInitializer):
            current.add_security_initializer(added)
        else:
            state.security_initializer = CompositeSecurityInitializer(current, added)
