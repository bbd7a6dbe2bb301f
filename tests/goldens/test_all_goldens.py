"""Every recorded run of real LEAN, run by minilean and held against it; some minutes of one core."""

import json
import os
from pathlib import Path

import pytest

from minilean.goldens import GoldenRunner, Verdict, find_cases

GOLDENS = Path(os.environ.get("LEANBOARD_SHARED", Path(__file__).resolve().parents[3] / "shared")) / "lean-goldens"
CASES = find_cases(GOLDENS) if GOLDENS.is_dir() else []

pytestmark = [pytest.mark.shared, pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.mark.skipif(not CASES, reason=f"no goldens at {GOLDENS}")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_equal_to_real_lean(case: Path):
    result = GoldenRunner(GOLDENS.parent / "lean-data", timeout=280).run(case)
    tier = json.loads((case / "case.json").read_text()).get("tier", 1)
    allowed = {Verdict.EQUAL} if tier == 1 else {Verdict.EQUAL, Verdict.REFUSED}
    assert result.verdict in allowed, result.detail


@pytest.mark.skipif(not CASES, reason=f"no goldens at {GOLDENS}")
def test_there_are_as_many_as_the_readme_says():
    assert len(CASES) == 128 + 17
