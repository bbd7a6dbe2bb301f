"""requirements.txt on the embedded engine of a real service: this Python's own pip, and an index in a folder."""

import hashlib
import json
import signal
import time
from pathlib import Path

import pytest

from engines.distributions import slow_source, wheel
from scenarios.service import API, HEAD, Service
from strategies.projects import write

pytestmark = pytest.mark.timeout(240)

USES = f"import tiny\n{HEAD}        self.debug('the word is ' + tiny.WORD)\n"


@pytest.fixture
def make(make_service, tmp_path):
    """Return what makes a service whose pip knows one folder; settings as keywords."""
    index = tmp_path / "index"
    wheel(index)
    slow_source(index)

    def made(**settings: object) -> Service:
        environment = json.dumps({"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(index)})
        return make_service(requirements_env=environment, **settings)

    return made


def project(service: Service, name: str, requirements: str, **included: str) -> None:
    root = service.home.parent / "strategies" / name
    write(root, {"main.py": USES, "requirements.txt": requirements, **included})


def kept(service: Service) -> list[Path]:
    return [path for path in (service.home / "packages").iterdir() if not path.name.startswith(".")]


def processes(service: Service) -> list[int]:
    """Every process that works in the folder of packages."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            command = (entry / "cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if f"{service.home}/packages/" in command:
            found.append(int(entry.name))
    return found


def until(condition, within: float = 30.0):
    deadline = time.monotonic() + within
    while not (found := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


def test_a_strategy_uses_what_it_asks_for_and_the_next_run_installs_nothing(make, tmp_path):
    service = make(warm_embedded=0).start()
    digest = hashlib.sha256((tmp_path / "index" / "tiny-1.0-py3-none-any.whl").read_bytes()).hexdigest()
    pinned = f"tiny==1.0 \\\n    --hash=sha256:{digest}\n"
    project(service, "uses", "# mine\n-r more/base.txt\n", **{"more/base.txt": pinned})
    project(service, "same", "-r more/base.txt", **{"more/base.txt": f"\n# theirs\n{pinned}"})
    run = service.submit("uses")
    phases = {run["phase"]}
    while not (now := service.status(run["id"]))["status"].startswith(("comp", "fail")):
        phases.add(now["phase"])
        time.sleep(0.02)
    ended = service.until_ended(run["id"])
    assert ended["status"] == "completed", service.result(ended["timestamp"])
    assert "installing" in phases
    folder = service.home / "results" / ended["timestamp"]
    assert "Successfully installed tiny-1.0" in (folder / "console" / "install.txt").read_text()
    assert "the word is tiny" in (folder / "log.txt").read_text()
    assert not (folder / "packages").exists()
    second = service.until_ended(service.submit("same")["id"])
    assert second["status"] == "completed"
    console = service.home / "results" / second["timestamp"] / "console"
    assert not (console / "install.txt").exists()
    assert (console / "packages.txt").read_text() == "tiny==1.0\n"
    assert len(kept(service)) == 1


def test_a_booted_slot_is_good_for_it_as_well(make):
    service = make(warm_embedded=1).start()
    project(service, "uses", "tiny")
    until(lambda: service.client.get("/health").json()["warm"][0]["ready"])
    ended = service.until_ended(service.submit("uses")["id"])
    assert ended["status"] == "completed", ended
    assert service.client.get("/health").json()["warm"][0]["hits"] == 1


def test_another_file_than_the_one_that_was_pinned_is_not_installed(make):
    service = make().start()
    project(service, "pinned", f"tiny==1.0 --hash=sha256:{'0' * 64}\n")
    ended = service.until_ended(service.submit("pinned")["id"])
    assert ended["reason"] == "requirements_failed"
    assert "DO NOT MATCH THE HASHES" in ended["message"]


def test_what_cannot_be_installed_ends_the_run_with_pips_own_lines(make):
    service = make().start()
    project(service, "wrong", "tiny\nno-such-package==3\n")
    ended = service.until_ended(service.submit("wrong")["id"])
    assert (ended["status"], ended["reason"]) == ("failed", "requirements_failed")
    assert "No matching distribution found for no-such-package==3" in ended["message"]
    assert ended["location"] == {"file": "requirements.txt", "line": 2}
    result = service.result(ended["timestamp"])
    assert "ERROR: No matching distribution" in "".join(map(str, result["log_tail"]))
    assert kept(service) == []


def test_what_pip_would_refuse_is_refused_at_once(make):
    service = make().start()
    project(service, "wrong", "tiny\n-e ./own\n")
    answer = service.client.post(f"{API}/run", json={"strategy_name": "wrong", "engine": "embedded"})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert "line 2: requirements.txt: -e (--editable)" in answer.json()["detail"]


def test_a_cancel_ends_pip(make):
    service = make().start()
    project(service, "lasting", "slow")
    run_id = service.submit("lasting")["id"]
    until(lambda: service.status(run_id)["phase"] == "installing" and processes(service))
    text = until(lambda: (service.status(run_id)["progress"] or {}).get("fetching"))["text"]
    assert text.startswith("installing requirements")
    service.cancel(run_id)
    ended = service.until_ended(run_id)
    assert (ended["status"], ended["reason"]) == ("cancelled", "cancelled_by_user")
    assert processes(service) == []
    assert list((service.home / "packages" / ".work").iterdir()) == []


def test_a_service_that_is_killed_in_the_middle_leaves_nothing(make):
    service = make().start()
    project(service, "lasting", "slow")
    run_id = service.submit("lasting")["id"]
    until(lambda: processes(service))
    service.end(signal.SIGKILL)
    service.start()
    until(lambda: service.status(run_id)["phase"] == "installing")  # again, from its snapshot
    assert len(list((service.home / "packages" / ".work").iterdir())) == 1
    assert kept(service) == []
    service.cancel(run_id)
    service.until_ended(run_id)
    until(lambda: not processes(service))
