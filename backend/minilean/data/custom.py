"""Custom data: points whose source and rows a strategy's own class reads."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Self

from minilean import numbers, times
from minilean.data.bars import ZERO, BaseData
from minilean.enums import LeanEnum, Resolution
from minilean.run_context import CONTEXT
from minilean.securities.symbol import Symbol
from minilean.surface import (
    NotSupportedError,
    Surface,
    as_float,
    decimal_argument,
    model_method,
    other_spelling,
    snake_case,
)

_YEAR_ONE = times.YEAR_ONE
_ENGINE = frozenset({"end_local", "end_utc", "is_fill_forward", "time_local", "value_"})
_FIELDS = frozenset({"time", "end_time", "value", "price", "symbol"})


class SubscriptionTransportMedium(LeanEnum):
    """Where a source of data lies."""

    LOCAL_FILE = 0
    REMOTE_FILE = 1
    REST = 2
    STREAMING = 3
    OBJECT_STORE = 4


class FileFormat(LeanEnum):
    """Form of a source of data."""

    CSV = 0
    BINARY = 1
    ZIP_ENTRY_NAME = 2
    UNFOLDING_COLLECTION = 3
    INDEX = 4
    FOLDING_COLLECTION = 5


class SubscriptionDataSource(Surface):
    """What a strategy's class names as the source of its data.

    Attributes:
        source: Path or key.
        transport_medium: Where it lies.
        format: Its form.
        sort: Whether its points come in no order and are sorted by their end.
    """

    def __init__(
        self,
        source: str,
        transport_medium: SubscriptionTransportMedium = SubscriptionTransportMedium.LOCAL_FILE,
        format: FileFormat = FileFormat.CSV,  # noqa: A002 - LEAN's name
        headers: object = None,
    ) -> None:
        self.source = source
        self.transport_medium = transport_medium
        self.format = format
        self.headers = headers
        self.sort = False

    def require_supported(self) -> None:
        """Check that this engine can read it.

        Raises:
            NotSupportedError: It lies elsewhere than in a file or the object store, or is no text.
        """
        media = {SubscriptionTransportMedium.LOCAL_FILE, SubscriptionTransportMedium.OBJECT_STORE}
        remote = "://" in self.source.partition("#")[0]
        if self.transport_medium not in media or remote:
            medium = SubscriptionTransportMedium.REMOTE_FILE if remote else self.transport_medium
            raise NotSupportedError(f"SubscriptionTransportMedium.{medium.name}")
        if self.format is not FileFormat.CSV:
            raise NotSupportedError(f"FileFormat.{self.format.name}")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SubscriptionDataSource) and (
            (other.source, other.transport_medium, other.format) == (self.source, self.transport_medium, self.format)
        )

    def __hash__(self) -> int:
        return hash(self.source)

    def __str__(self) -> str:
        return f"{self.transport_medium.label}: {self.source}"


class DynamicData(BaseData):
    """Base of data whose properties are not known before."""


class PythonData(DynamicData):
    """Base of a strategy's own data. Whatever is set on a point, by attribute or in brackets, becomes its property.

    Attributes:
        storage_: The properties, in lower case.
    """

    storage_: dict[str, Any]

    def __new__(cls, *_: Any, **__: Any) -> Self:  # noqa: ANN401 - the arguments of the strategy's own class
        """Make an empty point; the strategy's class need not call this class's ``__init__``."""
        point = object.__new__(cls)
        own = point.__dict__
        own["storage_"], own["snake_"] = {}, {}
        own["number_"], own["has_end_"] = ZERO, False
        object.__setattr__(point, "time_local", _YEAR_ONE)
        object.__setattr__(point, "end_local", _YEAR_ONE)
        object.__setattr__(point, "end_utc", _YEAR_ONE)
        object.__setattr__(point, "is_fill_forward", False)
        return point

    @property
    def value_(self) -> Decimal:
        """The single number that stands for the point."""
        found: Decimal = self.__dict__["number_"]
        return found

    value = as_float("value_")
    price = as_float("value_")

    @property
    def period(self) -> Any:  # noqa: ANN401 - a strategy's property: LEAN's points have none
        """The property of this name."""
        return self.__getattr__("period")

    def set_field_(self, name: str, value: Any) -> None:  # noqa: ANN401 - of the field's type
        """Set what all points have."""
        if name == "time":
            self.set_time_(_local(value))
        elif name == "end_time":
            self.set_end_(_local(value))
        elif name == "symbol":
            found = _known(value) if isinstance(value, str) else value
            object.__setattr__(self, "symbol", found)
        else:
            self.__dict__["number_"] = decimal_argument(value, name)

    def set_time_(self, local: int) -> None:
        """Set the time, and the end with it unless that is set."""
        object.__setattr__(self, "time_local", local)
        if not self.__dict__["has_end_"]:
            object.__setattr__(self, "end_local", local)

    def set_end_(self, local: int) -> None:
        """Set the end, and the time with it unless that is set."""
        self.__dict__["has_end_"] = True
        object.__setattr__(self, "end_local", local)
        if self.time_local == _YEAR_ONE:
            object.__setattr__(self, "time_local", local)

    @property
    def is_dated_(self) -> bool:
        """Whether the point has a time."""
        return self.end_local != _YEAR_ONE

    def __setattr__(self, name: str, value: Any) -> None:  # noqa: ANN401 - any property
        if name in _ENGINE or name.startswith("_"):
            object.__setattr__(self, name, value)
            return
        snake = snake_case(name) if name[:1].isupper() else name
        if snake in _FIELDS:
            self.set_field_(snake, value)
        else:
            self.store_(name, value)

    def store_(self, name: str, value: Any) -> None:  # noqa: ANN401
        """Set a property."""
        own, key, snake = self.__dict__, name.lower(), snake_case(name)
        own["storage_"][key] = value
        if snake != key:
            own["snake_"][snake] = value

    def __setitem__(self, name: str, value: Any) -> None:  # noqa: ANN401
        """Set a property; of a float LEAN keeps 15 digits."""
        if hasattr(value, "item"):
            value = value.item()
        if isinstance(value, float):
            value = numbers.to_double(numbers.safe_decimal_cast(value))
        key = name.lower()
        if key in _FIELDS or key == "endtime":
            self.set_field_("end_time" if key == "endtime" else key, value)
        self.store_(name, value)

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401
        key = name.lower()
        if key in _FIELDS or key == "endtime":
            return getattr(self, "end_time" if key == "endtime" else key)
        found, value = self.look_up_(name)
        if not found:
            listed = ", ".join(self.storage_)
            raise KeyError(f"Property with name '{key}' does not exist. Properties: Time, Symbol, Value {listed}")
        return value

    def look_up_(self, name: str) -> tuple[bool, Any]:
        """Tell whether there is a property, and which."""
        own, key = self.__dict__, name.lower()
        for values in (own["storage_"], own["snake_"]):
            if key in values:
                return True, values[key]
        return False, None

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - any property
        if not name.startswith("_") and "storage_" in self.__dict__:
            found, value = self.look_up_(name)
            if found:
                return value
        return other_spelling(self, name)

    def get_property(self, name: str) -> Any:  # noqa: ANN401
        """Return a property."""
        return self[name]

    def set_property(self, name: str, value: Any) -> Any:  # noqa: ANN401
        """Set a property and return it."""
        self[name] = value
        return value

    def has_property(self, name: str) -> bool:
        """Tell whether there is a property."""
        return name.lower() in self.storage_

    def get_storage_dictionary(self) -> dict[str, Any]:
        """Return all properties."""
        return self.storage_

    def clone(self, *_: object) -> Self:
        """Return a copy."""
        copy = type(self).__new__(type(self))
        copy.__dict__.update(self.__dict__)
        copy.__dict__["storage_"], copy.__dict__["snake_"] = dict(self.storage_), dict(self.__dict__["snake_"])
        for name in ("time_local", "end_local", "end_utc", "is_fill_forward"):
            object.__setattr__(copy, name, getattr(self, name))
        if hasattr(self, "symbol"):
            object.__setattr__(copy, "symbol", self.symbol)
        return copy

    def filled_forward(self, time_local: int, end_local: int, end_utc: int) -> Self:
        """Return a copy for a later span."""
        copy = self.clone()
        copy.time_local, copy.end_local, copy.end_utc = time_local, end_local, end_utc
        copy.is_fill_forward = True
        return copy

    def settle_(self, symbol: Symbol, end_utc: int) -> None:
        """Finish a point that was read: its instant, and its time rounded down by its length, as LEAN does."""
        object.__setattr__(self, "end_utc", end_utc)
        if not hasattr(self, "symbol"):
            object.__setattr__(self, "symbol", symbol)
        span = self.end_local - self.time_local
        if span > 0:
            object.__setattr__(self, "time_local", self.time_local - (self.time_local - _YEAR_ONE) % span)

    def __str__(self) -> str:
        return f"{getattr(self, 'symbol', '')}: {numbers.decimal_text(self.value_)}"


def _local(moment: Any) -> int:  # noqa: ANN401 - a datetime or date
    if isinstance(moment, datetime):
        return times.from_datetime(moment.replace(tzinfo=None))
    return times.from_date(moment)


def default_resolution(kind: type[PythonData]) -> Resolution:
    """Return the resolution of a class that is added without one: what it says, minutes otherwise."""
    point = kind()
    for name in ("default_resolution", "DefaultResolution"):
        if hasattr(kind, name):
            found: Resolution = getattr(point, name)()
            return found
    return Resolution.MINUTE


def require_plain(kind: type[PythonData], resolution: Resolution) -> None:
    """Check what a class says of itself.

    Raises:
        NotSupportedError: Its tickers are mapped as those of equities are.
        ValueError: It does not have the resolution.
    """
    point = kind()
    mapped = any(hasattr(kind, name) for name in ("requires_mapping", "RequiresMapping"))
    if mapped and model_method(point, "requires_mapping")():
        raise NotSupportedError(f"{kind.__name__}.requires_mapping")
    if any(hasattr(kind, name) for name in ("supported_resolutions", "SupportedResolutions")):
        supported = list(model_method(point, "supported_resolutions")())
        if resolution not in supported:
            listed = ",".join(each.label for each in supported)
            raise ValueError(
                f"Sorry {resolution.label} is not a supported resolution for {kind.__name__} and SecurityType.Base. "
                f"Please change your AddData to use one of the supported resolutions ({listed})."
            )


def _known(ticker: str) -> Symbol | None:
    found: Symbol | None = CONTEXT.get().find_symbol(ticker)
    return found
