"""`leanboard run` with the embedded engine on demonstration data: what a first start is."""

import shutil
import signal

import pytest

from cli.conftest import end, read_until

HEAD = """\
from AlgorithmImports import *
import time


class Example(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2013, 10, 7)
        self.set_end_date(2013, 10, 11)
        self.spy = self.add_equity("SPY", Resolution.MINUTE).symbol
        self.bars = 0

    def on_data(self, data):
        self.bars += 1
        if self.bars == 1:
            self.debug("the first bar")
"""
BROKEN = HEAD + "        if self.bars == 500:\n            ratio = 1 / (self.bars - 500)\n"
SLOW = HEAD + "        time.sleep(0.02)\n"


@pytest.fixture
def first(bench, project):
    """No reference data, no recordings: demonstration data, as on a machine that has nothing else."""
    folder = bench.root / "strategies"
    shutil.copytree(project / "lean_strategies" / "main", folder / "main")
    (folder / "broken.py").write_text(BROKEN)
    (folder / "slow.py").write_text(SLOW)
    made = bench.invoke("data", "demo", "--json").json["folder"]
    bench.environment["LEANBOARD_DATA"] = made
    del bench.environment["LEANBOARD_RECORDINGS"]
    return bench


def test_main(first):
    done = first.run("run", "main", "--start", "2013-10-08", "--param", "allocation=0.5", "--param", "other=1")
    assert done.code == 0, done.err
    assert "Bought SPY at" in done.err
    assert "SIMULATED DATA" in done.out
    assert "start_date 2013-10-08" in done.out
    assert "allocation 0.5" in done.out
    assert "had no effect" in done.out
    assert "other" in done.out
    assert "Sharpe Ratio" in done.out
    [name] = first.results()
    assert (first.home / "results" / name / "code" / "main.py").is_file()


def test_failing_names_the_line(first):
    done = first.run("run", "broken")
    assert done.code == 1, done.err
    assert "failed (runtime_error)" in done.out
    assert "division by zero" in done.out
    assert "17 | ratio = 1 / (self.bars - 500)" in done.out


def test_ctrl_c(first):
    process = first.start("run", "slow")
    read_until(process, "trading")
    process.send_signal(signal.SIGINT)
    code, out, err = end(process)
    assert code == 130, err
    assert "cancelled" in out
    assert len(first.results()) == 1
    assert list((first.home / "work").iterdir()) == []
