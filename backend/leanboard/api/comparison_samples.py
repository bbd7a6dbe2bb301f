"""An example of a comparison."""

from datetime import UTC, datetime

from leanboard.api import samples
from leanboard.models.comparison import (
    Better,
    CodeDiff,
    ComparedRun,
    Comparison,
    ComparisonWarning,
    Correlation,
    FileChange,
    FileDiff,
    Incomparable,
    RebasedCurve,
    RebasedEquity,
    StatisticCell,
    StatisticKind,
    StatisticRow,
    ValueRow,
)
from leanboard.models.results import EquityPoint

OTHER = "2026-01-31_12-10-00"
_START, _END = datetime(2013, 10, 7, 4, tzinfo=UTC), datetime(2013, 10, 11, 20, tzinfo=UTC)

COMPARISON = Comparison(
    baseline=samples.TIMESTAMP,
    runs=(
        ComparedRun(timestamp=samples.TIMESTAMP, run=samples.COMPLETED_RUN, data=samples.DATA),
        ComparedRun(
            timestamp=OTHER,
            run=samples.COMPLETED_RUN.evolve(id=samples.RERUN.id, timestamp=OTHER, name="a faster cross"),
            data=samples.DATA,
        ),
    ),
    warnings=(
        ComparisonWarning(
            kind=Incomparable.CASH,
            message=f"the start equity differs: 100000 ({samples.TIMESTAMP}); 50000 ({OTHER})",
        ),
    ),
    statistics=(
        StatisticRow(
            name="Net Profit",
            kind=StatisticKind.RATE,
            better=Better.HIGHER,
            cells=(
                StatisticCell(text="1.692%", value=0.01692),
                StatisticCell(text="1.712%", value=0.01712, difference=0.0002, is_better=True),
            ),
            best=(OTHER,),
        ),
    ),
    settings=(ValueRow(name="start_equity", values=("100000", "50000"), differs=True),),
    parameters=(ValueRow(name="fast", values=("50", "20"), differs=True),),
    code=(
        CodeDiff(
            run=OTHER,
            files=(
                FileDiff(
                    path="main.py",
                    change=FileChange.CHANGED,
                    diff="--- a/main.py\n+++ b/main.py\n@@ -9 +9 @@\n-        fast = 50\n+        fast = 20",
                ),
            ),
        ),
    ),
    equity=RebasedEquity(
        start=_START,
        end=_END,
        curves=(
            RebasedCurve(
                run=samples.TIMESTAMP,
                points=(EquityPoint(time=_START, value=100.0), EquityPoint(time=_END, value=101.69)),
            ),
            RebasedCurve(
                run=OTHER, points=(EquityPoint(time=_START, value=100.0), EquityPoint(time=_END, value=101.71))
            ),
        ),
    ),
    correlation=Correlation(matrix=((1.0, 0.98), (0.98, 1.0)), days=((4, 4), (4, 4))),
)
