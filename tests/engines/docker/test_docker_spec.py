"""What to run as a container's settings: pure, so every part is looked at without Docker."""

from dataclasses import replace
from pathlib import Path

import pytest

from leanboard.engines.docker.spec import (
    LABEL_BOOT,
    LABEL_INSTANCE,
    LABEL_SLOT,
    LAUNCHER,
    MEGABYTE,
    ContainerSettings,
    Launch,
    Mount,
    Profile,
    container_name,
    container_settings,
    container_user,
    slot_mounts,
)
from leanboard.engines.sandbox_spec import Limits, SandboxSpec
from leanboard.engines.slot import Slot

SLOT = Slot("0f8fad5bd9cb469fa16570867728950e-1", Path("/srv/home/work/run/slot-1"))
DATA = Path("/srv/data")
SPEC = SandboxSpec(SLOT, SLOT.id, DATA, Limits(memory=2048 * MEGABYTE), labels={"leanboard.run": "run"})
MOUNTS = (Mount("/srv/data", "/Lean/Data", read_only=True),)


def settings(
    spec: SandboxSpec = SPEC, profile: Profile | None = None, launch: Launch | None = None
) -> ContainerSettings:
    return container_settings(
        spec,
        profile or Profile(),
        launch or Launch(),
        image_id="sha256:abc",
        instance="0123456789abcdef",
        boot="77",
        mounts=MOUNTS,
    )


def changed(profile: Profile) -> dict[str, object]:
    """What is not as in the default profile."""
    base, found = settings(), settings(profile=profile)
    return {
        name: getattr(found, name)
        for name in ContainerSettings.__slots__
        if getattr(found, name) != getattr(base, name)
    }


def test_the_default_profile_holds_tight():
    found = settings()
    assert (found.read_only, found.drop_capabilities, found.no_new_privileges) == (True, True, True)
    assert (found.network, found.pids, found.tmp) == ("none", 512, 64 * MEGABYTE)
    assert (found.memory, found.cpus) == (2048 * MEGABYTE, None)
    assert found.max_file == 4096 * MEGABYTE
    assert found.image == "sha256:abc"
    assert found.mounts == MOUNTS


def test_the_name_is_the_slots_and_the_same_each_time():
    assert settings().name == settings().name == container_name("0123456789abcdef", SLOT.id)
    assert container_name("a", SLOT.id) != container_name("b", SLOT.id)


def test_labels_say_whose_it_is_and_nobody_can_say_otherwise():
    spec = replace(SPEC, labels={"leanboard.run": "run", LABEL_INSTANCE: "forged", LABEL_SLOT: "forged"})
    assert settings(spec).labels == {
        "leanboard.run": "run",
        LABEL_INSTANCE: "0123456789abcdef",
        LABEL_SLOT: SLOT.id,
        LABEL_BOOT: "77",
    }


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        (Profile(), {}),
        (Profile(user="1:2"), {"user": "1:2"}),
        (Profile(network="bridge"), {"network": "bridge"}),
        (Profile(read_only=False), {"read_only": False}),
        (Profile(drop_capabilities=False), {"drop_capabilities": False}),
        (Profile(no_new_privileges=False), {"no_new_privileges": False}),
        (Profile(pids=0), {"pids": 0}),
        (Profile(cpus=1.5), {"cpus": 1.5}),
        (Profile(tmp_mb=0), {"tmp": 0}),
        (Profile(max_output_mb=1), {"max_file": MEGABYTE}),
    ],
)
def test_each_part_is_relaxed_by_itself(profile: Profile, expected: dict[str, object]):
    assert changed(profile) == expected


def test_a_runs_own_limits_win_over_the_profile():
    spec = replace(SPEC, limits=Limits(memory=MEGABYTE, cpus=2.0))
    found = settings(spec, Profile(cpus=0.5))
    assert (found.memory, found.cpus) == (MEGABYTE, 2.0)
    assert settings(profile=Profile(cpus=0.5)).cpus == 0.5


def test_the_environment_of_the_settings_wins_over_the_measured_one():
    found = settings(profile=Profile(environment={"HOME": "/Storage", "MINE": "1"})).environment
    assert (found["HOME"], found["MINE"], found["PYTHONDONTWRITEBYTECODE"]) == ("/Storage", "1", "1")
    assert found["LEANBOARD_JOB"] == "/Leanboard/job.json"
    assert settings().environment["HOME"] == "/tmp"


class TestLaunch:
    def test_the_streams_go_into_the_slot_and_the_shell_is_replaced(self):
        (shell, *options), command = Launch(("run", "it")).command()
        assert (shell, options[0]) == ("/bin/sh", "-c")
        assert options[1].startswith('exec "$@" >>/Console/stdout.txt 2>>/Console/stderr.txt')
        assert command == ("run", "it")

    def test_without_files_the_images_own_entrypoint_runs(self):
        assert Launch(("run", "it"), to_files=False).command() == (("run", "it"), ())

    def test_an_image_without_an_entrypoint_gets_leans(self):
        assert Launch(()).command()[1] == LAUNCHER


class TestMounts:
    def test_only_what_lean_writes_is_writable(self):
        found = {mount.target: mount for mount in slot_mounts(SPEC, {SLOT.root: "/host/slot", DATA: "/host/data"})}
        assert {target for target, mount in found.items() if not mount.read_only} == {
            "/Results",
            "/Storage",
            "/Console",
        }
        assert set(found) == {
            "/Leanboard",
            "/LeanCLI",
            "/Results",
            "/Storage",
            "/Console",
            "/Lean/Launcher/bin/Debug/config.json",
            "/Lean/Data",
        }
        assert all(not mount.is_volume for mount in found.values())

    def test_the_host_is_told_its_own_paths(self):
        found = {mount.target: mount.source for mount in slot_mounts(SPEC, {SLOT.root: "/host/slot", DATA: "/d"})}
        assert found["/Results"] == "/host/slot/output"
        assert found["/Leanboard"] == "/host/slot"
        assert found["/Lean/Data"] == "/d"


@pytest.mark.parametrize(
    ("setting", "uid", "rootless", "expected"),
    [
        ("auto", 1000, False, "1000:1001"),
        ("auto", 0, False, "10001:10001"),
        ("auto", 1000, True, "0:0"),
        ("auto", 0, True, "0:0"),
        ("root", 1000, False, "0:0"),
        ("7:8", 1000, False, "7:8"),
        ("7:8", 0, True, "7:8"),
    ],
)
def test_who_lean_runs_as(setting: str, uid: int, expected: str, *, rootless: bool):
    assert container_user(setting, uid, 1001, rootless=rootless) == expected
