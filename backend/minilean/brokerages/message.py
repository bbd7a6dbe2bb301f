"""What a brokerage model says about an order that it does not take."""

from minilean.enums import LeanEnum
from minilean.surface import Surface


class BrokerageMessageType(LeanEnum):
    """Weight of a message."""

    INFORMATION = 0
    WARNING = 1
    ERROR = 2
    RECONNECT = 3
    DISCONNECT = 4
    ACTION_REQUIRED = 5


class BrokerageMessageEvent(Surface):
    """A message of a brokerage: its weight, a code and the text."""

    __slots__ = ("code", "message", "type")

    def __init__(self, type: BrokerageMessageType, code: object, message: str) -> None:  # noqa: A002 - LEAN's name
        self.type = type
        self.code = str(code)
        self.message = message

    def __str__(self) -> str:
        return f"{self.type.label} - Code: {self.code} - {self.message}"


def not_supported(message: str, code: str = "NotSupported") -> BrokerageMessageEvent:
    """Build the warning that an order is refused with."""
    return BrokerageMessageEvent(BrokerageMessageType.WARNING, code, message)
