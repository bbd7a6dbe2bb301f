"""Writes strategy folders for tests."""

from pathlib import Path

GOOD = '''from AlgorithmImports import *


class Good(QCAlgorithm):
    """Does nothing.

    Data: SPY, daily bars
    """

    def initialize(self):
        self.set_cash(self.get_parameter("cash", 1000))
        self.add_equity("SPY", Resolution.DAILY)
'''
SHARP = "public class Sharp : QCAlgorithm { }"


def write(root: Path, files: dict[str, str | bytes]) -> Path:
    """Write files by relative path and return the root."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return root
