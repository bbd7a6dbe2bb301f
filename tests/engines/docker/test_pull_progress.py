"""What the lines of a pull mean."""

import pytest

from leanboard.engines.base import Fetching
from leanboard.engines.docker.pull_progress import PullTally, amount, describe, fold, is_final

NAME = "quantconnect/lean:latest"


def line(name, status, current=None, total=None, **detail):
    known = {} if current is None else {"current": current, "total": total}
    return {"id": name, "status": status, "progressDetail": {**known, **detail}}


def told(*lines):
    tally = PullTally()
    for one in lines:
        tally = fold(tally, one)
    return describe(NAME, tally)


FOUND = ({"id": "latest", "status": "Pulling from quantconnect/lean"},)
TWO = (*FOUND, line("a", "Pulling fs layer"), line("b", "Pulling fs layer"))
BOTH = (
    *TWO,
    line("a", "Downloading", 1_200_000_000, 8_000_000_000),
    line("b", "Downloading", 0, 1_800_000_000),
)
ALL_HERE = (*BOTH, line("a", "Verifying Checksum"), line("a", "Download complete"), line("b", "Download complete"))


@pytest.mark.parametrize(
    ("lines", "text", "percent"),
    [
        ((), "pulling {}", None),
        (FOUND, "pulling {}", None),
        (TWO, "pulling {}: 0.0 kB, 0 of 2 layers", None),
        (BOTH[:-1], "pulling {}: 1.2 GB, 0 of 2 layers", None),
        (BOTH, "pulling {}: 1.2 of 9.8 GB", 12.2),
        ((*BOTH, line("c", "Already exists")), "pulling {}: 1.2 of 9.8 GB", 12.2),
        ((*TWO, line("a", "Already exists"), line("b", "Waiting")), "pulling {}: 0.0 kB, 1 of 2 layers", None),
        (ALL_HERE, "unpacking {}: 0.0 of 9.8 GB", 0.0),
        ((*ALL_HERE, line("a", "Extracting", 4_000_000_000, 8_000_000_000)), "unpacking {}: 4.0 of 9.8 GB", 40.8),
        ((*ALL_HERE, line("a", "Extracting", 3, None, units="s")), "unpacking {}: 0.0 of 9.8 GB", 0.0),
        ((*ALL_HERE, line("a", "Pull complete"), line("b", "Pull complete")), "pulling {}: 9.8 of 9.8 GB", 100.0),
        ((*TWO, line("a", "Already exists"), line("b", "Download complete")), "pulling {}", None),
        ((*BOTH, line("a", "Retrying in 5 seconds")), "pulling {}: 1.2 of 9.8 GB", 12.2),
        ((*BOTH, line("a", "Downloading", 5, 8_000_000_000)), "pulling {}: 0.0 of 9.8 GB", 0.0),
        ((*BOTH, line("a", "Downloading", 99, 10)), "pulling {}: 0.0 of 1.8 GB", 0.0),
    ],
)
def test_text_and_percent(lines, text, percent):
    assert told(*lines) == Fetching(text.format(NAME), percent)


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"status": "Digest: sha256:1"},
        {"id": 3, "status": "Downloading"},
        {"id": "a", "status": "Downloading"},
        {"id": "a", "status": "Downloading", "progressDetail": "x"},
        {"id": "a", "status": "Downloading", "progressDetail": {"current": "1", "total": None}},
        {"id": "a", "status": "Downloading", "progressDetail": {"current": 1, "total": 0}},
    ],
)
def test_odd_lines_are_taken_without_harm(odd):
    assert describe(NAME, fold(PullTally(), odd)).percent is None


@pytest.mark.parametrize(
    ("size", "text"), [(0, "0.0 kB"), (1500, "1.5 kB"), (2_300_000, "2.3 MB"), (10**10, "10.0 GB")]
)
def test_amount(size, text):
    assert amount(size) == text


@pytest.mark.parametrize(
    "problem",
    [
        "received unexpected HTTP status: 500 Internal Server Error",
        "dial tcp 127.0.0.1:5000: connect: connection refused",
        "net/http: TLS handshake timeout",
        "unexpected EOF",
        "dial tcp: lookup registry-1.docker.io: Temporary failure in name resolution",
    ],
)
def test_what_may_pass_is_not_final(problem):
    assert not is_final(problem)


@pytest.mark.parametrize(
    "problem",
    ["manifest unknown", "pull access denied for x", "Unauthorized: incorrect username", "x509: unknown authority"],
)
def test_what_stays_is_final(problem):
    assert is_final(problem)
