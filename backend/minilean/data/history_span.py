"""How far back a number of bars lies."""

from minilean.data.subscription_data_config import INCREMENTS
from minilean.enums import Resolution
from minilean.securities.exchange_hours import SecurityExchangeHours


def start_of_bars(
    hours: SecurityExchangeHours, end: int, resolution: Resolution, count: int, *, extended: bool, strict: bool = True
) -> int:
    """Return the local time at which a number of bars before an end begins; closed stretches do not count.

    Args:
        hours: The exchange.
        end: Local time of the end.
        resolution: Length of the bars.
        count: Number of bars.
        extended: Whether pre- and post-market count.
        strict: Whether daily bars end at the close; then today's bar counts once the market has closed.
    """
    increment = INCREMENTS[resolution]
    current = end
    day = end - end % INCREMENTS[Resolution.DAILY]
    at_close = strict and hours.days_end_at_close and resolution is Resolution.DAILY
    if not at_close or not hours.is_date_open(end) or hours.next_market_close(day, extended=extended) > end:
        current = hours.round_down(end, increment)
    while count > 0:
        previous, current = current, current - increment
        if hours.is_open_during(current, previous, extended=extended):
            count -= 1
    return current
