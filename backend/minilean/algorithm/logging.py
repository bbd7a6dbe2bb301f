"""Messages of the strategy."""

from minilean import numbers, times
from minilean.algorithm.surface import AlgorithmPart


def text_of(message: object) -> str:
    """Write a value as LEAN's overloads do."""
    if isinstance(message, float) and not isinstance(message, str):
        return numbers.double_text(message)
    return "" if message is None else str(message)


class LoggingPart(AlgorithmPart):
    """``debug``, ``log`` and ``error``; equal debug and error texts in a row are sent once."""

    _last_debug = ""
    _last_error = ""

    def _stamped(self, text: str) -> str:
        return f"{times.iso_text(self._context.local_now)} {text}"

    def debug(self, message: object) -> None:
        """Send a debug message."""
        text = text_of(message)
        if text and text != self._last_debug:
            self._last_debug = text
            self._context.results.messages.debug(self._stamped(text))

    def log(self, message: object) -> None:
        """Send a log message."""
        text = text_of(message)
        if text:
            self._context.results.messages.log(self._stamped(text))

    def error(self, message: object) -> None:
        """Send an error message; the run goes on."""
        text = text_of(message)
        if text and text != self._last_error:
            self._last_error = text
            self._context.results.messages.error(self._stamped(text))
