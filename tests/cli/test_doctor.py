import socket

from leanboard.engines.base import Availability
from leanboard.market_data.folder import DataFolder, FolderOrigin
from leanboard.models.check import Check, Level
from leanboard.models.health import EngineHealth, HealthReport, HealthStatus
from leanboard.models.requests import EngineChoice
from leanboard.settings import Settings
from leanboard.storage.layout import HomeLayout
from leanboard.storage.lock import HomeLock, running_service
from leanboard.terminal import health_checks
from leanboard.terminal.doctor import judge_health, look_at_slots, summary
from strategies.projects import write

READY = Availability(ready=True, detail="there")
MISSING = Availability(ready=False, detail="not there", remedy="get it")


def levels(checks):
    return [check.level for check in checks]


def test_home(tmp_path):
    [check] = health_checks.check_home(Settings(home=tmp_path / "new" / "home"))
    assert check.level is Level.OK
    (tmp_path / "file").touch()
    [check] = health_checks.check_home(Settings(home=tmp_path / "file" / "home"))
    assert check.level is Level.ERROR
    assert "LEANBOARD_HOME" in check.remedy
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    [check] = health_checks.check_home(Settings(home=tmp_path / "open"))
    assert check.level is Level.WARNING
    assert list((tmp_path / "open").iterdir()) == []


def test_disk(tmp_path):
    assert levels(health_checks.check_disk(Settings(home=tmp_path / "x", min_free_disk=1 << 40))) == [Level.ERROR]


def test_memory(tmp_path):
    [check] = health_checks.check_memory(Settings(home=tmp_path, memory=1_048_576, max_running=256))
    assert check.level is Level.WARNING


def test_clock():
    assert levels(health_checks.check_clock()) == [Level.OK]


def test_one_engine_is_enough_unless_another_is_asked_for():
    found = {"embedded": READY, "docker": MISSING}
    assert levels(health_checks.check_engines(found, EngineChoice.AUTO)) == [Level.OK, Level.WARNING]
    assert levels(health_checks.check_engines(found, EngineChoice.DOCKER)) == [Level.OK, Level.ERROR]
    found = {"embedded": MISSING, "docker": MISSING, "replay": READY}
    assert levels(health_checks.check_engines(found, EngineChoice.AUTO)) == [Level.ERROR, Level.ERROR, Level.OK]


def test_data(tmp_path):
    demonstration = DataFolder(tmp_path / "none", FolderOrigin.DEMONSTRATION, "")
    assert levels(health_checks.check_data(demonstration)) == [Level.OK]
    configured = DataFolder(tmp_path / "none", FolderOrigin.CONFIGURED, "")
    assert Level.ERROR in levels(health_checks.check_data(configured))


def test_strategies(tmp_path):
    (tmp_path / "one.py").touch()
    settings = Settings(strategies=(tmp_path, tmp_path / "none"))
    assert levels(health_checks.check_strategies(settings)) == [Level.OK, Level.WARNING]


def test_port(tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        settings = Settings(home=tmp_path, port=other.getsockname()[1])
        [check] = health_checks.check_port(settings)
        assert check.level is Level.WARNING
        assert str(settings.port) in check.found
    assert levels(health_checks.check_port(settings)) == [Level.OK]


def test_a_running_service_is_named(tmp_path):
    lock = HomeLock(HomeLayout(tmp_path))
    with lock:
        lock.announce("http://127.0.0.1:1234")
        [check] = health_checks.check_port(Settings(home=tmp_path))
    assert check.subject == "service"
    assert "http://127.0.0.1:1234" in check.found


async def test_a_service_that_runs_and_does_not_answer(tmp_path):
    lock = HomeLock(HomeLayout(tmp_path))
    with lock, socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        lock.announce(f"http://127.0.0.1:{nobody.getsockname()[1]}")
        [check] = await look_at_slots(Settings(home=tmp_path), None)
    assert (check.subject, check.level) == ("service", Level.WARNING)
    assert await look_at_slots(Settings(home=tmp_path), None) == []


def test_health_of_a_service():
    report = HealthReport(
        status=HealthStatus.DEGRADED,
        engines=(EngineHealth(name="embedded", ready=False, detail="gone", remedy="install it"),),
        version="9.9.9",
        running=1,
        queued=2,
    )
    checks = judge_health("http://host", report)
    assert {check.subject: check.level for check in checks} == {
        "service": Level.WARNING,
        "version": Level.WARNING,
        "engine embedded": Level.ERROR,
        "disk": Level.OK,
        "runs": Level.OK,
    }
    [check] = judge_health("http://host", HealthReport(status=HealthStatus.OK))
    assert "LEANBOARD_API_KEY" in check.remedy


def test_summary():
    def of(*found):
        return summary([Check("x", level, "") for level in found])

    assert of(Level.OK) == "all is well"
    assert of(Level.OK, Level.WARNING) == "runs can work, 1 warning(s)"
    assert of(Level.ERROR, Level.WARNING) == "1 error(s) keep runs from working, 1 warning(s)"


def test_command(bench):
    done = bench.invoke("doctor", "--json", LEANBOARD_RECORDINGS=None)
    subjects = [check["subject"] for check in done.json["checks"]]
    for wanted in ("python", "home", "disk", "clock", "engine embedded", "engine docker", "data", "strategies", "port"):
        assert wanted in subjects
    bad = [check for check in done.json["checks"] if check["level"] == "error"]
    assert done.code == (1 if bad else 0)
    assert all(check["remedy"] for check in bad)


def test_installed_requirements_are_counted(tmp_path):
    settings = Settings(home=tmp_path)
    assert list(health_checks.check_packages(settings)) == []
    write(tmp_path / "packages", {"a/tiny.py": "x" * 2_000_000, ".work/b/half.py": ""})
    (check,) = health_checks.check_packages(settings)
    assert (check.level, check.found) == (
        Level.OK,
        "1 installed requirements.txt, 2.0 MB (at most 32, 8192 MB)",
    )


def test_settings_that_cannot_be_used_are_a_finding(bench):
    done = bench.invoke("doctor", LEANBOARD_PORT="many")
    assert done.code == 1
    assert "LEANBOARD_PORT" in done.out


def test_what_a_killed_service_left_is_not_taken_for_the_next_one(tmp_path):
    layout = HomeLayout(tmp_path)
    layout.service.write_text('{"url": "http://127.0.0.1:9", "pid": 1}')
    with HomeLock(layout):
        assert running_service(layout) is None
