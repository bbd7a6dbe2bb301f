"""What is said of fields that there are not, however many and whatever they are called."""

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, ValidationError

from leanboard.models.wrong_values import wrong_fields

THERE_IS_NONE = "there is no field of this name here"


class Row(BaseModel):
    model_config = ConfigDict(extra="forbid")

    symbol: str = ""


class Rows(BaseModel):
    model_config = ConfigDict(extra="forbid")
    made: ClassVar[int] = 0

    items: tuple[Row, ...] = ()

    @classmethod
    def model_json_schema(cls, *arguments: Any, **options: Any) -> dict[str, Any]:
        cls.made += 1
        return super().model_json_schema(*arguments, **options)


def problems(content: object) -> list[tuple[str, str]]:
    try:
        Rows.model_validate(content)
    except ValidationError as error:
        return list(wrong_fields(error.errors(), Rows))
    return []


def test_the_same_slip_in_many_items_costs_one_schema():
    found = problems({"items": [{"simbol": "A"}] * 200})
    assert len(found) == 200
    assert found[7] == ("items.7.simbol", f"{THERE_IS_NONE}; did you mean symbol?")
    assert Rows.made == 1


def test_a_field_that_is_called_as_no_path_shows_it_is_told_all_the_same():
    assert problems({"<list>": 1}) == [("", THERE_IS_NONE)]
