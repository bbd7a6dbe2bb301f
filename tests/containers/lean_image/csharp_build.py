"""Stands for `dotnet build`: reads project file and C# sources, prints as MSBuild does, writes a DLL's stand-in.

It fails where the compiler would: on `#error text`, on braces that do not close, on code that uses QuantConnect
without a reference to LEAN's DLLs, on packages that are not there. The stand-in has the headers of a .NET library and
behind them, as JSON, what `csharp_run.py` needs of each algorithm class: see `read_class`.

Environment, for tests: CONTRACT_BUILD_SECONDS=<seconds> is how long it takes.
"""

# ruff: noqa: T201 - it is a program

import json
import os
import re
import time
from pathlib import Path
from xml.etree import ElementTree as ET

ALGORITHM = re.compile(r"\bclass\s+(\w+)\s*:\s*(?:[\w.]+\.)?QCAlgorithm\b")
DATE = r"\bSet{}Date\(\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*\)"
READ = re.compile(r'\bGetParameter\(\s*"([^"]+)"')
MARK = b"\nCONTRACT "
HEADER_SIZE = 4096


class Failed(Exception):
    """The build's errors, as MSBuild prints them."""

    def __init__(self, *errors):
        super().__init__(*errors)
        self.errors = errors


def build(arguments):
    """`dotnet build X.csproj -p:K=V ...`; returns the exit code."""
    begun = time.monotonic()
    file = next((argument for argument in arguments if not argument.startswith("-")), "")
    given = (argument.removeprefix("-p:").partition("=") for argument in arguments if argument.startswith("-p:"))
    properties = {key: value for key, _, value in given}
    project = Path(file).absolute()
    print("  Determining projects to restore...")
    # As .NET's first run does: a home that cannot be written is an error.
    Path(os.environ["HOME"], ".dotnet").mkdir(parents=True, exist_ok=True)
    time.sleep(float(os.environ.get("CONTRACT_BUILD_SECONDS", "0")))
    try:
        assembly = compile_project(project, properties)
    except Failed as error:
        lines = [f"{line} [{project}]" if ".cs" in line else line for line in error.errors]
        text = "\n".join(lines)
        print(f"{text}\n\nBuild FAILED.\n\n{text}\n    0 Warning(s)\n    {len(lines)} Error(s)")
        code = 1
    else:
        print(f"  {project.stem} -> {properties['OutputPath']}{assembly}.dll\n\nBuild succeeded.")
        print("    0 Warning(s)\n    0 Error(s)")
        code = 0
    print(f"\nTime Elapsed 00:00:{time.monotonic() - begun:05.2f}", flush=True)
    return code


def compile_project(project, properties):
    """Write the library; returns its name."""
    if not project.is_file():
        raise Failed(f"MSBUILD : error MSB1009: Project file does not exist.\nSwitch: {project.name}")
    root = ET.parse(project).getroot()
    names = [node.text for node in root.iter("AssemblyName")]
    assembly = names[-1] if names else project.stem
    restore(project, root, properties)
    (project.parent / "obj").mkdir(exist_ok=True)
    sources = [path for path in sorted(project.parent.rglob("*.cs")) if "obj" not in path.parts]
    classes, errors = [], []
    for path in sources:
        text = path.read_text("utf-8")
        errors += errors_of(path, text, root)
        classes += [read_class(path, text, match) for match in ALGORITHM.finditer(text)]
    if errors:
        raise Failed(*errors)
    output = Path(properties["OutputPath"])
    output.mkdir(parents=True, exist_ok=True)
    (output / f"{assembly}.dll").write_bytes(library({"assembly": assembly, "classes": classes}))
    (output / f"{assembly}.deps.json").write_text("{}")
    if properties.get("DebugType") != "embedded":
        (output / f"{assembly}.pdb").write_bytes(b"BSJB")
    return assembly


def restore(project, root, properties):
    """Look for the packages: there are none, but what LEAN's own DLLs stand for."""
    missing = []
    for node in root.iter("PackageReference"):
        absent = re.search(r"!Exists\('([^']+)'\)", node.get("Condition", ""))
        if absent is None or not Path(absent[1]).exists():
            missing.append(node.get("Include"))
    where = properties.get("RestoreSources", "nuget.org")
    if missing:
        text = "Unable to find package {}. No packages exist with this id in source(s): {}"
        raise Failed(*(f"{project} : error NU1101: {text.format(name, where)}" for name in missing))
    print(f"  Restored {project} (in 210 ms).")


def errors_of(path, text, root):
    """What the compiler has against one file."""
    found = []
    lean = any(node.get("Include", "").startswith("/Lean/Launcher/bin/Debug/") for node in root.iter("Reference"))
    for number, line in enumerate(text.split("\n"), start=1):
        if match := re.match(r"\s*#error\s+(.*)", line):
            found.append(f"{path}({number},{line.index('#') + 8}): error CS1029: #error: '{match[1]}'")
        if line.startswith("using QuantConnect") and not lean:
            name = "The type or namespace name 'QuantConnect' could not be found"
            found.append(f"{path}({number},7): error CS0246: {name}")
    if text.count("{") > text.count("}"):
        lines = text.rstrip("\n").split("\n")
        found.append(f"{path}({len(lines)},{len(lines[-1]) + 1}): error CS1513: }} expected")
    return found


def read_class(path, text, match):
    """What the run of an algorithm class depends on, from its source.

    Dates (`SetStartDate(2013, 10, 7)`), parameters that it reads, `throw new X("text")` with its line, and
    `Thread.Sleep(ms)`: once a day.
    """
    after = text[match.start() :]
    thrown = re.search(r'throw new (\w+)\("([^"]*)"\)', after)
    slept = re.search(r"Thread\.Sleep\((\d+)\)", after)
    line = text.count("\n", 0, match.start() + thrown.start()) + 1 if thrown else 0
    dates = {which: re.search(DATE.format(which), after) for which in ("Start", "End")}
    return {
        "name": match[1],
        "reads": list(dict.fromkeys(READ.findall(after))),
        "sleep": int(slept[1]) / 1000 if slept else 0,
        "throws": [thrown[1], thrown[2], path.name, line] if thrown else None,
        "dates": {which.lower(): [int(part) for part in found.groups()] for which, found in dates.items() if found},
    }


def library(content):
    """The headers of a PE file whose directory 14 says that it is .NET's, then what the stand-in holds."""
    optional = bytearray(224)
    optional[0:2] = (0x10B).to_bytes(2, "little")
    optional[96 + 8 * 14 : 96 + 8 * 15] = (0x2008).to_bytes(4, "little") + (72).to_bytes(4, "little")
    dos = bytearray(b"MZ" + bytes(62))
    dos[0x3C:0x40] = (64).to_bytes(4, "little")
    head = bytes(dos) + b"PE\0\0" + bytes(20) + bytes(optional)
    return head.ljust(HEADER_SIZE, b"\0") + MARK + json.dumps(content).encode()
