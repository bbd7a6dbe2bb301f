"""LEAN's image of an earlier run, asked for again. Pure.

A tag may mean another image today, so a run is repeated by digest. No list of allowed images names digests; one is as
good as an image of its repository that is on the list.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from leanboard.errors import ImageNotAllowed
from leanboard.models.results import Versions

_DEFAULT_REGISTRY = ("docker.io/library/", "docker.io/", "index.docker.io/")


@dataclass(frozen=True, slots=True)
class SameImage:
    """What to ask for.

    Attributes:
        reference: None for the service's own image.
        warning: Why it may be another image; empty when it cannot be.
    """

    reference: str | None
    warning: str = ""


def same_image(versions: Versions, allowed: Sequence[str]) -> SameImage:
    """Return the image of a run.

    Args:
        versions: Of that run.
        allowed: What the service may run, its own image first.

    Raises:
        ImageNotAllowed: The service no longer runs it.
    """
    if versions.image_digest and repository(versions.image_digest) in {repository(image) for image in allowed}:
        return SameImage(versions.image_digest)
    asked = versions.image
    if not asked:
        return SameImage(None, "which image the run had is not known: the service's own is used")
    if asked not in allowed:
        msg = (
            f"the image of that run, {asked[:120]!r}, is not allowed here any more; allowed: {', '.join(allowed)} "
            "(LEANBOARD_IMAGE, LEANBOARD_ALLOWED_IMAGES)"
        )
        raise ImageNotAllowed(msg, field="image")
    warning = f"the image of that run has no digest: what {asked} means today is used"
    return SameImage(None if asked == allowed[0] else asked, warning)


def repository(reference: str) -> str:
    """Return an image's name without tag and digest, as Docker writes it."""
    name = reference.partition("@")[0]
    head, slash, last = name.rpartition("/")
    name = head + slash + last.partition(":")[0]
    for prefix in _DEFAULT_REGISTRY:
        name = name.removeprefix(prefix)
    return name
