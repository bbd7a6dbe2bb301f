"""requirements.txt as pip reads it, and what is refused before a run is accepted."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement

from leanboard.strategies.catalogue import StrategyCatalogue
from leanboard.strategies.requirements_file import read_requirements
from strategies.projects import CSPROJ, GOOD, SHARP, write

SHA = "a" * 64


def read(tmp_path, text, **others):
    write(tmp_path, {"requirements.txt": text, **others})
    return read_requirements(tmp_path)


def told(found):
    return [(problem.line, problem.reason) for problem in found.problems]


@pytest.mark.parametrize("text", ["", "   \n\n", "# nothing yet\n"])
def test_a_file_that_asks_for_nothing(tmp_path, text):
    assert read(tmp_path, text).files == ()


def test_without_a_file(tmp_path):
    assert read_requirements(tmp_path).files == ()


@pytest.mark.parametrize(
    "line",
    [
        "scipy",
        "scipy==1.11.*; python_version < '3.12'",
        "pandas-ta[extra] >= 0.3, < 1  # indicators",
        f"scipy==1.11 --hash=sha256:{SHA}",
        f"scipy==1.11 \\\n    --hash=sha256:{SHA} \\\n    --hash=sha256:{'b' * 64}",
        "own @ https://example.org/own-1.0.tar.gz",
        "git+https://example.org/own.git@main#egg=own",
        "https://example.org/own-1.0-py3-none-any.whl",
        "--index-url https://pypi.example.org/simple\nscipy",
        "--index-url=https://pypi.example.org/simple\nscipy",
        "--find-links https://example.org/wheels\nscipy",
        "--only-binary :all:\n--pre\nscipy",
        "\ufeffscipy",
    ],
)
def test_what_is_installed(tmp_path, line):
    found = read(tmp_path, line)
    assert (told(found), found.files) == ([], ("requirements.txt",))
    assert len(found.digest) == 64


@pytest.mark.parametrize(
    ("text", "number", "reason"),
    [
        ("scipy\n-e .", 2, "requirements.txt: -e (--editable) is not installed"),
        ("--editable=./own", 1, "-e (--editable) is not installed"),
        ("# a\n\n./own", 3, "'./own' is a path of this machine"),
        ("/opt/own-1.0.whl", 1, "is a path of this machine"),
        ("own-1.0-py3-none-any.whl", 1, "is a path of this machine"),
        ("file:///opt/own", 1, "is a path of this machine"),
        ("own @ file:///opt/own", 1, "'file:///opt/own' is a path of this machine"),
        ("-r ../other.txt", 1, "'../other.txt' is not inside of the strategy's folder"),
        ("-r /etc/passwd", 1, "is not inside of the strategy's folder"),
        ("-c https://example.org/c.txt", 1, "is not inside of the strategy's folder"),
        ("-r", 1, "is not inside of the strategy's folder"),
        ("--find-links ./wheels", 1, "can only name a URL"),
        ("--target x", 1, "option --target is not supported"),
        ("--index-url", 1, "option --index-url needs a value"),
        ("scipy = 1", 1, "'scipy = 1' is no requirement"),
        ("a\nb\\\n==1 --hash=sha256:12", 2, "only --hash=sha256:"),
        ("scipy --global-option=x", 1, "only --hash=sha256:"),
        ("scipy --hash='", 1, "its options cannot be read"),
        ("${NAME}==1", 1, "is no requirement"),
    ],
)
def test_what_is_refused(tmp_path, text, number, reason):
    (found,) = told(read(tmp_path, text))
    assert found[0] == number
    assert reason in found[1]


def test_included_files_come_along_and_name_their_own_lines(tmp_path):
    found = read(
        tmp_path,
        "-r more/base.txt\n--constraint=more/limits.txt\nscipy\n",
        **{"more/base.txt": "-r deep.txt\nta\n", "more/deep.txt": "ta\n-e x\n", "more/limits.txt": "ta<1\n"},
    )
    assert found.asked == ("ta", "ta", "scipy")
    assert found.files == ("requirements.txt", "more/base.txt", "more/deep.txt", "more/limits.txt")
    assert told(found) == [
        (2, "more/deep.txt: -e (--editable) is not installed: a package of the strategy's own belongs into its folder")
    ]


def test_an_included_file_that_is_not_there(tmp_path):
    (problem,) = told(read(tmp_path, "-r gone.txt"))
    assert "gone.txt" in problem[1]


def test_files_that_include_each_other_are_refused_as_by_pip(tmp_path):
    files = {"requirements.txt": "-r a.txt\n-r b.txt\n", "a.txt": "tiny\n", "b.txt": "-r a.txt\n-r requirements.txt\n"}
    write(tmp_path, files)
    (problem,) = read_requirements(tmp_path).problems
    assert problem.line == 2
    assert problem.reason.startswith("b.txt: requirements.txt is included by itself")


def test_includes_are_bounded(tmp_path):
    chain = {f"r{number}.txt": f"-r r{number + 1}.txt\n" for number in range(30)}
    (problem,) = told(read(tmp_path, "-r r0.txt", **chain))
    assert "more than 20 files" in problem[1]


@pytest.mark.parametrize("make", [lambda path: path.symlink_to("/etc/passwd"), os.mkfifo, os.mkdir])
def test_what_is_no_file_is_refused_at_once(tmp_path, make):
    make(tmp_path / "requirements.txt")
    (problem,) = told(read_requirements(tmp_path))
    assert "requirements.txt" in problem[1]


NAMES = st.from_regex(r"[a-z][a-z0-9]{0,8}", fullmatch=True)
PINS = st.tuples(NAMES, st.sampled_from(["==", ">=", "~="]), st.integers(0, 99), st.integers(0, 99))


@given(st.lists(PINS, min_size=1, max_size=5), st.data())
def test_comments_and_blanks_do_not_count_and_all_else_does(tmp_path_factory, pins, data):
    folder = tmp_path_factory.mktemp("project")
    lines = [f"{name}{how}{major}.{minor}" for name, how, major, minor in pins]
    plain = read(folder, "\n".join(lines))
    noise = st.sampled_from(["", "# a comment", "   "])
    spaced = [f"{data.draw(noise)}\n  {str(Requirement(line)).replace('=', '= ', 0)}  # why\n" for line in lines]
    assert read(folder, "".join(spaced)).digest == plain.digest
    assert read(folder, "\n".join([*lines, "another==1"])).digest != plain.digest


def test_where_an_included_file_ends_counts(tmp_path):
    """What constrains is not installed, what follows it is."""
    write(tmp_path, {"a/c.txt": "numpy==2.0\n", "b/c.txt": "numpy==2.0\nscipy\n"})
    asks, asks_nothing = read(tmp_path / "a", "-c c.txt\nscipy\n"), read(tmp_path / "b", "-c c.txt\n")
    assert (asks.asked, asks_nothing.asked) == (("scipy",), ())
    assert asks.digest != asks_nothing.digest


def test_a_strategy_with_a_bad_one_is_in_the_list_with_file_and_line(tmp_path):
    write(
        tmp_path,
        {
            "good/main.py": GOOD, "good/requirements.txt": "scipy\n",
            "bad/main.py": GOOD, "bad/requirements.txt": "scipy\n\n-e .\n",
            "sharp/Main.cs": SHARP, "sharp/sharp.csproj": CSPROJ, "sharp/requirements.txt": "-e .\n",
        },
    )  # fmt: skip
    found = {info.name: info for info in StrategyCatalogue([tmp_path]).strategies()}
    assert (found["good"].valid, found["sharp"].valid, found["bad"].valid) == (True, True, False)
    assert (found["good"].requirements, found["sharp"].requirements) == (("scipy",), ())
    assert [(problem.line, problem.reason.partition(" is")[0]) for problem in found["bad"].problems] == [
        (3, "requirements.txt: -e (--editable)")
    ]
