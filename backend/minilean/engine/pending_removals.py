"""Securities that left a universe but are kept while they are held or have open orders."""

from decimal import Decimal

from minilean.orders.transaction_manager import SecurityTransactionManager
from minilean.securities.security import Security
from minilean.securities.symbol import Symbol
from minilean.universes.universe import Universe

ZERO = Decimal(0)


class PendingRemovals:
    """Lets a security go as soon as nothing depends on it any more."""

    def __init__(self, transactions: SecurityTransactionManager) -> None:
        self._transactions = transactions
        self._pending: dict[Universe, list[Security]] = {}

    def _is_safe(self, security: Security) -> bool:
        if security.holdings.invested or self._transactions.get_open_order_tickets(security.symbol):
            return False
        target = getattr(security.holdings, "target", None)
        return (target is None or not target.quantity) and security.settlement_model.get_unsettled_cash() is None

    def is_pending(self, symbol: Symbol) -> bool:
        """Tell whether a security is being kept."""
        return any(security.symbol == symbol for kept in self._pending.values() for security in kept)

    def try_remove(self, security: Security, universe: Universe) -> list[tuple[Universe, Security]]:
        """Return what may go now; a security that may not is kept in mind."""
        if self._is_safe(security):
            return [(universe, security)]
        kept = self._pending.setdefault(universe, [])
        if security not in kept:
            kept.append(security)
        return []

    def check(self, selected: dict[Symbol, None], current: Universe) -> list[tuple[Universe, Security]]:
        """Return what may go by now; what its universe has selected again stays and is no longer pending."""
        gone = []
        for universe, kept in list(self._pending.items()):
            for security in list(kept):
                safe = self._is_safe(security)
                if safe:
                    gone.append((universe, security))
                if safe or (universe is current and security.symbol in selected):
                    kept.remove(security)
            if not kept:
                del self._pending[universe]
        return gone
