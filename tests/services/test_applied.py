"""What took effect, and what did not."""

from datetime import date

import pytest

from leanboard.models.requests import BacktestRequest
from leanboard.models.run import EngineName
from leanboard.services.applied import NOT_BOOTED, NOT_STARTED, applied, csharp_account, read_guest_account
from leanboard.storage.result_files import AlgorithmConfiguration

REQUEST = BacktestRequest(
    strategy_name="main",
    start_date="2013-10-07",
    initial_cash=5000,
    parameters={"fast": 3},
    symbols=("SPY",),
)
GUEST = {"start_date": "2013-10-07", "initial_cash": "5000", "parameters.fast": "3", "parameters.symbols": "SPY"}
DOCKER = EngineName.DOCKER
LIMITED = BacktestRequest(strategy_name="main", image="lean:1", memory=512, cpus=1.5)
NOTHING = AlgorithmConfiguration()


def test_everything_that_the_guest_applied_took_effect():
    result = applied(REQUEST, GUEST, AlgorithmConfiguration(start_date=date(2013, 10, 7)), {"fast", "symbols"}, DOCKER)
    assert result.effective == GUEST
    assert result.ignored == {}


def test_nothing_took_effect_when_the_strategy_was_never_initialized():
    result = applied(REQUEST, {}, NOTHING, None, None)
    assert result.effective == {}
    assert set(result.ignored) == set(GUEST)
    assert set(result.ignored.values()) == {NOT_STARTED}


def test_a_parameter_that_the_strategy_does_not_read_is_said():
    result = applied(REQUEST, GUEST, NOTHING, {"fast"}, DOCKER)
    assert result.ignored == {"parameters.symbols": "the strategy does not read a parameter 'symbols'"}


def test_leans_own_word_on_the_dates_wins():
    result = applied(REQUEST, GUEST, AlgorithmConfiguration(start_date=date(1998, 1, 1)), None, DOCKER)
    assert result.ignored == {"start_date": "LEAN used 1998-01-01"}


@pytest.mark.parametrize("damaged", [b"", b"{", b"[]", b'{"effective": 3}', b"\xff\xfe", b'{"effective": null}'])
def test_a_damaged_account_counts_as_none(damaged):
    assert read_guest_account(damaged) == {}


@pytest.mark.parametrize(
    ("engine", "effective"),
    [
        (EngineName.DOCKER, {"image": "lean:1", "memory": "512", "cpus": "1.5"}),
        (EngineName.EMBEDDED, {"memory": "512"}),
        (EngineName.REPLAY, {}),
        (None, {}),
    ],
)
def test_limits_are_the_engines_and_it_is_said_which_it_cannot_keep(engine, effective):
    result = applied(LIMITED, {}, NOTHING, None, engine)
    assert result.effective == effective
    assert result.ignored.keys() == {"image", "memory", "cpus"} - effective.keys()
    assert (NOT_BOOTED in result.ignored.values()) == (engine is None)


FEES = BacktestRequest(strategy_name="main", commission={"fraction": "0.0005"})


def test_a_commission_took_effect_where_the_guest_says_so():
    result = applied(FEES, {"commission": "0.0005"}, NOTHING, set(), EngineName.EMBEDDED)
    assert (result.effective, result.ignored) == ({"commission": "0.05 % of the order's value"}, {})


@pytest.mark.parametrize(
    ("engine", "csharp", "used", "reason"),
    [
        (DOCKER, False, None, NOT_STARTED),
        (DOCKER, True, None, NOT_STARTED),
        (DOCKER, True, date(2013, 10, 7), "a C# strategy runs without what applies it"),
        (EngineName.REPLAY, False, date(2013, 10, 7), "a recorded run is played"),
    ],
)
def test_a_commission_that_nobody_applied_is_said(engine, csharp, used, reason):
    configuration = AlgorithmConfiguration(start_date=used)
    guest = csharp_account(FEES, configuration, None) if csharp else {}
    result = applied(FEES, guest, configuration, None, engine, csharp=csharp)
    assert result.effective == {}
    assert result.ignored["commission"].startswith(reason)


CSHARP = BacktestRequest(
    strategy_name="sharp", start_date="2013-10-07", end_date="2013-10-11", initial_cash=5000, parameters={"fast": 3}
)


def of_csharp(configuration, readable):
    account = csharp_account(CSHARP, configuration, readable)
    return applied(CSHARP, account, configuration, readable, EngineName.DOCKER, csharp=True)


def test_csharp_dates_and_cash_that_the_strategy_read_took_effect():
    used = AlgorithmConfiguration(start_date=date(2013, 10, 7), end_date=date(2013, 10, 11))
    result = of_csharp(used, {"fast", "start_date", "end_date", "initial_cash"})
    assert result.effective == {
        "parameters.fast": "3",
        "start_date": "2013-10-07",
        "end_date": "2013-10-11",
        "initial_cash": "5000",
    }
    assert result.ignored == {}


def test_csharp_dates_and_cash_that_it_did_not_read_are_told_with_the_way_out():
    used = AlgorithmConfiguration(start_date=date(1998, 1, 1), end_date=date(2013, 10, 11))
    result = of_csharp(used, None)
    assert result.effective == {"parameters.fast": "3", "end_date": "2013-10-11"}
    assert result.ignored["start_date"].startswith("LEAN used 1998-01-01: a C# strategy sets it itself")
    assert 'GetParameter("start_date")' in result.ignored["start_date"]
    assert 'GetParameter("initial_cash")' in result.ignored["initial_cash"]


def test_of_csharp_that_never_started_nothing_took_effect():
    result = of_csharp(NOTHING, {"fast"})
    assert result.effective == {}
    assert set(result.ignored.values()) == {NOT_STARTED}
