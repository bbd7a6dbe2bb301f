"""LEAN's .NET namespaces as Python modules that show the names of `AlgorithmImports`."""

import importlib
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from minilean.algorithm.lean_names import lean_type_names
from minilean.surface import NotSupportedError

_PARTS = frozenset(
    """
    Algorithm AlphaStreams Alphas Api Auxiliary Benchmarks Brokerages CBOE CandlestickPatterns Cfd Commands
    Consolidators Crypto CryptoFuture CurrencyConversion Custom Data DataFeeds DataSource Engine Equity Exceptions
    Execution Fees Fills Forex Framework Fundamental Future FutureOption HistoricalData IconicTypes Index IndexOption
    Indicators Interfaces Intrinio Lean Market Notifications Objectives Optimizer Option OptionExercise Orders Packets
    Parameters Portfolio Positions Python Results Risk Scheduling Securities Selection Serialization Setup Shortable
    SignalExports Slippage Statistics Storage Tiingo TimeInForces TransactionHandlers UniverseSelection Util Volatility
    """.split()  # noqa: SIM905 - a list of this length would be unreadable
)
"""What LEAN's namespaces are made of; other names are those of types."""


class _Namespace(ModuleType):
    """A namespace: LEAN's types, wherever in the tree it stands."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever is exported
        imports = importlib.import_module("AlgorithmImports")
        if name == "__all__":
            return [each for each in dir(imports) if not each.startswith("_")]
        if not name.startswith("_"):
            if hasattr(imports, name):
                return getattr(imports, name)
            if name in lean_type_names():
                raise NotSupportedError(name)
        raise AttributeError(f"module '{self.__name__}' has no attribute '{name}'")


class _Finder:
    """Finds every module below a namespace."""

    def __init__(self, root: str) -> None:
        self.root = root

    def find_spec(
        self,
        name: str,
        path: Sequence[str] | None = None,  # noqa: ARG002 - the protocol's
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        """Return how a module below the root is made, None for others."""
        parent, _, last = name.rpartition(".")
        if last not in _PARTS or not f"{parent}.".startswith(f"{self.root}."):
            return None
        return ModuleSpec(name, self, is_package=True)  # type: ignore[arg-type]  # importlib's protocol, without its base

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Make the module."""
        return _Namespace(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Run nothing: the names are found when they are asked for."""


def install(root: str) -> None:
    """Make a module a namespace, and all below it."""
    if not any(isinstance(each, _Finder) and each.root == root for each in sys.meta_path):
        sys.meta_path.append(_Finder(root))
    sys.modules[root].__class__ = _Namespace
