"""The object store keeps values from run to run."""

from pathlib import Path

import pytest

from minilean.storage.object_store import ObjectStore


@pytest.fixture
def warnings() -> list[str]:
    return []


@pytest.fixture
def store(tmp_path: Path, warnings: list[str]) -> ObjectStore:
    return ObjectStore(tmp_path / "storage", warnings.append)


def test_values_outlive_the_run(store: ObjectStore, tmp_path: Path) -> None:
    assert store.save("state/one", "täglich")
    assert store.save_bytes("two.bin", b"\x00\x01")
    later = ObjectStore(tmp_path / "storage", lambda _: None)
    assert sorted(later.keys) == ["state/one", "two.bin"]
    assert later.read("/state/one") == "täglich"
    assert {entry.key: entry.value for entry in later}["two.bin"] == b"\x00\x01"
    assert later.delete("two.bin")
    assert not later.delete("two.bin")
    assert not later.contains_key("two.bin")


def test_missing_values_are_named(store: ObjectStore) -> None:
    with pytest.raises(KeyError, match="Object with path 'none' was not found"):
        store.read("none")


@pytest.mark.parametrize("path", ["a:b", "../../x", "a/../../b", "", "x.tar.gz"])
def test_paths_stay_inside_the_folder(store: ObjectStore, path: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="path is not supported"):
        store.save(path, "text")
    assert not list(tmp_path.rglob("x*"))


def test_limits_refuse_a_value_with_a_word_to_the_user(store: ObjectStore, warnings: list[str]) -> None:
    store.max_files = 1
    assert store.save("a", "1")
    assert store.save("a", "2")
    assert not store.save("b", "3")
    assert "limit for files it can save: 2/1" in warnings[0]
    assert store.keys == ["a"]


def test_a_file_that_the_strategy_writes_is_kept(store: ObjectStore) -> None:
    Path(store.get_file_path("model.txt")).write_text("weights")
    assert store.save("model.txt")
    assert store.read("model.txt") == "weights"
