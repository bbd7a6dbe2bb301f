"""Which data files a run asked for, and which of them were there."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from minilean.numbers import double_text, net_round_double
from minilean.results.json_text import JsonValue, dumps
from minilean.results.result_files import write_whole


@dataclass(frozen=True, slots=True)
class DataUsage:
    """Counts of data requests."""

    total: int
    succeeded: int
    failed: int

    @property
    def failed_percentage(self) -> float:
        """Failed requests in percent of all, rounded; 0 without requests."""
        return net_round_double(100.0 * self.failed / self.total, 0) if self.total else 0.0

    def lines(self) -> list[str]:
        """Return what LEAN prints at the end of a run."""
        percent = double_text(self.failed_percentage)
        figures = {
            "Total data requests": str(self.total),
            "Succeeded data requests": str(self.succeeded),
            "Failed data requests": str(self.failed),
            "Failed data requests percentage": f"{percent}%",
            "Total universe data requests": "0",
            "Succeeded universe data requests": "0",
            "Failed universe data requests": "0",
            "Failed universe data requests percentage": "0%",
        }
        return [f"DATA USAGE:: {name} {value}" for name, value in figures.items()]


class DataMonitor:
    """Collects requests and writes LEAN's three files at the end."""

    def __init__(self, data_folder: str) -> None:
        """Remember the prefix that the reports leave out.

        Args:
            data_folder: The data folder as configured (LEAN strips exactly this text).
        """
        self._prefix = data_folder
        self._succeeded: list[str] = []
        self._failed: list[str] = []

    def record(self, path: str | Path, *, succeeded: bool) -> None:
        """Note a request for a data file (map and factor files are not noted)."""
        text = str(path).removeprefix(self._prefix)
        (self._succeeded if succeeded else self._failed).append(text)

    def usage(self) -> DataUsage:
        """Return the counts so far."""
        succeeded, failed = len(self._succeeded), len(self._failed)
        return DataUsage(succeeded + failed, succeeded, failed)

    def write(self, folder: Path, opened: float, closed: float) -> DataUsage:
        """Write the report and the two lists.

        Args:
            folder: Results folder.
            opened: Wall clock of the first request, seconds since the epoch; it names the lists.
            closed: Wall clock now; it names the report.
        """
        usage = self.usage()
        write_whole(folder / f"succeeded-data-requests-{_stamp(opened)}.txt", _lines(self._succeeded))
        write_whole(folder / f"failed-data-requests-{_stamp(opened)}.txt", _lines(self._failed))
        report: dict[str, JsonValue] = {
            "succeeded-data-requests-count": usage.succeeded,
            "failed-data-requests-count": usage.failed,
            "succeeded-universe-data-requests-count": 0,
            "failed-universe-data-requests-count": 0,
            "total-data-requests-count": usage.total,
            "failed-data-requests-percentage": usage.failed_percentage,
            "total-universe-data-requests-count": 0,
            "failed-universe-data-requests-percentage": 0.0,
            "data-request-rates": [],
        }
        write_whole(folder / f"data-monitor-report-{_stamp(closed)}.json", dumps(report))
        return usage


def _stamp(seconds: float) -> str:
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%Y%m%d%H%M%S}{moment.microsecond // 1000:03d}"


def _lines(texts: list[str]) -> str:
    return "".join(f"{text}\n" for text in texts)
