"""scripts/setup, with a Python and a pip that only say what they were asked."""

import os
import shutil
import stat
import subprocess
import sys
import textwrap
import time

import pytest

PYTHON = """\
#!/bin/sh
# Stands for Python: makes "virtual environments", notes what pip is asked, and leaves small questions to the real one.
log() {{ printf '%s\\n' "$*" >>"{log}"; }}
case "$1 $2" in
    "-m venv")
        log venv
        mkdir -p "$3/bin"
        cp "$0" "$3/bin/python"
        ;;
    "-m pip")
        shift 3
        log "pip $*"
        [ ! -e "{root}/slow" ] || sleep 1
        [ ! -e "{root}/offline" ] || {{ echo "ERROR: no network" >&2; exit 1; }}
        case "$*" in *--editable*) touch "$(dirname "$0")/leanboard"; chmod +x "$(dirname "$0")/leanboard" ;; esac
        ;;
    "-c import ensurepip, venv")
        [ ! -e "{root}/no-ensurepip" ]
        ;;
    "-c import pip"*)
        [ -d "$(dirname "$0")/../../.venv" ]
        ;;
    *)
        exec "{real}" "$@"
        ;;
esac
"""


class Checkout:
    def __init__(self, root, project):
        self.root, self.log = root, root.parent / "asked.txt"
        (root / "requirements").mkdir(parents=True)
        for name in ("runtime", "dev"):
            (root / "requirements" / f"{name}.txt").write_text("one==1 \\\n    --hash=sha256:0\n")
        (root / "pyproject.toml").write_text("[project]\n")
        shutil.copytree(project / "scripts", root / "scripts")
        self.python = root.parent / "fake-python"
        self.python.write_text(PYTHON.format(log=self.log, root=root.parent, real=sys.executable))
        self.python.chmod(self.python.stat().st_mode | stat.S_IXUSR)

    def command(self, *arguments, script="setup"):
        return [str(self.root / "scripts" / script), *arguments]

    @property
    def environment(self):
        return {**os.environ, "PYTHON": str(self.python)}

    def setup(self, *arguments):
        return subprocess.run(
            self.command(*arguments), env=self.environment, cwd="/", capture_output=True, text=True, check=False
        )

    def asked(self):
        """What Python was asked since the last call: venv, runtime, dev, project."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        self.log.unlink(missing_ok=True)
        return [self._short(line) for line in lines]

    @staticmethod
    def _short(line):
        for word in ("runtime.txt", "dev.txt", "--editable"):
            if word in line:
                assert word == "--editable" or "--require-hashes" in line
                return word
        return line

    @property
    def venv(self):
        return self.root / ".venv"


@pytest.fixture
def checkout(tmp_path, project):
    return Checkout(tmp_path / "a folder" / "lean board", project)


FROM_NOTHING = ["venv", "runtime.txt", "--editable"]


def test_first_start_makes_everything_and_the_second_nothing(checkout):
    first = checkout.setup()
    assert first.returncode == 0, first.stderr
    assert "once" in first.stderr
    assert first.stdout == ""
    assert checkout.asked() == FROM_NOTHING
    second = checkout.setup()
    assert (second.returncode, second.stderr, checkout.asked()) == (0, "", [])


def test_changed_requirements_are_installed_into_what_is_there(checkout):
    checkout.setup()
    checkout.asked()
    with (checkout.root / "requirements" / "runtime.txt").open("a") as pins:
        pins.write("two==2\n")
    assert "up to date" in checkout.setup().stderr
    assert checkout.asked() == ["runtime.txt", "--editable"]
    assert checkout.setup().stderr == ""


def test_dev_includes_runtime_and_stays(checkout):
    checkout.setup("dev")
    assert checkout.asked() == ["venv", "dev.txt", "--editable"]
    checkout.setup("runtime")
    assert checkout.asked() == []
    (checkout.root / "pyproject.toml").write_text("[project]\nname='x'\n")
    checkout.setup("runtime")
    assert checkout.asked() == ["dev.txt", "--editable"]


def test_runtime_grows_into_dev(checkout):
    checkout.setup("runtime")
    checkout.asked()
    checkout.setup("dev")
    assert checkout.asked() == ["dev.txt", "--editable"]


def test_a_failed_set_up_says_why_and_is_made_again_from_nothing(checkout):
    (checkout.root.parent / "offline").touch()
    failed = checkout.setup()
    assert failed.returncode == 1
    assert "ERROR: no network" in failed.stderr
    assert "could not be installed" in failed.stderr
    assert not (checkout.venv / "leanboard-stamp").exists()
    checkout.asked()
    (checkout.root.parent / "offline").unlink()
    assert checkout.setup().returncode == 0
    assert checkout.asked() == FROM_NOTHING


def test_a_killed_set_up_is_made_again_from_nothing(checkout):
    (checkout.root.parent / "slow").touch()
    process = subprocess.Popen(checkout.command(), env=checkout.environment, stderr=subprocess.DEVNULL)
    unfinished = checkout.venv / "leanboard-unfinished"
    deadline = time.monotonic() + 20
    while not unfinished.exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.kill()
    process.wait()
    time.sleep(0.1)
    assert unfinished.exists()
    again = checkout.setup()
    assert again.returncode == 0
    assert not unfinished.exists()
    assert checkout.asked()[-3:] == FROM_NOTHING


def test_two_starts_at_the_same_time_set_up_once(checkout):
    (checkout.root.parent / "slow").touch()
    starts = [
        subprocess.Popen(checkout.command(), env=checkout.environment, stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    said = [start.communicate(timeout=60)[1] for start in starts]
    assert [start.returncode for start in starts] == [0, 0, 0]
    assert checkout.asked() == FROM_NOTHING
    assert sum("waiting" in text for text in said) == 2


def test_a_moved_project_gets_a_new_environment(checkout):
    checkout.setup()
    checkout.asked()
    moved = checkout.root.with_name("moved")
    checkout.root.rename(moved)
    checkout.root = moved
    checkout.setup()
    assert checkout.asked() == FROM_NOTHING


def test_an_environment_without_its_python_is_made_again(checkout):
    checkout.setup()
    checkout.asked()
    (checkout.venv / "bin" / "python").unlink()
    checkout.setup()
    assert checkout.asked() == FROM_NOTHING


def test_without_ensurepip_the_package_is_named(checkout):
    (checkout.root.parent / "no-ensurepip").touch()
    failed = checkout.setup()
    assert failed.returncode == 1
    assert "apt-get install python3-venv" in failed.stderr


def test_without_a_new_python_that_is_said(checkout, tmp_path):
    old = tmp_path / "bin"
    old.mkdir()
    for tool in ("sh", "dirname", "readlink", "cat", "sha256sum", "cut", "flock", "grep", "rm", "mkdir"):
        (old / tool).symlink_to(shutil.which(tool))
    done = subprocess.run(checkout.command(), env={"PATH": str(old)}, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "Python 3.11 or newer" in done.stderr


def test_wrong_level(checkout):
    assert checkout.setup("nonsense").returncode == 2


@pytest.mark.parametrize(("script", "command"), [("backtest", "run"), ("serve", "serve")])
def test_scripts_hand_over_to_the_command(checkout, tmp_path, script, command):
    checkout.setup()
    leanboard = checkout.venv / "bin" / "leanboard"
    leanboard.write_text(
        textwrap.dedent(
            """\
            #!/bin/sh
            printf '%s\\n' "$LEANBOARD_HOME" "$LEANBOARD_STRATEGIES" "$@"
            """
        )
    )
    kept = {name: value for name, value in checkout.environment.items() if not name.startswith("LEANBOARD_")}
    done = subprocess.run(
        checkout.command("a b", "--x", script=script),
        env=kept,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    root = checkout.root
    assert done.stdout.splitlines() == [f"{root}/var", f"{root}/lean_strategies", command, "a b", "--x"]
    given = subprocess.run(
        checkout.command(script=script),
        env={**kept, "LEANBOARD_HOME": "/somewhere"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert given.stdout.splitlines()[0] == "/somewhere"


def test_scripts_work_through_a_link(checkout, tmp_path):
    checkout.setup()
    checkout.asked()
    link = tmp_path / "link"
    link.symlink_to(checkout.root / "scripts" / "setup")
    done = subprocess.run([str(link)], env=checkout.environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert checkout.asked() == []
