"""What the doctor makes of an engine's words and of a container's answers."""

import subprocess

import pytest

from leanboard.engines.docker.carrier import Manner
from leanboard.engines.docker.facts import EngineFacts, ImageFacts
from leanboard.engines.docker.probe_checks import (
    Expected,
    Surroundings,
    container_checks,
    engine_checks,
    image_checks,
    path_remedy,
    refusal_check,
)
from leanboard.engines.docker.probe_script import (
    MARK,
    places_of,
    probe_command,
    read_answers,
)
from leanboard.engines.docker.spec import COPIED_PATHS, PATHS
from leanboard.models.check import Level

FACTS = EngineFacts("20.10.24", 2, 1 << 30, rootless=False, remapped=False, api="1.41", url="http+docker://localhost")
AROUND = Surroundings("unix:///var/run/docker.sock", uid=1000, gid=1000, socket_mode=0o660)
TOKEN, WITNESS = "abc123", "6d61726b"
PLACES = places_of(Manner())
EXPECTED = Expected(PLACES, TOKEN, WITNESS, "/data", "7:8", "/home/work/slot", dict.fromkeys(PLACES.write, TOKEN))
ROOM = "overlay 1000000000 1 900000000 1% /"


def answers(**changes: str):
    """A container that saw everything as it must be, save what a test changes: place or fact to the rest of a line."""
    lines = {place: f"read {place} yes {TOKEN}" for place in PLACES.read.values()}
    lines |= {place: f"write {place} yes" for place in PLACES.write.values()}
    lines |= {"data": f"read {PATHS.data} yes {WITNESS}", "folder": f"folder {PATHS.data} yes", "end": "end - yes"}
    lines |= {"user": "user - yes 1000:1000", "room": f"room - yes {ROOM}", "program": "program dotnet yes"}
    lines |= {"launcher": "launcher - yes"}
    for name, line in changes.items():
        lines[{**PLACES.read, **PLACES.write}.get(name, name)] = line
    return read_answers("".join(f"{MARK} {line}\n" for line in lines.values() if line).encode())


def judged(seen, expected=EXPECTED, around=AROUND):
    return [(check.subject, check.level) for check in container_checks(seen, expected, around)]


def levels(checks):
    return {check.subject: check.level for check in checks}


def test_an_engine_as_it_should_be():
    assert levels(engine_checks(FACTS, AROUND)) == {"docker engine": Level.OK}


@pytest.mark.parametrize(
    ("facts", "around", "subject", "words"),
    [
        ({"unlimited": ("swap",)}, {}, "docker limits", "cannot limit swap"),
        ({"unlimited": ("memory", "pids")}, {}, "docker limits", "cannot limit memory, pids"),
        ({}, {"socket_mode": 0o666}, "docker access", "everybody on this machine"),
        ({}, {"uid": 0}, "docker access", "this runs as root"),
        ({"url": "http://10.0.0.1:2375"}, {"address": "tcp://10.0.0.1:2375"}, "docker access", "plain TCP"),
    ],
)
def test_what_an_engine_is_warned_of(facts, around, subject, words):
    fields = {name: getattr(FACTS, name) for name in FACTS.__dataclass_fields__} | facts
    where = {name: getattr(AROUND, name) for name in AROUND.__dataclass_fields__} | around
    found = [check for check in engine_checks(EngineFacts(**fields), Surroundings(**where)) if check.subject == subject]
    assert [check.level for check in found] == [Level.WARNING]
    assert words in found[0].found
    assert found[0].remedy


def test_tls_and_ssh_are_not_plain_and_windows_containers_are_an_error():
    for url in ("https://10.0.0.1:2376", "http+docker://ssh"):
        fields = {name: getattr(FACTS, name) for name in FACTS.__dataclass_fields__} | {"url": url}
        assert levels(engine_checks(EngineFacts(**fields), AROUND)) == {"docker engine": Level.OK}
    fields |= {"kind": "windows"}
    assert levels(engine_checks(EngineFacts(**fields), AROUND)) == {"docker engine": Level.ERROR}


def test_an_image_tells_its_versions_or_that_it_is_none_of_leans():
    labels = {"strict_python_version": "3.11.11", "target_framework": "net10.0"}
    [check] = image_checks(ImageFacts("sha256:1", "x@sha256:2", labels, (), 12_300_000_000), "x:latest")
    assert check.level is Level.OK
    assert "Python 3.11.11, net10.0, 12.3 GB; x@sha256:2" in check.found
    [check] = image_checks(ImageFacts("sha256:1", "", {}, (), 1), "x:latest")
    assert check.level is Level.WARNING


@pytest.mark.parametrize(
    ("words", "subject", "remedy"),
    [
        ('invalid mount config for type "bind": bind source path does not exist: /x', "docker paths", "Docker Desktop"),
        ("Mounts denied: The path /x is not shared from the host", "docker paths", "File sharing"),
        ("network lean not found", "docker network", "LEANBOARD_DOCKER_NETWORK=none"),
        ("Range of CPUs is from 0.01 to 2.00, as there are only 2", "docker limits", "LEANBOARD_DOCKER_CPUS"),
        ('exec: "/bin/sh": stat /bin/sh: no such file or directory', "docker image", "no shell"),
        ("write /x: no space left on device", "docker disk", "prune"),
        ("something new", "docker container", "trouble.md"),
    ],
)
def test_what_a_refusal_means(words, subject, remedy):
    check = refusal_check(f"Docker refused: {words}", AROUND)
    assert (check.subject, check.level) == (subject, Level.ERROR)
    assert words in check.found
    assert remedy in check.remedy


def test_the_way_to_a_shared_path_depends_on_where_the_engine_is():
    remote = Surroundings("ssh://host", 1000, 1000)
    assert "LEANBOARD_DOCKER_FILES=copy" in path_remedy(remote)
    inside = Surroundings("unix:///s", 0, 0, in_container=True)
    assert "LEANBOARD_DOCKER_PATH_MAPPINGS" in path_remedy(inside)
    assert not any(c.found.startswith("this runs as root") for c in engine_checks(FACTS, inside))


def test_a_container_that_saw_everything():
    assert judged(answers()) == []


@pytest.mark.parametrize(
    ("changes", "subject", "level"),
    [
        ({"code": "read /LeanCLI/doctor-token no cat: x: No such file or directory"}, "docker paths", Level.ERROR),
        ({"code": "read /LeanCLI/doctor-token no cat: x: Permission denied"}, "docker user", Level.ERROR),
        ({"slot": "read /Leanboard/doctor-token yes another"}, "docker paths", Level.ERROR),
        (
            {"output": "write /Results/doctor-token no sh: 1: cannot create x: Permission denied"},
            "docker user",
            "error",
        ),
        ({"output": "write /Results/doctor-token no sh: write error: No space left"}, "docker disk", Level.ERROR),
        ({"data": f"read {PATHS.data} yes 00"}, "docker paths", Level.ERROR),
        ({"data": f"read {PATHS.data} no od: x: No such file or directory"}, "docker paths", Level.ERROR),
        ({"folder": f"folder {PATHS.data} no ls: Permission denied"}, "docker data", Level.ERROR),
        ({"unreadable": f"unreadable {PATHS.data} no {PATHS.data}/a b"}, "docker data", Level.ERROR),
        ({"room": "room - yes overlay 1000000 1 1000000 99% /"}, "docker disk", Level.WARNING),
        ({"room": "room - yes overlay 1000000 1 100 99% /"}, "docker disk", Level.ERROR),
        ({"program": "program dotnet no"}, "docker image", Level.ERROR),
        ({"launcher": "launcher - no /"}, "docker image", Level.ERROR),
        ({"end": ""}, "docker container", Level.ERROR),
    ],
)
def test_one_thing_wrong_is_one_line(changes, subject, level):
    assert judged(answers(**changes)) == [(subject, level)]


def test_what_was_written_must_arrive_and_belong_to_the_service():
    lost = Expected(**{**fields_of(EXPECTED), "found": {**EXPECTED.found, "output": None}})
    assert judged(answers(), lost) == [("docker paths", Level.ERROR)]
    foreign = Expected(**{**fields_of(EXPECTED), "owners": frozenset({0})})
    assert judged(answers(), foreign) == [("docker user", Level.WARNING)]
    root = Surroundings("unix:///s", uid=0, gid=0)
    assert judged(answers(), foreign, root) == []


def test_where_selinux_is_on_it_is_named():
    around = Surroundings("unix:///s", 1000, 1000, selinux=True)
    denied = answers(unreadable=f"unreadable {PATHS.data} no {PATHS.data}/a")
    [check] = container_checks(denied, EXPECTED, around)
    assert check.remedy.endswith("chcon -R -t container_file_t '/data'")


def fields_of(expected):
    return {name: getattr(expected, name) for name in expected.__dataclass_fields__}


def test_other_lines_say_nothing():
    seen = read_answers(b"hello\n@@probe\n@@probe user\n\xff\xfe\n@@probe user - yes 1:2\n")
    assert seen.user == "1:2"
    assert not seen.complete
    assert seen.engine_room is None


def test_the_script_is_one_that_a_shell_understands():
    entrypoint, command = probe_command(TOKEN, "", "sh", PLACES)
    done = subprocess.run([*entrypoint, *command], capture_output=True, timeout=20, check=False, cwd="/")
    seen = read_answers(done.stdout)
    assert seen.complete
    assert done.stderr == b""
    assert seen.facts["program"].done
    assert not any(answer.done for answer in (*seen.read.values(), *seen.write.values()))


def test_where_files_are_copied_there_is_no_console_and_the_data_are_the_engines_own():
    places = places_of(Manner(paths=COPIED_PATHS, to_files=False, starts_with_job=True))
    _, command = probe_command(TOKEN, "", "sh", places)
    assert "/Leanboard/output/doctor-token" in command
    assert not any("/Console" in part for part in command)
    expected = Expected(**{**fields_of(EXPECTED), "places": places, "data": PATHS.data})
    seen = read_answers(f"{MARK} folder {PATHS.data} no ls: No such file\n{MARK} end - yes".encode())
    [check] = container_checks(seen, expected, AROUND)
    assert "LEANBOARD_DOCKER_DATA" in check.remedy
