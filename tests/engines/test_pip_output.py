"""pip's output as progress and as the reason of a failure."""

import pytest

from leanboard.engines.pip_output import NO_PIP, doing, install_failure

FILES = [("requirements.txt", "# mine\n-r more/base.txt\nNo_Such == 1\n"), ("more/base.txt", "scipy==99\n")]
BUILD = """Looking in links: /opt/wheels
Processing ./wheels/slow-1.0.tar.gz (from -r r.txt (line 3))
  Preparing metadata (pyproject.toml): started
  error: subprocess-exited-with-error
  \xd7 Preparing metadata (pyproject.toml) did not run successfully.
  │ exit code: 1
  ╰─> [2 lines of output]
      gcc: command not found
      giving up
      [end of output]

  note: This error originates from a subprocess, and is likely not a problem with pip.
error: metadata-generation-failed
\xd7 Encountered error while generating package metadata.
╰─> See above for output.
"""


def failure(output: str, code: int = 1, folder: str = "/LeanCLI/project"):
    return install_failure(output, code, FILES, folder)


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("", ""),
        ("Collecting scipy==1.2 (from -r /LeanCLI/project/requirements.txt (line 3))\n", "Collecting scipy==1.2"),
        (
            "Collecting scipy\n  Downloading scipy-1.2.whl (35.1 MB)\n\n",
            "Collecting scipy, Downloading scipy-1.2.whl (35.1 MB)",
        ),
        ("Installing collected packages: a, b\n", "Installing collected packages: a, b"),
        ("  cut off", "cut off"),
    ],
)
def test_what_pip_does(output, said):
    assert doing(output) == said


def test_a_package_that_is_not_there_is_found_in_the_file():
    found = failure(
        "ERROR: Could not find a version that satisfies the requirement no_such==1 (from versions: none)\n"
        "ERROR: No matching distribution found for no_such==1\n"
    )
    assert found.detail.split("\n") == [
        "requirements.txt could not be installed; pip says:",
        "ERROR: Could not find a version that satisfies the requirement no_such==1 (from versions: none)",
        "ERROR: No matching distribution found for no_such==1",
    ]
    assert found.place == ("requirements.txt", 3)


def test_where_pip_itself_breaks_off_its_last_lines_are_told():
    found = failure("ERROR: Exception:\nTraceback (most recent call last):\n  File x\nRecursionError: too deep\n")
    assert found.detail.split("\n")[-1] == "RecursionError: too deep"


def test_the_line_that_pip_names_counts_and_the_sandboxs_folders_are_left_out():
    found = failure("ERROR: Cannot install scipy==99 (from -r /LeanCLI/project/more/base.txt (line 1)) and x\n")
    assert found.place == ("more/base.txt", 1)
    assert "/LeanCLI" not in found.detail


def test_what_pip_says_in_several_lines_is_shown_whole():
    hashes = "ERROR: THESE PACKAGES DO NOT MATCH\n    tiny==1.0:\n        Expected sha256 0\n             Got 1\n"
    assert failure(f"Collecting tiny\n{hashes}").detail.split("\n")[1:] == hashes.rstrip().split("\n")
    conflict = "The conflict is caused by:\n    a 1 depends on x<1\n    b 1 depends on x>1\n"
    end = "ERROR: Cannot install a and b\nERROR: ResolutionImpossible: for help visit https://pip.pypa.io\n"
    found = failure(f"Collecting a\n{conflict}\nTo fix this you could try to:\n1. loosen\n{end}")
    assert found.detail.split("\n")[1:] == f"{conflict}{end}".rstrip().split("\n")


def test_a_build_that_fails_is_told_in_its_own_words():
    assert failure(BUILD).detail.split("\n")[1:] == [
        "\xd7 Preparing metadata (pyproject.toml) did not run successfully.",
        "gcc: command not found",
        "giving up",
    ]


@pytest.mark.parametrize(
    ("output", "code", "way_out"),
    [
        ("WARNING: Retrying (Retry(total=4)) after ... NewConnectionError\n", 1, "LEANBOARD_REQUIREMENTS_ENV"),
        ("ERROR: Could not install: [Errno 28] No space left on device\n", 1, "disk is full"),
        ("Collecting torch\n", 137, "LEANBOARD_MEMORY"),
        ("ERROR: this Python has neither pip nor ensurepip: /usr\n", NO_PIP, "take one that has pip"),
        ("", 1, "it said nothing"),
    ],
)
def test_the_way_out_is_named(output, code, way_out):
    assert way_out in failure(output, code).detail
    assert failure(output, code).output == output


def test_long_outputs_are_shown_by_their_end():
    found = failure("".join(f"ERROR: {number} {'x' * 1000}\n" for number in range(100)))
    assert "ERROR: 99" in found.detail
    assert len(found.detail) < 4000
