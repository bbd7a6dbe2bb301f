"""Asks minilean what it does not support of a strategy: in a child process, so nothing of minilean is imported."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import structlog
from pydantic import TypeAdapter

from leanboard.models.strategies import UnsupportedFeature

CHECK_SECONDS = 20.0
_ANSWER = TypeAdapter(dict[Path, tuple[UnsupportedFeature, ...]])

log = structlog.get_logger(__name__)


class MinileanSupport:
    """A :class:`leanboard.strategies.support.SupportCheck`. Blocks; safe in several threads.

    Args:
        python: The interpreter that has minilean.
    """

    def __init__(self, python: str = sys.executable) -> None:
        self._python = python

    def __call__(self, files: Sequence[Path]) -> Mapping[Path, Sequence[UnsupportedFeature]]:
        """Return the refusals by file; files that could not be judged are missing."""
        command = [self._python, "-m", "minilean.support", "--json", *map(str, files)]
        try:
            done = subprocess.run(command, capture_output=True, timeout=CHECK_SECONDS, check=False)  # noqa: S603
            return _ANSWER.validate_python(json.loads(done.stdout))
        except (OSError, subprocess.TimeoutExpired, ValueError) as error:
            log.warning("minilean could not judge the strategies", files=len(files), problem=str(error)[:200])
            return {}
