"""What ``dotnet build`` is asked, and what its output says. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from leanboard.engines.docker.csproj import LEAN_FOLDER
from leanboard.errors import BuildFailed

LIBRARIES = "bin"  # of the output: what was compiled
_SHOWN = 5  # errors in the message
_MAX_TEXT = 400

_ERROR = re.compile(
    r"^\s*(?:(?P<file>[^\s(:][^(:]*?)(?:\((?P<line>\d{1,9})(?:,\d{1,9}){0,3}\))?\s?: )?"
    r"(?:fatal )?error (?P<code>[A-Z]{2,8}\d{1,6}): (?P<text>.*?)(?: \[[^\[\]]*\])?\s*$"
)
_MISSING_PACKAGE = re.compile(r"Unable to (?:find package|resolve) '?(?P<name>[\w.-]{1,200}?)(?:[.']? |[.']?$)")
_NO_PACKAGE = frozenset({"NU1100", "NU1101", "NU1102", "NU1103", "NU1301"})
_KILLED = 137


@dataclass(frozen=True, slots=True)
class BuildPlaces:
    """Where a build's container has what it works with.

    Attributes:
        code: The sources, which it may not write.
        output: All that it writes.
    """

    code: str
    output: str

    @property
    def sources(self) -> str:
        """The sources' copy, in which is compiled: MSBuild writes beside them."""
        return f"{self.output}/src"

    @property
    def libraries(self) -> str:
        """What they are compiled into."""
        return f"{self.output}/{LIBRARIES}"

    @property
    def home(self) -> str:
        """For .NET's own files."""
        return f"{self.output}/home"

    @property
    def script(self) -> str:
        """A shell's script; its arguments are those of ``dotnet build``."""
        # Files are open to all: the service has to delete them.
        return f"""umask 000
mkdir {self.sources} {self.home} && cp -R {self.code}/. {self.sources} && cd {self.sources} || exit 70
dotnet build "$@"
code=$?
cd /
rm -rf {self.sources} {self.home}
exit $code"""

    @property
    def environment(self) -> dict[str, str]:
        """Of the container."""
        return {
            "DOTNET_NOLOGO": "true",
            "DOTNET_CLI_TELEMETRY_OPTOUT": "true",
            "DOTNET_SKIP_FIRST_TIME_EXPERIENCE": "true",
            "DOTNET_CLI_UI_LANGUAGE": "en",  # its errors are read
            "DOTNET_CLI_HOME": self.home,
            "HOME": self.home,
            "TMPDIR": self.home,
            "NUGET_PACKAGES": f"{self.home}/packages",
            "MSBUILDDISABLENODEREUSE": "1",  # a compiler that stays would keep the container
            "MSBUILDTERMINALLOGGER": "off",
        }

    def relative(self, file: str) -> str:
        """Return a source's path inside of the project; the name of what lies elsewhere."""
        for root in (self.sources, self.code):
            if file.startswith(f"{root}/"):
                return file.removeprefix(f"{root}/")
        return file.rpartition("/")[2] if file.startswith("/") else file


@dataclass(frozen=True, slots=True)
class CompilerError:
    """One error of a build.

    Attributes:
        file: Relative to the project; empty where it names none.
        line: From 1; 0 where it names none.
        code: Such as ``CS1002``.
    """

    file: str
    line: int
    code: str
    text: str

    def __str__(self) -> str:
        place = f"{self.file}({self.line}): " if self.line else f"{self.file}: " if self.file else ""
        return f"{place}error {self.code}: {self.text}"


def build_arguments(project: str, framework: str, places: BuildPlaces, *, network: bool) -> tuple[str, ...]:
    """Return what follows ``dotnet build``.

    Args:
        project: The project file, relative to the sources.
        framework: Of the image, such as ``net10.0``.
        places: Of the container.
        network: Whether packages can be fetched.
    """
    properties = {
        "Configuration": "Debug",
        "Platform": "AnyCPU",
        "TargetFramework": framework,
        "OutputPath": f"{places.libraries}/",
        "AppendTargetFrameworkToOutputPath": "false",
        "AppendRuntimeIdentifierToOutputPath": "false",
        "OutputType": "Library",
        "UseAppHost": "false",
        # Inside the DLL: beside a .pdb LEAN loads the DLL from its bytes, and .NET then looks for no other in its
        # folder; without any, errors name no line of the user's.
        "DebugType": "embedded",
        "PathMap": f"{places.sources}={places.code}",
        "GenerateAssemblyInfo": "false",
        "GenerateTargetFrameworkAttribute": "false",
        "AutomaticallyUseReferenceAssemblyPackages": "false",
        "CopyLocalLockFileAssemblies": "true",
        "NuGetAudit": "false",
        "UseSharedCompilation": "false",
    }
    if not network:
        properties["RestoreSources"] = places.code  # a folder without packages: what is missing is said at once
    return (project, "-nologo", "-nodeReuse:false", *(f"-p:{key}={value}" for key, value in properties.items()))


def compiler_errors(output: str, places: BuildPlaces) -> tuple[CompilerError, ...]:
    """Return the errors of a build, each once, in the order in which they came.

    Args:
        output: All that ``dotnet build`` printed.
        places: Of its container.
    """
    found: dict[CompilerError, None] = {}
    for line in output.split("\n"):
        match = _ERROR.match(line[:4000])
        if match:
            file, text = places.relative(match["file"] or ""), match["text"][:_MAX_TEXT]
            found[CompilerError(file, int(match["line"] or 0), match["code"], text)] = None
    return tuple(found)


def build_failure(output: str, exit_code: int | None, places: BuildPlaces, *, network: bool) -> BuildFailed:
    """Return why a build failed, in the compiler's words where it has some.

    Args:
        output: All that it printed.
        exit_code: Of the container.
        places: Of the container.
        network: Whether it could fetch packages.
    """
    errors = compiler_errors(output, places)
    if exit_code == _KILLED and not errors:
        msg = "the compiler needed more memory than the run may use: raise LEANBOARD_MEMORY"
        return BuildFailed(msg, output=output)
    if not network and (missing := [error for error in errors if error.code in _NO_PACKAGE]):
        return BuildFailed(_without_network(missing), output=output)
    if not errors:
        last = next((line.strip() for line in reversed(output.split("\n")) if line.strip()), "it said nothing")
        return BuildFailed(f"dotnet build ended with exit code {exit_code}: {last[:_MAX_TEXT]}", output=output)
    located = next((error for error in errors if error.line), None)
    shown = "\n".join(str(error) for error in errors[:_SHOWN])
    more = f"\nand {len(errors) - _SHOWN} more; all are in the run's console" if len(errors) > _SHOWN else ""
    return BuildFailed(f"{shown}{more}", place=(located.file, located.line) if located else None, output=output)


def _without_network(errors: Sequence[CompilerError]) -> str:
    matches = (_MISSING_PACKAGE.search(error.text) for error in errors)
    names = ", ".join(dict.fromkeys(match["name"] for match in matches if match))
    what = (
        f"the NuGet packages {names}" if "," in names else f"the NuGet package {names}" if names else "NuGet packages"
    )
    return (
        f"the project needs {what}, which LEAN ({LEAN_FOLDER}) does not bring, and projects are built without network. "
        "Build it elsewhere and run the folder with the DLLs, or set LEANBOARD_DOCKER_BUILD_NETWORK=bridge"
    )
