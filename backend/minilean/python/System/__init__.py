"""The part of .NET's ``System`` that strategies of this engine may name."""

# ruff: noqa: N999 - .NET's name


class String(str):
    """.NET's text type, as a parameter of generic types."""

    __slots__ = ()


class Object:
    """.NET's base type, as a parameter of generic types."""


class Decimal:
    """.NET's decimal type, as a parameter of generic types."""
