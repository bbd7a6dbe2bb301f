"""How amounts of one currency become amounts of the account's: constants, or the prices of one or two pairs."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Protocol

from minilean import numbers
from minilean.securities.currencies import is_stable_coin_pair
from minilean.securities.symbol_properties import CurrencyPair
from minilean.surface import Surface, as_float

if TYPE_CHECKING:
    from minilean.securities.security import Security

ZERO, ONE = Decimal(0), Decimal(1)
_OTHERS = ((1, 3), (1, 2), (0, 3), (0, 2))


class CurrencyConversion(Protocol):
    """Gives the rate of a currency in the account's."""

    @property
    def rate_(self) -> Decimal:
        """The rate now, zero while it is unknown."""

    @property
    def is_settled(self) -> bool:
        """Whether the engine has looked for it."""

    @property
    def securities(self) -> "Sequence[Security]":
        """The securities whose prices make the rate."""


class ConversionView(Surface):
    """What strategies see of a conversion."""

    __slots__ = ()
    securities: "Sequence[Security]"
    conversion_rate = as_float("rate_")

    @property
    def conversion_rate_securities(self) -> "list[Security]":
        """The securities whose prices make the rate."""
        return list(self.securities)


@dataclass(frozen=True)
class ConstantConversion(ConversionView):
    """A rate that does not move.

    Attributes:
        is_settled: False for a rate that stands until the engine finds one.
    """

    rate_: Decimal
    is_settled: bool = True
    securities: "Sequence[Security]" = ()


class SecurityConversion(ConversionView):
    """The product of the last prices of one or two securities, some of them inverted.

    The rate is worked out when it is next read after `update`.
    """

    __slots__ = ("_rate", "_stale", "_steps", "securities")
    is_settled = True

    def __init__(self, steps: "Sequence[tuple[Security, bool]]", rate: Decimal) -> None:
        """Take securities with whether each is inverted, and the rate that stands before the first update."""
        self._steps = steps
        self._rate = rate
        self._stale = False
        self.securities: Sequence[Security] = [security for security, _ in steps]

    def update(self) -> None:
        """Note that prices have moved."""
        self._stale = True

    def hold(self, rate: Decimal) -> None:
        """Take a rate that stands until prices move."""
        self._rate = rate
        self._stale = False

    @property
    def rate_(self) -> Decimal:
        """The rate now, zero while a security has no price."""
        if self._stale:
            self._stale = False
            self._rate = self._compute()
        return self._rate

    def _compute(self) -> Decimal:
        rate = ONE
        for security, inverted in self._steps:
            data = security.cache.last_data
            price = data.value_ if data is not None else ZERO
            if not price:
                return ZERO
            rate = numbers.divide_96_bits(rate, price) if inverted else numbers.fit_96_bits(rate * price)
        return rate


class Match(Enum):
    """Whether a pair trades two currencies, and in which direction."""

    NONE = 0
    EXACT = 1
    INVERSE = 2


def compare(pair: CurrencyPair, base: str, quote: str) -> Match:
    """Tell whether a pair converts between two currencies; stable coins of its market count as what they follow."""
    names = [pair.base, pair.quote, base, quote]
    for own, other in _OTHERS:
        one, two = names[own], names[other]
        if is_stable_coin_pair(one + two, pair.market) or is_stable_coin_pair(two + one, pair.market):
            names[own] = two
    if (names[0], names[1]) == (base, quote):
        return Match.EXACT
    return Match.INVERSE if (names[0], names[1]) == (quote, base) else Match.NONE


def search(
    source: str,
    destination: str,
    pairs: Iterable[CurrencyPair],
    security_of: "Callable[[CurrencyPair], Security]",
    rate: Decimal,
) -> SecurityConversion:
    """Return the conversion over the first pair that fits, else over the first two.

    Args:
        source: Currency to convert.
        destination: Currency of the account.
        pairs: Pairs of added securities first, then those of the markets.
        security_of: Finds or makes the security of a pair.
        rate: Rate until the first update.

    Raises:
        ValueError: There is no way from one to the other.
    """
    known = list(pairs)
    for pair in known:
        match = compare(pair, source, destination)
        if match is not Match.NONE:
            return SecurityConversion([(security_of(pair), match is Match.INVERSE)], rate)
    for first in known:
        if source not in {first.base, first.quote}:
            continue
        middle = first.quote if first.base == source else first.base
        for second in known:
            match = compare(second, middle, destination)
            if match is not Match.NONE:
                steps = [(security_of(first), source == first.quote), (security_of(second), match is Match.INVERSE)]
                return SecurityConversion(steps, rate)
    raise ValueError(
        f"No conversion path found between source currency {source} and destination currency {destination}"
    )
