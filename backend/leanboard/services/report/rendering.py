"""From a page's view model to its HTML: one file that asks for nothing else. Blocks."""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from leanboard import __version__
from leanboard.services.report.batch_report import BatchReport
from leanboard.services.report.comparison_report import ComparisonReport
from leanboard.services.report.figures import moment
from leanboard.services.report.run_report import RunReport

_TEMPLATES = Path(__file__).with_name("templates")


@dataclass(frozen=True, slots=True)
class Page:
    """A whole page.

    Attributes:
        html: In UTF-8.
        policy: Its Content-Security-Policy, which stands in the page, too: no scripts, nothing from anywhere, and this
            one style sheet by its hash.
    """

    html: bytes
    policy: str


class ReportRenderer:
    """Renders pages. Safe to use from several threads.

    Args:
        now: The wall clock, UTC.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._environment = Environment(
            loader=FileSystemLoader(_TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._style = (_TEMPLATES / "page.css").read_text("utf-8")
        digest = base64.b64encode(hashlib.sha256(self._style.encode()).digest()).decode()
        self._policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"

    def run(self, report: RunReport) -> Page:
        """Render the page of a run."""
        return self._page("run.html", report)

    def comparison(self, report: ComparisonReport) -> Page:
        """Render the page of a comparison."""
        return self._page("comparison.html", report)

    def batch(self, report: BatchReport) -> Page:
        """Render the page of a batch."""
        return self._page("batch.html", report)

    def _page(self, template: str, report: RunReport | ComparisonReport | BatchReport) -> Page:
        text = self._environment.get_template(template).render(
            page=report,
            policy=self._policy,
            style=self._style,
            version=__version__,
            made_at=moment(self._now()),
        )
        return Page(text.encode("utf-8", "replace"), self._policy)
