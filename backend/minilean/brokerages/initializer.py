"""What prepares each added security: models of the brokerage, functions of the strategy, a first price."""

from collections.abc import Callable, Iterable
from typing import Any, Protocol, runtime_checkable

from minilean.brokerages.default import DefaultBrokerageModel
from minilean.data.bars import BaseData
from minilean.securities.security import Security
from minilean.surface import NotSupportedError, Surface, model_method, no_method_matches


@runtime_checkable
class SecurityInitializer(Protocol):
    """Prepares an added security."""

    def initialize(self, security: Security) -> None:
        """Set models, leverage or a first price."""


class FuncSecuritySeeder(Surface):
    """Gives an added security its first price from what a function returns for it: bars, or one."""

    def __init__(self, function: Callable[[Security], object]) -> None:
        if not callable(function):
            raise no_method_matches("FuncSecuritySeeder", function)
        self._function = function

    def seed_security(self, security: Security) -> bool:
        """Store the data in the security; tell whether there was any."""
        try:
            found = self._function(security)
        except NotSupportedError:
            raise
        except Exception:  # noqa: BLE001 - LEAN goes on without a price
            return False
        points: Iterable[object] = [found] if isinstance(found, BaseData) else found or ()  # type: ignore[assignment]
        seeded = False
        for point in points:
            if isinstance(point, BaseData):
                security.seed(point)
                seeded = True
        return seeded


class NullSecuritySeeder(Surface):
    """Leaves an added security without a price."""

    def seed_security(self, security: Security) -> bool:  # noqa: ARG002 - for overriding
        """Do nothing."""
        return True


class SecuritySeeder(Surface):
    """LEAN's holder of the seeder that does nothing."""

    NULL = NullSecuritySeeder()


class BrokerageModelSecurityInitializer(Surface):
    """Gives an added security the models of a brokerage, and a first price where there is a seeder."""

    def __init__(self, brokerage_model: DefaultBrokerageModel, security_seeder: object = SecuritySeeder.NULL) -> None:
        self._model = brokerage_model
        self._seeder = security_seeder

    def initialize(self, security: Security) -> None:
        """Set every model, then the brokerage's leverage, then the first price."""
        model = self._model
        security.fill_model = model_method(model, "get_fill_model")(security)
        security.fee_model = model_method(model, "get_fee_model")(security)
        security.slippage_model = model_method(model, "get_slippage_model")(security)
        security.set_settlement_model(model_method(model, "get_settlement_model")(security))
        security.buying_power_model = model_method(model, "get_buying_power_model")(security)
        security.set_leverage(model_method(model, "get_leverage")(security))
        model_method(self._seeder, "seed_security")(security)


class FuncSecurityInitializer(Surface):
    """Calls a function with each added security."""

    def __init__(self, initializer: Callable[[Security], object]) -> None:
        if not callable(initializer):
            raise no_method_matches("FuncSecurityInitializer", initializer)
        self._function = initializer

    def initialize(self, security: Security) -> None:
        """Call the function."""
        self._function(security)


class CompositeSecurityInitializer(Surface):
    """Runs several initializers one after the other."""

    def __init__(self, *initializers: object) -> None:
        self.initializers = [as_initializer(each) for each in initializers]

    def initialize(self, security: Security) -> None:
        """Run all."""
        for each in self.initializers:
            each.initialize(security)

    def add_security_initializer(self, initializer: object) -> None:
        """Append one."""
        self.initializers.append(as_initializer(initializer))


class _ModelInitializer:
    """A class of the strategy's own, with LEAN's method in either spelling."""

    def __init__(self, model: object) -> None:
        self._model = model

    def initialize(self, security: Security) -> None:
        model_method(self._model, "initialize")(security)


def as_initializer(value: Any) -> SecurityInitializer:  # noqa: ANN401 - a function or an object
    """Return an initializer for a function, one of this module's or an object of the strategy's own.

    Raises:
        TypeError: It can initialize nothing.
    """
    own = type(value).__module__ != __name__
    if not own and isinstance(value, SecurityInitializer):
        return value
    if hasattr(value, "initialize") or hasattr(value, "Initialize"):
        return _ModelInitializer(value)
    if callable(value):
        return FuncSecurityInitializer(value)
    raise no_method_matches("SetSecurityInitializer", value)
