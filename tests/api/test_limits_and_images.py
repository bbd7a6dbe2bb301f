"""Memory, cores and image of a request against the service's limits, with the real services: no engine is asked."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from api.places import Engine, Place, place
from leanboard.models.run import EngineName

MEGABYTE = 1 << 20
Make = Callable[..., Place]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    with ExitStack() as stack:

        def start(name: EngineName = EngineName.DOCKER, **settings: Any) -> Place:
            return stack.enter_context(place(tmp_path, Engine(name), **settings))

        yield start


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("memory", [1, 255, -1, 0, 4097, 10**9, 10**18, 1e18, "4gb", "512", 512.5, True, [512]]),
        ("cpus", [0, -1, 0.05, 2.5, 1000, 1e18, "2", True, {"n": 1}]),
        ("timeout", [0, -1, 1e12, "60", True]),
    ],
)
def test_b15_limits_out_of_bounds(make: Make, field: str, values: list[object]) -> None:
    here = make(max_memory=4096, max_cpus=2)
    here.submit(memory=1)  # warm
    for value in values:
        here.refused(422, "invalid_input", field, **{field: value})


def test_b15_without_settings_the_machine_is_the_limit(make: Make) -> None:
    here = make()
    here.submit(memory=1)  # warm
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // MEGABYTE
    here.refused(422, "invalid_input", "memory", memory=machine + 1)
    here.refused(422, "invalid_input", "cpus", cpus=(os.cpu_count() or 1) + 0.5)


@pytest.mark.parametrize(
    "image",
    [
        "alpine:latest",
        "quantconnect/lean:latest --privileged",
        "quantconnect/lean:latest\x00",
        "quantconnect/lean@sha256:" + "0" * 64,
        "docker.io/quantconnect/lean:latest",
    ],
)
@pytest.mark.parametrize("engine", ["docker", "auto", "embedded"])
def test_b16_images_that_are_not_listed(make: Make, image: str, engine: str) -> None:
    here = make(allowed_images=("quantconnect/lean:15000",))
    here.submit(memory=1)  # warm
    here.refused(403, "image_not_allowed", "image", image=image, engine=engine)


def test_b16_without_a_list_only_the_setting_is_allowed(make: Make) -> None:
    here = make(image="lean:mine")
    here.submit(memory=1)  # warm
    here.refused(403, "image_not_allowed", "image", image="quantconnect/lean:latest")
    assert here.submit(image="lean:mine").status_code == 202


@pytest.mark.parametrize("image", ["", "x" * 301, 3, True, ["a"]])
def test_b16_what_is_no_text_of_an_image(make: Make, image: object) -> None:
    here = make()
    here.submit(memory=1)  # warm
    here.refused(422, "invalid_input", "image", image=image)


def test_what_is_asked_for_reaches_the_engine(make: Make) -> None:
    here = make(allowed_images=("lean:other",), max_memory=2048, max_cpus=2)
    result = here.finished(image="lean:other", memory=512, cpus=1.5)
    (spec,) = here.engine.specs
    assert (spec.image, spec.limits.memory, spec.limits.cpus) == ("lean:other", 512 * MEGABYTE, 1.5)
    assert result["applied"]["effective"] == {"image": "lean:other", "memory": "512", "cpus": "1.5"}


def test_the_settings_hold_where_nothing_is_asked_for(make: Make) -> None:
    here = make(memory=1024)
    here.finished()
    (spec,) = here.engine.specs
    assert (spec.image, spec.limits.memory, spec.limits.cpus) == ("", 1024 * MEGABYTE, None)


def test_the_embedded_engine_says_what_it_cannot_keep(make: Make) -> None:
    here = make(EngineName.EMBEDDED, max_cpus=2)
    applied = here.finished(image="quantconnect/lean:latest", memory=512, cpus=1)["applied"]
    assert applied["effective"] == {"memory": "512"}
    assert applied["ignored"].keys() == {"image", "cpus"}
