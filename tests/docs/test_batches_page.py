"""The how-to of batches: its files are batches, its commands are commands."""

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from leanboard.cli import app
from leanboard.services.batches.planning import plan
from leanboard.terminal.batch_file import read_batch

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "batches.md"
TEXT = PAGE.read_text("utf-8")
FILES = re.findall(r"```yaml\n(.*?)```", TEXT, flags=re.DOTALL)
COMMANDS = re.findall(
    r"^leanboard (.+)$", "\n".join(re.findall(r"```sh\n(.*?)```", TEXT, flags=re.DOTALL)), flags=re.MULTILINE
)


@pytest.mark.parametrize("text", FILES)
def test_every_file_is_a_batch(text, tmp_path):
    path = tmp_path / "batch.yaml"
    path.write_text(text)
    request = read_batch(str(path)).value
    if request.scenarios is None:
        assert plan(request, {}, 5000).count in {4, 18}


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_is_one(line):
    # The line is parsed before the help is printed: an option that is not there is an error.
    done = CliRunner().invoke(app, [*shlex.split(line, comments=True), "--help"], prog_name="leanboard")
    assert done.exit_code == 0, done.output


def test_there_is_something_to_look_at():
    assert (len(FILES), len(COMMANDS) > 12) == (3, True)
