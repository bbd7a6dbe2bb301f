"""``leanboard notify test`` says plainly whether a message arrived; the doctor whether there is anybody to tell."""

import pytest

from leanboard.models.check import Level
from leanboard.settings import Settings
from leanboard.terminal import health_checks
from services.loopback import posted

SECRET = "s3cr3tT0ken"


def test_a_message_arrives_or_does_not_and_the_command_says_which(bench):
    with posted() as server:
        good, bad = f"json://127.0.0.1:{server.port}/{SECRET}", f"nonsense://{SECRET}"
        outcome = bench.invoke("notify", "test", LEANBOARD_NOTIFY=f"{good} {bad}")
        assert server.next()["title"] == "Leanboard: a test"
    assert outcome.code == 1
    assert outcome.out.splitlines() == [
        "json (URL 1)  arrived: the service there has taken it",
        "nonsense (URL 2)  did not arrive: Apprise knows no such URL, or a part of it is missing",
    ]
    assert SECRET not in outcome.out + outcome.err


def test_nobody_to_tell_is_a_wrong_input(bench):
    outcome = bench.invoke("notify", "test", "--json")
    assert outcome.code == 2
    assert outcome.json["error"]["problems"][0]["field"] == "notify"


@pytest.mark.parametrize(
    ("url", "level", "words"),
    [
        (None, Level.OK, "LEANBOARD_NOTIFY is not set"),
        (f"nonsense://{SECRET}", Level.WARNING, "nonsense (URL 1)"),
    ],
)
def test_the_doctor_says_who_is_told_and_sends_nothing(url, level, words):
    [check] = health_checks.check_notifications(Settings(notify=url))
    assert check.level is level
    assert words in check.found
    assert SECRET not in check.found + check.remedy
