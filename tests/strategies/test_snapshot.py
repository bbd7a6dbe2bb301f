import hashlib
import os
from pathlib import Path

import pytest

from leanboard.errors import InvalidInput, NotFound, StorageError
from leanboard.strategies.catalogue import StrategyCatalogue
from leanboard.strategies.project_files import SnapshotLimits
from strategies.projects import CSPROJ, GOOD, SHARP, library, write

PARAMETERS = '{"parameters": {"cash": "5000", "extra": "1"}}'


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir())


def test_project(tmp_path: Path) -> None:
    root, code = tmp_path / "root", tmp_path / "code"
    write(root, {"a/main.py": GOOD, "a/config.json": PARAMETERS, "a/lib/b.py": "x = 1", "a/data.csv": b"\xff\x00"})
    snapshot = StrategyCatalogue([root]).snapshot("a", code)
    assert names(code) == ["config.json", "data.csv", "lib/b.py", "main.py"]
    assert [file.path for file in snapshot.files] == ["config.json", "data.csv", "lib/b.py", "main.py"]
    for file in snapshot.files:
        data = (code / file.path).read_bytes()
        assert (file.size, file.sha256) == (len(data), hashlib.sha256(data).hexdigest())
        assert data == (root / "a" / file.path).read_bytes()
    assert snapshot.size == sum(file.size for file in snapshot.files)
    assert (snapshot.module, snapshot.info.class_name, snapshot.info.name) == ("main", "Good", "a")
    assert snapshot.parameters == {"cash": "5000", "extra": "1"}


def test_single_file_becomes_main(tmp_path: Path) -> None:
    write(tmp_path / "root", {"my-idea.v2.py": GOOD, "other.py": GOOD})
    snapshot = StrategyCatalogue([tmp_path / "root"]).snapshot("my-idea.v2", tmp_path / "code")
    assert names(tmp_path / "code") == ["main.py"]
    assert (snapshot.module, snapshot.info.path, snapshot.parameters) == ("main", "main.py", {})


def test_csharp(tmp_path: Path) -> None:
    write(tmp_path / "root", {"s/Main.cs": SHARP, "s/S.csproj": CSPROJ, "s/obj/x.cs": SHARP, "s/bin/S.dll": ""})
    snapshot = StrategyCatalogue([tmp_path / "root"]).snapshot("s", tmp_path / "code")
    assert names(tmp_path / "code") == ["Main.cs", "S.csproj"]
    assert (snapshot.module, snapshot.info.class_name) == ("Main", "Sharp")


def test_library_with_what_it_needs_and_without_debug_symbols(tmp_path: Path) -> None:
    files = {
        "s/s.dll": library(),
        "s/Other.dll": library(),
        "s/s.pdb": b"",
        "s/native/x.so": b"",
        "s/config.json": "{}",
    }
    write(tmp_path / "root", files)
    snapshot = StrategyCatalogue([tmp_path / "root"]).snapshot("s", tmp_path / "code")
    assert names(tmp_path / "code") == ["Other.dll", "config.json", "native/x.so", "s.dll"]
    assert snapshot.info.class_name is None


def test_single_library_keeps_its_name(tmp_path: Path) -> None:
    write(tmp_path / "root", {"Idea.dll": library(), "Idea.pdb": b"", "Other.dll": library()})
    StrategyCatalogue([tmp_path / "root"]).snapshot("Idea", tmp_path / "code")
    assert names(tmp_path / "code") == ["Idea.dll"]


def test_left_out(tmp_path: Path) -> None:
    root, code = tmp_path / "root", tmp_path / "code"
    write(root, {"a/main.py": GOOD, "a/backtests/x/log.txt": "", "a/storage/key": "", "a/.git/HEAD": "", "a/.env": ""})
    write(root, {"a/__pycache__/m.pyc": "", "a/old.pyc": "", "a/lib/__pycache__/x": "", "secret.txt": "s"})
    (root / "a" / "link.txt").symlink_to(root / "secret.txt")
    (root / "a" / "folder").symlink_to(tmp_path)
    os.mkfifo(root / "a" / "pipe")
    StrategyCatalogue([root]).snapshot("a", code)
    assert names(code) == ["main.py"]


def test_limits(tmp_path: Path) -> None:
    root = write(tmp_path / "root", {"a/main.py": GOOD, "a/data": "x" * 1000, "b/main.py": GOOD})
    size = len(GOOD) + 1000
    exact = StrategyCatalogue([root], limits=SnapshotLimits(max_bytes=size, max_files=2))
    assert exact.snapshot("a", tmp_path / "1").size == size
    tight = StrategyCatalogue([root], limits=SnapshotLimits(max_bytes=size - 1))
    with pytest.raises(InvalidInput, match=f"larger than {size - 1} bytes"):
        tight.snapshot("a", tmp_path / "2")
    with pytest.raises(InvalidInput, match="more than 1 files"):
        StrategyCatalogue([root], limits=SnapshotLimits(max_files=1)).snapshot("a", tmp_path / "3")


def test_refused(tmp_path: Path) -> None:
    root = write(
        tmp_path / "root", {"a.py": "x =", "b.py": GOOD, "b/main.py": GOOD, "c/config.json": "{}", "d e.py": GOOD}
    )
    catalogue = StrategyCatalogue([root])
    with pytest.raises(NotFound):
        catalogue.snapshot("zzz", tmp_path / "0")
    with pytest.raises(InvalidInput, match=r"line 1: main\.py: invalid syntax"):
        catalogue.snapshot("a", tmp_path / "1")
    with pytest.raises(InvalidInput, match="the name is used by"):
        catalogue.snapshot("b", tmp_path / "2")
    with pytest.raises(InvalidInput, match=r"no main\.py"):
        catalogue.snapshot("c", tmp_path / "3")
    with pytest.raises(InvalidInput, match="the name must begin"):
        catalogue.snapshot("d e", tmp_path / "4")
    assert not (tmp_path / "2").exists()


def test_never_overwrites(tmp_path: Path) -> None:
    root = write(tmp_path / "root", {"a.py": GOOD})
    code = write(tmp_path / "code", {"main.py": "kept"})
    with pytest.raises(StorageError, match="File exists"):
        StrategyCatalogue([root]).snapshot("a", code)
    assert (code / "main.py").read_text() == "kept"


def test_describes_the_copy_and_not_the_original(tmp_path: Path) -> None:
    root = write(tmp_path / "root", {"a.py": GOOD})
    catalogue = StrategyCatalogue([root])
    snapshot = catalogue.snapshot("a", tmp_path / "code")
    (root / "a.py").write_text("x = 1")
    assert snapshot.info.source == (tmp_path / "code" / "main.py").read_text() == GOOD
