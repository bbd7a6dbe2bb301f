"""Bars in LEAN's row formats, read and written.

Rows have no header. A row's time is the **start** of the bar in the data time zone of the market-hours entry:
milliseconds since midnight in second and minute files, ``yyyyMMdd HH:mm`` in hour and daily ones. Prices of
equities are written times 10000; all other types as they are. Tick rows are not handled here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from leanboard.market_data.archives import read_csv_zip, write_csv_zip
from leanboard.market_data.errors import MarketDataError, bad_file, bad_row
from leanboard.market_data.lean_paths import DataFile, SecurityType, TickType
from leanboard.models.requests import Resolution

TRADE_COLUMNS: Final = ("open", "high", "low", "close", "volume")
QUOTE_COLUMNS: Final = (
    *("bid_open", "bid_high", "bid_low", "bid_close", "bid_size"),
    *("ask_open", "ask_high", "ask_low", "ask_close", "ask_size"),
)
EQUITY_SCALE: Final = 10_000.0

_COLUMNS = {TickType.TRADE: TRADE_COLUMNS, TickType.QUOTE: QUOTE_COLUMNS}
_SIZES = frozenset({"volume", "bid_size", "ask_size"})
_DAY_MS = 86_400_000
_SCALED_DECIMALS = 4

Times = NDArray[np.datetime64]
Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False, slots=True)
class Bars:
    """Trade or quote bars of one file.

    Attributes:
        tick_type: Which columns there are: TRADE_COLUMNS or QUOTE_COLUMNS.
        time: Start of each bar, datetime64[ms] in the data time zone, shape (n,).
        values: Prices in the quote currency and sizes in units, shape (n, columns). A quote side that
            did not exist has zeros.
    """

    tick_type: TickType
    time: Times
    values: Numbers

    def __post_init__(self) -> None:
        if self.values.shape != (len(self.time), len(self.columns)):
            msg = f"{len(self.time)} {self.tick_type.value} bars need values of {len(self.columns)} columns each"
            raise MarketDataError(f"{msg}, not the shape {self.values.shape}")

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns, in the order of the file."""
        return _COLUMNS[self.tick_type]

    def column(self, name: str) -> Numbers:
        """Return one column by name, shape (n,)."""
        return self.values[:, self.columns.index(name)]

    def __len__(self) -> int:
        return len(self.time)


def write_bars(root: Path, file: DataFile, bars: Bars) -> Path:
    """Write bars as the file that LEAN would look for.

    Args:
        root: The data folder.
        file: Which file.
        bars: At least one bar, times ascending and unique, within the file's day if it has one.

    Returns:
        The path written.

    Raises:
        MarketDataError: The bars break a rule of the format; nothing is written.
        OSError: The disk refused.
    """
    path = root / file.path
    _check_kind(path, file, bars)
    _check_times(path, file, bars.time)
    _check_values(path, file, bars)
    rows = (f"{time},{row}\n" for time, row in zip(_time_texts(file, bars.time), _row_texts(file, bars), strict=True))
    write_csv_zip(path, file.entry, "".join(rows))
    return path


def read_bars(root: Path, file: DataFile) -> Bars:
    """Read one file of a data folder.

    Raises:
        MarketDataError: The file is absent, damaged, or a row breaks the format; rows are counted from 1.
            Prices are not judged: real data has odd bars, and LEAN takes them.
    """
    path = root / file.path
    columns = _COLUMNS[file.tick_type]
    _refuse_ticks(path, file)
    rows = [line.split(",") for line in read_csv_zip(path)]
    if not rows:
        raise bad_file(path, "holds no rows")
    for number, row in enumerate(rows, start=1):
        if len(row) < len(columns) + 1:
            wanted = ", ".join(("time", *columns))
            raise bad_row(path, number, f"needs {len(columns) + 1} columns ({wanted}), has {len(row)}")
    time = _parse_times(path, file, [row[0] for row in rows])
    # An empty cell is a quote side that did not exist; LEAN reads it as 0.
    values = _parse_values(path, [[cell or "0" for cell in row[1 : len(columns) + 1]] for row in rows])
    _check_times(path, file, time)
    values[:, _price_mask(columns)] /= _scale(file)
    return Bars(file.tick_type, time, values)


def bars_of_days(days: Iterable[date], values: Numbers) -> Bars:
    """Return daily trade bars, one per day; values have TRADE_COLUMNS."""
    return Bars(TickType.TRADE, np.array(list(days), dtype="datetime64[D]").astype("datetime64[ms]"), values)


def _scale(file: DataFile) -> float:
    return EQUITY_SCALE if file.series.security_type is SecurityType.EQUITY else 1.0


def _price_mask(columns: tuple[str, ...]) -> NDArray[np.bool_]:
    return np.array([name not in _SIZES for name in columns])


def _refuse_ticks(path: Path, file: DataFile) -> None:
    if file.series.resolution is Resolution.TICK:
        raise bad_file(path, "rows of tick files are neither read nor written, only bars from second to daily")


def _check_kind(path: Path, file: DataFile, bars: Bars) -> None:
    _refuse_ticks(path, file)
    if bars.tick_type is not file.tick_type:
        raise bad_file(path, f"holds {file.tick_type.value} bars, {bars.tick_type.value} bars were given")
    if not len(bars):
        raise bad_file(path, "must hold at least one bar")


def _check_times(path: Path, file: DataFile, time: Times) -> None:
    late = np.flatnonzero(np.diff(time) <= np.timedelta64(0, "ms"))
    if len(late):
        raise bad_row(path, int(late[0]) + 2, "the time must be later than that of the row before")
    if file.day is None:
        return
    outside = np.flatnonzero(time.astype("datetime64[D]") != np.datetime64(file.day, "D"))
    if len(outside):
        raise bad_row(path, int(outside[0]) + 1, f"the time must lie on the file's day, {file.day.isoformat()}")


def _check_values(path: Path, file: DataFile, bars: Bars) -> None:
    _check_rule(path, np.isfinite(bars.values.sum(axis=1)), "every number must be finite")
    for name in _SIZES.intersection(bars.columns):
        sizes = bars.column(name)
        _check_rule(path, sizes >= 0, f"the {name} must not be negative")
        if file.series.security_type is SecurityType.EQUITY:
            _check_rule(path, sizes == np.floor(sizes), f"the {name} of an equity must be whole")
    if bars.tick_type is TickType.TRADE:
        _check_prices(path, bars.values[:, :4], absent_allowed=False)
    else:
        _check_prices(path, bars.values[:, :4], absent_allowed=True)
        _check_prices(path, bars.values[:, 5:9], absent_allowed=True)


def _check_prices(path: Path, prices: Numbers, *, absent_allowed: bool) -> None:
    least = prices.min(axis=1)
    absent = (least == 0) & (prices.max(axis=1) == 0) & absent_allowed
    first, high, low, last = prices.T
    _check_rule(path, absent | (least > 0), "a price must be above 0")
    _check_rule(path, (high >= np.maximum(first, last)) & (high >= low), "the high must be the highest price")
    _check_rule(path, low <= np.minimum(first, last), "the low must be the lowest price")


def _check_rule(path: Path, kept: NDArray[np.bool_], rule: str) -> None:
    broken = np.flatnonzero(~kept)
    if len(broken):
        raise bad_row(path, int(broken[0]) + 1, rule)


def _time_texts(file: DataFile, time: Times) -> list[str]:
    if file.day is not None:
        return [str(ms) for ms in (time - np.datetime64(file.day, "ms")).astype(np.int64).tolist()]
    texts = np.datetime_as_string(time, unit="m").tolist()
    return [f"{text[0:4]}{text[5:7]}{text[8:10]} {text[11:]}" for text in texts]


def _row_texts(file: DataFile, bars: Bars) -> list[str]:
    values = bars.values.copy()
    prices = _price_mask(bars.columns)
    values[:, prices] *= _scale(file)
    if _scale(file) != 1.0:
        values[:, prices] = np.round(values[:, prices], _SCALED_DECIMALS)  # 382318.00000000006 is 382318
    return [",".join(map(_number_text, row)) for row in values.tolist()]


def _number_text(value: float) -> str:
    if value.is_integer():
        return str(int(value))
    return np.format_float_positional(value, trim="-")  # LEAN's number reader knows no exponents


def _parse_times(path: Path, file: DataFile, texts: list[str]) -> Times:
    if file.day is None:
        isos = [f"{text[0:4]}-{text[4:6]}-{text[6:8]}T{text[9:14]}" for text in texts]
        return _parse_iso(path, texts, isos)
    for number, text in enumerate(texts, start=1):
        if not text.isdecimal() or int(text) >= _DAY_MS:
            raise bad_row(path, number, f"the time must be milliseconds since midnight (0..86399999), not {text!r}")
    return np.datetime64(file.day, "ms") + np.array(texts, dtype=np.int64).astype("timedelta64[ms]")


def _parse_iso(path: Path, texts: list[str], isos: list[str]) -> Times:
    try:
        return np.array(isos, dtype="datetime64[ms]")
    except ValueError:
        number = next(number for number, iso in enumerate(isos, start=1) if not _is_iso(iso))
        raise bad_row(path, number, f"the time must be yyyyMMdd HH:mm, not {texts[number - 1]!r}") from None


def _is_iso(text: str) -> bool:
    try:
        np.datetime64(text, "ms")
    except ValueError:
        return False
    return True


def _parse_values(path: Path, rows: list[list[str]]) -> Numbers:
    try:
        return np.array(rows, dtype=np.float64)
    except ValueError:
        for number, row in enumerate(rows, start=1):
            for text in row:
                if not _is_number(text):
                    raise bad_row(path, number, f"{text!r} must be a number") from None
        raise


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
