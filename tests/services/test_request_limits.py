"""What a request may ask for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leanboard.errors import ImageNotAllowed, InvalidInput
from leanboard.models.requests import BacktestRequest
from leanboard.services.request_limits import RequestLimits, check_request

DEFAULT = "quantconnect/lean:latest"
DIGEST = "quantconnect/lean@sha256:" + "a" * 64
LIMITS = RequestLimits(memory=4096, cpus=2, images=(DEFAULT, "lean:15000", DIGEST))


def request(**fields):
    return BacktestRequest(strategy_name="main", **fields)


@pytest.mark.parametrize(
    "fields",
    [{}, {"memory": 256}, {"memory": 4096}, {"cpus": 0.1}, {"cpus": 2.0}, {"image": DEFAULT}, {"image": DIGEST}],
)
def test_what_is_allowed_passes(fields):
    check_request(request(**fields), LIMITS)


def test_b15_all_that_is_too_much_is_named():
    with pytest.raises(InvalidInput) as caught:
        check_request(request(memory=4097, cpus=2.5), LIMITS)
    assert [problem.field for problem in caught.value.problems] == ["memory", "cpus"]
    assert "at most 4096 MB" in caught.value.detail
    assert "at most 2 cores" in caught.value.detail


@pytest.mark.parametrize(
    "image",
    [
        "alpine",
        "quantconnect/lean",
        "quantconnect/lean:latest ",
        " quantconnect/lean:latest",
        "quantconnect/lean:latest --privileged",
        "quantconnect/lean:latest\n--privileged",
        "quantconnect/lean:LATEST",
        "docker.io/quantconnect/lean:latest",
        "evil.example/quantconnect/lean:latest",
        "quantconnect/lean:latest@sha256:" + "a" * 64,
        "quantconnect/lean@sha256:" + "b" * 64,
        "sha256:" + "a" * 64,
        "quantconnect/lean:lat\u0435st",
        "../lean:15000",
    ],
)
def test_b16_what_resembles_an_allowed_image_is_another(image):
    with pytest.raises(ImageNotAllowed) as caught:
        check_request(request(image=image), LIMITS)
    assert [problem.field for problem in caught.value.problems] == ["image"]
    assert "\n" not in caught.value.detail
    assert DEFAULT in caught.value.detail


@given(st.text(min_size=1, max_size=300))
def test_b16_no_text_but_the_listed_passes(image):
    if image in LIMITS.images:
        return
    with pytest.raises(ImageNotAllowed):
        check_request(request(image=image), LIMITS)
