"""What LEAN checks of currencies and of markets that never close before an order exists."""

from minilean.dotnet_errors import InvalidOperationException
from minilean.enums import OrderResponseErrorCode as Code
from minilean.enums import OrderType, SecurityType
from minilean.securities.security import Security
from minilean.surface import no_method_matches

Refusal = tuple[Code, str]
_NO_DATA = (
    "There is no data for this symbol yet, please check the security.HasData flag to ensure there is at least one data "
    "point."
)


def refusal_by_currencies(security: Security) -> Refusal | None:
    """Refuse orders while what is paid or bought has no rate in the account's currency, or there is no data."""
    name, quote, base = security.symbol.value, security.quote_currency, security.base_currency
    if not quote.rate_:
        return Code.CONVERSION_RATE_ZERO, (
            f"{name}: requires {quote.symbol} to have a non-zero conversion rate. This can be caused by lack of data."
        )
    if base is not None and not base.rate_:
        return Code.FOREX_CONVERSION_RATE_ZERO, (
            f"{name}: requires {base.symbol} and {quote.symbol} to have non-zero conversion rates. "
            "This can be caused by lack of data."
        )
    if not security.has_data:
        return Code.SECURITY_HAS_NO_DATA, _NO_DATA
    return None


def require_open_and_close(order_type: OrderType, security: Security) -> None:
    """Let orders for the open or the close pass only where there is one.

    Raises:
        InvalidOperationException: The market never closes.
    """
    if security.exchange.market_hours.is_always_open:
        raise InvalidOperationException(
            f"Market never closes for this symbol {security.symbol}, can no submit a {order_type.label} order."
        )


def require_tradable(security: Security) -> None:
    """Let orders pass of what can be traded.

    Raises:
        InvalidOperationException: The security is an index.
    """
    if security.type is SecurityType.INDEX and not security.is_tradable:
        raise InvalidOperationException(
            f"The symbol {security.symbol} is not found in the algorithm's securities collection and cannot be "
            "re-added due to it being delisted or no longer tradable."
        )


_FLAG_PLACES = {
    "MarketOrder": 3,
    "MarketOnOpenOrder": 3,
    "MarketOnCloseOrder": 3,
    "LimitOrder": 4,
    "StopMarketOrder": 4,
    "SetHoldings": 4,
    "StopLimitOrder": 5,
    "LimitIfTouchedOrder": 5,
    "TrailingStopOrder": 5,
}


def require_flag_and_tag(method: str, asynchronous: object, tag: object) -> None:
    """Refuse a tag in the place of the flag, as pythonnet does.

    Raises:
        TypeError: A positional argument has the wrong type.
    """
    if not isinstance(asynchronous, bool):
        place = _FLAG_PLACES[method]
        raise TypeError(
            f"Argument mismatch: argument {place} ('asynchronous') expected bool, got {type(asynchronous).__name__}."
        )
    if not (tag is None or isinstance(tag, str)):
        raise no_method_matches(method, asynchronous, tag)
