"""Everything about one run in one JSON text, with LEAN's own files in it byte for byte. Blocks."""

from collections.abc import Mapping

from pydantic import TypeAdapter
from pydantic_core import to_json

from leanboard.models.analytics import EquityResponse, FullResult, Order, Trade
from leanboard.models.analytics_queries import CurveQuery, FullQuery
from leanboard.models.results import BacktestResult
from leanboard.services.analytics.equity import equity
from leanboard.services.analytics.orders import orders
from leanboard.services.analytics.trades import trades
from leanboard.storage.result_document import ResultDocument, result_text

_EQUITY = TypeAdapter(EquityResponse)
_TRADES = TypeAdapter(tuple[Trade, ...])
_ORDERS = TypeAdapter(tuple[Order, ...])


def full_result(result: BacktestResult, document: ResultDocument | None, query: FullQuery) -> bytes:
    """Return a :class:`FullResult` as JSON.

    Args:
        result: What the service knows.
        document: LEAN's result; None where the run ended before there was one.
        query: How much of the curves.
    """
    parts = _parts_of(document, query) if document is not None else _NO_PARTS
    texts = {"result": result.model_dump_json().encode(), **parts}
    assert texts.keys() == FullResult.model_fields.keys()
    return b"{" + b",".join(b'"%s":%s' % (name.encode(), text) for name, text in texts.items()) + b"}"


_NOTHING = EquityResponse(currency="", equity=(), benchmark=(), drawdown=())
_NO_PARTS: Mapping[str, bytes] = {
    "equity": _EQUITY.dump_json(_NOTHING),
    "trades": b"[]",
    "orders": b"[]",
    "lean": b"null",
    "order_events": b"[]",
}


def _parts_of(document: ResultDocument, query: FullQuery) -> Mapping[str, bytes]:
    return {
        "equity": _EQUITY.dump_json(equity(document, CurveQuery(points=query.points))),
        "trades": _TRADES.dump_json(trades(document)),
        "orders": _ORDERS.dump_json(orders(document)),
        "lean": result_text(document),
        "order_events": to_json(document.order_events, inf_nan_mode="null"),
    }
