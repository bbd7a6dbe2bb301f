"""What the pages say of settings, messages, commands and other pages is so."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from leanboard.settings import Settings

PROJECT = Path(__file__).resolve().parents[2]
PAGES = sorted([PROJECT / "README.md", *(PROJECT / "docs").rglob("*.md")])
# Not settings of the service: of the command line, of compose, of setting up and of tests.
OTHERS = {
    "LEANBOARD_URL",
    "LEANBOARD_HOST_HOME",
    "LEANBOARD_HOST_STRATEGIES",
    "LEANBOARD_HOST_DATA",
    "LEANBOARD_HOST_PORT",
    "LEANBOARD_UID",
    "LEANBOARD_GID",
    "LEANBOARD_SHARED",
}
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(PROJECT).as_posix())


@cache
def texts() -> tuple[str, ...]:
    """Every piece of text in the code; adjacent literals are one, and f-strings are cut where values go."""
    trees = (ast.parse(path.read_text("utf-8")) for path in (PROJECT / "backend" / "leanboard").rglob("*.py"))
    nodes = (node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return tuple(node.value for node in nodes if isinstance(node.value, str))


def rows(page: Path, column: str) -> list[str]:
    """The first cells of all tables whose first column has this title."""
    cells, inside = [], False
    for line in page.read_text("utf-8").splitlines():
        if not line.startswith("|"):
            inside = False
        elif line.startswith(f"| {column} |"):
            inside = True
        elif inside and not line.startswith("|--"):
            cells.append(line.split(" | ")[0].removeprefix("| "))
    return cells


def heading_anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as code hosts make them."""
    titles = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


@each_page
def test_every_setting_named_is_one(page: Path) -> None:
    known = {f"LEANBOARD_{name.upper()}" for name in Settings.model_fields} | OTHERS
    named = set(re.findall(r"\bLEANBOARD_[A-Z_]+[A-Z]\b", page.read_text("utf-8")))
    assert named <= known


@each_page
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]*(?:#[^)\s]*)?)\)", page.read_text("utf-8")):
        name, _, anchor = target.partition("#")
        if name.startswith(("http://", "https://")):
            continue
        other = (page.parent / name) if name else page
        assert other.exists(), target
        if anchor and other.suffix == ".md":
            assert anchor in heading_anchors(other), target


@each_page
def test_every_message_of_ours_is_in_the_code(page: Path) -> None:
    for cell in rows(page, "message"):
        message = cell.split("`")[1]
        pieces = [piece.strip() for piece in message.split("…") if len(piece.strip()) > 3]
        assert pieces, cell
        for piece in pieces:
            assert any(piece in text for text in texts()), f"{piece!r} of {message!r}"


def test_the_hardening_page_tells_every_part_of_the_profile() -> None:
    page = (PROJECT / "docs" / "how-to" / "hardening.md").read_text("utf-8")
    told = set(re.findall(r"^\| `LEANBOARD_(\w+)`", page, flags=re.MULTILINE))
    held = {"USER", "NETWORK", "READ_ONLY", "DROP_CAPABILITIES", "NO_NEW_PRIVILEGES", "PIDS", "CPUS", "TMP"}
    assert {f"DOCKER_{name}" for name in held} <= told
    assert {"MEMORY", "MAX_OUTPUT", "TIMEOUT"} <= told
    for name in told:
        default = Settings.model_fields[name.lower()].default
        row = next(line for line in page.splitlines() if line.startswith(f"| `LEANBOARD_{name}`"))
        assert shown(default) in row.split(" | ")[1], name


def shown(default: object) -> str:
    """A default as the page writes it."""
    if default is None:
        return "unset"
    return f"{default:g}" if isinstance(default, float) else str(default).lower()


def test_every_message_table_is_found() -> None:
    """The tests above must look at something."""
    assert len(rows(PROJECT / "docs" / "how-to" / "trouble.md", "message")) > 40
