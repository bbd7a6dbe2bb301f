"""What LEAN tells a strategy through its own log, by a piece of its words without values, and what to do about it."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class KnownMessage:
    """A message of LEAN's.

    Attributes:
        mark: A piece of it without values.
        remedy: What to do.
        refusal: LEAN did not make an order because of it.
    """

    mark: str
    remedy: str = ""
    refusal: bool = False


KNOWN: Final = (
    KnownMessage(
        "that has zero quantity",
        "The quantity came out as 0: the cash is too little for one unit, or the price was 0. Log it before ordering.",
        refusal=True,
    ),
    KnownMessage(
        "is less than lot size", "Order at least one lot; forex and crypto have lots of their own.", refusal=True
    ),
    KnownMessage(
        "does not have an accurate price as it has not yet received a bar of data",
        "Order only what has a bar already: test `data.contains_key(symbol)` first, or warm up with set_warm_up.",
        refusal=True,
    ),
    KnownMessage(
        "There is no data for this symbol yet",
        "Order only what has a bar already: test `security.has_data` first.",
        refusal=True,
    ),
    KnownMessage(
        "This operation is not allowed in",  # ... Initialize or during warm up; written in both casings
        "Order after the warm-up: return from on_data while `self.is_warming_up`, or order in on_warmup_finished.",
        refusal=True,
    ),
    KnownMessage("is marked as non-tradable", "Order only what is tradable: not delisted, not an index.", refusal=True),
    KnownMessage(
        "non-zero conversion rate",
        "LEAN needs data of a pair that converts this currency into the account's: add it to the data folder.",
        refusal=True,
    ),
    KnownMessage(
        "cannot be calculated: the price of the security is zero",
        "Order only what has a bar already: test `data.contains_key(symbol)` first.",
        refusal=True,
    ),
    KnownMessage(
        "resulted in a single share trade recommendation",
        "The order would have been too small: more cash, or set "
        "`self.settings.minimum_order_margin_portfolio_percentage = 0`.",
        refusal=True,
    ),
    KnownMessage("You have exceeded maximum number of orders", "Order less often.", refusal=True),
    KnownMessage("market orders submitted while the market is closed", "They fill at the next open, not at once."),
    KnownMessage(
        "market orders on daily resolution data sent during market hours", "They fill at the close, not at once."
    ),
    KnownMessage("have been adjusted to match their map files first date"),
    KnownMessage("Due to numerical precision issues in the factor file"),
    KnownMessage("Using a security benchmark of a different timezone"),
    KnownMessage("the start date will be adjusted"),
    KnownMessage(
        "fill at stale price", "The fill used a price from before the order: finer data, or fewer gaps in it."
    ),
    KnownMessage("insights emitted during algorithm warmup are ignored"),
    KnownMessage("Exceeded maximum chart series count", "New series are ignored: plot fewer."),
    KnownMessage("liquidate ignored symbol"),
    KnownMessage("Memory usage over 80% capacity", "A higher memory limit, or less data at a time."),
)


def recognise(text: str) -> KnownMessage | None:
    """Return what is known of a log line's text."""
    return next((message for message in KNOWN if message.mark in text), None)
