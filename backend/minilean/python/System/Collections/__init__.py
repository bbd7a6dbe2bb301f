"""Collections of .NET."""

# ruff: noqa: N999 - .NET's name
