"""What ``leanboard doctor`` looks at on this machine; each check answers with lines and never raises."""

import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from leanboard.engines.base import Availability
from leanboard.engines.folder_cache import FolderCache
from leanboard.market_data.folder import DataFolder, FolderOrigin
from leanboard.market_data.readiness import check_data_folder
from leanboard.models.check import Check, Level
from leanboard.models.requests import EngineChoice
from leanboard.models.run import EngineName
from leanboard.models.severity import Severity
from leanboard.services.apprise_address import addresses
from leanboard.settings import Settings
from leanboard.storage.layout import HomeLayout
from leanboard.storage.lock import running_service
from leanboard.storage.queue_wish import read_wish
from leanboard.terminal.local import LOOPBACK
from leanboard.terminal.text import file_size

FIRST_YEAR = 2026  # this version was made then: an earlier clock is wrong
MEGABYTE = 1 << 20
START_SECONDS = 20.0
RESUME = "leanboard queue resume lets runs start again"
NEW_VENV = "make the virtual environment anew: remove .venv, then scripts/setup"


def check_python() -> Iterator[Check]:
    """Look at the interpreter."""
    yield Check("python", Level.OK, f"{sys.version.split()[0]} at {sys.executable}")


def check_home(settings: Settings) -> Iterator[Check]:
    """Try what the service does in its home: make a file durable and rename it."""
    home = settings.home
    try:
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".doctor-", dir=home) as folder:
            probe = Path(folder) / "probe"
            with probe.open("wb") as file:
                file.write(b"leanboard")
                os.fsync(file.fileno())
            probe.rename(probe.with_name("renamed"))
    except OSError as error:
        remedy = "give this user the right to write there (chown, chmod), or set LEANBOARD_HOME to another folder"
        yield Check("home", Level.ERROR, f"{home} cannot be written: {error.strerror or error}", remedy)
        return
    if home.stat().st_mode & 0o002:
        remedy = f"chmod o-w '{home}': whoever writes there can change results"
        yield Check("home", Level.WARNING, f"{home} can be written by everybody on this machine", remedy)
    else:
        yield Check("home", Level.OK, f"{home} can be written")


def check_disk(settings: Settings) -> Iterator[Check]:
    """Compare the free space with what a run may need."""
    folder = next(p for p in (settings.home, *settings.home.parents) if p.exists())
    free = shutil.disk_usage(folder).free
    found = f"{file_size(free)} free for results"
    remedy = "delete old results (leanboard results delete), or set LEANBOARD_HOME to a larger disk"
    if free < settings.min_free_disk * MEGABYTE:
        yield Check("disk", Level.ERROR, f"{found}; runs start from {settings.min_free_disk} MB on", remedy)
    elif free < max(1024, 2 * settings.min_free_disk) * MEGABYTE:
        yield Check("disk", Level.WARNING, f"{found}; that is little", remedy)
    else:
        yield Check("disk", Level.OK, found)


def check_packages(settings: Settings) -> Iterator[Check]:
    """Say how much the installed requirements.txt of strategies take; nothing where there are none."""
    number, taken = FolderCache(HomeLayout(settings.home).packages).usage()
    if number:
        most = f"at most {settings.requirements_cache_entries}, {settings.requirements_cache_size} MB"
        yield Check("packages", Level.OK, f"{number} installed requirements.txt, {file_size(taken)} ({most})")


def check_memory(settings: Settings) -> Iterator[Check]:
    """Compare the memory that is available with what the allowed number of runs may take."""
    available = _available_memory()
    wanted = settings.max_running * settings.memory * MEGABYTE
    if available is None:
        return
    found = f"{file_size(available)} available; {settings.max_running} runs of up to {settings.memory} MB"
    if wanted > available:
        remedy = "set LEANBOARD_MAX_RUNNING or LEANBOARD_MEMORY lower, or close other programs"
        yield Check("memory", Level.WARNING, found, remedy)
    else:
        yield Check("memory", Level.OK, found)


def check_queue(settings: Settings) -> Iterator[Check]:
    """Look whether somebody has paused the queue, which outlives restarts; nothing where nobody has."""
    if read_wish(HomeLayout(settings.home).queue).paused:
        yield Check("queue", Level.WARNING, "it is paused: no run starts", RESUME)


def check_clock() -> Iterator[Check]:
    """Look whether the wall clock can be right, both clocks go equally fast, and time zones are there."""
    now = datetime.now(UTC)
    wall, monotonic = time.time(), time.monotonic()
    time.sleep(0.05)
    drift = (time.time() - wall) - (time.monotonic() - monotonic)
    remedy = "set the clock, and let it be kept: timedatectl set-ntp true"
    if now.year < FIRST_YEAR:
        yield Check("clock", Level.ERROR, f"it is set to {now:%Y-%m-%d %H:%M} UTC, which cannot be", remedy)
    elif abs(drift) > 0.02:
        yield Check("clock", Level.WARNING, f"it jumped by {drift:+.3f} s while the doctor looked", remedy)
    else:
        yield Check("clock", Level.OK, f"{now:%Y-%m-%d %H:%M:%S} UTC, steady")
    try:
        ZoneInfo("America/New_York")
    except (ZoneInfoNotFoundError, OSError) as error:
        yield Check("time zones", Level.ERROR, str(error), "pip install tzdata, or apt-get install tzdata")


def check_engines(found: dict[str, Availability], chosen: EngineChoice) -> Iterator[Check]:
    """Judge what the engines said: one that works is enough, unless the settings ask for another."""
    any_ready = any(answer.ready for name, answer in found.items() if name != EngineName.REPLAY)
    for name, answer in found.items():
        subject = f"engine {name}"
        if answer.ready:
            yield Check(subject, Level.OK, answer.detail)
        else:
            needed = not any_ready or chosen.value == name
            yield Check(subject, Level.ERROR if needed else Level.WARNING, answer.detail, answer.remedy)


def check_docker(found: Iterable[Check], *, needed: bool) -> Iterator[Check]:
    """Weigh what was found of the Docker engine.

    Args:
        found: By the engine's own look.
        needed: Whether runs would take it; if not, they can do without, and nothing of it is an error.
    """
    for check in found:
        yield replace(check, level=Level.WARNING) if check.level is Level.ERROR and not needed else check


def embedded_starts() -> Availability:
    """Start minilean in a process of its own, as a run does, as far as its last import; blocks."""
    if importlib.util.find_spec("minilean") is None:
        return Availability(ready=False, detail="minilean is not installed", remedy=NEW_VENV)
    command = [sys.executable, "-c", "import minilean.launcher.program"]
    begun = time.monotonic()
    try:
        done = subprocess.run(command, capture_output=True, timeout=START_SECONDS, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired) as error:
        return Availability(ready=False, detail=f"minilean does not start: {error}", remedy=NEW_VENV)
    if done.returncode != 0:
        last = (done.stderr.decode("utf-8", "replace").strip().splitlines() or ["no message"])[-1]
        return Availability(ready=False, detail=f"minilean does not start: {last}", remedy=NEW_VENV)
    return Availability(ready=True, detail=f"minilean starts in {time.monotonic() - begun:.1f} s")


def check_data(folder: DataFolder) -> Iterator[Check]:
    """Look at the market data as LEAN will."""
    if folder.origin is FolderOrigin.DEMONSTRATION and not folder.path.exists():
        yield Check("data", Level.OK, "demonstration data, made by the first run")
        return
    findings = check_data_folder(folder.path)
    if not any(f.severity is not Severity.INFO for f in findings):
        yield Check("data", Level.OK, f"{folder.path} ({folder.reason})")
    levels = {Severity.ERROR: Level.ERROR, Severity.WARNING: Level.WARNING, Severity.INFO: Level.OK}
    for finding in findings:
        yield Check("data", levels[finding.severity], finding.what, finding.advice)


def check_strategies(settings: Settings) -> Iterator[Check]:
    """Look for the folders of strategies."""
    for folder in settings.strategies:
        if not folder.is_dir():
            remedy = "make it, or set LEANBOARD_STRATEGIES to where your strategies lie"
            yield Check("strategies", Level.WARNING, f"{folder} is not there", remedy)
            continue
        found = sum(1 for item in folder.iterdir() if not item.name.startswith((".", "_")))
        yield Check(
            "strategies", Level.OK, f"{folder} holds {found} files and folders; leanboard strategies reads them"
        )


def check_notifications(settings: Settings) -> Iterator[Check]:
    """Say whether the operator is told of anything, and whether Apprise can send there; sends nothing."""
    found = addresses(settings.notify_urls)
    if not found:
        yield Check("notifications", Level.OK, "nobody is told of anything: LEANBOARD_NOTIFY is not set")
        return
    unknown = [address.name for address in found if not address.is_known()]
    if unknown:
        remedy = "correct LEANBOARD_NOTIFY; docs/how-to/notifications.md has examples"
        yield Check("notifications", Level.WARNING, f"Apprise cannot send to: {', '.join(unknown)}", remedy)
        return
    told = ", ".join(event.value for event in settings.notify_on) or "nothing: LEANBOARD_NOTIFY_ON is empty"
    names = ", ".join(address.name for address in found)
    yield Check("notifications", Level.OK, f"{names} told of {told}; leanboard notify test tries it")


def check_port(settings: Settings) -> Iterator[Check]:
    """Look whether a service runs here, else whether it could listen."""
    record = running_service(HomeLayout(settings.home))
    if record is not None:
        yield Check("service", Level.OK, f"runs at {record.url} (process {record.pid})")
        return
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, settings.port))
        except OSError as error:
            remedy = "set LEANBOARD_PORT, or end the program that listens there (ss -ltnp shows it)"
            yield Check("port", Level.WARNING, f"{settings.port} is not free: {error.strerror}", remedy)
            return
    yield Check("port", Level.OK, f"{settings.port} is free")


def _available_memory() -> int | None:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    found = next((line for line in lines if line.startswith("MemAvailable:")), None)
    return int(found.split()[1]) * 1024 if found else None
