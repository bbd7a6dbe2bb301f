"""What can be read of a C# strategy without a compiler: by patterns, so less than of a Python one."""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from leanboard.models.requests import Resolution
from leanboard.models.strategies import StrategyParameter
from leanboard.strategies.facts import StrategyFacts
from leanboard.strategies.parameters import convert, guess_type
from leanboard.strategies.source_text import BrokenSource

_CLASS = re.compile(r"\bclass\s+(\w{1,200})\s*:\s*(?:[\w.]{1,200}\.)?QCAlgorithm\b")
_COMMENT_OR_TEXT = re.compile(r'//[^\n]*|/\*.*?(?:\*/|\Z)|@"(?:[^"]|"")*(?:"|\Z)|"(?:\\.|[^"\\\n])*"', re.DOTALL)
_PARAMETER = re.compile(
    r'\bGetParameter\(\s*"([^"\n]{1,200})"\s*(?:,\s*"?([^,")\n]{0,200})"?)?|\[Parameter\("([^"\n]{1,200})"\)'
)
_ADDED = re.compile(r'\bAdd(?:Equity|Forex|Crypto|CryptoFuture|Cfd|Index)\(\s*"([^"\n]{1,64})"')
_RESOLUTION = re.compile(r"\bResolution\.(Tick|Second|Minute|Hour|Daily)\b")
_DATE = r"\bSet{}Date\(\s*([0-9]{{4}})\s*,\s*([0-9]{{1,2}})\s*,\s*([0-9]{{1,2}})\s*\)"
_CASH = re.compile(r"\bSetCash\(\s*([0-9][0-9_]{0,20}(?:\.[0-9]{1,10})?)[mMdDfF]?\s*\)")


def algorithm_class(text: str, name: str) -> tuple[str, int]:
    """Return name and line of the class that derives from QCAlgorithm.

    Args:
        text: C# source.
        name: The file's name, for the error.

    Raises:
        BrokenSource: There is none, or more than one.
    """
    code = without_comments(text)
    found = [(match[1], code.count("\n", 0, match.start()) + 1) for match in _CLASS.finditer(code)]
    if not found:
        raise BrokenSource(f"no class in {name} derives from QCAlgorithm")
    if len(found) > 1:
        listed = ", ".join(f"{class_name} (line {line})" for class_name, line in found)
        raise BrokenSource(f"several classes could be the algorithm: {listed}; keep one", found[-1][1])
    return found[0]


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


def read_facts(text: str, configured: dict[str, str]) -> StrategyFacts:
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


def _parameters(code: str, configured: dict[str, str]) -> Iterator[StrategyParameter]:
    defaults = {read or attribute: default.strip() for read, default, attribute in reversed(_PARAMETER.findall(code))}
    for name, text in ({name: defaults[name] for name in reversed(defaults)} | configured).items():
        bare = text[:-1] if re.fullmatch(r"[0-9.]+[mMdDfF]", text) else text
        kind = guess_type(bare)
        yield StrategyParameter(name=name, default=convert(bare, kind) if bare else None, type=kind)


def _date(code: str, which: str) -> date | None:
    found = re.findall(_DATE.format(which), code)
    try:
        return date(*(int(part) for part in found[-1])) if found else None
    except ValueError:
        return None
