"""Cash of an account. Accounts are in US dollars; other currencies are refused by name."""

from decimal import Decimal
from typing import Any

from minilean.numbers import add_96_bits
from minilean.surface import NotSupportedError, Surface, as_float, decimal_argument

USD = "USD"
_CENT = Decimal("0.01")
_SYMBOLS = {USD: "$"}


class Cash(Surface):
    """An amount of one currency."""

    __slots__ = ("_on_change", "amount_", "symbol")

    def __init__(self, symbol: str, amount: Decimal, on_change: Any = None) -> None:  # noqa: ANN401 - a callback
        self.symbol = symbol
        self.amount_ = amount
        self._on_change = on_change

    amount = as_float("amount_")
    value_in_account_currency = as_float("amount_")
    conversion_rate = 1.0

    @property
    def currency_symbol(self) -> str:
        """The sign of the currency."""
        return _SYMBOLS[self.symbol]

    def add(self, amount: Decimal) -> Decimal:
        """Add an amount, negative to take it away; return the new one."""
        self.amount_ = add_96_bits(self.amount_, amount)
        if self._on_change is not None:
            self._on_change()
        return self.amount_

    def add_amount(self, amount: object) -> float:
        """Add an amount from the strategy; LEAN counts it as profit."""
        return float(self.add(decimal_argument(amount, "AddAmount")))

    def set(self, amount: Decimal) -> None:
        """Replace the amount."""
        self.amount_ = amount
        if self._on_change is not None:
            self._on_change()

    def set_amount(self, amount: object) -> None:
        """Replace the amount from the strategy."""
        self.set(decimal_argument(amount, "SetAmount"))


class CashBook(dict[str, Cash]):
    """The currencies of an account by their code."""

    account_currency = USD

    def __init__(self, on_change: Any) -> None:  # noqa: ANN401 - a callback
        super().__init__()
        self[USD] = Cash(USD, Decimal(0), on_change)

    def __missing__(self, key: str) -> Cash:
        raise NotSupportedError(f"cash_book[{key!r}]")

    def contains_key(self, key: str) -> bool:
        """Tell whether a currency is there."""
        return key in self

    @property
    def total_value_in_account_currency(self) -> float:
        """Sum of all currencies."""
        return float(self[USD].amount_)

    def text(self) -> str:
        """Return LEAN's table of the cash book."""
        cash = self[USD]
        amount, value = f"{cash.amount_:.2f}", f"{cash.currency_symbol}{_round(cash.amount_)}"
        rows = [
            "Symbol      Quantity    Conversion = Value in USD",
            f"{cash.symbol}: {cash.currency_symbol} {amount:>14} @ {'1.00':>10} = {value}",
            "-" * 49,
            f"CashBook Total Value:                {value}",
            "",
        ]
        return "\n".join(rows)


def _round(amount: Decimal) -> str:
    return f"{amount.quantize(_CENT):f}" if int(amount.as_tuple().exponent) < -2 else f"{amount:f}"
