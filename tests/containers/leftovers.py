"""Finds and removes what a daemon of the tests leaves: processes, mounts, cgroups, sockets, its folder.

Nothing here trusts what the daemon says or what a test remembers: processes are found by the folder's path in their
command line and by the cgroup, mounts by their place, so it works for a daemon whose test was killed, too. Folders
have random names, so nobody else's process carries one.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

CLEAR_SECONDS = 20.0
_CGROUPS = Path("/sys/fs/cgroup")


def write_owner(folder: Path) -> None:
    """Note which process owns a folder: its id and its start time, as ids come again."""
    (folder / "owner").write_text(f"{os.getpid()} {_started(os.getpid())}")


def owner_lives(folder: Path) -> bool:
    """Say whether the process that made a folder still runs; a folder without owner is given a minute to get one."""
    try:
        pid, started = (folder / "owner").read_text().split()
    except (OSError, ValueError):
        with contextlib.suppress(OSError):
            return time.time() - folder.stat().st_mtime < 60
        return True
    return _started(int(pid)) == started


def _started(pid: int) -> str:
    return _stat(Path(f"/proc/{pid}"), 19)


def _stat(process: Path, field: int) -> str:
    """Return a field of those after the name, which stands in parentheses and may hold blanks; empty when gone."""
    try:
        return (process / "stat").read_text().rpartition(")")[2].split()[field]
    except OSError:
        return ""


def is_stopped(pid: int) -> bool:
    """Say whether every thread of a process is stopped: the signal reaches them one after the other."""
    return all(_stat(task, 0) in ("T", "t", "") for task in Path(f"/proc/{pid}/task").iterdir())


def clear(folder: Path) -> None:
    """End the processes, then remove mounts, cgroups, sockets and the folder; at most some twenty seconds."""
    deadline = time.monotonic() + CLEAR_SECONDS
    sockets = shim_sockets(folder)
    while processes(folder) and time.monotonic() < deadline:
        for pid in processes(folder):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)
    for mount in reversed(mounts(folder)):
        subprocess.run(["umount", "--lazy", mount], check=False, capture_output=True, timeout=CLEAR_SECONDS)
    for cgroup in cgroups(folder):
        _remove_cgroup(cgroup, deadline)
    for socket in sockets:
        socket.unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)


def processes(folder: Path) -> list[int]:
    """Return the ids of a daemon's living processes: dockerd, containerd, shims, runc, and all in its containers."""
    mark = f"{folder}/".encode()
    others = [entry for entry in Path("/proc").iterdir() if entry.name.isdigit() and int(entry.name) != os.getpid()]
    found = [int(entry.name) for entry in others if _has_mark(entry, mark)]
    for cgroup in cgroups(folder):
        for file in cgroup.rglob("cgroup.procs"):
            with contextlib.suppress(OSError):
                found += [int(line) for line in file.read_text().split()]
    return sorted(set(found))


_PROGRAMS = (b"dockerd", b"containerd", b"runc", b"docker-proxy")


def _has_mark(process: Path, mark: bytes) -> bool:
    """Only the daemon's own programs: a client or an editor may have the folder in its command line, too."""
    try:
        line = (process / "cmdline").read_bytes()
    except OSError:
        return False
    program = line.split(b"\0", 1)[0].rsplit(b"/", 1)[-1]
    return mark in line and program.startswith(_PROGRAMS)


def mounts(folder: Path) -> list[str]:
    """Return the mount points below a folder, outer before inner."""
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    points = [line.split()[4].encode().decode("unicode_escape") for line in lines]
    return [point for point in points if point.startswith(f"{folder}/")]


def cgroup_roots() -> list[Path]:
    """Return the folders of the mounted controllers: several with version 1, the one root with version 2."""
    if (_CGROUPS / "cgroup.controllers").exists():
        return [_CGROUPS]
    if not _CGROUPS.is_dir():
        return []
    return [entry for entry in sorted(_CGROUPS.iterdir()) if (entry / "cgroup.procs").exists()]


def cgroups(folder: Path) -> list[Path]:
    """Return the cgroups, one for each controller, of a daemon's containers."""
    return [root / folder.name for root in cgroup_roots() if (root / folder.name).is_dir()]


def _remove_cgroup(cgroup: Path, deadline: float) -> None:
    """Remove a cgroup from the leaves up; the kernel needs a moment after the last process of one has ended."""
    inner_first = sorted((path for path in cgroup.rglob("*") if path.is_dir()), reverse=True)
    for path in (*inner_first, cgroup):
        while path.exists():
            with contextlib.suppress(OSError):
                path.rmdir()
                break
            if time.monotonic() > deadline:
                return
            time.sleep(0.01)


def shim_sockets(folder: Path) -> list[Path]:
    """Return the sockets of shims, which lie outside the folder and are left when a shim is killed."""
    addresses = [*folder.glob("c/io.containerd.runtime.v2.task/moby/*/address")]
    texts = [file.read_text().strip() for file in addresses]
    return [Path(text.removeprefix("unix://")) for text in texts if text.startswith("unix:///run/containerd/s/")]
