"""A batch in a file, YAML or JSON."""

from leanboard.models.batch_requests import BatchRequest
from leanboard.terminal.yaml_file import Expected, YamlFile, read_yaml

_BATCH = Expected(
    BatchRequest,
    "a batch: items, sweep or scenarios",
    "see docs/how-to/batches.md for examples",
    "a sweep says in a few lines what thousands of items would",
)


def read_batch(path: str) -> YamlFile[BatchRequest]:
    """Read a batch; ``-`` is standard input.

    Raises:
        CommandError: It cannot be read, or is no batch; names file, line and field.
    """
    return read_yaml(path, _BATCH)
