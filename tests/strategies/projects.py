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
CSPROJ = '<Project Sdk="Microsoft.NET.Sdk"/>'


def library(*, dotnet: bool = True) -> bytes:
    """The headers of a PE file, with or without the entry that makes it .NET's."""
    optional = bytearray(224)
    optional[0:2] = (0x10B).to_bytes(2, "little")
    if dotnet:
        optional[96 + 8 * 14 : 96 + 8 * 15] = (0x2008).to_bytes(4, "little") + (72).to_bytes(4, "little")
    dos = bytearray(b"MZ" + bytes(62))
    dos[0x3C:0x40] = (64).to_bytes(4, "little")
    return bytes(dos) + b"PE\0\0" + bytes(20) + bytes(optional)


def write(root: Path, files: dict[str, str | bytes]) -> Path:
    """Write files by relative path and return the root."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return root
