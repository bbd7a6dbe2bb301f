"""What is wrong with a Docker engine, an image, a container, and what to do about it. Pure: judges what others saw."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from leanboard.engines.docker.facts import EngineFacts, ImageFacts
from leanboard.engines.docker.probe_script import Answer, Places, ProbeAnswers
from leanboard.models.check import Check, Level

GIGABYTE = 1 << 30
ENOUGH_ROOM = 2 * GIGABYTE  # on the engine's disk: logs and layers of containers, a further image's part
LEAST_ROOM = 256 << 20
_MORE_ROOM = "docker image prune and docker builder prune, or a larger disk for the engine"
_LABELS = (("LEAN", "lean_version"), ("Python", "strict_python_version"), ("", "target_framework"))


@dataclass(frozen=True, slots=True)
class Surroundings:
    """How the service reaches the engine, and who it is.

    Attributes:
        address: Of the engine.
        uid: The service's own; gid likewise.
        socket_mode: Permissions of the engine's socket; None where it has none.
        user_setting: LEANBOARD_DOCKER_USER.
        in_container: The service runs in a container of its own.
        copies: Files are copied, not mounted.
        selinux: SELinux confines the engine's containers.
    """

    address: str
    uid: int
    gid: int
    socket_mode: int | None = None
    user_setting: str = "auto"
    in_container: bool = False
    copies: bool = False
    selinux: bool = False

    @property
    def is_remote(self) -> bool:
        """Whether the engine is reached over a network."""
        return self.address.startswith(("tcp://", "http://", "https://", "ssh://"))


@dataclass(frozen=True, slots=True)
class Expected:
    """What the service put there, and what it found after.

    Attributes:
        places: Where the container looked.
        token: What is to be read and written.
        witness: The first bytes of a file in the data folder, in hex; empty where it has none.
        data: The data folder, as the service names it.
        data_owner: ``UID:GID`` of its owner.
        slot: The throw-away slot.
        found: What the service reads where the container wrote: name of the place to text; None where nothing is.
        owners: Numeric owner of what the container wrote.
    """

    places: Places
    token: str
    witness: str
    data: str
    data_owner: str
    slot: str
    found: dict[str, str | None]
    owners: frozenset[int] = frozenset()


# --- engine and image ----------------------------------------------------------------------------------------------


def engine_checks(facts: EngineFacts, around: Surroundings) -> Iterator[Check]:
    """Judge the engine by what it says of itself, and the way to it."""
    name = f"Docker {facts.version}, API {facts.api}, on {facts.system or 'an unnamed system'}"
    ways = [" rootless"] * facts.rootless + [" with userns-remap"] * facts.remapped
    if facts.kind != "linux":
        remedy = "switch Docker to Linux containers: LEAN's image is one"
        yield Check("docker engine", Level.ERROR, f"{name} runs {facts.kind} containers", remedy)
    else:
        yield Check("docker engine", Level.OK, f"{name}{','.join(ways)}, at {around.address}")
    yield from _limits(facts)
    yield from _access(facts, around)


def _limits(facts: EngineFacts) -> Iterator[Check]:
    if not facts.unlimited:
        return
    heavy = [what for what in facts.unlimited if what != "swap"]
    if heavy:
        remedy = "rootless Docker needs cgroup v2 with delegated controllers; otherwise mount cgroups (cgroupfs-mount)"
        found = f"the engine cannot limit {', '.join(heavy)}: one run can take the whole machine"
        yield Check("docker limits", Level.WARNING, found, remedy)
    if "swap" in facts.unlimited:
        remedy = "boot the engine's machine with swapaccount=1, or without swap"
        found = "the engine cannot limit swap: a run over its memory limit may swap for long before it is ended"
        yield Check("docker limits", Level.WARNING, found, remedy)


def _access(facts: EngineFacts, around: Surroundings) -> Iterator[Check]:
    if facts.url.startswith("http://"):
        found = f"{around.address} is plain TCP: whoever reaches the port is root on the engine's machine"
        remedy = "use ssh:// or TLS (docs/how-to/remote-engine.md), and let the engine listen on no plain port"
        yield Check("docker access", Level.WARNING, found, remedy)
    if around.socket_mode is not None and around.socket_mode & 0o002:
        found = "everybody on this machine may use the engine's socket, and so become root"
        path = around.address.removeprefix("unix://")
        yield Check("docker access", Level.WARNING, found, f"chmod o-rwx {path}; give its group to who needs it")
    if around.uid == 0 and not around.in_container:
        found = "this runs as root: a fault of the service is one of the whole machine"
        remedy = "run the service as a user of its own, in the socket's group (docs/how-to/hardening.md)"
        yield Check("docker access", Level.WARNING, found, remedy)


def image_checks(image: ImageFacts, reference: str) -> Iterator[Check]:
    """Judge an image by its labels."""
    told = [f"{name} {image.labels[label]}".strip() for name, label in _LABELS if image.labels.get(label)]
    size = f"{image.size / 1e9:.1f} GB"
    if told:
        yield Check("docker image", Level.OK, f"{reference}: {', '.join(told)}, {size}; {image.digest or image.id}")
    else:
        found = f"{reference} ({size}) has none of the labels of LEAN's images: its versions are not known"
        yield Check("docker image", Level.WARNING, found, "use quantconnect/lean:<tag>, or an image made from it")


# --- what went wrong before the container ran ----------------------------------------------------------------------

# Docker's words, in lower case, about a container that could not be made or started.
_REFUSALS: tuple[tuple[str, str, str], ...] = (
    (
        r"bind source path does not exist|mounts denied|is not shared|error while creating mount source",
        "docker paths",
        "",
    ),
    (r"network \S+ not found|could not find .*network", "docker network", "set LEANBOARD_DOCKER_NETWORK=none"),
    (
        r"range of cpus|cpu cfs|nanocpus|cpu.*not supported",
        "docker limits",
        "set LEANBOARD_DOCKER_CPUS to what the engine's machine has, or leave it unset",
    ),
    (r"memory limit", "docker limits", "set LEANBOARD_MEMORY to what the engine's machine can give"),
    (
        r"\"?/bin/sh\"?.*(no such file|not found)",
        "docker image",
        "use quantconnect/lean:<tag>, or an image made from it: this one has no shell",
    ),
    (r"no space left", "docker disk", _MORE_ROOM),
    (r"permission denied", "docker paths", ""),
)


def refusal_check(words: str, around: Surroundings) -> Check:
    """Tell what an engine that refused the container meant."""
    for pattern, subject, remedy in _REFUSALS:
        if re.search(pattern, words.lower()):
            return Check(subject, Level.ERROR, words, remedy or path_remedy(around))
    return Check("docker container", Level.ERROR, words, "docs/how-to/trouble.md lists what engines say, and why")


def path_remedy(around: Surroundings) -> str:
    """Say how a folder of the service becomes one that the engine can mount."""
    if around.copies:
        return "set LEANBOARD_DOCKER_DATA to a folder that the engine's machine has, a volume, or leave it unset"
    if around.is_remote:
        return "the engine is on another machine: set LEANBOARD_DOCKER_FILES=copy (docs/how-to/remote-engine.md)"
    if around.in_container:
        return (
            "mount a folder of the engine's host at the same path into the service's container, or set "
            "LEANBOARD_DOCKER_PATH_MAPPINGS=SERVICE_PATH=HOST_PATH (docs/how-to/docker-compose.md)"
        )
    return (
        "Docker Desktop: share the folder (Settings, Resources, File sharing); rootless Docker and Docker from snap: "
        "keep LEANBOARD_HOME and LEANBOARD_DATA where the engine may look, such as below your home folder"
    )


# --- what the container saw ----------------------------------------------------------------------------------------


def container_checks(answers: ProbeAnswers, expected: Expected, around: Surroundings) -> list[Check]:
    """Compare what the container saw with what the service sees; empty when all is as it must be."""
    found = [
        *_reading(answers, expected, around),
        *_data(answers, expected, around),
        *_writing(answers, expected, around),
        *_ownership(expected, around),
        *_room(answers),
        *_program(answers),
    ]
    if not answers.complete and not any(check.level is Level.ERROR for check in found):
        text = "the container ended before it had looked at everything"
        found.append(Check("docker container", Level.ERROR, text, "docs/how-to/trouble.md: early ends"))
    return found


def _reading(answers: ProbeAnswers, expected: Expected, around: Surroundings) -> Iterator[Check]:
    for name, place in expected.places.read.items():
        answer = answers.read.get(place)
        if answer is None:
            continue
        if not answer.done:
            yield _unread(f"{expected.slot}: {name}", place, answer, answers.user, around)
        elif answer.text != expected.token:
            yield _other(f"{expected.slot} ({name})", place, around)


def _data(answers: ProbeAnswers, expected: Expected, around: Surroundings) -> Iterator[Check]:
    folder, read = answers.facts.get("folder"), answers.read.get(expected.places.data)
    unreadable = answers.facts.get("unreadable")
    failed = next((answer for answer in (folder, read) if answer is not None and not answer.done), None)
    if failed is not None and "ermission denied" not in failed.text:
        yield _other(expected.data, expected.places.data, around) if expected.places.is_shared else _no_data()
    elif failed is not None or unreadable is not None:
        what = unreadable.text if unreadable is not None else expected.places.data
        where = f"{expected.data}{what.removeprefix(expected.places.data)}"
        text = f"user {answers.user} in the container may not read {where}"
        remedy = f"chmod -R a+rX '{expected.data}', or set LEANBOARD_DOCKER_USER={expected.data_owner}, its owner"
        remedy += _label(expected.data, around)
        yield Check("docker data", Level.ERROR, text, remedy)
    elif read is not None and read.text != expected.witness:
        yield _other(expected.data, expected.places.data, around)


def _no_data() -> Check:
    remedy = "set LEANBOARD_DOCKER_DATA to a LEAN data folder on the engine's machine, or a volume that holds one"
    return Check("docker data", Level.ERROR, "the container has no data folder", remedy)


def _writing(answers: ProbeAnswers, expected: Expected, around: Surroundings) -> Iterator[Check]:
    for name, place in expected.places.write.items():
        answer = answers.write.get(place)
        if answer is None:
            continue
        where = f"{expected.slot}/{name}"
        if answer.done:
            if expected.found.get(name) != expected.token:
                text = f"what the container writes into {place} does not arrive in {where}"
                yield Check("docker paths", Level.ERROR, text, path_remedy(around))
        elif "no space" in answer.text.lower():
            yield Check("docker disk", Level.ERROR, f"{where} is full", "delete old results, or set LEANBOARD_HOME")
        else:
            text = f"user {answers.user} in the container may not write {where}: {_reason(answer)}"
            yield Check("docker user", Level.ERROR, text, _user_remedy(around) + _label("LEANBOARD_HOME", around))


def _user_remedy(around: Surroundings) -> str:
    if around.user_setting != "auto":
        own = f"{around.uid}:{around.gid}" if around.uid else "10001:10001"
        return f"set LEANBOARD_DOCKER_USER=auto (here {own}; root for a rootless engine): it is {around.user_setting}"
    return (
        "give that user the right to write there (chown, or the mount's options: NFS with root_squash refuses the "
        "engine); with userns-remap set LEANBOARD_DOCKER_FILES=copy, or LEANBOARD_DOCKER_USER to who owns the folder"
    )


def _ownership(expected: Expected, around: Surroundings) -> Iterator[Check]:
    foreign = sorted(owner for owner in expected.owners if owner != around.uid)
    if foreign and around.uid != 0:
        text = f"what LEAN writes belongs to user {foreign[0]}, not to the service's user {around.uid}"
        remedy = "set LEANBOARD_DOCKER_USER=auto: folders that LEAN makes could not be deleted otherwise"
        yield Check("docker user", Level.WARNING, text, remedy)


def _room(answers: ProbeAnswers) -> Iterator[Check]:
    room = answers.engine_room
    if room is not None and room < ENOUGH_ROOM:
        level = Level.ERROR if room < LEAST_ROOM else Level.WARNING
        text = f"{room / 1e9:.1f} GB free on the engine's own disk, where images and containers are"
        yield Check("docker disk", level, text, _MORE_ROOM)


def _program(answers: ProbeAnswers) -> Iterator[Check]:
    program, launcher = answers.facts.get("program"), answers.facts.get("launcher")
    if program is not None and not program.done:
        text, remedy = "the image has not got the program that it starts", "use quantconnect/lean:<tag>"
        yield Check("docker image", Level.ERROR, text, remedy)
    elif launcher is not None and not launcher.done:
        text = f"no LEAN in the image: QuantConnect.Lean.Launcher.dll is not in {launcher.text}"
        yield Check("docker image", Level.ERROR, text, "use quantconnect/lean:<tag>, or an image made from it")


def _unread(where: str, place: str, answer: Answer, user: str, around: Surroundings) -> Check:
    if "ermission denied" in answer.text:
        text = f"user {user} in the container may not read {where} ({place})"
        remedy = "give it the right to (chmod a+rx on the folders of LEANBOARD_HOME)" + _label("LEANBOARD_HOME", around)
        return Check("docker user", Level.ERROR, text, remedy)
    return _other(where, place, around)


def _other(where: str, place: str, around: Surroundings) -> Check:
    text = f"the engine mounts another folder than the service's {where}: at {place} its files are not seen"
    return Check("docker paths", Level.ERROR, text, path_remedy(around))


def _label(folder: str, around: Surroundings) -> str:
    return f"; SELinux is on: chcon -R -t container_file_t '{folder}'" if around.selinux else ""


def _reason(answer: Answer) -> str:
    return answer.text.rpartition(": ")[2].strip() or "refused"
