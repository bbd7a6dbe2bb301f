"""pythonnet's module: strategies name .NET's assemblies with it, which do nothing here."""

# ruff: noqa: INP001, N802 - pythonnet's names


def AddReference(name: str) -> None:
    """Take the name of an assembly; all that this engine has of it is there already."""


add_reference = AddReference
