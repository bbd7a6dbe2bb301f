"""LEAN's symbol-properties database: lot, tick and contract size of what is traded."""

from pathlib import Path
from typing import Final

from leanboard.market_data.errors import bad_file

SYMBOL_PROPERTIES_PATH: Final = Path("symbol-properties", "symbol-properties-database.csv")
_COLUMNS = (
    *("market", "symbol", "type", "description", "quote_currency", "contract_multiplier", "minimum_price_variation"),
    *("lot_size", "market_ticker", "minimum_order_size", "price_magnifier", "strike_multiplier"),
)
_LEAST_COLUMNS = 8  # up to lot_size

US_EQUITY_PROPERTIES: Final = f"{','.join(_COLUMNS)}\n\nusa,[*],equity,,USD,1,0.01,1\n"
"""The whole database that US equities need: one share a lot, one cent a tick."""


def read_symbol_types(root: Path) -> frozenset[tuple[str, str]]:
    """Return the (market, security type) pairs that the database of a data folder has rows for.

    Raises:
        MarketDataError: It is absent, or a row has too few columns.
    """
    path = root / SYMBOL_PROPERTIES_PATH
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise bad_file(path, f"cannot be read ({error})") from error
    rows = [(number, line.split(",")) for number, line in enumerate(lines, start=1) if _is_row(number, line)]
    for number, cells in rows:
        if len(cells) < _LEAST_COLUMNS:
            raise bad_file(path, f"line {number} needs at least {_LEAST_COLUMNS} columns, has {len(cells)}")
    return frozenset((cells[0].strip().lower(), cells[2].strip().lower()) for _, cells in rows)


def _is_row(number: int, line: str) -> bool:
    return number > 1 and bool(line.strip()) and not line.startswith("#")
