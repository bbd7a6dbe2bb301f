"""A C# project file as it is compiled against the LEAN of an image. Pure: text in, text out.

A lean-cli project refers to LEAN as NuGet packages (``QuantConnect.Lean``). Types are bound to the build that they were
compiled against, and builds have no network: the references become the image's own DLLs.
"""

import re
from xml.etree import ElementTree as ET

from leanboard.errors import BuildFailed

LEAN_FOLDER = "/Lean/Launcher/bin/Debug"

_OURS = "quantconnect."
_REFERENCES = frozenset({"Reference", "PackageReference", "ProjectReference"})
_DECLARES = re.compile(r"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
# MSB3277: the image's folder holds several versions of .NET's own parts.
_ADDED = f"""<Project>
  <ItemGroup><Reference Include="{LEAN_FOLDER}/*.dll"><Private>False</Private></Reference></ItemGroup>
  <PropertyGroup><NoWarn>$(NoWarn);MSB3277</NoWarn></PropertyGroup>
</Project>"""


def made_project(assembly: str) -> str:
    """Return a project file for a folder that has none."""
    return rewritten_project('<Project Sdk="Microsoft.NET.Sdk"/>', "the made project file", assembly)


def rewritten_project(text: str, name: str, assembly: str = "") -> str:
    """Return a project file that refers to the image's LEAN.

    References to LEAN, as packages, projects or DLLs, become one to all DLLs of the image's LEAN; other packages are
    left out when LEAN brings a DLL of their name.

    Args:
        text: The user's.
        name: Its file, for errors.
        assembly: What its library is to be called; empty for what it says itself.

    Raises:
        BuildFailed: It is not XML, or declares a document type.
    """
    root = _parsed(text, name)
    for node in root.iter():
        node.tag = node.tag.rpartition("}")[2]  # MSBuild needs no namespace, and would not know our prefix for it
    for parent in list(root.iter()):
        for child in [child for child in parent if child.tag in _REFERENCES]:
            if _is_lean(child):
                parent.remove(child)
            elif child.tag == "PackageReference":
                _only_without_lean(child)
    root.extend(ET.fromstring(_ADDED))  # noqa: S314  # our own text
    if assembly:
        # Here, as a property of the command line would name the libraries of referenced projects, too.
        ET.SubElement(ET.SubElement(root, "PropertyGroup"), "AssemblyName").text = assembly
    return ET.tostring(root, encoding="unicode")


def _parsed(text: str, name: str) -> ET.Element:
    if _DECLARES.search(text):  # entities: a small file that becomes a large one
        msg = f"{name} declares a document type, which a project file never needs"
        raise BuildFailed(msg)
    try:
        return ET.fromstring(text)  # noqa: S314  # no entities: see above
    except ET.ParseError as error:
        msg = f"{name} is not XML: {error}"
        raise BuildFailed(msg, place=(name, error.position[0])) from error


def _is_lean(reference: ET.Element) -> bool:
    """Whether it names LEAN: a package, an assembly, or the path of a project or DLL."""
    target = reference.get("Include", "").replace("\\", "/").rpartition("/")[2]
    return target.lower().startswith(_OURS)


def _only_without_lean(package: ET.Element) -> None:
    name = package.get("Include")
    if not name or "'" in name:
        return
    own = package.get("Condition")
    absent = f"!Exists('{LEAN_FOLDER}/{name}.dll')"
    package.set("Condition", f"({own}) And {absent}" if own else absent)
