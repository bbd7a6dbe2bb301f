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
    ends_at_close = resolution is Resolution.DAILY and strict
    if not ends_at_close or not hours.is_date_open(end) or hours.next_market_close(day, extended=extended) > end:
        current = _round_down(hours, end, increment)
    while count > 0:
        previous, current = current, current - increment
        if hours.is_open_during(current, previous, extended=extended):
            count -= 1
    return current


def _round_down(hours: SecurityExchangeHours, local: int, increment: int) -> int:
    """Round down to whole bars where the data counts them, which may be another zone than the exchange's."""
    zone, data_zone = hours.time_zone, hours.data_time_zone
    if zone is data_zone:
        return local - local % increment
    counted = data_zone.to_local(zone.to_utc(local))
    return zone.to_local(data_zone.to_utc(counted - counted % increment))
