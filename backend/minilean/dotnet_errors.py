"""Errors under the names that strategies see in LEAN, where pythonnet shows .NET's own."""


class ArgumentException(ValueError):
    """An argument that LEAN does not accept; the text ends with the place in LEAN's source, as pythonnet's does."""

    def __init__(self, message: str, parameter: str = "", place: str = "") -> None:
        text = f"{message} (Parameter '{parameter}')" if parameter else message
        super().__init__(f"{text}\n   at {place}" if place else text)


class InvalidOperationException(RuntimeError):
    """Something that LEAN cannot do in its present state."""


class ArgumentOutOfRangeException(ArgumentException):
    """An argument outside of what LEAN accepts; the text ends with it."""

    def __init__(self, message: str, parameter: str, value: object) -> None:
        super().__init__(f"{message} (Parameter '{parameter}')\nActual value was {value}.")
