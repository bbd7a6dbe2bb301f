"""What a copy of a strategy holds: the same however it was found out, and read again only where files have changed."""

import os
from pathlib import Path

import pytest

from leanboard.models.code import CodeDigest
from leanboard.storage.code_digests import CodeDigests, code_digest
from leanboard.strategies.catalogue import StrategyCatalogue

AS_SHA256SUM_SAYS = CodeDigest(
    (
        ("main.py", "9f56e761d79bfdb34304a012586cb04d16b435ef6130091a97702e559260a2f2"),
        ("sub/helper.py", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    )
)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    folder = tmp_path / "strategies" / "main"
    (folder / "sub").mkdir(parents=True)
    (folder / "main.py").write_text("pass\n")
    (folder / "sub" / "helper.py").write_text("")
    return folder


def test_a_folder_says_what_sha256sum_says(copy: Path):
    assert code_digest(copy) == AS_SHA256SUM_SAYS
    assert CodeDigests().of(copy) == AS_SHA256SUM_SAYS


def test_the_one_that_is_taken_with_a_copy_is_that_of_its_folder(copy: Path, tmp_path: Path):
    (copy / "main.py").write_text("class Main(QCAlgorithm):\n    def initialize(self): pass\n")
    taken = StrategyCatalogue([copy.parent]).snapshot("main", tmp_path / "code")
    assert taken.digest == code_digest(tmp_path / "code")


def test_the_key_of_a_batchs_code_stays_what_it_was():
    digest = CodeDigest.of({"main.py": "aa" * 32, "helper.py": "bb" * 32}.items())
    assert digest.sha256 == "1edea6d3b4f92325bb2d19a78903c65cd361b0165448a61c12e9aa3510162f48"


@pytest.mark.parametrize("digest", [code_digest, CodeDigests().of])
def test_a_folder_with_what_cannot_be_listed_has_none(copy: Path, digest):
    assert digest(copy / "nowhere") is None
    (copy / "link").symlink_to("/etc/passwd")
    assert digest(copy) is None


def test_what_lies_unchanged_is_read_once(copy: Path):
    digests = CodeDigests()
    assert digests.of(copy) is digests.of(copy)
    assert digests.of(copy) == CodeDigests().of(copy) is not digests.of(copy)


def test_what_was_edited_is_read_again(copy: Path):
    digests = CodeDigests()
    before = digests.of(copy)
    (copy / "main.py").write_text("stop\n")  # as long as it was
    os.utime(copy / "main.py", ns=(1, 1))
    edited = digests.of(copy)
    assert edited == code_digest(copy) != before
    (copy / "more.py").write_text("")
    assert digests.of(copy) == code_digest(copy) != edited
