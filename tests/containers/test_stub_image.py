"""The stub image: steered by the project, light, and enough of LEAN for whoever follows it."""

import json
from pathlib import Path

import pytest

from containers.lean_container import HARDENING, LeanRuns

pytestmark = [pytest.mark.docker, pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def runs(docker_daemon, stub_image, tmp_path_factory):
    with LeanRuns(docker_daemon.client(), stub_image, tmp_path_factory.mktemp("stub")).cleaned_up() as made:
        yield made


def project(**wishes: object) -> str:
    return f"# a strategy\n# stub: {json.dumps(wishes)}\n"


def test_it_prints_its_lines_and_completes(runs):
    done = runs.run(project(lines=30, burst=5, bytes=200, frame_every=10, per_second=1000), **HARDENING)
    assert (done.code, done.state["Status"], done.stderr) == (0, "Completed", "")
    lines = [line for line in done.stdout.split("\n") if " stub line " in line]
    numbers = [int(line.split(" stub line ")[1].split()[0]) for line in lines]
    assert numbers == list(range(1, 36))
    assert len(lines[0]) == len("20260131 12:00:00.000 TRACE:: ") + 200
    assert (done.results / "log.txt").read_text().count(" stub line ") == 35
    frames = [json.loads(line) for line in (done.results / "frames.ndjson").read_text().splitlines()]
    assert [frame["t"] for frame in frames] == ["2013-10-07T00:10:00", "2013-10-07T00:20:00", "2013-10-07T00:30:00"]


@pytest.mark.parametrize(
    ("then", "code", "oom", "status"),
    [
        ("exit:3", 3, False, None),
        ("fail", 1, False, "RuntimeError"),
        ("oom", 137, True, None),
        ("child_oom", 0, True, "Completed"),
        ("child_oom,exit:3", 3, True, None),
    ],
)
def test_it_ends_as_it_is_told(runs, then, code, oom, status):
    done = runs.run(project(then=then, lines=1), mem_limit="32m", memswap_limit="32m")
    assert (done.code, done.oom_killed) == (code, oom)
    assert ("case.json" in done.files) == (status is not None)
    assert status is None or done.state["Status"] == status


def test_it_hangs_until_it_is_interrupted(runs):
    run = runs.start(project(then="hang", lines=1))
    run.wait_for(" stub line 1")
    run.signal("SIGINT")
    done = run.end(5)
    assert (done.code, done.state["Status"]) == (0, "Completed")


def test_it_ignores_signals_when_told(runs):
    run = runs.start(project(then="complete", lines=2, per_second=2, ignore_signals=True))
    run.wait_for(" stub line 1")
    run.signal("SIGINT")
    run.signal("SIGTERM")
    done = run.end(10)
    assert (done.code, " stub line 2" in done.stdout) == (0, True)
    assert "cancelled" not in done.stdout


def test_it_waits_for_its_job_in_little_memory(runs, tmp_path):
    tmp_path.chmod(0o755)
    mounts = [{"Type": "bind", "Source": str(tmp_path), "Target": "/Leanboard", "ReadOnly": True}]
    run = runs.start(project(lines=3), init=False, environment={"LEANBOARD_JOB": "/Leanboard/job.json"}, mounts=mounts)
    run.wait_for("JobQueue.NextJob(): Selected")
    run.wait_for_output(b"@@LEANBOARD ready\n")
    assert run.is_running
    pid = run.container.attrs["State"]["Pid"]
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    assert int(status["VmRSS"].split()[0]) < 10_000  # kB
    assert "Launching" not in (run.results / "log.txt").read_text()
    (tmp_path / "job.tmp").write_text('{"code": "/LeanCLI", "module": "main.py", "class_name": null}')
    (tmp_path / "job.tmp").rename(tmp_path / "job.json")
    done = run.end(10)
    assert (done.code, done.stdout.count(" stub line ")) == (0, 3)
