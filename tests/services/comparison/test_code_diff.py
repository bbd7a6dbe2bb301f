"""Code of two runs, line by line."""

import hashlib
import os
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from leanboard.api import samples
from leanboard.models.comparison import FileChange
from leanboard.models.results import ResultFile
from leanboard.services.comparison import code_diff as module
from leanboard.services.comparison.code_diff import code_diff
from leanboard.services.comparison.compared import Compared


def run(directory: Path, code: dict[str, bytes]) -> Compared:
    files = []
    for path, content in code.items():
        target = directory / "code" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        files.append(ResultFile(path=f"code/{path}", size=len(content), sha256=hashlib.sha256(content).hexdigest()))
    listed = (*files, ResultFile(path="log.txt", size=0, sha256=""))
    return Compared(samples.RESULT.evolve(directory=str(directory), files=listed))


code = st.dictionaries(st.sampled_from(["main.py", "a/b.py", "notes.txt"]), st.binary(max_size=200), min_size=1)


@settings(max_examples=30)
@given(code, code)
def test_equal_code_has_no_difference(tmp_path_factory, one: dict[str, bytes], other: dict[str, bytes]) -> None:
    root = tmp_path_factory.mktemp("runs")
    first = run(root / "one", one)
    assert code_diff(first, run(root / "same", one)).files == ()
    found = code_diff(run(root / "other", other), first).files
    assert {file.path for file in found} == {p for p in {*one, *other} if one.get(p) != other.get(p)}


def test_a_unified_diff_from_the_baseline_to_the_run(tmp_path: Path) -> None:
    before = run(tmp_path / "before", {"main.py": b"a\nb\nc\n", "gone.py": b"x\n"})
    after = run(tmp_path / "after", {"main.py": b"a\nB\nc\n", "new.py": b"y\n"})
    gone, main, new = code_diff(after, before).files
    assert main.diff.splitlines() == ["--- a/main.py", "+++ b/main.py", "@@ -1,3 +1,3 @@", " a", "-b", "+B", " c"]
    assert (gone.change, new.change, main.change) == (FileChange.REMOVED, FileChange.ADDED, FileChange.CHANGED)
    assert new.diff.splitlines() == ["--- /dev/null", "+++ b/new.py", "@@ -0,0 +1 @@", "+y"]


def test_what_is_not_shown(tmp_path: Path) -> None:
    names = ("binary", "large", "long", "gone", "link", "pipe")
    before = run(tmp_path / "before", dict.fromkeys(names, b"x"))
    large, long = b"x" * (module.MAX_FILE_BYTES + 1), b"x\n" * (module.MAX_FILE_LINES + 1)
    contents = {"binary": b"\0", "large": large, "long": long, "gone": b"y", "link": b"y", "pipe": b"y"}
    after = run(tmp_path / "after", contents)
    for name in ("gone", "link", "pipe"):
        (after.directory / "code" / name).unlink()
    (after.directory / "code" / "link").symlink_to("/etc/passwd")
    os.mkfifo(after.directory / "code" / "pipe")
    found = {file.path: file for file in code_diff(after, before).files}
    assert set(found) == set(names)
    assert all(file.note and not file.diff for file in found.values())


def test_it_is_bounded(tmp_path: Path) -> None:
    before = run(tmp_path / "before", {f"{n:03}": b"x" for n in range(module.MAX_FILES + 5)})
    after = run(tmp_path / "after", {f"{n:03}": b"y" * 20_000 for n in range(module.MAX_FILES + 5)})
    found = code_diff(after, before)
    assert len(found.files) == module.MAX_FILES
    assert found.note == "5 more files differ"
    assert sum(len(file.diff) for file in found.files) <= module.MAX_DIFF
    assert found.files[-1].note.startswith("cut")


def test_without_code(tmp_path: Path) -> None:
    found = code_diff(run(tmp_path / "one", {}), run(tmp_path / "other", {"main.py": b""}))
    assert found.files == ()
    assert found.note.startswith("there is no code")
