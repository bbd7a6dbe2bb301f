"""sandbox.json: one boot of a slot is one container, and what it was made from."""

import json

import pytest

from leanboard.engines.docker.facts import ImageFacts
from leanboard.engines.docker.origin import note_origin, versions_of
from leanboard.engines.slot import Slot
from leanboard.errors import EngineError

LABELS = {"strict_python_version": "3.11.11", "python_version": "3.11", "target_framework": "net10.0"}
IMAGE = ImageFacts("sha256:1", "x@sha256:2", LABELS, ("dotnet",), 10)


def test_what_labels_tell():
    versions = versions_of(IMAGE, "x:latest", "20.10.24")
    assert (versions.python, versions.dotnet, versions.lean) == ("3.11.11", "net10.0", "")
    assert (versions.image, versions.image_digest, versions.image_id) == ("x:latest", "x@sha256:2", "sha256:1")
    assert versions.engine == "Docker 20.10.24"
    older = ImageFacts("sha256:1", "", {"python_version": "3.8", "lean_version": "2.5.0.0"}, (), 10)
    assert versions_of(older, "x", "").python == "3.8"
    assert versions_of(older, "x", "").lean == "2.5.0.0"


def test_a_boot_that_is_asked_for_again_is_the_same_and_with_another_image_another(tmp_path):
    slot, versions = Slot("s", tmp_path), versions_of(IMAGE, "x", "1")
    boot = note_origin(slot, versions)
    assert note_origin(slot, versions) == boot
    assert json.loads(slot.origin.read_text())["versions"]["image_id"] == "sha256:1"
    other = note_origin(slot, versions.evolve(image_id="sha256:9"))
    assert other != boot
    assert json.loads(slot.origin.read_text())["versions"]["image_id"] == "sha256:9"


@pytest.mark.parametrize("content", ["", "[]", '{"boot": 1}'])
def test_a_damaged_note_is_written_anew(tmp_path, content):
    slot = Slot("s", tmp_path)
    slot.origin.write_text(content)
    assert note_origin(slot, versions_of(IMAGE, "x", "1")) == json.loads(slot.origin.read_text())["boot"]


def test_a_slot_that_cannot_be_written(tmp_path):
    with pytest.raises(EngineError, match=r"sandbox.json could not be written"):
        note_origin(Slot("s", tmp_path / "none"), versions_of(IMAGE, "x", "1"))
