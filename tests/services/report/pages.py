"""Recorded runs as pages, and pages as what a browser would find in them."""

from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

from leanboard.api import samples
from leanboard.models.results import BacktestResult, DataProvenance
from leanboard.services.comparison.compared import Compared
from leanboard.services.report.rendering import ReportRenderer
from leanboard.storage.equity_series import series_values
from leanboard.storage.result_document import ResultDocument
from leanboard.storage.result_files import state_of
from leanboard.storage.statistics_text import statistics

NOW = datetime(2026, 1, 31, 13, tzinfo=UTC)
RECORDED = Path(__file__).parents[2] / "recordings" / "completes" / "results" / "completes.json"


def renderer() -> ReportRenderer:
    return ReportRenderer(lambda: NOW)


def document(root: dict) -> ResultDocument:
    return ResultDocument(root=root, order_events=(), state=state_of(root, 0), name="r.json", size=0, tag="")


def result(found: ResultDocument, number: int = 0, **run: object) -> BacktestResult:
    timestamp = f"2026-01-31_12-{number:02}-00"
    info = samples.COMPLETED_RUN.evolve(**{"id": f"{number:032x}", "timestamp": timestamp, **run})
    return samples.RESULT.evolve(
        timestamp=timestamp, run=info, statistics=statistics(found.state), data=DataProvenance(kind="real"), files=()
    )


def compared(root: dict, number: int, **run: object) -> Compared:
    found = document(root)
    equity = series_values(found.root, "Strategy Equity", "Equity")
    return Compared(result(found, number, **run), found.state, equity)


class Found(HTMLParser):
    """What a page holds.

    Attributes:
        tags: Every element with its attributes.
        text: All text that is shown.
    """

    def __init__(self, html: bytes) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.texts: list[str] = []
        self.feed(html.decode())
        self.close()
        assert self.open == [], "every element is closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def asks_for_nothing(found: Found, html: bytes) -> None:
    """Check that a page has no script and fetches nothing."""
    names = {name for name, _ in found.tags}
    assert not names & {"script", "link", "img", "iframe", "object", "embed", "base", "form", "a", "image", "use"}
    for name, attributes in found.tags:
        for attribute in attributes:
            assert not attribute.startswith("on"), (name, attribute)
            assert attribute not in {"src", "href", "xlink:href", "style", "srcset", "action", "data"}, (
                name,
                attribute,
            )
    style = html.partition(b"<style>")[2].partition(b"</style>")[0]
    assert b"url(" not in style
    assert b"@import" not in style
    assert b"http://" not in html
    assert b"https://" not in html
