"""What can be read of a C# strategy without a compiler: by patterns, so less than of a Python one."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from leanboard.models.requests import Resolution
from leanboard.models.strategies import StrategyParameter
from leanboard.strategies.facts import StrategyFacts
from leanboard.strategies.parameters import convert, guess_type
from leanboard.strategies.source_text import BrokenSource

ROOT_CLASS = "QCAlgorithm"

_CLASS = re.compile(
    r"(?:\b(?P<abstract>abstract)\s+)?(?:\bpartial\s+)?\bclass\s+(?P<name>\w{1,200})(?:\s*<[^>{}]{0,200}>)?"
    r"\s*:\s*(?:[\w.]{1,200}\.)?(?P<base>\w{1,200})"
)
_COMMENT_OR_TEXT = re.compile(r'//[^\n]*|/\*.*?(?:\*/|\Z)|@"(?:[^"]|"")*(?:"|\Z)|"(?:\\.|[^"\\\n])*"', re.DOTALL)
_PARAMETER = re.compile(
    r'\bGetParameter\(\s*"([^"\n]{1,200})"\s*(?:,\s*"?([^,")\n]{0,200})"?)?|\[Parameter\(\s*"([^"\n]{1,200})"\s*\)\s*\]'
)
# What follows the attribute: further attributes, modifiers, type, name, accessors, and the default.
_MEMBER = re.compile(
    r"\s*(?:\[[^\]\n]{0,200}\]\s*){0,5}(?:\w{1,30}\s+){0,5}[\w.?]{1,100}\s+\w{1,200}\s*"
    r'(?:\{[^{}]{0,200}\}\s*)?=\s*"?([^;"\n]{1,200})"?\s*;'
)
_ADDED = re.compile(r'\bAdd(?:Equity|Forex|Crypto|CryptoFuture|Cfd|Index)\(\s*"([^"\n]{1,64})"')
_RESOLUTION = re.compile(r"\bResolution\.(Tick|Second|Minute|Hour|Daily)\b")
_DATE = r"\bSet{}Date\(\s*([0-9]{{4}})\s*,\s*([0-9]{{1,2}})\s*,\s*([0-9]{{1,2}})\s*\)"
_CASH = re.compile(r"\bSetCash\(\s*([0-9][0-9_]{0,20}(?:\.[0-9]{1,10})?)[mMdDfF]?\s*\)")


@dataclass(frozen=True, slots=True)
class AlgorithmClass:
    """A class that LEAN could run.

    Attributes:
        name: Without its namespace.
        file: Where it is.
        line: From 1.
    """

    name: str
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class _Declared:
    place: AlgorithmClass
    base: str
    abstract: bool


def choose_class(texts: Mapping[str, str], wanted: str | None = None) -> AlgorithmClass:
    """Return the class that will run: it derives from QCAlgorithm, and nothing derives from it.

    Args:
        texts: C# source by file name, the main file first.
        wanted: config.json's ``algorithm-type-name``: decides when several are left.

    Raises:
        BrokenSource: There is none, or more than one.
    """
    main = next(iter(texts), "")
    found = _leaves([declared for file, text in texts.items() for declared in _declared(file, text)])
    if wanted:
        found = [place for place in found if place.name == wanted.rpartition(".")[2]] or found
    if not found:
        where = main if len(texts) == 1 else "the project's files"
        raise BrokenSource(f"no class in {where} derives from {ROOT_CLASS}")
    if len(found) > 1:
        listed = ", ".join(f"{place.name} ({_where(place, main)})" for place in found)
        line = found[-1].line if found[-1].file == main else None
        raise BrokenSource(
            f"several classes could be the algorithm: {listed}; keep one, or give algorithm-type-name in config.json",
            line,
        )
    return found[0]


def _declared(file: str, text: str) -> Iterator[_Declared]:
    code = without_comments(text)
    line, seen = 1, 0
    for match in _CLASS.finditer(code):
        at = match.start("name")
        line, seen = line + code.count("\n", seen, at), at
        yield _Declared(AlgorithmClass(match["name"], file, line), match["base"], match["abstract"] is not None)


def _leaves(declared: list[_Declared]) -> list[AlgorithmClass]:
    """Those that can be made and that nobody derives from, each name once."""
    heirs: dict[str, list[_Declared]] = {}
    for entry in declared:
        heirs.setdefault(entry.base, []).append(entry)
    reached: dict[str, _Declared] = {}
    open_ = [ROOT_CLASS]
    while open_:
        for entry in heirs.get(open_.pop(), ()):
            if entry.place.name not in reached:
                reached[entry.place.name] = entry
                open_.append(entry.place.name)
    chosen = [entry.place for name, entry in reached.items() if not entry.abstract and name not in heirs]
    order = {id(entry.place): index for index, entry in enumerate(declared)}
    return sorted(chosen, key=lambda place: order[id(place)])


def _where(place: AlgorithmClass, main: str) -> str:
    return f"line {place.line}" if place.file == main else f"{place.file}, line {place.line}"


def summary(text: str, line: int) -> str:
    """Return the ``<summary>`` nearest before a line, without markup; "" if there is none."""
    before = "\n".join(text.splitlines()[: line - 1])
    _, _, rest = before.rpartition("<summary>")
    inside, closed, _ = rest.partition("</summary>")
    lines = [part.strip().removeprefix("///").strip() for part in inside.splitlines()] if closed else []
    return "\n".join(part for part in lines if part)


def without_comments(text: str) -> str:
    """Return the code with comments blanked; lines keep their numbers."""

    def blank(match: re.Match[str]) -> str:
        return match[0] if match[0][0] in '"@' else "\n" * match[0].count("\n")

    return _COMMENT_OR_TEXT.sub(blank, text)


def read_facts(text: str, configured: Mapping[str, str]) -> StrategyFacts:
    """Read the literal arguments of LEAN's calls.

    Args:
        text: C# source.
        configured: config.json's parameters; they take the place of the defaults in the source.
    """
    code = without_comments(text)
    mentioned = {name.lower() for name in _RESOLUTION.findall(code)}
    cash = _CASH.findall(code)
    return StrategyFacts(
        parameters=tuple(_parameters(code, configured)),
        problems=(),
        symbols=tuple(dict.fromkeys(_ADDED.findall(code))),
        resolutions=tuple(member for member in Resolution if member.value in mentioned),
        start_date=_date(code, "Start"),
        end_date=_date(code, "End"),
        initial_cash=Decimal(cash[-1].replace("_", "")) if cash else None,
    )


def _parameters(code: str, configured: Mapping[str, str]) -> Iterator[StrategyParameter]:
    defaults: dict[str, str] = {}
    for match in _PARAMETER.finditer(code):
        defaults.setdefault(match[1] or match[3], _default(match, code).strip())
    for name, text in (defaults | dict(configured)).items():
        bare = text[:-1] if re.fullmatch(r"[0-9.]+[mMdDfF]", text) else text
        kind = guess_type(bare)
        yield StrategyParameter(name=name, default=convert(bare, kind) if bare else None, type=kind)


def _default(match: re.Match[str], code: str) -> str:
    if match[1] is not None:
        return match[2] or ""
    member = _MEMBER.match(code, match.end())
    return member[1] if member else ""


def _date(code: str, which: str) -> date | None:
    found = re.findall(_DATE.format(which), code)
    try:
        return date(*(int(part) for part in found[-1])) if found else None
    except ValueError:
        return None
