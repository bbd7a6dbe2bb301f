"""LEAN's classes of securities, for annotations and `isinstance`: here one class serves them all."""

from minilean.enums import SecurityType
from minilean.securities.security import Security


class _Kind(type):
    security_type: SecurityType

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, Security) and instance.type is cls.security_type

    def __call__(cls, *_: object, **__: object) -> object:
        raise TypeError(f"No public constructor: securities are made by the algorithm's add_{cls.__name__.lower()}")


class Equity(metaclass=_Kind):
    """A stock or fund."""

    security_type = SecurityType.EQUITY


class Forex(metaclass=_Kind):
    """A pair of currencies."""

    security_type = SecurityType.FOREX


class Crypto(metaclass=_Kind):
    """A crypto currency against another currency."""

    security_type = SecurityType.CRYPTO
