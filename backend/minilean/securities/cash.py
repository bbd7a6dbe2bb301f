"""Cash of an account in one or several currencies."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from minilean import numbers
from minilean.securities.currencies import USD, currency_sign
from minilean.securities.currency_conversion import ConstantConversion, CurrencyConversion, SecurityConversion
from minilean.spellings import Spelled
from minilean.surface import Surface, as_float, decimal_argument
from minilean.symbol_dictionary import KeyValuePair

__all__ = ["USD", "Cash", "CashBook"]

ZERO, ONE = Decimal(0), Decimal(1)
_THOUSAND = Decimal(1000)


class Cash(Surface):
    """An amount of one currency.

    Attributes:
        conversion: What it is worth in the account's currency.
    """

    __slots__ = ("_on_change", "amount_", "conversion", "symbol")

    def __init__(self, symbol: str, amount: Decimal, rate: Decimal, on_change: Callable[[], None]) -> None:
        """Take a code, an amount, its rate until a conversion is found, and whom to tell of changes."""
        self.symbol = symbol.upper()
        self.amount_ = amount
        self.conversion: CurrencyConversion = ConstantConversion(rate, is_settled=False)
        self._on_change = on_change

    amount = as_float("amount_")
    conversion_rate = as_float("rate_")
    value_in_account_currency = as_float("value_")

    @property
    def rate_(self) -> Decimal:
        """Worth of one unit in the account's currency."""
        return self.conversion.rate_

    @property
    def value_(self) -> Decimal:
        """Worth of the amount in the account's currency."""
        return self.amount_ * self.conversion.rate_

    @property
    def currency_conversion(self) -> CurrencyConversion:
        """Where the rate comes from."""
        return self.conversion

    @property
    def currency_symbol(self) -> str:
        """The sign of the currency."""
        return currency_sign(self.symbol)

    def add(self, amount: Decimal) -> Decimal:
        """Add an amount, negative to take it away; return the new one."""
        self.amount_ = numbers.add_96_bits(self.amount_, amount)
        self._on_change()
        return self.amount_

    def add_amount(self, amount: object) -> float:
        """Add an amount from the strategy; LEAN counts it as profit."""
        return float(self.add(decimal_argument(amount, "AddAmount")))

    def set(self, amount: Decimal) -> None:
        """Replace the amount."""
        self.amount_ = amount
        self._on_change()

    def set_amount(self, amount: object) -> None:
        """Replace the amount from the strategy."""
        self.set(decimal_argument(amount, "SetAmount"))

    def set_rate(self, rate: Decimal) -> None:
        """Replace the rate: until prices move where a conversion was found, until one is found otherwise."""
        if isinstance(self.conversion, SecurityConversion):
            self.conversion.hold(rate)
        else:
            self.conversion = ConstantConversion(rate, is_settled=self.conversion.is_settled)
        self._on_change()

    def __str__(self) -> str:
        return self.text(USD)

    def text(self, account_currency: str) -> str:
        """Return LEAN's row of the cash book."""
        rate = self.rate_
        rate = numbers.round_to_significant_digits(rate, 5) if rate < _THOUSAND else numbers.net_round(rate, 2)
        value = numbers.decimal_text(numbers.net_round(self.value_, 2))
        amount = f"{numbers.round_away(self.amount_, 2):>15f}"
        return (
            f"{self.symbol}: {self.currency_symbol}{amount} @ {_rate_text(rate):>10} = "
            f"{currency_sign(account_currency)}{value}"
        )


def _rate_text(rate: Decimal) -> str:
    """Write at least two and at most six decimals."""
    text = f"{numbers.round_away(rate, 6):f}"
    whole, _, places = text.partition(".")
    return f"{whole}.{places.rstrip('0').ljust(2, '0')}"


class CashBook(dict[str, Cash], Spelled):
    """The currencies of an account by their code, the account's own first."""

    def __init__(self, on_change: Callable[[], None]) -> None:
        super().__init__()
        self._on_change = on_change
        self._moving: list[SecurityConversion] = []
        self.account_currency = USD
        self[USD] = Cash(USD, ZERO, ONE, on_change)
        self.is_searched = False

    def __missing__(self, key: str) -> Cash:
        raise KeyError(f"This cash symbol ({key}) was not found in your cash book.")

    def __iter__(self) -> Iterator[Any]:
        for key, cash in dict.items(self):
            yield KeyValuePair(key, cash)  # type: ignore[arg-type]

    @property
    def own(self) -> Cash:
        """Cash in the account's currency."""
        return self[self.account_currency]

    def set_account_currency(self, currency: str) -> None:
        """Turn the account's cash into another currency, the amount unchanged."""
        amount = self.pop(self.account_currency).amount_
        self.account_currency = currency.upper()
        others = dict(dict.items(self))
        self.clear()
        self[self.account_currency] = Cash(self.account_currency, amount, ONE, self._on_change)
        self.update(others)

    def add(self, symbol: str, amount: object, conversion_rate: object = 0) -> Cash:
        """Add a currency, or replace amount and rate of one that is there."""
        quantity, rate = decimal_argument(amount, "Add"), decimal_argument(conversion_rate, "Add")
        return self.put(symbol, quantity, rate)

    def put(self, symbol: str, amount: Decimal, rate: Decimal) -> Cash:
        """Add a currency, or replace amount and rate of one that is there."""
        cash = dict.get(self, symbol.upper())
        if cash is None:
            cash = self[symbol.upper()] = Cash(symbol, amount, rate, self._on_change)
            self.is_searched = False
        else:
            cash.set_rate(rate)
            cash.set(amount)
        self._on_change()
        return cash

    def ensure(self, symbol: str) -> Cash:
        """Return a currency, none of it and without a rate when it was not there."""
        cash = dict.get(self, symbol)
        return cash if cash is not None else self.put(symbol, ZERO, ZERO)

    def note_conversions(self) -> None:
        """Follow the conversions that move, after they were found."""
        conversions = (cash.conversion for cash in dict.values(self))
        self._moving = [each for each in conversions if isinstance(each, SecurityConversion)]
        self.is_searched = True

    def update_rates(self) -> bool:
        """Note that prices have moved; return whether any rate follows them."""
        for conversion in self._moving:
            conversion.update()
        return bool(self._moving)

    def contains_key(self, key: str) -> bool:
        """Tell whether a currency is there."""
        return key in self

    def total_(self) -> Decimal:
        """Return the sum of all currencies in the account's."""
        total = ZERO
        for cash in dict.values(self):
            total += cash.amount_ * cash.conversion.rate_
        return total

    @property
    def total_value_in_account_currency(self) -> float:
        """Sum of all currencies."""
        return float(self.total_())

    def convert_(self, amount: Decimal, source: str, destination: str) -> Decimal:
        """Return an amount in another currency.

        Raises:
            ValueError: A rate is not known.
        """
        if not amount:
            return ZERO
        for currency in (source, destination):
            if not self[currency].rate_:
                raise ValueError(f"The conversion rate for {currency} is not available.")
        return amount * numbers.divide_96_bits(self[source].rate_, self[destination].rate_)

    def in_account_currency(self, amount: Decimal, currency: str) -> Decimal:
        """Return an amount in the account's currency."""
        if currency == self.account_currency:
            return amount
        return self.convert_(amount, currency, self.account_currency)

    def convert(self, amount: object, source: str, destination: str) -> float:
        """Return an amount in another currency, for the strategy."""
        return float(self.convert_(decimal_argument(amount, "Convert"), source, destination))

    def convert_to_account_currency(self, amount: object, currency: str) -> float:
        """Return an amount in the account's currency, for the strategy."""
        return float(self.in_account_currency(decimal_argument(amount, "ConvertToAccountCurrency"), currency))

    @property
    def Keys(self) -> list[str]:  # noqa: N802 - LEAN's name
        """The codes."""
        return list(dict.keys(self))

    @property
    def Values(self) -> list[Cash]:  # noqa: N802 - LEAN's name
        """The currencies."""
        return list(dict.values(self))

    @property
    def count(self) -> int:
        """Number of currencies."""
        return len(self)

    def __str__(self) -> str:
        return self.text()

    def text(self) -> str:
        """Return LEAN's table of the cash book."""
        total = numbers.decimal_text(numbers.net_round(self.total_(), 2))
        rows = [
            f"Symbol      Quantity    Conversion = Value in {self.account_currency}",
            *(cash.text(self.account_currency) for cash in dict.values(self)),
            "-" * 49,
            f"CashBook Total Value:                {currency_sign(self.account_currency)}{total}",
            "",
        ]
        return "\n".join(rows)
