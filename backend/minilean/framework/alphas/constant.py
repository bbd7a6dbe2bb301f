"""An alpha model with the same insight for every security, again and again."""

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from minilean import numbers, times
from minilean.data.slice import Slice
from minilean.data.time_slice import SecurityChanges
from minilean.framework.alphas.alpha_model import AlphaModel
from minilean.framework.enums import InsightDirection, InsightType
from minilean.framework.insight import Insight, span_text
from minilean.framework.net_dictionary import NetDictionary
from minilean.securities.security import Security
from minilean.securities.symbol import Symbol
from minilean.surface import core_of, model_method

if TYPE_CHECKING:
    from datetime import datetime

    from minilean.algorithm.qc_algorithm import QCAlgorithm


class ConstantAlphaModel(AlphaModel):
    """Gives every security an insight, and a new one when its period is over."""

    def __init__(  # noqa: PLR0917 - LEAN's signature
        self,
        type: InsightType,  # noqa: A002 - LEAN's name
        direction: InsightDirection,
        period: timedelta,
        magnitude: float | None = None,
        confidence: float | None = None,
        weight: float | None = None,
    ) -> None:
        self._fields = (type, direction, magnitude, confidence)
        self._weight = weight
        self._period = period
        self._securities: NetDictionary[Security, Security] = NetDictionary()
        self._made: dict[Symbol, datetime] = {}
        extra = "".join(f",{numbers.double_text(float(v))}" for v in (magnitude, confidence) if v is not None)
        span = span_text(times.from_timedelta(period))
        self.name = f"ConstantAlphaModel({type.label},{direction.label},{span}{extra})"

    def update(self, algorithm: "QCAlgorithm", data: Slice) -> Iterator[Insight]:  # noqa: ARG002 - LEAN's signature
        """Return an insight for each security that has a price and none that still holds."""
        for security in self._securities:
            should = model_method(self, "should_emit_insight")
            if security.price_ != 0 and should(core_of(algorithm).utc_time, security.symbol):
                kind, direction, magnitude, confidence = self._fields
                yield Insight(
                    security.symbol, self._period, kind, direction, magnitude, confidence, weight=self._weight
                )

    def on_securities_changed(self, algorithm: "QCAlgorithm", changes: SecurityChanges) -> None:  # noqa: ARG002
        """Take securities that joined, forget those that left."""
        for security in changes.added_securities:
            self._securities[security] = security
        for security in changes.removed_securities:
            self._securities.pop(security)
            self._made.pop(security.symbol, None)

    def should_emit_insight(self, utc_time: "datetime", symbol: Symbol) -> bool:
        """Tell whether the period of the last insight of a symbol is over, and note a new one."""
        last = self._made.get(symbol)
        if last is not None and utc_time - last < self._period:
            return False
        self._made[symbol] = utc_time
        return True
