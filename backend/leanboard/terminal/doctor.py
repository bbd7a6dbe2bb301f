"""``leanboard doctor``: whether everything is there that runs need, and what to do about what is not."""

import asyncio
from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from leanboard import __version__
from leanboard.engines.base import Engine
from leanboard.engines.docker.engine import DockerEngine
from leanboard.engines.docker.probe import ProbePlace
from leanboard.models.check import Check, Level
from leanboard.models.health import HealthReport, HealthStatus, WarmSlotsHealth
from leanboard.models.requests import EngineChoice
from leanboard.models.run import EngineName
from leanboard.settings import Settings
from leanboard.storage.layout import HomeLayout
from leanboard.storage.lock import running_service
from leanboard.terminal import health_checks
from leanboard.terminal.client import Client
from leanboard.terminal.execution import execute, load_settings, output, print_json
from leanboard.terminal.failure import CommandError, ExitCode
from leanboard.terminal.local import data_folder, running_engines
from leanboard.terminal.options import ApiKey, AsJson, Url
from leanboard.terminal.text import printable

MEGABYTE = 1 << 20
CALL_SECONDS = 6  # of the Docker engine: the command ends only when its last call has
_STYLES = {Level.OK: "green", Level.WARNING: "bold yellow", Level.ERROR: "bold red"}


def doctor(*, as_json: AsJson = False, url: Url = None, api_key: ApiKey = None) -> None:
    """Check this machine: Python, home, disk, memory, clock, engines, LEAN's image, data, strategies, port.

    With --url: ask a running service instead. Exit code 1 when something keeps runs from working.
    """

    async def work() -> int:
        checks = await _ask(url, api_key) if url else await _look_here(api_key)
        if as_json:
            print_json({"version": __version__, "checks": [_as_json(check) for check in checks]})
        else:
            show_checks(checks)
        return ExitCode.FAILED if any(c.level is Level.ERROR for c in checks) else ExitCode.OK

    execute(work, as_json=as_json)


async def _look_here(api_key: str | None) -> list[Check]:
    checks = list(health_checks.check_python())
    try:
        settings = load_settings()
    except CommandError as error:
        remedy = "correct the environment variable; docs/reference/settings.md lists what there is"
        return [*checks, Check("settings", Level.ERROR, error.message, remedy)]
    return [
        *checks,
        *health_checks.check_home(settings),
        *health_checks.check_disk(settings),
        *health_checks.check_packages(settings),
        *health_checks.check_memory(settings),
        *health_checks.check_queue(settings),
        *health_checks.check_clock(),
        *await _look_at_engines(settings),
        *health_checks.check_data(data_folder(settings)),
        *health_checks.check_strategies(settings),
        *health_checks.check_notifications(settings),
        *health_checks.check_port(settings),
        *await look_at_slots(settings, api_key),
    ]


async def look_at_slots(settings: Settings, api_key: str | None) -> list[Check]:
    """Ask the service of this home, if one runs, what it has booted ahead; only it knows."""
    record = running_service(HomeLayout(settings.home))
    if record is None:
        return []
    try:
        async with asyncio.timeout(CALL_SECONDS), Client(record.url, api_key) as client:
            return _warm((await client.health()).warm)
    except (CommandError, TimeoutError) as error:
        remedy = f"look at its log, or ask it itself: leanboard doctor --url {record.url}"
        return [Check("service", Level.WARNING, f"does not say how it is: {str(error) or 'no answer'}", remedy)]


async def _look_at_engines(settings: Settings) -> list[Check]:
    try:
        async with running_engines(settings, call_seconds=CALL_SECONDS) as engines:
            found = {name.value: await engine.availability() for name, engine in engines.items()}
            docker = await _examine(engines[EngineName.DOCKER], settings)
    except CommandError as error:
        remedy = "correct the environment variable; docs/reference/settings.md lists what there is"
        return [Check("settings", Level.ERROR, error.message, remedy)]
    if found[EngineName.EMBEDDED].ready:
        found[EngineName.EMBEDDED] = await asyncio.to_thread(health_checks.embedded_starts)
    automatic = settings.engine is EngineChoice.AUTO and found[EngineName.DOCKER].ready
    needed = automatic or settings.engine is EngineChoice.DOCKER
    return [
        *health_checks.check_engines(found, settings.engine),
        *health_checks.check_docker(docker, needed=needed),
    ]


async def _examine(engine: Engine, settings: Settings) -> tuple[Check, ...]:
    if not isinstance(engine, DockerEngine):
        return ()
    place = ProbePlace(HomeLayout(settings.home).work, data_folder(settings).path, settings.memory * MEGABYTE)
    return await engine.examine(place)


async def _ask(url: str, api_key: str | None) -> list[Check]:
    async with Client(url, api_key) as client:
        return judge_health(url, await client.health())


def judge_health(url: str, health: HealthReport) -> list[Check]:
    """Turn what a service says about itself into lines."""
    level = {HealthStatus.OK: Level.OK, HealthStatus.DEGRADED: Level.WARNING}.get(health.status, Level.ERROR)
    checks = [Check("service", level, f"{url} is {health.status.value}, version {health.version or 'not told'}")]
    if not health.engines and not health.version:
        remedy = "set LEANBOARD_API_KEY: without it the service says no more than this"
        return [Check("service", level, checks[0].found, remedy)]
    if health.version != __version__:
        found = f"the service is {health.version}, this command is {__version__}"
        checks.append(Check("version", Level.WARNING, found, "install the same version on both sides"))
    any_ready = any(engine.ready for engine in health.engines if engine.name != EngineName.REPLAY)
    for engine in health.engines:
        bad = Level.WARNING if any_ready else Level.ERROR
        subject = f"engine {engine.name}"
        checks.append(Check(subject, Level.OK if engine.ready else bad, engine.detail, engine.remedy))
    free = "not known" if health.free_disk_mb is None else f"{health.free_disk_mb} MB"
    checks.append(Check("disk", Level.OK, f"{free} free for results"))
    checks.append(_runs(health))
    return [*checks, *_warm(health.warm)]


def _warm(found: Sequence[WarmSlotsHealth]) -> list[Check]:
    return [Check(f"warm {slots.image or slots.engine}", Level.OK, warm_text(slots)) for slots in found]


def _runs(health: HealthReport) -> Check:
    limit = "" if health.max_running is None else f" of {health.max_running}"
    found = f"{health.running}{limit} running, {health.queued} waiting"
    if health.paused:
        return Check("runs", Level.WARNING, f"{found}; the queue is paused", health_checks.RESUME)
    return Check("runs", Level.OK, found)


def warm_text(slots: WarmSlotsHealth) -> str:
    """Say what an engine's warm slots are good for."""
    boot = "" if slots.boot_seconds is None else f", last boot {slots.boot_seconds:.1f} s"
    count = f"{slots.ready} of {slots.size} ready, {slots.booting} booting"
    return f"{count}; {slots.hits} runs started in one, {slots.misses} did not{boot}"


def _as_json(check: Check) -> dict[str, str]:
    return {"subject": check.subject, "level": check.level.value, "found": check.found, "remedy": check.remedy}


def show_checks(checks: Sequence[Check]) -> None:
    """Print the lines, and below them what came of it."""
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for check in checks:
        table.add_row(Text(check.level.value, style=_STYLES[check.level]), check.subject, Text(printable(check.found)))
        if check.remedy:
            table.add_row("", "", Text(printable("> " + check.remedy), style="dim"))
    output().print(table)
    output().print(Text(summary(checks), style="bold"))


def summary(checks: Sequence[Check]) -> str:
    """Return the last line."""
    errors = sum(check.level is Level.ERROR for check in checks)
    warnings = sum(check.level is Level.WARNING for check in checks)
    if errors:
        return f"{errors} error(s) keep runs from working, {warnings} warning(s)"
    return f"runs can work, {warnings} warning(s)" if warnings else "all is well"
