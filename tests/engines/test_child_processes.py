"""Limits of child processes, and how they end."""

import resource
import signal
import subprocess
from collections.abc import Iterator

import pytest

from leanboard.engines.child_processes import set_limit, signal_text


@pytest.fixture
def pid() -> Iterator[int]:
    with subprocess.Popen(["sleep", "60"]) as process:
        yield process.pid
        process.kill()


def test_a_limit_is_set(pid):
    set_limit(pid, resource.RLIMIT_CPU, 10, 15)
    assert resource.prlimit(pid, resource.RLIMIT_CPU) == (10, 15)
    set_limit(pid, resource.RLIMIT_CORE, 0)
    assert resource.prlimit(pid, resource.RLIMIT_CORE) == (0, 0)


def test_a_lower_limit_of_the_service_stays(pid):
    resource.prlimit(pid, resource.RLIMIT_CPU, (8, 8))
    set_limit(pid, resource.RLIMIT_CPU, 10, 15)
    assert resource.prlimit(pid, resource.RLIMIT_CPU) == (8, 8)


@pytest.mark.parametrize(
    ("code", "text"),
    [(0, ""), (1, ""), (-signal.SIGXCPU, "ended by SIGXCPU"), (-(signal.SIGRTMIN + 3), "ended by signal 37")],
)
def test_how_a_process_ended_is_said(code, text):
    assert signal_text(code) == text
