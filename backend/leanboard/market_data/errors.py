"""What the market data room raises."""

from pathlib import PurePath
from typing import ClassVar

from leanboard.errors import LeanboardError


class MarketDataError(LeanboardError):
    """A data folder, or a file in it, cannot be read or written; the text names the file, the row and the rule."""

    code: ClassVar[str] = "market_data_error"


def bad_file(path: PurePath, rule: str) -> MarketDataError:
    """Return the error of a whole file: which one, and the rule that it breaks."""
    return MarketDataError(f"{path}: {rule}")


def bad_row(path: PurePath, row: int, rule: str) -> MarketDataError:
    """Return the error of one row (counted from 1): which file, which row, and the rule that it breaks."""
    return MarketDataError(f"{path}, row {row}: {rule}")
