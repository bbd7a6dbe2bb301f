"""``Field``: selects what of a bar an indicator reads."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from minilean.data.bars import BaseData


class Selector:
    """Reads one exact number of a bar."""

    def __init__(self, name: str, exact: Callable[[Any], Decimal]) -> None:
        self.name = name
        self.exact = exact

    def __call__(self, bar: BaseData) -> float:
        """Return the number as a float."""
        return float(self.exact(bar))


class Field:
    """LEAN's selectors by name."""

    open = OPEN = Open = Selector("open", lambda bar: bar.open_)
    high = HIGH = High = Selector("high", lambda bar: bar.high_)
    low = LOW = Low = Selector("low", lambda bar: bar.low_)
    close = CLOSE = Close = Selector("close", lambda bar: bar.close_)
    volume = VOLUME = Volume = Selector("volume", lambda bar: bar.volume_)
    average = AVERAGE = Average = Selector("average", lambda bar: (bar.open_ + bar.high_ + bar.low_ + bar.close_) / 4)
    median = MEDIAN = Median = Selector("median", lambda bar: (bar.high_ + bar.low_) / 2)
    typical = TYPICAL = Typical = Selector("typical", lambda bar: (bar.high_ + bar.low_ + bar.close_) / 3)
    weighted = WEIGHTED = Weighted = Selector("weighted", lambda bar: (bar.high_ + bar.low_ + 2 * bar.close_) / 4)
    seven_bar = SEVEN_BAR = SevenBar = Selector(
        "seven_bar", lambda bar: (2 * bar.open_ + bar.high_ + bar.low_ + 3 * bar.close_) / 7
    )
