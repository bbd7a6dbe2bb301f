"""How much something matters that was found, in a data folder or about a run."""

from enum import StrEnum


class Severity(StrEnum):
    """Worst first.

    Of a data folder: an error stops LEAN, a warning makes results wrong or empty. Of a run: an error left it without a
    result or without a trade, a warning makes the result other than its reader would think.
    """

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"  # good to know
