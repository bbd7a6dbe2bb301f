"""What makes two runs the same, and that a finished run and a request for it say so alike."""

from importlib.metadata import version

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leanboard.models.code import CodeDigest
from leanboard.models.requests import BacktestRequest
from leanboard.models.results import DataDigest, DataProvenance, ResultFile, Versions
from leanboard.models.run import Applied, BacktestStatus, EngineName, Outcome, Phase, Reason
from leanboard.storage.fingerprint import fingerprint, fingerprint_now, fingerprint_of
from leanboard.storage.manifest import RunManifest, manifest_of, text_of
from storage.homes import NOON, make_run
from storage.results import NOTHING

REQUEST = BacktestRequest(
    strategy_name="main",
    start_date="2013-10-07",
    end_date="2013-10-11",
    initial_cash="50000.50",
    symbols=("SPY", "IBM"),
    resolution="hour",
    parameters={"fast": 20, "slow": 60},
    commission={"per_order": 1},
)
MINILEAN = Versions(leanboard=version("leanboard"), engine="minilean 0.1.0", python="3.11.2")
IMAGE = Versions(leanboard=version("leanboard"), engine="Docker 27.0", image="lean:latest", image_id="sha256:ab")
FILES = {"main.py": "aa" * 32, "helper.py": "bb" * 32}
CODE = CodeDigest.of(FILES.items())
KNOWN = DataProvenance(digest=DataDigest(files=1, bytes=10, sha256="cc" * 32))
EMBEDDED, DOCKER = EngineName.EMBEDDED, EngineName.DOCKER
THIS = fingerprint(REQUEST, EMBEDDED, MINILEAN, CODE)


def settled(**changes: object) -> RunManifest:
    run = make_run(status=BacktestStatus.COMPLETED, phase=Phase.ENDED, started_at=NOON, finished_at=NOON)
    whole = {
        "run": run,
        "request": REQUEST,
        "applied": Applied(),
        "outcome": Outcome(status=run.status),
        "statistics": NOTHING,
        "data": KNOWN,
        "versions": MINILEAN,
        "files": tuple(
            ResultFile(path=path, size=1, sha256=digest)
            for path, digest in (*((f"code/{name}", digest) for name, digest in FILES.items()), ("log.txt", "dd" * 32))
        ),
    }
    return RunManifest.model_validate({**whole, **changes})


@pytest.mark.parametrize(
    "changes",
    [
        {"strategy_name": "other"},
        {"start_date": "2013-10-08"},
        {"start_date": None},
        {"end_date": "2013-10-10"},
        {"initial_cash": "50000.51"},
        {"initial_cash": None},
        {"symbols": ("IBM", "SPY")},
        {"symbols": None},
        {"resolution": "daily"},
        {"parameters": {"fast": 20, "slow": 61}},
        {"parameters": {"fast": 20}},
        {"commission": {"per_order": 2}},
        {"commission": {"fraction": "0.1"}},
        {"commission": None},
    ],
)
def test_each_ingredient_of_the_request_counts(changes: dict[str, object]):
    asked = {**REQUEST.model_dump(exclude_defaults=True), **changes}
    assert fingerprint(BacktestRequest.model_validate(asked), EMBEDDED, MINILEAN, CODE) not in (None, THIS)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "another name"},
        {"tags": ("a", "b")},
        {"memory": 512},
        {"cpus": 1.0},
        {"timeout": 60.0},
        {"initial_cash": "50000.5"},
        {"engine": "embedded"},
        {"rerun_of": "0" * 32},
        {"batch": {"id": "0" * 32, "item": 7}},
        {"commission": {"per_order": "1.00"}},
        {"symbols": None, "resolution": None,
         "parameters": {"slow": 60, "fast": 20, "symbols": "SPY,IBM", "resolution": "hour"}},
    ],
)  # fmt: skip
def test_what_does_not_change_the_result_does_not_count(changes: dict[str, object]):
    asked = {**REQUEST.model_dump(exclude_defaults=True), **changes}
    assert fingerprint(BacktestRequest.model_validate(asked), EMBEDDED, MINILEAN, CODE) == THIS


@pytest.mark.parametrize("change", [{"leanboard": "9"}, {"engine": "minilean 9"}, {"python": "3.12.0"}])
def test_each_version_of_the_embedded_engine_counts(change: dict[str, str]):
    assert fingerprint(REQUEST, EMBEDDED, MINILEAN.evolve(**change), CODE) not in (None, THIS)
    assert fingerprint(REQUEST, EMBEDDED, MINILEAN.evolve(image="x", image_id="y"), CODE) == THIS


def test_of_docker_the_image_counts_and_not_its_tag_or_dockers_version():
    this = fingerprint(REQUEST, DOCKER, IMAGE, CODE)
    assert this not in (None, THIS)
    assert fingerprint(REQUEST, DOCKER, IMAGE.evolve(image_id="sha256:cd"), CODE) not in (None, this)
    assert (
        fingerprint(REQUEST, DOCKER, IMAGE.evolve(image="lean:1", engine="Docker 28.1", image_digest="z"), CODE) == this
    )


@pytest.mark.parametrize(
    "files",
    [
        {"main.py": FILES["main.py"]},
        {**FILES, "main.py": "ff" * 32},
        {**FILES, "more.py": "ff" * 32},
        {"main.py": FILES["main.py"], "assistant.py": FILES["helper.py"]},
    ],
)
def test_every_file_of_the_code_counts(files: dict[str, str]):
    assert fingerprint(REQUEST, EMBEDDED, MINILEAN, CodeDigest.of(files.items())) not in (None, THIS)


def test_what_is_not_known_has_none():
    too_large = CodeDigest.of({**FILES, "model.bin": ""}.items())
    assert fingerprint(REQUEST, EMBEDDED, MINILEAN, CodeDigest(())) is None
    assert fingerprint(REQUEST, EMBEDDED, MINILEAN, too_large) is None
    assert fingerprint(REQUEST, EMBEDDED, MINILEAN.evolve(python=""), CODE) is None
    assert fingerprint(REQUEST, DOCKER, IMAGE.evolve(image_id=""), CODE) is None
    assert fingerprint(REQUEST, EngineName.REPLAY, MINILEAN, CODE) is None


def test_installations_keep_the_values_that_they_have_stored():
    embedded, image = MINILEAN.evolve(leanboard="0.1.0"), IMAGE.evolve(leanboard="0.1.0")
    plain = BacktestRequest(strategy_name="main")
    of_embedded = "83189890daf1886c3e39d4ae2a92393c973fb36d5cf73d53fdae13684ecc6257"
    of_image = "522330113bc5740902f9c1702ad3869163d9ec8717337d25c11aeb64e5899369"
    assert fingerprint(REQUEST, EMBEDDED, embedded, CODE) == of_embedded
    assert fingerprint(plain, DOCKER, image, CODE) == of_image


def test_a_finished_run_has_it_from_its_manifest_alone():
    assert fingerprint_of(settled()) == THIS
    assert fingerprint_of(manifest_of(text_of(settled()))) == THIS  # as it is stored


@pytest.mark.parametrize(
    "changes",
    [
        {"data": DataProvenance()},
        {"notes": ("not listed: names that are not UTF-8 (1)",)},
        {"files": ()},
        {"versions": Versions()},
        {"run": settled().run.evolve(partial=True)},
        {"run": settled().run.evolve(engine=EngineName.REPLAY)},
        {
            "run": settled().run.evolve(status=BacktestStatus.FAILED, reason=Reason.RUNTIME_ERROR),
            "outcome": Outcome(status=BacktestStatus.FAILED, reason=Reason.RUNTIME_ERROR),
        },
    ],
)
def test_a_run_that_answers_nothing_has_none(changes: dict[str, object]):
    assert fingerprint_of(settled(**changes)) is None


def test_a_request_and_a_finished_run_say_so_alike():
    assert fingerprint_now(REQUEST, EMBEDDED, MINILEAN.evolve(leanboard=""), CODE) == THIS


texts = st.dictionaries(st.from_regex(r"[a-z]{1,3}", fullmatch=True), st.text("ab:,{}\"'", max_size=4), max_size=3)


@given(texts, texts)
def test_other_parameters_never_have_the_same(one: dict[str, str], other: dict[str, str]):
    requests = [BacktestRequest(strategy_name="main", parameters=each) for each in (one, other)]
    first, second = (fingerprint(each, EMBEDDED, MINILEAN, CODE) for each in requests)
    assert (first == second) == (requests[0].parameters == requests[1].parameters)
