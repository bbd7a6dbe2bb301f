"""What a run pays for its orders, where the request says so: it takes the place of the strategy's own fee models."""

from decimal import Decimal
from typing import Annotated, Self

from pydantic import BeforeValidator, ConfigDict, Field, GetJsonSchemaHandler, PlainSerializer, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from leanboard.models.base import Frozen
from leanboard.models.numbers import number_text, plain_number

MAX_AMOUNT = Decimal(1_000_000)
_DECIMALS = 10  # of the plain texts that are read

_Plain = PlainSerializer(plain_number, when_used="json")
Amount = Annotated[Decimal, BeforeValidator(number_text), Field(ge=0, le=MAX_AMOUNT, decimal_places=_DECIMALS), _Plain]
Fraction = Annotated[Decimal, BeforeValidator(number_text), Field(ge=0, lt=1, decimal_places=_DECIMALS), _Plain]


class Commission(Frozen):
    """A fee of every order that is filled; exactly one of the two.

    Attributes:
        per_order: Amount in the account's currency.
        fraction: Of the order's value, 0.001 for 0.1 %.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [{"per_order": 1}, {"fraction": 0.001}]})

    per_order: Amount | None = Field(default=None, description="Amount of every order, in the account's currency")
    fraction: Fraction | None = Field(default=None, description="Fraction of the order's value, 0.001 for 0.1 %")

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.per_order is None) is (self.fraction is None):
            msg = "give one of per_order (an amount) and fraction (of the order's value)"
            raise ValueError(msg)
        return self

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        schema = handler(core)
        if handler.mode == "validation":  # an answer has both, one of them null
            handler.resolve_ref_schema(schema).update(minProperties=1, maxProperties=1)
        return schema

    def __str__(self) -> str:
        if self.per_order is not None:
            return f"{plain_number(self.per_order)} per order"
        return f"{plain_number((self.fraction or Decimal(0)) * 100)} % of the order's value"
