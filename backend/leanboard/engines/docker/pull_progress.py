"""What the lines of a pull mean: bytes done and to do, a text for people, and whether another try is worth it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from leanboard.engines.base import Fetching

_UNITS = (("GB", 1e9), ("MB", 1e6), ("kB", 1e3))
_WITH_LAYERS = frozenset({"Pulling fs layer", "Waiting", "Downloading", "Retrying"})
_DOWNLOADED = frozenset({"Verifying Checksum", "Download complete"})
_COMPLETE = frozenset({"Pull complete", "Already exists"})
# What Docker and registries say when asking again gives the same answer; in lower case.
_FINAL_ANSWERS = (
    "not found",
    "http 404",
    "manifest unknown",
    "name unknown",
    "does not exist",
    "denied",
    "unauthorized",
    "authentication required",
    "no basic auth",
    "no matching manifest",
    "invalid reference",
    "invalid repository",
    "must be lowercase",
    "unsupported",
    "x509",
    "http response to https client",
    "toomanyrequests",
    "rate limit",
    "failed to register layer",
    "filesystem layer verification failed",
)


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer of an image that is being pulled; sizes in bytes, as they come over the wire.

    Attributes:
        total: None until its download begins.
    """

    total: int | None = None
    downloaded: int = 0
    unpacked: int = 0
    is_here: bool = False

    @property
    def is_downloaded(self) -> bool:
        """Whether all of it came."""
        return self.is_here or (self.total is not None and self.downloaded >= self.total)


@dataclass(frozen=True, slots=True)
class PullTally:
    """What the lines so far add up to."""

    layers: Mapping[str, Layer] = field(default_factory=dict)

    @property
    def downloaded(self) -> int:
        """Bytes that came."""
        return sum(layer.downloaded for layer in self.layers.values())

    @property
    def unpacked(self) -> int:
        """Bytes, as they came over the wire, that are unpacked."""
        return sum(layer.unpacked for layer in self.layers.values())

    @property
    def total(self) -> int | None:
        """Bytes in all; None while the size of a layer is not known."""
        sizes = [layer.total for layer in self.layers.values()]
        return None if not sizes or None in sizes else sum(size or 0 for size in sizes)


def fold(tally: PullTally, line: Mapping[str, Any]) -> PullTally:
    """Return the tally with one more line of the Docker API taken in; lines that say nothing of a layer change nothing.

    Args:
        tally: Of the lines before.
        line: Such as ``{"id": "2f44b7a888fa", "status": "Downloading", "progressDetail": {"current": 1, "total": 2}}``.
    """
    name, status = line.get("id"), str(line.get("status", ""))
    if not isinstance(name, str) or not _says_something_of_a_layer(status):
        return tally
    layer = _after(tally.layers.get(name, Layer()), status, _sizes(line.get("progressDetail")))
    return PullTally({**tally.layers, name: layer})


def _says_something_of_a_layer(status: str) -> bool:
    first = status.split(" ", 1)[0]
    return status in _WITH_LAYERS | _DOWNLOADED | _COMPLETE or first in {"Retrying", "Extracting"}


def _after(layer: Layer, status: str, sizes: tuple[int, int] | None) -> Layer:
    if status in _COMPLETE:
        total = layer.total or 0
        return Layer(total, downloaded=total, unpacked=total, is_here=True)
    if status in _DOWNLOADED:  # a small layer comes without any line about its size
        total = layer.total or 0
        return replace(layer, total=total, downloaded=total)
    if sizes is None:
        return layer
    current, total = sizes
    if status == "Downloading":
        return replace(layer, total=total, downloaded=min(current, total))
    if status == "Extracting":
        return replace(layer, total=total, downloaded=total, unpacked=min(current, total))
    return layer


def _sizes(detail: object) -> tuple[int, int] | None:
    """Read progressDetail; some engines count the seconds of unpacking there, with a unit."""
    if not isinstance(detail, Mapping) or detail.get("units"):
        return None
    current, total = detail.get("current"), detail.get("total")
    return (current, total) if isinstance(current, int) and isinstance(total, int) and total > 0 else None


def describe(reference: str, tally: PullTally) -> Fetching:
    """Say how far it is: ``pulling quantconnect/lean:latest: 1.2 of 9.8 GB``, 12.2 percent."""
    total, layers = tally.total, tally.layers.values()
    if not layers:
        return Fetching(f"pulling {reference}")
    if total is None:
        here = sum(layer.is_downloaded for layer in layers)
        return Fetching(f"pulling {reference}: {amount(tally.downloaded)}, {here} of {len(layers)} layers")
    if all(layer.is_downloaded for layer in layers) and tally.unpacked < total:
        return _share(f"unpacking {reference}", tally.unpacked, total)
    return _share(f"pulling {reference}", tally.downloaded, total)


def _share(what: str, done: int, total: int) -> Fetching:
    if total == 0:
        return Fetching(what)
    unit, size = _unit(total)
    return Fetching(f"{what}: {done / size:.1f} of {total / size:.1f} {unit}", round(min(100.0, 100 * done / total), 1))


def amount(size: int) -> str:
    """Write bytes for people, such as ``1.2 GB``."""
    unit, one = _unit(size)
    return f"{size / one:.1f} {unit}"


def _unit(size: int) -> tuple[str, float]:
    return next(((unit, one) for unit, one in _UNITS if size >= one), ("kB", 1e3))


def is_final(problem: str) -> bool:
    """Tell whether asking a registry again would give the same answer."""
    return is_disk_full(problem) or any(answer in problem.lower() for answer in _FINAL_ANSWERS)


def is_disk_full(problem: str) -> bool:
    """Tell whether the engine has no room for the image."""
    return "no space left" in problem.lower()
