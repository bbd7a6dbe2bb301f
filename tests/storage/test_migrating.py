"""The constant that saves an import is the truth."""

from leanboard.storage.database import HEAD_REVISION
from leanboard.storage.migrating import newest_revision


def test_the_known_revision_is_the_newest_file():
    assert newest_revision() == HEAD_REVISION
