"""Project files and the compiler's output: text in, text out."""

from xml.etree import ElementTree as ET

import pytest

from leanboard.engines.docker.csproj import made_project, rewritten_project
from leanboard.engines.docker.msbuild import BuildPlaces, build_arguments, build_failure, compiler_errors
from leanboard.errors import BuildFailed

LEAN_CLI = """<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><TargetFramework>net9.0</TargetFramework><NoWarn>CS0618</NoWarn></PropertyGroup>
  <ItemGroup>
    <PackageReference Include="QuantConnect.Lean" Version="2.5.*"/>
    <PackageReference Include="QuantConnect.DataSource.Libraries" Version="2.5.*"/>
    <PackageReference Include="Newtonsoft.Json" Version="13.0.1"/>
  </ItemGroup>
</Project>"""
PLACES = BuildPlaces("/LeanCLI", "/Results")
ALL_OF_LEAN = ("Reference", "/Lean/Launcher/bin/Debug/*.dll", None)


def references(text):
    return [
        (node.tag, node.get("Include"), node.get("Condition"))
        for node in ET.fromstring(text).iter()
        if node.tag.endswith("Reference")
    ]


def test_packages_of_lean_become_its_dlls():
    text = rewritten_project(LEAN_CLI, "X.csproj")
    json = ("PackageReference", "Newtonsoft.Json", "!Exists('/Lean/Launcher/bin/Debug/Newtonsoft.Json.dll')")
    assert references(text) == [json, ALL_OF_LEAN]
    root = ET.fromstring(text)
    assert [node.text for node in root.iter("Private")] == ["False"]
    assert [node.text for node in root.iter("NoWarn")] == ["CS0618", "$(NoWarn);MSB3277"]
    assert root.get("Sdk") == "Microsoft.NET.Sdk"


def test_other_ways_to_refer_to_lean():
    text = r"""<Project xmlns="http://schemas.microsoft.com/developer/msbuild/2003" Sdk="Microsoft.NET.Sdk"><ItemGroup>
      <Reference Include="QuantConnect.Common"><HintPath>a</HintPath></Reference>
      <Reference Include="C:\Lean\QuantConnect.Algorithm.dll"/>
      <ProjectReference Include="..\..\Lean\Algorithm\QuantConnect.Algorithm.csproj"/>
      <ProjectReference Include="lib/Own.csproj"/>
      <Reference Include="Own.dll"/>
      <PackageReference Include="A" Condition="'$(B)' == ''"/>
      <PackageReference Update="QuantConnect.Lean"/>
    </ItemGroup></Project>"""
    assert references(rewritten_project(text, "X.csproj")) == [
        ("ProjectReference", "lib/Own.csproj", None),
        ("Reference", "Own.dll", None),
        ("PackageReference", "A", "('$(B)' == '') And !Exists('/Lean/Launcher/bin/Debug/A.dll')"),
        ("PackageReference", None, None),
        ALL_OF_LEAN,
    ]


def test_a_project_file_is_made():
    text = made_project("my_idea")
    assert references(text) == [ALL_OF_LEAN]
    assert [node.text for node in ET.fromstring(text).iter("AssemblyName")] == ["my_idea"]


@pytest.mark.parametrize("text", ["<Project>\n<", "", "<!DOCTYPE a [<!ENTITY b 'c'>]><Project>&b;</Project>"])
def test_what_is_no_project_file(text):
    with pytest.raises(BuildFailed, match=r"X\.csproj"):
        rewritten_project(text, "X.csproj")


def test_arguments():
    offline = build_arguments("X Y.csproj", "net10.0", PLACES, network=False)
    assert offline[0] == "X Y.csproj"
    assert {"-p:TargetFramework=net10.0", "-p:OutputPath=/Results/bin/"} <= set(offline)
    assert "-p:DebugType=embedded" in offline
    assert set(offline) - set(build_arguments("X Y.csproj", "net10.0", PLACES, network=True)) == {
        "-p:RestoreSources=/LeanCLI"
    }


OUTPUT = """  Determining projects to restore...
  Restored /Results/src/X.csproj (in 210 ms).
/Results/src/Main.cs(3,5): error CS1002: ; expected [/Results/src/X.csproj]
/Results/src/lib/Deep.cs(12,1,12,9): error CS0246: The type or namespace 'A(b): c' [x] is not there [/X.csproj]
/Results/src/Main.cs(9,5): warning CS0618: 'error CS1111: old' is obsolete [/Results/src/X.csproj]

Build FAILED.

/Results/src/Main.cs(3,5): error CS1002: ; expected [/Results/src/X.csproj]
/Results/src/lib/Deep.cs(12,1,12,9): error CS0246: The type or namespace 'A(b): c' [x] is not there [/X.csproj]
    1 Warning(s)
    2 Error(s)
"""


def test_errors_come_once_with_their_places():
    found = compiler_errors(OUTPUT, PLACES)
    assert [(error.file, error.line, error.code) for error in found] == [
        ("Main.cs", 3, "CS1002"),
        ("lib/Deep.cs", 12, "CS0246"),
    ]
    assert found[1].text == "The type or namespace 'A(b): c' [x] is not there"
    failure = build_failure(OUTPUT, 1, PLACES, network=False)
    assert failure.detail.startswith("Main.cs(3): error CS1002: ; expected\nlib/Deep.cs(12): error CS0246")
    assert (failure.place, failure.output) == (("Main.cs", 3), OUTPUT)


def test_many_errors_are_counted():
    output = "\n".join(f"/Results/src/A.cs({line},1): error CS1002: ; expected" for line in range(1, 9))
    assert build_failure(output, 1, PLACES, network=False).detail.endswith("and 3 more; all are in the run's console")


@pytest.mark.parametrize(
    ("line", "names"),
    [
        (
            "/s/X.csproj : error NU1101: Unable to find package Foo.Bar. No packages exist with this id in a",
            "package Foo.Bar,",
        ),
        ("/s/X.csproj : error NU1100: Unable to resolve 'Foo (>= 1.0.0)' for 'net10.0'. [/s/X.csproj]", "package Foo,"),
        ("/s/X.csproj : error NU1102: Unable to find package Foo with version (>= 2.0.0)", "package Foo,"),
        ("/s/X.csproj : error NU1301: Unable to load the service index for source https://x", "NuGet packages, which"),
    ],
)
def test_packages_that_are_not_there_are_named_with_the_way_out(line, names):
    failure = build_failure(line, 1, PLACES, network=False)
    assert names in failure.detail
    assert "LEANBOARD_DOCKER_BUILD_NETWORK" in failure.detail
    assert "error NU" in build_failure(line, 1, PLACES, network=True).detail


def test_failures_without_an_error_of_the_compiler():
    assert "LEANBOARD_MEMORY" in build_failure("Restored", 137, PLACES, network=False).detail
    said = build_failure("\nNo .NET SDKs were found.\n\n", 145, PLACES, network=False)
    assert said.detail == "dotnet build ended with exit code 145: No .NET SDKs were found."
    assert build_failure("MSBUILD : error MSB1009: Project file does not exist.", 1, PLACES, network=False).detail == (
        "MSBUILD: error MSB1009: Project file does not exist."
    )
    assert build_failure("CSC : error CS5001: no Main [/X.csproj]", 1, PLACES, network=True).place is None
