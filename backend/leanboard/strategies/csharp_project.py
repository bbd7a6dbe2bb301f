"""A C# strategy's files other than its source: project file and compiled library. Read, never executed."""

import re
import struct
from pathlib import Path
from xml.etree import ElementTree as ET

from leanboard.strategies.source_text import BrokenSource, read_source

LIBRARY = ".dll"
PROJECT = ".csproj"

_DECLARES = re.compile(r"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_HEADER_BYTES = 4096
_CLI_DIRECTORY = 14  # of the data directories of a PE file: where .NET's own header is


def check_project_file(path: Path) -> None:
    """Check what ``dotnet build`` would refuse before it reads any code.

    Args:
        path: The project file.

    Raises:
        BrokenSource: It is no project file in the SDK's format.
    """
    text = read_source(path)
    if _DECLARES.search(text):  # entities: a small file that becomes a large one
        raise BrokenSource(f"{path.name} declares a document type, which a project file never needs")
    try:
        root = ET.fromstring(text)  # noqa: S314  # no entities: see above
    except ET.ParseError as error:
        raise BrokenSource(f"{path.name} is not XML: {error}", error.position[0]) from error
    if _local(root) != "Project":
        raise BrokenSource(f"{path.name} is no project file: its outermost element is {_local(root)[:100]!r}")
    if "Sdk" not in root.attrib and not any("Sdk" in node.attrib or _local(node) == "Sdk" for node in root):
        raise BrokenSource(f'{path.name} names no SDK: begin it with <Project Sdk="Microsoft.NET.Sdk">')


def check_library(path: Path) -> None:
    """Check that a file is a .NET library.

    Args:
        path: The file. A symbolic link is not followed.

    Raises:
        BrokenSource: It is not, or cannot be read.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_HEADER_BYTES)
    except OSError as error:
        raise BrokenSource(f"{path.name} cannot be read: {error.strerror}") from error
    if not _is_dotnet(head):
        raise BrokenSource(f"{path.name} is no .NET library")


def assembly_name(project_file: str) -> str:
    """Return the name that a project's library gets, without ``.dll``.

    .NET loads one library of a name, and LEAN's own are loaded first: a name of theirs gets another beginning.

    Args:
        project_file: The project file's name, or the strategy's.
    """
    stem = project_file.removesuffix(PROJECT)
    return f"Project.{stem}" if stem.lower().startswith("quantconnect.") else stem


def _local(node: ET.Element) -> str:
    return node.tag.rpartition("}")[2]


def _is_dotnet(head: bytes) -> bool:
    """Follow a PE file's headers to the entry that only .NET fills."""
    try:
        start = struct.unpack_from("<I", head, 0x3C)[0]
        if not head.startswith(b"MZ") or head[start : start + 4] != b"PE\0\0":
            return False
        optional = start + 24
        wide = struct.unpack_from("<H", head, optional)[0] == 0x20B
        directories = optional + (112 if wide else 96)
        address, size = struct.unpack_from("<II", head, directories + 8 * _CLI_DIRECTORY)
    except struct.error:
        return False
    return bool(address and size)
