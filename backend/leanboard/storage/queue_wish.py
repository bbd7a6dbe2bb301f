"""queue.json in the home: whether somebody has paused the queue, kept over restarts. All functions block."""

from pathlib import Path

import structlog
from pydantic import Field, ValidationError

from leanboard.models.base import Frozen
from leanboard.storage.durable_files import disk_errors, write_durably
from leanboard.storage.json_files import NotLoaded, load_json
from leanboard.storage.manifest import text_of

MAX_BYTES = 4096

log = structlog.get_logger(__name__)


class QueueWish(Frozen):
    """What somebody wants of the queue for as long as they say nothing else."""

    schema_version: int = Field(default=1, ge=1, le=1)
    paused: bool = False


def read_wish(path: Path) -> QueueWish:
    """Return what is wanted; where the file is not there or damaged, nothing is."""
    try:
        return QueueWish.model_validate(load_json(path, MAX_BYTES).value)
    except NotLoaded as error:
        problem = error.problem  # empty where there is no file
    except ValidationError as error:
        problem = f"{path.name}: {error.errors()[0]['msg']}"
    if problem:
        log.warning("whether the queue was paused is not known; it is not now", problem=problem)
    return QueueWish()


def write_wish(path: Path, wish: QueueWish) -> None:
    """Make durable what is wanted.

    Raises:
        StorageError: The disk refuses.
    """
    with disk_errors("writing queue.json"):
        write_durably(path, text_of(wish))
