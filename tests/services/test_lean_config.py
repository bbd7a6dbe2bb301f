"""LEAN's config.json of C# runs; the guest's is held by the engine contract."""

import json

import pytest

from leanboard.engines.sandbox_spec import CSharpBuild
from leanboard.engines.slot import SandboxPaths
from leanboard.models.requests import BacktestRequest
from leanboard.services.code_reader import CSharpCode, Prepared
from leanboard.services.lean_config import config_of, lean_config
from leanboard.services.strategy_service import StrategyService
from leanboard.strategies.catalogue import StrategyCatalogue
from strategies.projects import CSPROJ, GOOD, library, write

PATHS = SandboxPaths("/G/guest.py", "/Code", "/Out", "/Storage", "/Data", "/G/job.json", "/G/build")
REQUEST = BacktestRequest(
    strategy_name="sharp", start_date="2013-10-07", initial_cash=5000, parameters={"n": 3}, symbols=("SPY", "IBM")
)


def config(prepared, request=REQUEST):
    return json.loads(config_of(PATHS, request, prepared, algorithm_id="run-1", name="a name"))


def csharp(code, class_name="Algo", **parameters):
    return Prepared("Main.cs", class_name, parameters, None, code)


def test_a_project_is_loaded_from_where_it_is_built():
    found = config(csharp(CSharpCode("X.dll", CSharpBuild("X.csproj", "X")), n="1", other="2", start_date="2000-01-01"))
    assert found["algorithm-language"] == "CSharp"
    assert found["algorithm-type-name"] == "Algo"
    assert found["algorithm-location"] == "/G/build/X.dll"
    assert found["parameters"] == {
        "n": "3",
        "other": "2",
        "start_date": "2013-10-07",
        "initial_cash": "5000",
        "symbols": "SPY,IBM",
    }
    assert "algorithm-creation-timeout" not in found
    assert (found["algorithm-id"], found["data-folder"]) == ("run-1", "/Data")


def test_a_parameter_of_the_request_wins_over_its_dates():
    request = BacktestRequest(strategy_name="s", end_date="2013-10-11", parameters={"end_date": "mine"})
    assert config(csharp(CSharpCode("X.dll")), request)["parameters"] == {"end_date": "mine"}


def test_a_dll_is_loaded_from_the_code():
    found = config(csharp(CSharpCode("My.dll"), class_name=None))
    assert found["algorithm-location"] == "/Code/My.dll"
    assert found["algorithm-type-name"] == "run-1"


def test_python_is_the_guests():
    assert config_of(PATHS, REQUEST, Prepared("main.py", "A", {"n": "1"}, None), algorithm_id="i", name="n") == (
        lean_config(PATHS, algorithm_id="i", name="n")
    )


READS = 'public class A : QCAlgorithm { [Parameter("n")] public int N = 1; void F() { GetParameter("m", 2); } }'


@pytest.mark.parametrize(
    ("files", "code", "readable"),
    [
        ({"main.py": GOOD}, None, {"cash"}),
        ({"Main.cs": READS, "X Y.csproj": CSPROJ}, CSharpCode("X Y.dll", CSharpBuild("X Y.csproj", "X Y")), {"n", "m"}),
        ({"Main.cs": READS}, CSharpCode("idea.dll", CSharpBuild("", "idea")), {"n", "m"}),
        (
            {"Main.cs": "class A : QCAlgorithm {}", "b.cs": "GetParameter(name)", "QuantConnect.X.csproj": CSPROJ},
            CSharpCode("Project.QuantConnect.X.dll", CSharpBuild("QuantConnect.X.csproj", "Project.QuantConnect.X")),
            None,
        ),
        ({"idea.dll": library(), "Other.dll": library()}, CSharpCode("idea.dll"), None),
    ],
)
async def test_what_a_snapshot_holds(tmp_path, files, code, readable):
    service = StrategyService(StrategyCatalogue([]))
    prepared = await service.prepared("idea", write(tmp_path / "code", files))
    service.close()
    assert prepared.csharp == code
    assert prepared.readable == readable
