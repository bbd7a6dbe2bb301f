import os
from pathlib import Path

import pytest

from leanboard.strategies.source_text import MAX_SOURCE_BYTES, BrokenSource, read_source


def write(folder: Path, data: bytes) -> Path:
    path = folder / "main.py"
    path.write_bytes(data)
    return path


def broken(path: Path) -> BrokenSource:
    with pytest.raises(BrokenSource) as caught:
        read_source(path)
    return caught.value


def test_text_without_byte_order_mark(tmp_path: Path) -> None:
    assert read_source(write(tmp_path, "\ufeffx = 'ä'\n".encode())) == "x = 'ä'\n"


@pytest.mark.parametrize("data", [b"", b" \n\t\n", b"\xef\xbb\xbf"])
def test_empty(tmp_path: Path, data: bytes) -> None:
    assert broken(write(tmp_path, data)).reason == "main.py is empty"


def test_not_utf8_names_the_line(tmp_path: Path) -> None:
    error = broken(write(tmp_path, b"a = 1\n# -*- coding: latin-1 -*-\nb = '\xe4'\n"))
    assert error.line == 3
    assert error.reason.startswith("main.py is not UTF-8: ")


def test_largest_allowed_and_one_more(tmp_path: Path) -> None:
    assert len(read_source(write(tmp_path, b"#" * MAX_SOURCE_BYTES))) == MAX_SOURCE_BYTES
    assert broken(write(tmp_path, b"#" * (MAX_SOURCE_BYTES + 1))).reason == "main.py is larger than 1 MB"


def test_missing_folder_link_and_pipe(tmp_path: Path) -> None:
    assert "No such file" in broken(tmp_path / "main.py").reason
    (tmp_path / "folder.py").mkdir()
    assert broken(tmp_path / "folder.py").reason == "folder.py cannot be read: Is a directory"
    (tmp_path / "link.py").symlink_to(write(tmp_path, b"x = 1"))
    assert "link.py cannot be read" in broken(tmp_path / "link.py").reason
    os.mkfifo(tmp_path / "pipe.py")
    assert broken(tmp_path / "pipe.py").reason == "pipe.py is not a regular file"


def test_error_while_reading() -> None:
    error = broken(Path("/proc/self/mem"))  # a regular file whose first page nobody can read
    assert error.reason == "mem cannot be read: Input/output error"
