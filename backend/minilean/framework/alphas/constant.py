"""An alpha model with the same insight for every security, again and again."""

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from minilean import numbers, times
from minilean.data.slice import Slice
from minilean.data.time_slice import SecurityChanges
from minilean.framework.algorithm import Algorithm
from minilean.framework.alphas.alpha_model import AlphaModel
from minilean.framework.enums import InsightDirection, InsightType
from minilean.framework.insight import Insight, span_text
from minilean.framework.net_dictionary import NetDictionary
from minilean.securities.security import Security
from minilean.securities.symbol import Symbol
from minilean.surface import core_of, model_method

if TYPE_CHECKING:
    from datetime import datetime


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
        self.fields_ = (type, direction, magnitude, confidence)
        self.weight_ = weight
        self.period_ = period
        self.securities_: NetDictionary[Security, Security] = NetDictionary()
        self.made_: dict[Symbol, datetime] = {}
        extra = "".join(f",{numbers.double_text(float(v))}" for v in (magnitude, confidence) if v is not None)
        span = span_text(times.from_timedelta(period))
        self.name = f"ConstantAlphaModel({type.label},{direction.label},{span}{extra})"

    def update(self, algorithm: Algorithm, data: Slice) -> Iterator[Insight]:  # noqa: ARG002 - LEAN's signature
        """Return an insight for each security that has a price and none that still holds."""
        for security in self.securities_:
            should = model_method(self, "should_emit_insight")
            if security.price_ != 0 and should(core_of(algorithm).utc_time, security.symbol):
                kind, direction, magnitude, confidence = self.fields_
                yield Insight(
                    security.symbol, self.period_, kind, direction, magnitude, confidence, weight=self.weight_
                )

    def on_securities_changed(self, algorithm: Algorithm, changes: SecurityChanges) -> None:  # noqa: ARG002
        """Take securities that joined, forget those that left."""
        for security in changes.added_securities:
            self.securities_[security] = security
        for security in changes.removed_securities:
            self.securities_.pop(security)
            self.made_.pop(security.symbol, None)

    def should_emit_insight(self, utc_time: "datetime", symbol: Symbol) -> bool:
        """Tell whether the period of the last insight of a symbol is over, and note a new one."""
        last = self.made_.get(symbol)
        if last is not None and utc_time - last < self.period_:
            return False
        self.made_[symbol] = utc_time
        return True
