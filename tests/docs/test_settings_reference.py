"""The settings' page is what the code says."""

import runpy


def test_every_setting_is_documented_as_it_is(project):
    page = runpy.run_path(str(project / "scripts" / "settings-reference"))["page"]
    written = (project / "docs" / "reference" / "settings.md").read_text("utf-8")
    assert written == page(), "run .venv/bin/python scripts/settings-reference"
