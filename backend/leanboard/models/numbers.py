"""Numbers as people send them."""

import re
from decimal import Decimal


def number_text(value: object) -> object:
    """Refuse what is no number, before Decimal reads strings such as '1_000' or 'Infinity'."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        msg = "expected a number"
        raise ValueError(msg)  # noqa: TRY004  # pydantic turns only ValueError into a problem of the field
    if isinstance(value, str) and not re.fullmatch(r"\d{1,16}(\.\d{1,10})?", value):
        msg = "expected a plain number such as 100000 or 2500.50"
        raise ValueError(msg)
    return value


def signed_number_text(value: object) -> object:
    """Do the same for numbers that may be below zero."""
    number_text(value.removeprefix("-") if isinstance(value, str) else value)
    return value


def plain_number(value: Decimal) -> str:
    """Return a number without exponent, which requests are not allowed to use, and without zeros at its end."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
