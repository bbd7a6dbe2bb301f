"""The embedded engine, held to the service's limits, on real market data as it comes in LEAN's own files."""

import pytest

from scenarios.service import Service


@pytest.mark.shared
def test_a_run_on_real_data_within_the_memory_limit(tmp_path, shared):
    service = Service(tmp_path, shared / "lean-data", memory=512)
    try:
        service.start()
        ended = service.until_ended(service.submit("quick")["id"])
    finally:
        service.close()
    assert (ended["status"], ended["message"]) == ("completed", "")
    assert ended["reason"] is None
