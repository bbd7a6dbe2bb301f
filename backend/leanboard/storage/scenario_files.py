"""Scenarios as files, so that they are there when the index is not. Blocking; one caller per scenario at a time.

A scenario is ``scenarios/<id>.json``, which comes and goes as entry_folder.py says.
"""

from pathlib import Path

from pydantic import Field, ValidationError

from leanboard.errors import NotFound
from leanboard.models.base import Frozen
from leanboard.models.scenarios import Scenario
from leanboard.models.wrong_values import first_problem
from leanboard.storage.durable_files import disk_errors, write_durably
from leanboard.storage.entry_folder import EntryFolder
from leanboard.storage.layout import HomeLayout
from leanboard.storage.manifest import text_of
from leanboard.storage.queries import ProblemKind, StorageProblem
from leanboard.storage.safe_files import read_file
from leanboard.storage.stored_request import StoredScenario

SCHEMA_VERSION = 1
_MAX_BYTES = 4 * 1024 * 1024


class _ScenarioFile(Frozen):
    schema_version: int = Field(default=SCHEMA_VERSION, ge=1, le=SCHEMA_VERSION)
    scenario: StoredScenario


class ScenarioFiles(EntryFolder):
    """Writes, reads and removes files of scenarios."""

    def __init__(self, layout: HomeLayout) -> None:
        super().__init__(layout.scenarios, "scenario", ".json")

    def stage(self, scenario: Scenario) -> None:
        """Write a file to come."""
        with disk_errors("storing the scenario"):
            write_durably(self.staged(scenario.id), text_of(_ScenarioFile(scenario=scenario)))

    def read_staged(self, scenario_id: str) -> Scenario | None:
        """Return what a file to come says; None when it cannot be read."""
        try:
            return _read(self.staged(scenario_id))
        except (NotFound, ValueError):
            return None

    def read(self, scenario_id: str) -> Scenario | StorageProblem:
        """Read a scenario, or say what is wrong with its file."""
        subject = f"scenarios/{scenario_id}.json"
        try:
            scenario = _read(self.place_of(scenario_id))
        except ValidationError as error:
            return StorageProblem(ProblemKind.QUARANTINED, subject, first_problem(error))
        except (NotFound, ValueError, OSError) as error:
            return StorageProblem(ProblemKind.UNREADABLE, subject, f"it cannot be read: {error}")
        if scenario.id != scenario_id:
            detail = f"it is of scenario {scenario.id}: give the file that name again"
            return StorageProblem(ProblemKind.QUARANTINED, subject, detail)
        return scenario


def _read(path: Path) -> Scenario:
    return _ScenarioFile.model_validate_json(read_file(path.parent, path.name, _MAX_BYTES)).scenario
