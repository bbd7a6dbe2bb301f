"""In what runs are not comparable."""

from leanboard.api import samples
from leanboard.models.comparison import Incomparable
from leanboard.models.run import Applied
from leanboard.services.comparison.comparability import settings_rows, warnings
from leanboard.services.comparison.compared import Compared


def paying(*commissions: str) -> list[Compared]:
    return [
        Compared(samples.RESULT.evolve(applied=Applied(effective={"commission": text} if text else {})))
        for text in commissions
    ]


def about_commissions(runs: list[Compared]) -> list[str]:
    return [warning.message for warning in warnings(runs) if warning.kind is Incomparable.COMMISSION]


def test_another_commission_is_said_and_listed():
    runs = paying("1 per order", "")
    name = samples.RESULT.timestamp
    expected = f"the commission differs: 1 per order ({name}); the strategy's own ({name})"
    assert about_commissions(runs) == [expected]
    (row,) = [row for row in settings_rows(runs) if row.name == "commission"]
    assert (row.values, row.differs) == (("1 per order", None), True)


def test_the_same_commission_is_no_difference():
    assert about_commissions(paying("1 per order", "1 per order")) == []
    assert about_commissions(paying("", "")) == []
