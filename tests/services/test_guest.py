"""What the guest does before LEAN: in a process of its own, with stand-ins for LEAN and for matplotlib."""

import subprocess
import sys
from pathlib import Path

import pytest

GUEST = Path(__file__).parents[2] / "backend" / "leanboard" / "guest" / "lean_run.py"
PYPLOT = """
import sys
import matplotlib
matplotlib.loaded.append("pyplot")
def figure():
    return "a figure"
"""
LEAN = """
import matplotlib.pyplot as plt
class QCAlgorithm:
    pass
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    package = tmp_path / "matplotlib"
    package.mkdir()
    (package / "__init__.py").write_text("loaded = ['matplotlib']\n__version__ = '3'\n")
    (package / "pyplot.py").write_text(PYPLOT)
    (package / "figure.py").write_text("class Figure: pass\n")
    (tmp_path / "AlgorithmImports.py").write_text(LEAN)
    return tmp_path


def run(place: Path, code: str) -> str:
    """Execute the guest's first part, which ends with its imports, and then ``code``; returns what was printed."""
    head = GUEST.read_text().partition("\n_POLL_SECONDS")[0]
    assert "from AlgorithmImports import *" in head
    command = [sys.executable, "-W", "error", "-c", f"{head}\n{code}"]
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_pyplot_is_not_imported_before_it_is_used(place: Path):
    code = "import inspect; inspect.getmodule(plt); print([type(_sys.modules[name]).__name__ for name in _PLOTTING])"
    assert run(place, code) == "['_LazyModule', '_LazyModule']"


def test_a_strategy_that_plots_gets_the_real_one(place: Path):
    code = "print(plt.figure(), plt.figure(), _sys.modules['matplotlib'].loaded)"
    assert run(place, code) == "a figure a figure ['matplotlib', 'pyplot']"


@pytest.mark.parametrize(
    ("code", "printed"),
    [
        ("from matplotlib.figure import Figure; print(Figure.__name__)", "Figure"),
        ("import matplotlib.figure; print(matplotlib.figure.Figure.__name__)", "Figure"),
        ("import matplotlib; matplotlib.use = 5; import matplotlib.pyplot as p; print(p.figure())", "a figure"),
        ("import matplotlib; print(matplotlib.__version__)", "3"),
        ("from matplotlib.pyplot import *; print(figure())", "a figure"),
        ("from matplotlib import pyplot; print(pyplot.figure())", "a figure"),
        ("from matplotlib.pyplot import figure; print(figure())", "a figure"),
        ("from importlib.util import find_spec; print(find_spec('matplotlib') is not None)", "True"),
        ("import importlib; print(importlib.import_module('matplotlib.pyplot').figure())", "a figure"),
    ],
)
def test_every_way_of_importing_it_works(place: Path, code: str, printed: str):
    assert run(place, code) == printed


def test_without_matplotlib_nothing_stands_in_for_it(place: Path):
    (place / "matplotlib").rename(place / "elsewhere")
    (place / "AlgorithmImports.py").write_text("")
    code = "print([name for name in _PLOTTING if name in _sys.modules])"
    assert run(place, code) == "[]"


PACKAGES = """
_add_packages({folder!r})
places = [sys_path for sys_path in _sys.path]
import tiny, shared, own
print(tiny.WORD, shared.WORD, own.WORD, places.index({folder!r}) < places.index({site!r}))
"""


def packages(place: Path, code: str) -> tuple[str, str]:
    """Execute the guest's part that adds packages, and then ``code``; returns both streams."""
    text = GUEST.read_text()
    start, end = text.index("def _add_packages"), text.index("def _load_user_module")
    head = f"import os as _os, sys as _sys\n{text[start:end]}"
    command = [sys.executable, "-I", "-W", "error", "-c", f"{head}\n{code}"]
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip(), done.stderr.strip()


def written(root: Path, **modules: str) -> str:
    root.mkdir()
    for name, text in modules.items():
        (root / f"{name}.py").write_text(text)
    return str(root)


def test_packages_win_over_this_pythons_and_not_over_its_library_or_the_strategys(tmp_path: Path):
    site = written(tmp_path / "site-packages", shared="WORD = 'site'")
    code = written(tmp_path / "code", own="WORD = 'own'")
    folder = written(tmp_path / "packages", tiny="WORD = 'tiny'", shared="WORD = 'new'", own="", json="WORD = 1")
    (tmp_path / "more").mkdir()
    (tmp_path / "packages" / "more.pth").write_text(f"{tmp_path / 'more'}\n")
    head = f"_sys.path.insert(0, {code!r}); _sys.path.append({site!r})\n"
    tail = f"import json; print(hasattr(json, 'WORD'), {str(tmp_path / 'more')!r} in _sys.path)"
    printed, warned = packages(tmp_path, head + PACKAGES.format(folder=folder, site=site) + tail)
    assert printed.split("\n") == ["tiny new own True", "False True"]
    assert warned == ""


def test_what_is_loaded_already_stays_and_is_told(tmp_path: Path):
    site = written(tmp_path / "site-packages", shared="WORD = 'site'\n__version__ = '2.1'")
    folder = written(tmp_path / "packages", shared="WORD = 'new'", tiny="")
    head = f"_sys.path.append({site!r})\nimport shared\n_add_packages({folder!r})\nimport shared; print(shared.WORD)"
    printed, warned = packages(tmp_path, head)
    assert printed == "site"
    assert warned == "requirements.txt: shared is not taken from there: LEAN has loaded its own, 2.1"


COMMISSION = """
class FeeModel: pass
class ConstantFeeModel(FeeModel):
    def __init__(self, fee, currency): self.fee = (fee, currency)
class CashAmount:
    def __init__(self, amount, currency): self.pair = (amount, currency)
OrderFee = CashAmount
OrderFee.__init__ = lambda self, *parts: setattr(self, "pair", parts if len(parts) > 1 else parts[0].pair)
class Security:
    def set_fee_model(self, model): self.model = model
class Order:
    def get_value(self, security): return -2500.0
class Parameters:
    order, security = Order(), Security()
class Algorithm:
    account_currency = "EUR"
    def __init__(self): self.securities, self.added = {"SPY": Security()}, []
    def add_security_initializer(self, function): self.added.append(function)
algorithm, late = Algorithm(), Security()
"""


def commission(code: str) -> str:
    """Execute the guest's part that sets what orders pay, and then ``code``; returns what was printed."""
    text = GUEST.read_text()
    start, end = text.index("def _number"), text.index("def _text_dictionary")
    parts = text[start:end] + text[text.index("def _fraction_of_value") : text.index("def _make_run_class")]
    command = [sys.executable, "-I", "-W", "error", "-c", f"{COMMISSION}\n{parts}\n{code}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_every_security_gets_the_amount_also_one_that_is_added_later():
    code = """
_take_commission(algorithm, {"per_order": "2.5", "fraction": None})
algorithm.added[0](late)
print(algorithm.securities["SPY"].model.fee, late.model is algorithm.securities["SPY"].model, len(algorithm.added))
"""
    assert commission(code) == "(2.5, 'EUR') True 1"


def test_a_fraction_is_of_the_absolute_value_and_its_class_is_not_the_modules():
    code = """
_take_commission(algorithm, {"per_order": None, "fraction": "0.002"})
print(algorithm.securities["SPY"].model.get_order_fee(Parameters()).pair, "FractionOfValue" in globals())
"""
    assert commission(code) == "(5.0, 'EUR') False"


FRAME_DAYS = """
from datetime import datetime, timedelta
from types import SimpleNamespace
class Resolution: MINUTE, HOUR, DAILY = "minute", "hour", "daily"
def algorithm(days, *resolutions):
    begin = datetime(2010, 1, 1)
    return SimpleNamespace(
        subscription_manager=SimpleNamespace(subscriptions=[SimpleNamespace(resolution=each) for each in resolutions]),
        start_date=begin, end_date=begin + timedelta(days=days),
        date_rules=SimpleNamespace(every_day=lambda: "every day", week_start=lambda: "every week"),
    )
"""


@pytest.mark.parametrize(
    ("days", "resolutions", "chosen"),
    [
        (8000, ["daily"], "every week"),
        (8000, ["daily", "hour"], "every week"),
        (8000, ["daily", "minute"], "every day"),  # a day of minutes takes long enough
        (365, ["daily"], "every day"),  # too few weeks for a curve
        (8000, [], "every day"),  # a universe will choose, perhaps minutes
    ],
)
def test_many_years_of_daily_bars_have_a_frame_a_week(days: int, resolutions: list[str], chosen: str):
    text = GUEST.read_text()
    part = text[text.index("def _frame_days") : text.index("def _zone_name")]
    code = f"{FRAME_DAYS}\n_DAYS_WITH_FRAMES = 700\n{part}\nprint(_frame_days(algorithm({days}, *{resolutions})))"
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == chosen


def test_a_lean_that_calls_something_otherwise_has_a_frame_a_day():
    text = GUEST.read_text()
    part = text[text.index("def _frame_days") : text.index("def _zone_name")]
    strange = "found = algorithm(8000, 'daily'); del found.subscription_manager"
    code = f"{FRAME_DAYS}\n_DAYS_WITH_FRAMES = 700\n{part}\n{strange}\nprint(_frame_days(found))"
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "every day"
