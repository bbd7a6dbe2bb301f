"""Scenarios as files, so that they are there when the index is not. Blocking; one caller per scenario at a time.

::

    scenarios/<id>.json      a scenario
    scenarios/.staged-<id>   to come: takes its place as soon as the row says the same
    scenarios/.gone-<id>     not there any more; the row goes, too
"""

import re
from pathlib import Path

from pydantic import Field, ValidationError

from leanboard.errors import NotFound
from leanboard.models.base import Frozen
from leanboard.models.scenarios import Scenario
from leanboard.storage.durable_files import disk_errors, names_in, sync_directory, write_durably
from leanboard.storage.layout import RUN_ID, HomeLayout
from leanboard.storage.manifest import text_of
from leanboard.storage.queries import ProblemKind, StorageProblem
from leanboard.storage.safe_files import read_file
from leanboard.storage.stored_request import StoredScenario

SCHEMA_VERSION = 1
_MAX_BYTES = 4 * 1024 * 1024
_NAME = re.compile(r"([0-9a-f]{32})\.json")
_MARKED = re.compile(r"\.(staged|gone)-([0-9a-f]{32})")


class _ScenarioFile(Frozen):
    schema_version: int = Field(default=SCHEMA_VERSION, ge=1, le=SCHEMA_VERSION)
    scenario: StoredScenario


class ScenarioFiles:
    """Writes, reads and removes files of scenarios.

    Every method raises :class:`StorageError` when the disk refuses.
    """

    def __init__(self, layout: HomeLayout) -> None:
        self._root = layout.scenarios

    def prepare(self) -> None:
        """Make their folder."""
        with disk_errors("preparing the folder of scenarios"):
            self._root.mkdir(parents=True, exist_ok=True)

    def stage(self, scenario: Scenario) -> None:
        """Write a file to come."""
        with disk_errors("storing the scenario"):
            write_durably(self._marked("staged", scenario.id), text_of(_ScenarioFile(scenario=scenario)))

    def place(self, scenario_id: str) -> None:
        """Put the file to come in its place."""
        with disk_errors("storing the scenario"):
            self._marked("staged", scenario_id).replace(self._path(scenario_id))
            sync_directory(self._root)

    def drop_staged(self, scenario_id: str) -> None:
        """Remove a file that did not come."""
        with disk_errors("removing what is no longer needed"):
            self._marked("staged", scenario_id).unlink(missing_ok=True)

    def staged(self, scenario_id: str) -> Scenario | None:
        """Return what a file to come says; None when it cannot be read."""
        try:
            content = read_file(self._root, self._marked("staged", scenario_id).name, _MAX_BYTES)
            return _ScenarioFile.model_validate_json(content).scenario
        except (NotFound, ValueError):
            return None

    def hide(self, scenario_id: str) -> None:
        """Take a file away, so that the scenario does not come back; may be called when it is gone."""
        with disk_errors("deleting the scenario"):
            try:
                self._path(scenario_id).rename(self._marked("gone", scenario_id))
            except FileNotFoundError:
                return
            sync_directory(self._root)

    def remove_hidden(self, scenario_id: str) -> None:
        """Remove what was taken away."""
        with disk_errors("removing what is no longer needed"):
            self._marked("gone", scenario_id).unlink(missing_ok=True)

    def ids(self) -> frozenset[str]:
        """Return the ids of all scenarios that have a file."""
        with disk_errors("reading the folder of scenarios"):
            return frozenset(found[1] for name in names_in(self._root) if (found := _NAME.fullmatch(name)))

    def left(self, mark: str) -> tuple[str, ...]:
        """Return the ids of scenarios that an earlier process left ``staged`` or ``gone``."""
        with disk_errors("reading the folder of scenarios"):
            found = [_MARKED.fullmatch(name) for name in names_in(self._root)]
        return tuple(each[2] for each in found if each is not None and each[1] == mark)

    def read(self, scenario_id: str) -> Scenario | StorageProblem:
        """Read a scenario, or say what is wrong with its file."""
        subject = f"scenarios/{scenario_id}.json"
        try:
            scenario = _ScenarioFile.model_validate_json(
                read_file(self._root, self._path(scenario_id).name, _MAX_BYTES)
            ).scenario
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"]) or "the whole"
            return StorageProblem(ProblemKind.QUARANTINED, subject, f"{where}: {first['msg']}")
        except (NotFound, ValueError, OSError) as error:
            return StorageProblem(ProblemKind.UNREADABLE, subject, f"it cannot be read: {error}")
        if scenario.id != scenario_id:
            detail = f"it is of scenario {scenario.id}: give the file that name again"
            return StorageProblem(ProblemKind.QUARANTINED, subject, detail)
        return scenario

    def _path(self, scenario_id: str) -> Path:
        return self._root / f"{_checked(scenario_id)}.json"

    def _marked(self, mark: str, scenario_id: str) -> Path:
        return self._root / f".{mark}-{_checked(scenario_id)}"


def _checked(scenario_id: str) -> str:
    if not RUN_ID.fullmatch(scenario_id):
        msg = f"{scenario_id[:40]!r} is no id of a scenario"
        raise ValueError(msg)
    return scenario_id
