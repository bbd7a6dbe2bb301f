"""No text makes the reader raise, and what it returns is always JSON."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from leanboard.models.strategies import StrategyLanguage
from leanboard.strategies.folder_scan import Project
from leanboard.strategies.project_reader import read_project

FRAGMENTS = st.sampled_from(
    [
        "class A(QCAlgorithm):\n",
        "class A(A, B.QCAlgorithm, *x):\n",
        "  def initialize(self):\n",
        "    self.set_start_date(2013, 10, 7)\n",
        "    self.set_cash(self.get_parameter('cash', -1e400))\n",
        "    self.add_equity('\\ud800', Resolution.DAILY)\n",
        "    self.add_equity(*self.get_parameter(name='a')[0])\n",
        "    x = x = self.x = [x for x in x.split(x)]\n",
        "    self.set_end_date(datetime.strptime('%', '%'), **y)\n",
        "    return {**a, 'b': lambda: (yield)}.get(x)[x:y]\n",
        "'''",
        '"""Data: \\N{BULLET}"""\n',
        "    self.get_parameter('\\x00', 1 if 2 else 0x" + "f" * 400 + ")\n",
        "import a.b.c as d\nfrom . import *\nfrom .x import y\n",
        "    match x:\n      case {'a': [1, *_]}: pass\n",
        "\f\r\n\t",
        "\ufeff\u2028\x85",
        "    self.set_cash(1 / 0)\n",
        "    (a, *b), c = d = self.e\n",
        "@x\nasync def f(x=f(x)):\n  return f(*f(x), x=f)\n",
    ]
)
TEXTS = st.one_of(st.text(), st.binary(), st.lists(FRAGMENTS | st.text(max_size=8), max_size=14).map("".join))
CONFIGS = st.one_of(
    st.none(),
    st.text(),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.text() | st.just("parameters"), inner, max_size=3)
        ),
    ).map(json.dumps),
)


def encoded(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=TEXTS, config=CONFIGS, name=st.sampled_from(["main.py", "Main.cs"]))
@example(text="class A(QCAlgorithm):\n  def initialize(self): self.set_cash(0 ** -1)", config=None, name="main.py")
@example(text="class A(A): pass", config='{"parameters": {"\\ud800": "\\ud800"}}', name="main.py")
def test_no_text_makes_the_reader_raise(tmp_path: Path, text: str | bytes, config: str | None, name: str) -> None:
    folder = tmp_path / "project"
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(encoded(text))
    (folder / "config.json").unlink(missing_ok=True)
    if config is not None:
        (folder / "config.json").write_bytes(encoded(config))
    language = StrategyLanguage.PYTHON if name == "main.py" else StrategyLanguage.CSHARP
    project = Project("project", tmp_path, folder / name, folder, language)
    info = read_project(project).info
    assert info.valid or info.problems
    assert json.loads(info.model_dump_json())["name"] == "project"


MEGABYTE = 1_000_000
HOSTILE = {
    "deep circles": "class A(QCAlgorithm):\n  def initialize(self):\n    a = [a, b, a, b, a]\n    b = [a, b, a]\n"
    + "    self.add_equity(a)\n" * 20_000,
    "helpers that call each other": "".join(
        f"def f{n}(x):\n  return f{n + 1}(x) + [f{n + 1}(x)] or [f{n + 2}(f{n + 1}(x))]\n" for n in range(40)
    )
    + "add_equity(f0('a'))\n",
    "docstring of lines": "class A(QCAlgorithm):\n  '''x" + "\n" * MEGABYTE + "'''\n  initialize = 1",
    "docstring of blanks": "class A(QCAlgorithm):\n  '''Data: x" + " " * MEGABYTE + "x'''\n  initialize = 1",
    "comments never closed": "/*" * (MEGABYTE // 2),
    "texts never closed": '@"' * (MEGABYTE // 2),
    "summaries never closed": "<summary>" * (MEGABYTE // 9) + "\nclass A : QCAlgorithm",
    "parameters never closed": "GetParameter(" * (MEGABYTE // 13),
}


@pytest.mark.timeout(20)
@pytest.mark.parametrize("name", ["main.py", "Main.cs"])
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_no_text_takes_long(tmp_path: Path, text: str, name: str) -> None:
    (tmp_path / name).write_text(text)
    (tmp_path / "config.json").write_text(json.dumps({"parameters": {"p": "9" * 900_000 + "x"}}))
    language = StrategyLanguage.PYTHON if name == "main.py" else StrategyLanguage.CSHARP
    info = read_project(Project("project", tmp_path, tmp_path / name, tmp_path, language)).info
    assert info.source == text


def test_every_prefix_of_a_strategy(tmp_path: Path, project: Path) -> None:
    text = (project / "lean_strategies" / "opening_range_breakout" / "main.py").read_text()
    path = tmp_path / "a.py"
    for length in range(0, len(text) + 1, 7):
        path.write_text(text[:length])
        info = read_project(Project("a", tmp_path, path)).info
        assert info.valid == (not info.problems)
    path.write_text(text)
    assert read_project(Project("a", tmp_path, path)).info.valid
