"""The operator is told, and nothing waits for it or fails by it."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
import structlog

from leanboard.models.batches import BatchStatus
from leanboard.models.notifications import Delivery, Notice, NotifyOn
from leanboard.models.run import BacktestStatus, BatchPlace, CodeLocation, Outcome, Reason
from leanboard.services.apprise_address import addresses
from leanboard.services.apprise_program import Order, Report, send
from leanboard.services.batches.outcome.wording import item_name
from leanboard.services.notices import TEST, batch_notice, run_notice
from leanboard.services.notifier import WAITING, Notifier, deliver
from services.batch_builders import BATCH_ID, batch, failed, item
from services.builders import run_info
from services.loopback import posted

SECRET = "s3cr3tT0ken"
OUTCOME = Outcome(status=BacktestStatus.FAILED, reason=Reason.RUNTIME_ERROR, message="division by zero")


def url(port: int) -> str:
    return f"json://user:{SECRET}@127.0.0.1:{port}/{SECRET}"


@contextmanager
def logged() -> Iterator[list[dict]]:
    with structlog.testing.capture_logs() as lines:
        yield lines


class Kept:
    """An address of the test that keeps what it gets, once it may."""

    name = "kept"

    def __init__(self, *problems: str) -> None:
        self.got: list[Notice] = []
        self.began = threading.Event()
        self.may = threading.Event()
        self.may.set()
        self._problems = list(problems)

    def send(self, notice: Notice) -> Delivery:
        self.began.set()
        assert self.may.wait(20)
        self.got.append(notice)
        return Delivery(address=self.name, problem=self._problems.pop(0) if self._problems else "")


async def test_a_failed_run_arrives_over_http() -> None:
    with posted() as server:
        notifier = Notifier(addresses((url(server.port),)))
        notifier.run_failed(run_info(name="a <fast> cross"), OUTCOME)
        came = server.next()
        await notifier.close()
    assert came["title"] == "Leanboard: run a <fast> cross failed"
    assert "runtime_error: division by zero" in came["message"]
    assert "leanboard results show 2026-01-31_12-00-00" in came["message"]


async def test_what_does_not_arrive_is_tried_once_more_and_logged() -> None:
    refused, shaky = Kept("no", "no again"), Kept("no")
    with logged() as lines:
        notifier = Notifier((refused, shaky), again=0)
        notifier.run_failed(run_info(), OUTCOME)
        while len(refused.got) + len(shaky.got) < 4:
            await asyncio.sleep(0.01)
        await notifier.close()
    (line,) = lines
    assert (line["to"], line["problem"]) == ("kept", "no again")


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")  # by Apprise, in a process of its own otherwise
def test_what_apprise_says_is_reported_without_the_url() -> None:
    def asked(text: str) -> Report:
        return send(Order(url=text, title="a title", body="a body"))

    with posted(403) as server:
        assert asked(url(server.port)) == Report(known=True, arrived=False, status=403)
        assert asked(url(server.port)) == Report(known=True, arrived=True, status=0)
        assert {server.next()["message"] for _ in range(2)} == {"a body"}
        assert send(Order(url=url(server.port), title="", body=""))["known"]
        assert server.is_empty
    assert asked(url(server.port)) == Report(known=True, arrived=False, status=0)
    assert asked(f"nonsense://{SECRET}") == asked("tgram://") == Report(known=False, arrived=False, status=0)


def test_an_error_of_a_library_is_a_problem_without_its_text() -> None:
    class Broken(Kept):
        def send(self, notice: Notice) -> Delivery:
            raise OSError(f"cannot reach {SECRET}")

    assert deliver(Broken(), TEST).problem == "an error of our own: OSError"


async def test_an_address_that_hangs_delays_no_other_and_no_run() -> None:
    hanging, other = Kept(), Kept()
    hanging.may.clear()
    notifier = Notifier((hanging, other))
    with logged() as lines:
        notifier.run_failed(run_info(), OUTCOME)
        assert hanging.began.wait(20)
        for _ in range(WAITING + 3):
            notifier.run_failed(run_info(), OUTCOME)
    dropped = [line for line in lines if line["to"] == "kept"]
    assert len(dropped) >= 3
    hanging.may.set()
    await notifier.close()
    assert len(hanging.got) == WAITING + 1
    assert other.got


@pytest.mark.parametrize("on", NotifyOn)
async def test_only_what_is_asked_for_is_told(on: NotifyOn) -> None:
    kept = Kept()
    notifier = Notifier((kept,), (on,))
    notifier.run_failed(run_info(), OUTCOME)
    notifier.batch_ended(batch(item(1, 2.0)))
    notifier.batch_ended(batch(failed(1)))
    await notifier.close()
    words = {NotifyOn.BATCH_DONE: "two completed", NotifyOn.BATCH_FAILED: "two failed", NotifyOn.RUN_FAILED: "run main"}
    (notice,) = kept.got
    assert words[on] in notice.title


async def test_runs_of_batches_and_cancelled_batches_are_not_told() -> None:
    kept = Kept()
    notifier = Notifier((kept,))
    notifier.run_failed(run_info(batch=BatchPlace(id=BATCH_ID, item=1)), OUTCOME)
    notifier.batch_ended(batch(item(1, 2.0), status=BatchStatus.CANCELLED))
    notifier.batch_ended(batch(item(1, 2.0), item(2, status=BacktestStatus.RUNNING)))
    await notifier.close()
    assert kept.got == []


async def test_what_comes_after_the_end_is_dropped() -> None:
    kept = Kept()
    notifier = Notifier((kept,))
    await notifier.close()
    notifier.run_failed(run_info(), OUTCOME)
    assert kept.got == []
    assert not kept.began.is_set()


def test_a_batch_is_told_with_counts_best_run_and_failures() -> None:
    items = (
        item(1, 0.5),
        item(2, 1.25, parameters={"fast": "10"}, metrics={"net_profit": 0.123, "drawdown": 0.05}, reused=True),
        *(failed(number, message=f"boom {number}\nand more") for number in (3, 4)),
        failed(5, Reason.TIMED_OUT, "too long"),
    )
    notice = batch_notice(batch(*items))
    assert notice.title == "Leanboard: batch three by two completed"
    assert notice.body.splitlines() == [
        "2 of 5 completed, 3 failed, 1 answered by earlier runs.",
        "It took 5 min.",
        "Best: item 2 (cross, AAPL, fast=10): Sharpe Ratio 1.250, Net Profit 12.30%, Drawdown 5.00%.",
        "Failed, runtime_error: 2, such as item 3: boom 3 and more",
        "Failed, timed_out: 1, such as item 5: too long",
        f"Look: leanboard batch status {BATCH_ID}, or GET /api/v2/backtest/batch/{BATCH_ID}/comparison",
    ]


def test_a_strategy_s_own_words_are_cut_and_cleaned() -> None:
    outcome = OUTCOME.evolve(message="\x1b[31mred\u202e" + "x" * 5000, location=CodeLocation(file="main.py", line=7))
    body = run_notice(run_info(), outcome).body
    assert len(body) < 700
    assert not set("\x1b\u202e") & set(body)
    assert "At main.py, line 7." in body


def test_a_long_batch_is_told_in_words() -> None:
    told = batch_notice(batch(failed(1), finished_at=batch(failed(1)).created_at + timedelta(hours=30))).body
    assert "It took 1 d 6 h." in told


def test_an_item_is_named_without_saying_anything_twice() -> None:
    named = item(7, label="AAPL / cross / fast=10", parameters={"fast": "10", "slow": "60"})
    assert item_name(named) == "item 7 (AAPL / cross / fast=10, slow=60)"
    assert item_name(item(8, parameters={f"p{n}": "x" * 99 for n in range(20)})).endswith(", 14 more)")
    assert len(item_name(item(8, parameters={f"p{n}": "x" * 99 for n in range(20)}))) < 600
