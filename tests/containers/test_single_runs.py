"""One container's life under faults: memory, deafness, silence, strangers' hands; each ends in one true state."""

import time

import pytest

pytestmark = [pytest.mark.docker, pytest.mark.timeout(120)]


def test_r14_a_container_that_ignores_signals_is_killed_after_the_grace(make_docker_service, stub_image):
    service = make_docker_service(stub_image, cancel_grace=1).start()
    service.add_stub("deaf", lines=1, then="hang", ignore_signals=True)
    run = service.submit("deaf")["id"]
    service.until_started(run)
    begun = time.monotonic()
    service.cancel(run)
    ended = service.until_ended(run)
    assert (ended["status"], ended["reason"]) == ("cancelled", "cancelled_by_user")
    assert 1 <= time.monotonic() - begun <= 1 + 5
    service.until_no_container(run)
