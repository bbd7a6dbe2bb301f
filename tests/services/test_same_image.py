"""Which image a run is repeated with."""

import pytest

from leanboard.errors import ImageNotAllowed
from leanboard.models.results import Versions
from leanboard.services.repeating.same_image import repository, same_image

DIGEST = "quantconnect/lean@sha256:" + "ab" * 32
ALLOWED = ("quantconnect/lean:latest", "localhost:5000/own/lean:7")


def test_the_digest_counts_not_the_tag() -> None:
    found = same_image(Versions(image="quantconnect/lean:16000", image_digest=DIGEST), ALLOWED)
    assert (found.reference, found.warning) == (DIGEST, "")


def test_a_repetition_of_a_repetition_has_only_the_digest() -> None:
    assert same_image(Versions(image=DIGEST, image_digest=DIGEST), ALLOWED).reference == DIGEST


def test_without_a_digest_the_tag_is_used_and_said() -> None:
    default = same_image(Versions(image=ALLOWED[0]), ALLOWED)
    assert default.reference is None
    assert "no digest" in default.warning
    assert same_image(Versions(image=ALLOWED[1]), ALLOWED).reference == ALLOWED[1]
    unknown = same_image(Versions(), ALLOWED)
    assert (unknown.reference, "not known" in unknown.warning) == (None, True)


@pytest.mark.parametrize("digest", ["", "evil/lean@sha256:" + "ab" * 32, "quantconnect/lean2@sha256:" + "ab" * 32])
def test_what_is_not_allowed_any_more_is_refused(digest: str) -> None:
    with pytest.raises(ImageNotAllowed, match="any more"):
        same_image(Versions(image="evil/lean:latest", image_digest=digest), ALLOWED)


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        ("quantconnect/lean", "quantconnect/lean"),
        ("docker.io/quantconnect/lean:latest", "quantconnect/lean"),
        ("docker.io/library/lean:1@sha256:00", "lean"),
        ("localhost:5000/own/lean:7", "localhost:5000/own/lean"),
        ("localhost:5000/own/lean", "localhost:5000/own/lean"),
    ],
)
def test_repository(reference: str, name: str) -> None:
    assert repository(reference) == name
