"""The generated pages are what the code says."""

import runpy

import pytest


@pytest.mark.parametrize("name", ["settings", "minilean"])
def test_the_page_is_as_it_would_be_written_now(project, name):
    page = runpy.run_path(str(project / "scripts" / f"{name}-reference"))["page"]
    written = (project / "docs" / "reference" / f"{name}.md").read_text("utf-8")
    assert written == page(), f"run .venv/bin/python scripts/{name}-reference"
