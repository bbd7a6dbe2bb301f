"""A collection of portfolio targets, one for each symbol."""

from collections.abc import Iterable, Iterator
from typing import Any

from minilean.framework.algorithm import Algorithm
from minilean.framework.execution.order_sizing import adjust_by_lot_size, projected_quantity
from minilean.framework.net_dictionary import NetDictionary
from minilean.framework.portfolio_target import PortfolioTarget
from minilean.securities.symbol import Symbol
from minilean.surface import Surface, core_of


class PortfolioTargetCollection(Surface):
    """Targets by symbol; a later one replaces the one before."""

    def __init__(self) -> None:
        self._targets: NetDictionary[Symbol, PortfolioTarget] = NetDictionary()

    @property
    def count(self) -> int:
        """Number of targets."""
        return len(self._targets)

    @property
    def is_empty(self) -> bool:
        """Whether there are none."""
        return not self._targets

    @property
    def keys(self) -> list[Symbol]:
        """The symbols."""
        return list(self._targets)

    @property
    def values(self) -> list[PortfolioTarget]:
        """The targets."""
        return self._targets.values()

    def add(self, *arguments: Any) -> None:  # noqa: ANN401 - a target, or a symbol and its target
        """Add a target."""
        target = arguments[-1]
        if target is not None:
            self._targets[target.symbol] = target

    def add_range(self, targets: Iterable[PortfolioTarget]) -> None:
        """Add several targets."""
        for target in targets:
            self._targets[target.symbol] = target

    def clear(self) -> None:
        """Remove all targets."""
        self._targets.clear()

    def clear_fulfilled(self, algorithm: Algorithm) -> None:
        """Remove targets whose quantity is held, up to less than a lot."""
        securities = core_of(algorithm).securities
        for target in self._targets.values():
            security = securities[target.symbol]
            if abs(target.quantity_ - security.holdings.quantity_) < security.properties.lot_size_:
                self._targets.pop(target.symbol)

    def contains(self, target: PortfolioTarget) -> bool:
        """Tell whether there is a target for the symbol of one."""
        return target is not None and target.symbol in self._targets

    def contains_key(self, symbol: Symbol) -> bool:
        """Tell whether a symbol has a target."""
        return symbol in self._targets

    def remove(self, item: Any) -> bool:  # noqa: ANN401 - a symbol or a target
        """Remove the target of a symbol, or a target; tell whether it was there."""
        if isinstance(item, PortfolioTarget):
            return self._targets.get(item.symbol) is item and self._targets.pop(item.symbol) is not None
        return self._targets.pop(item) is not None

    def try_get_value(self, symbol: Symbol) -> tuple[bool, PortfolioTarget | None]:
        """Return whether a symbol has a target, and it."""
        found = self._targets.get(symbol)
        return found is not None, found

    def order_by_margin_impact(self, algorithm: Algorithm) -> list[PortfolioTarget]:
        """Return the targets that need an order: those that reduce a position first, then by the order's value."""
        core = core_of(algorithm)
        if core.is_warming_up:
            return []
        ranked = []
        for target in self._targets.values():
            security = core.securities[target.symbol]
            wanted = adjust_by_lot_size(security, target.quantity_)
            held = projected_quantity(algorithm, security)
            change = wanted - held
            if security.has_data and security.is_tradable and abs(change) >= security.properties.lot_size_:
                reduces = held != 0 and abs(wanted) < abs(held)
                ranked.append(((not reduces, -abs(change * security.price_)), target))
        ranked.sort(key=lambda pair: pair[0])
        return [target for _, target in ranked]

    def __getitem__(self, symbol: Symbol) -> PortfolioTarget:
        if symbol not in self._targets:
            raise KeyError(str(symbol))
        return self._targets[symbol]

    def __setitem__(self, symbol: Symbol, target: PortfolioTarget) -> None:
        self._targets[symbol] = target

    def __iter__(self) -> Iterator[PortfolioTarget]:
        return iter(self._targets.values())

    def __len__(self) -> int:
        return len(self._targets)

    def __contains__(self, symbol: object) -> bool:
        return symbol in self._targets
