"""C# in containers: projects that are compiled first, DLLs, and what goes wrong with either."""

import json
import re
import shutil
import signal

import pytest

from containers.lean_container import LeanRuns
from containers.service import wait_until
from strategies.projects import write

pytestmark = [pytest.mark.docker, pytest.mark.timeout(180)]

LEAN_CLI = """<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><TargetFramework>net9.0</TargetFramework></PropertyGroup>
  <ItemGroup><PackageReference Include="QuantConnect.Lean" Version="2.5.*"/>{more}</ItemGroup>
</Project>"""
HOLDER = """using QuantConnect.Algorithm;

public class Holder : QCAlgorithm
{
    public override void Initialize()
    {
        SetStartDate(2013, 10, 7);
        SetEndDate(2013, 10, 11);
        var fast = GetParameter("fast", 3);
        // body
    }
}
"""
READS_DATES = HOLDER.replace("// body", 'SetStartDate(DateTime.Parse(GetParameter("start_date", "2013-10-08")));')


def project(service, name, source=HOLDER, more="", **files):
    write(service._strategies, {f"{name}/Main.cs": source, f"{name}/{name}.csproj": LEAN_CLI.format(more=more)})
    write(service._strategies, {f"{name}/{path}": content for path, content in files.items()})


def run(service, name, **fields):
    run = service.until_ended(service.submit(name, **fields)["id"], 60)
    service.until_no_container(run["id"])
    return run


def messages(service, name):
    """What the service has logged under a name."""
    return re.findall(rf"\b{name}\b", service.log)


def console(service, run, name="stdout.txt"):
    return (service.folder(run) / "console" / name).read_text()


def compiler(service, run):
    """What the compiler printed; empty where nothing was compiled."""
    there = (service.folder(run) / "console" / "build.txt").exists()
    return console(service, run, "build.txt") if there else ""


@pytest.fixture
def service(make_docker_service, lean_image):
    return make_docker_service(lean_image).start()


def test_a_project_is_built_and_run_and_the_second_time_only_run(service):
    project(service, "holder", READS_DATES)
    first = run(service, "holder", start_date="2013-10-09", initial_cash=5000, parameters={"fast": 7})
    assert (first["status"], first["reason"], first["warnings"]) == ("completed", None, []), first
    result = service.result(first["timestamp"])
    assert result["run"]["engine"] == "docker"
    assert result["applied"]["effective"] == {"parameters.fast": "7", "start_date": "2013-10-09"}
    assert 'GetParameter("initial_cash")' in result["applied"]["ignored"]["initial_cash"]
    printed = console(service, first)
    assert printed.split(" ", 2)[2].startswith("TRACE:: Composer()")  # LEAN's own stream is LEAN's alone
    assert "Build succeeded." in compiler(service, first)
    assert "Loader.TryCreateILAlgorithm(): Loading only the algorithm assembly" in printed  # no .pdb beside it
    assert "Debug: 2013-10-09 00:00:00 fast=7" in printed
    config = json.loads((service.folder(first) / "config.json").read_text())
    assert config["algorithm-location"] == "/Leanboard/build/holder.dll"
    second = run(service, "holder")
    assert second["status"] == "completed"
    assert compiler(service, second) == ""
    assert len(list((service.home / "builds").glob("[0-9a-f]*"))) == 1
    assert list((service.home / "builds" / ".work").iterdir()) == []
    assert sorted(path.name for path in (service.folder(first) / "code").iterdir()) == ["Main.cs", "holder.csproj"]


def test_a_folder_without_a_project_file_and_a_class_beside_the_main_file(service):
    write(service._strategies, {"loose/Main.cs": "class Helper { }", "loose/lib/Holder.cs": HOLDER})
    ended = run(service, "loose")
    assert ended["status"] == "completed", ended
    assert "Loaded Holder" in console(service, ended)


def test_a_project_that_does_not_compile(service):
    project(service, "broken", HOLDER.replace("// body", "\n#error not today\n"), **{"lib/Deep.cs": "class A {\n"})
    run_id = service.submit("broken")["id"]
    events = list(service.events(run_id))
    lines = [line["text"] for event in events for line in (*event.get("lines", ()), *event.get("log", ()))]
    assert lines.count("Build FAILED.") == 1
    ended = service.until_ended(run_id)
    assert (ended["status"], ended["reason"]) == ("failed", "build_failed")
    assert ended["message"] == (
        "Main.cs(11): error CS1029: #error: 'not today'\nlib/Deep.cs(1): error CS1513: } expected"
    )
    assert ended["location"] == {"file": "Main.cs", "line": 11}
    assert "Build FAILED." in compiler(service, ended)
    assert "Build FAILED." in service.result(ended["timestamp"])["log_tail"]
    assert not list((service.home / "builds").glob("[0-9a-f]*"))


def test_packages_of_others_are_named_with_the_way_out(service):
    project(service, "packages", more='<PackageReference Include="Foo.Bar" Version="1.0"/>')
    ended = run(service, "packages")
    assert ended["reason"] == "build_failed"
    assert "the NuGet package Foo.Bar," in ended["message"]
    assert "LEANBOARD_DOCKER_BUILD_NETWORK" in ended["message"]


def test_two_runs_at_the_same_time_build_once(make_docker_service, lean_image):
    environment = json.dumps({"CONTRACT_BUILD_SECONDS": "1.5"})
    service = make_docker_service(lean_image, docker_env=environment).start()
    project(service, "holder")
    runs = [service.submit("holder")["id"] for _ in range(2)]
    ended = [service.until_ended(run_id, 60) for run_id in runs]
    assert [one["status"] for one in ended] == ["completed"] * 2, ended
    elapsed = {line for one in ended for line in re.findall("Time Elapsed .*", compiler(service, one))}
    assert len(elapsed) == 1
    assert len(messages(service, "built")) == 1


def test_a_cancel_ends_the_build_and_its_container(make_docker_service, lean_image):
    environment = json.dumps({"CONTRACT_BUILD_SECONDS": "60"})
    service = make_docker_service(lean_image, docker_env=environment).start()
    project(service, "holder")
    run_id = service.submit("holder")["id"]
    service.until(run_id, lambda run: service.containers())
    assert service.status(run_id)["phase"] == "booting"
    service.cancel(run_id)
    ended = service.until_ended(run_id, 20)
    assert (ended["status"], ended["reason"]) == ("cancelled", "cancelled_by_user")
    service.until_no_container()


def test_an_engine_that_shares_no_disk(make_docker_service, lean_image):
    service = make_docker_service(lean_image, docker_files="copy").start()
    project(service, "holder")
    project(service, "broken", HOLDER.replace("// body", "\n#error not today\n"))
    ended = run(service, "holder", parameters={"fast": 7})
    assert ended["status"] == "completed", ended
    assert "Build succeeded." in compiler(service, ended)
    assert console(service, ended).split(" ", 2)[2].startswith("TRACE:: Composer()")
    assert "Debug: 2013-10-07 00:00:00 fast=7" in console(service, ended)
    failed = run(service, "broken")
    assert (failed["reason"], failed["location"]) == ("build_failed", {"file": "Main.cs", "line": 11})


def test_a_service_that_dies_while_it_builds_builds_again(make_docker_service, lean_image):
    environment = json.dumps({"CONTRACT_BUILD_SECONDS": "2"})
    service = make_docker_service(lean_image, docker_env=environment, docker_orphan_grace=1).start()
    project(service, "holder")
    run_id = service.submit("holder")["id"]
    service.until(run_id, lambda run: service.containers())
    (left,) = (container.id for container in service.containers())
    service.end(signal.SIGKILL)
    service.start()
    ended = service.until_ended(run_id, 60)
    assert (ended["status"], ended["attempt"]) == ("completed", 1), ended
    assert list((service.home / "builds" / ".work").iterdir()) == []
    wait_until(lambda: left not in [container.id for container in service.containers()], 30)


def test_a_dll_alone_and_a_folder_of_dlls(service):
    project(service, "holder")
    first = run(service, "holder")
    assert first["status"] == "completed", first
    (built,) = (service.home / "builds").glob("[0-9a-f]*/holder.dll")
    shutil.copy(built, service._strategies / "alone.dll")
    write(service._strategies, {"both/both.dll": built.read_bytes(), "both/both.pdb": "", "both/Other.dll": b"MZ"})
    for name in ("alone", "both"):
        ended = run(service, name, parameters={"fast": 4})
        assert ended["status"] == "completed", ended
        printed = console(service, ended)
        assert f"JobQueue.NextJob(): Selected /LeanCLI/{name}.dll" in printed
        assert "Loading only the algorithm assembly" in printed
        assert "fast=4" in printed


def test_a_dll_without_an_algorithm(service):
    project(service, "holder")
    run(service, "holder")
    (built,) = (service.home / "builds").glob("[0-9a-f]*/holder.dll")
    write(service._strategies, {"empty.dll": built.read_bytes().partition(b"\nCONTRACT ")[0]})
    ended = run(service, "empty")
    assert (ended["status"], ended["reason"]) == ("failed", "init_error")
    assert ended["message"].startswith("Algorithm type was not found.")


def test_an_exception_names_the_line(service):
    project(service, "throws", HOLDER.replace("// body", 'throw new InvalidOperationException("on purpose");'))
    ended = run(service, "throws")
    assert (ended["status"], ended["reason"]) == ("failed", "runtime_error")
    assert ended["location"] == {"file": "Main.cs", "line": 10}
    assert "on purpose" in ended["message"]


def test_a_running_one_shows_progress_and_is_cancelled_with_what_it_has(service):
    project(
        service, "sleeper", HOLDER.replace("(2013, 10, 11)", "(2014, 10, 11)").replace("// body", "Thread.Sleep(100);")
    )
    run_id = service.submit("sleeper")["id"]
    service.until(run_id, lambda run: ((run["progress"] or {}).get("percent") or 0) > 0, 60)
    service.cancel(run_id)
    ended = service.until_ended(run_id, 30)
    assert (ended["status"], ended["partial"]) == ("cancelled", True)
    assert "shutting down safely now" in console(service, ended)


def test_a_dll_that_is_not_there_aborts(docker_daemon, lean_image, tmp_path):
    with LeanRuns(docker_daemon.client(), lean_image, tmp_path).cleaned_up() as runs:
        config = {"algorithm-language": "CSharp", "algorithm-location": "/LeanCLI/gone.dll"}
        done = runs.run(None, config=config)
    assert done.code == 134
    assert (
        "Unhandled exception. System.IO.FileNotFoundException: Could not find file '/LeanCLI/gone.dll'." in done.stderr
    )
    assert "case.json" not in done.files


def test_the_stand_in_says_what_real_lean_said(docker_daemon, lean_image, shared, service):
    real = skeleton((shared / "lean-recordings/ok-csharp/stdout.txt").read_text())
    project(service, "holder", HOLDER.replace('var fast = GetParameter("fast", 3);', ""))
    ours = skeleton(console(service, run(service, "holder")))
    assert [line for line in ours if line not in real] == []
    places = [real.index(line) for line in ours]
    assert places == sorted(places)
    assert len(ours) > 60


VARIES = re.compile(
    r"(Host: |Selected |AlgoId: |Algorithm Id:|from: |for |Loaded |queue: |StorageFileCount |Capacity: |"
    r"Capacity Asset).*"
)


def skeleton(text):
    """The lines of a console without what differs from run to run."""
    stripped = (re.sub(r"^\d{8} [\d:.]+ ", "", line) for line in text.split("\n"))
    named = (re.sub(r"(STATISTICS::(?: [A-Z][\w-]*)+).*", r"\1", line) for line in stripped)
    return [re.sub(r"\d+", "#", VARIES.sub(r"\1", line)) for line in named if line]
