"""What is known of a strategy without running it."""

from datetime import date
from decimal import Decimal
from enum import StrEnum

from pydantic import Field

from leanboard.models.base import Frozen
from leanboard.models.requests import Resolution

ParameterDefault = bool | int | float | str | None
"""The value a strategy uses when nothing is given; None where it cannot be read from the source."""


class StrategyLanguage(StrEnum):
    """LEAN's names, as in ``algorithm-language``."""

    PYTHON = "Python"
    CSHARP = "CSharp"


class ParameterType(StrEnum):
    """What LEAN converts a parameter's text into; it goes by the type of the default."""

    BOOLEAN = "bool"
    INTEGER = "int"
    NUMBER = "float"
    TEXT = "str"


class StrategyParameter(Frozen):
    """One ``get_parameter`` of the strategy, or one entry of its config.json.

    Attributes:
        name: The name as LEAN knows it.
        default: What takes effect when a run does not give it: config.json's value, else the one in the source.
        type: What the text is converted into.
    """

    name: str
    default: ParameterDefault = None
    type: ParameterType = ParameterType.TEXT


class StrategyProblem(Frozen):
    """Something wrong with a strategy's files.

    Attributes:
        line: Line in the file that ``reason`` is about, from 1; None where no line is meant.
        reason: What is wrong and what would be right; names the file if it is not the main one.
    """

    line: int | None = None
    reason: str


class UnsupportedFeature(Frozen):
    """One thing that a strategy uses and the embedded engine does not have.

    Attributes:
        name: The name in LEAN's API, such as ``add_option``.
        line: Line of its use, from 1; None for the file as a whole.
        message: The refusal, in words for people.
    """

    name: str
    line: int | None = None
    message: str


class EmbeddedSupport(Frozen):
    """Whether the embedded engine can run the strategy.

    Attributes:
        supported: None when it could not be found out: the strategy is broken, or there is no embedded engine here.
        unsupported: What it uses that the engine does not have; not empty exactly when ``supported`` is False.
    """

    supported: bool | None = None
    unsupported: tuple[UnsupportedFeature, ...] = ()


class StrategyInfo(Frozen):
    """A strategy as it was found: everything here was read from its text, none of it was executed.

    Attributes:
        name: The folder's name or the file's stem; unique when ``valid``.
        path: The main file, relative to the strategy folder it was found in; "/" between parts. Of C# the file with the
            class, or the DLL.
        language: What it is written in.
        class_name: The class that will run; None when it could not be decided, and for a DLL whose config.json names
            none.
        description: First line of the docstring, else config.json's description; "" without either.
        docstring: The class's documentation, else the module's, without indentation.
        parameters: In the order of the source, then what only config.json names.
        resolutions: Resolutions that its data is asked for in, where they can be read; from fine to coarse.
        symbols: Tickers that it asks for, where they can be read; in the order of the source.
        start_date: The date it sets itself, exchange time.
        end_date: The date it sets itself, exchange time.
        initial_cash: The account-currency amount it sets itself.
        requirements: Packages that its requirements.txt asks for, with the files that it includes; without hashes.
        data_need: Text after "Data:" in the docstring; "" when it is not stated.
        problems: What is wrong. ``valid`` tells whether it can be run nevertheless.
        valid: Whether LEAN would get as far as the strategy's own ``initialize``.
        embedded: Whether the embedded engine can run it.
        source: Text of the main file; only in the detail of one strategy.
    """

    name: str
    path: str
    language: StrategyLanguage = StrategyLanguage.PYTHON
    class_name: str | None = None
    description: str = ""
    docstring: str = ""
    parameters: tuple[StrategyParameter, ...] = ()
    resolutions: tuple[Resolution, ...] = ()
    symbols: tuple[str, ...] = ()
    start_date: date | None = None
    end_date: date | None = None
    initial_cash: Decimal | None = Field(default=None, examples=["100000"])
    requirements: tuple[str, ...] = ()
    data_need: str = ""
    problems: tuple[StrategyProblem, ...] = ()
    valid: bool = True
    embedded: EmbeddedSupport = EmbeddedSupport()
    source: str | None = None
