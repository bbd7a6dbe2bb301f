"""What config.json of a run directory says, which LEAN was started with. Blocks."""

import json
from pathlib import Path

from leanboard.errors import NotFound
from leanboard.storage.safe_files import read_file

_MAX_BYTES = 1 << 20
_MAX_NAME = 200


def algorithm_id(directory: Path) -> str:
    """Return the id that LEAN named its files after; empty when config.json is absent, damaged, or names no file."""
    name = _configured(directory, "algorithm-id")
    return name if len(name) <= _MAX_NAME and not {"/", "\0"} & set(name) else ""


def is_csharp(directory: Path) -> bool:
    """Whether config.json was for a C# strategy."""
    return _configured(directory, "algorithm-language") == "CSharp"


def _configured(directory: Path, key: str) -> str:
    try:
        return str(json.loads(read_file(directory, "config.json", _MAX_BYTES))[key])
    except (NotFound, ValueError, KeyError, TypeError, RecursionError):
        return ""
