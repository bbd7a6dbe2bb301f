"""Which of LEAN's methods a strategy's text calls: orders, insights, data, universes, warm-up; by name, unexecuted."""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from leanboard.strategies.bindings import Bindings, Unit
from leanboard.strategies.literals import Literals, called_name
from leanboard.strategies.python_source import dotted

MAX_SITES = 200
MAX_LINE_TEXT = 200
MAX_PERIOD = 1_000_000


class CallKind(StrEnum):
    """What a call is for."""

    ORDER = "order"  # opens or changes a position; liquidate only closes one
    INSIGHT = "insight"
    DATA = "data"
    UNIVERSE = "universe"
    WARM_UP = "warm_up"
    BENCHMARK = "benchmark"


_KINDS: Mapping[CallKind, str] = {
    CallKind.ORDER: "marketorder limitorder stopmarketorder stoplimitorder limitiftouchedorder trailingstoporder "
    "marketonopenorder marketoncloseorder setholdings order buy sell combomarketorder combolimitorder "
    "comboleglimitorder exerciseoption",
    CallKind.INSIGHT: "emitinsights addalpha setalpha",
    CallKind.DATA: "addequity addforex addcrypto addcryptofuture addcfd addindex addoption addfuture addindexoption "
    "addfutureoption addoptioncontract addfuturecontract addsecurity adddata",
    CallKind.UNIVERSE: "adduniverse setuniverseselection adduniverseselection adduniverseoptions",
    CallKind.WARM_UP: "setwarmup setwarmupindicator warmupindicator indicatorhistory",
    CallKind.BENCHMARK: "setbenchmark",
}
_KIND_OF = {name: kind for kind, names in _KINDS.items() for name in names.split()}
_INDICATORS = re.compile(
    r"(?:[sehwd]ma|kama|lwma|alma|frama|tema|zlema|smma|t3|rsi|atr|natr|adx|cci|mfi|cmo|rocp?|momp?|logr|std|var|max|min|bb"
    r"|donchian|dch|aroon|trix|willr|wilr)",
    re.IGNORECASE,
)
_OWNERS = frozenset({"self", "algorithm", "self.algorithm", "self._algorithm"})
_INDICATOR_CLASSES = re.compile(
    r"(SimpleMovingAverage|ExponentialMovingAverage|WeightedMovingAverage|RelativeStrengthIndex|AverageTrueRange"
    r"|BollingerBands|Momentum\w*|RateOfChange\w*|StandardDeviation|DonchianChannel|Maximum|Minimum|RollingWindow)$"
)
_CSHARP_CALL = re.compile(r"\b([A-Z]\w+)\s*(?:<[^<>;()]*>)?\s*\(")
_CSHARP_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)


@dataclass(frozen=True, slots=True)
class CallSite:
    """One call; ``text`` is its line without indentation, ``line`` counts from 1."""

    kind: CallKind
    name: str
    file: str
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class IndicatorPeriod:
    """An indicator's number of bars, as the text says it; ``line`` counts from 1."""

    period: int
    name: str
    file: str
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class TradingCalls:
    """What was found in all files of a strategy, in the order of the source.

    Attributes:
        longest: The indicator with the most bars; None where none can be read.
    """

    sites: tuple[CallSite, ...] = ()
    longest: IndicatorPeriod | None = None

    def of(self, kind: CallKind) -> tuple[CallSite, ...]:
        """Return the calls of a kind."""
        return tuple(site for site in self.sites if site.kind is kind)

    def joined(self, other: "TradingCalls") -> "TradingCalls":
        """Return both together."""
        periods = [item for item in (self.longest, other.longest) if item is not None]
        longest = max(periods, key=lambda item: item.period, default=None)
        return TradingCalls((*self.sites, *other.sites)[:MAX_SITES], longest)


def python_calls(tree: ast.Module, text: str, file: str, parameters: Mapping[str, str]) -> TradingCalls:
    """Read one Python file.

    Args:
        tree: Its syntax tree.
        text: Its text.
        file: Its name, for the places.
        parameters: What the run gave, for the periods of indicators.
    """
    bindings = Bindings(tree)
    lines = text.splitlines()
    literals = Literals(bindings, parameters)
    sites, periods = [], []
    for call, unit in bindings.calls():
        name, line = called_name(call), _line(lines, call.lineno)
        kind = None if name in bindings.functions else _KIND_OF.get(_plain(name))
        if kind is not None:
            sites.append(CallSite(kind, name, file, call.lineno, line))
        if period := _period(call, name, unit, literals):
            periods.append(IndicatorPeriod(period, name, file, call.lineno, line))
    return TradingCalls(tuple(sites[:MAX_SITES]), max(periods, key=lambda item: item.period, default=None))


def csharp_calls(text: str, file: str) -> TradingCalls:
    """Read one C# file; comments do not count, periods of indicators are not read."""
    bare = _CSHARP_COMMENT.sub(lambda match: "\n" * match.group().count("\n"), text)
    return TradingCalls(tuple(_csharp_sites(bare, file))[:MAX_SITES])


def _csharp_sites(text: str, file: str) -> Iterator[CallSite]:
    for number, line in enumerate(text.splitlines(), start=1):
        for match in _CSHARP_CALL.finditer(line):
            kind = _KIND_OF.get(_plain(match[1]))
            if kind is not None:
                yield CallSite(kind, match[1], file, number, line.strip()[:MAX_LINE_TEXT])


def _plain(name: str) -> str:
    """The name without style: ``setholdings`` for set_holdings and SetHoldings."""
    return name.replace("_", "").lower()


def _line(lines: list[str], number: int) -> str:
    return lines[number - 1].strip()[:MAX_LINE_TEXT] if 0 < number <= len(lines) else ""


def _period(call: ast.Call, name: str, unit: Unit, literals: Literals) -> int | None:
    """The largest whole number among an indicator's arguments."""
    owner = dotted(call.func.value) if isinstance(call.func, ast.Attribute) else ""
    shortcut = owner in _OWNERS and _INDICATORS.fullmatch(name)
    if not shortcut and not _INDICATOR_CLASSES.match(name):
        return None
    nodes = [*call.args, *(word.value for word in call.keywords if word.arg == "period")]
    values = [value for node in nodes for value in literals.values(node, unit)]
    return max((value for value in values if type(value) is int and 0 < value < MAX_PERIOD), default=None)
