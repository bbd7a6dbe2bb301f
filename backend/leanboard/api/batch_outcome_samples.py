"""Examples of what came of a batch: views of one small sweep."""

from leanboard.api import batch_samples
from leanboard.models.batches import BatchDetail, BatchItem, BatchProgress
from leanboard.services.batches.outcome.comparison import comparison
from leanboard.services.batches.outcome.matrix import matrix
from leanboard.services.batches.outcome.table import csv


def _item(number: int, fast: str, slow: str, sharpe: float) -> BatchItem:
    return batch_samples.COMPLETED_ITEM.evolve(
        number=number,
        run_id=f"{number:032x}",
        timestamp=f"2026-01-31_12-00-0{number}",
        label=f"AAPL / moving_average_cross / fast={fast} / slow={slow}",
        parameters={"fast": fast, "slow": slow},
        metrics=batch_samples.METRICS.evolve(sharpe_ratio=sharpe),
    )


SWEEP = BatchDetail(
    **{
        **dict(batch_samples.BATCH),
        "axes": ("fast", "slow"),
        "progress": BatchProgress(total=4, completed=4, percent=100),
        "items": (
            _item(1, "10", "40", 0.512),
            _item(2, "10", "60", 0.634),
            _item(3, "20", "40", 0.71),
            _item(4, "20", "60", 0.698),
        ),
    }
)
MATRIX = matrix(batch_samples.DETAIL)
COMPARISON = comparison(SWEEP)
TABLE = csv(batch_samples.DETAIL)
