"""Many containers at once, and one that prints as fast as it can: delays, CPU and memory of the service.

R24 is about 200 containers. LEANBOARD_TEST_CONTAINERS says how many there are here, 60 if unset: what a machine of
two cores starts in half a minute. Nothing may be lost, refused or stuck; how fast it is with 200 measures
``benchmarks/docker_engine.py``. The limits of time here are several times what is measured, since the machine of a
test has other things to do: they catch what waits for something, not what is slower than it should be.
"""

import os
import sys

import pytest

from containers.load import Load, quantile
from containers.service import DockerService

pytestmark = [pytest.mark.docker, pytest.mark.slow, pytest.mark.timeout(900)]

CONTAINERS = int(os.environ.get("LEANBOARD_TEST_CONTAINERS", "60"))
CPU = 0.60  # of a core
LATE = 3.0  # seconds
MEGABYTE = 1 << 20
BURST = 200_000


def load_of(service: DockerService) -> Load:
    return Load(str(service.client.base_url).rstrip("/"), service.pid)


async def test_r24_many_containers(make_docker_service, stub_image):
    service = make_docker_service(stub_image, max_running=256, max_streams=1000, memory=256).start()
    service.add_stub("calm", lines=100_000, per_second=2)
    runs = [service.submit("calm")["id"] for _ in range(CONTAINERS)]
    async with load_of(service).watching(runs) as load:
        await load.until_all_print()
        await load.measure(3)  # what has piled up while they were started
        seen = await load.measure(15)
    sys.stdout.write(f"{CONTAINERS} containers, 2 lines/s each: {seen}\n")  # shown by -s, and when it fails
    assert len(seen.delays) >= CONTAINERS * 15 * 2 * 0.9
    assert quantile(seen.delays, 0.99) < LATE
    assert seen.cpu < CPU
    assert max(seen.calls) < LATE
    assert not [watched.closed for watched in load.watched.values() if watched.closed]


async def test_r25_one_prints_200_000_lines_at_full_speed(make_docker_service, stub_image):
    service = make_docker_service(stub_image, max_running=2, cancel_grace=5).start()
    service.add_stub("other", lines=100_000, per_second=20)
    service.add_stub("flood", burst=BURST, lines=0)
    service.add_stub("before", lines=1, then="hang")
    other, before = service.submit("other")["id"], service.submit("before")["id"]
    service.until_started(other)
    service.until_started(before)
    flood = service.submit("flood")["id"]
    async with load_of(service).watching([other, flood]) as load:
        await load.until_connected()
        service.cancel(before)  # now there is room for the flood, and somebody who counts
        seen = await load.measure(until=flood, of=[other])
        watched = load.watched[flood]
    sys.stdout.write(f"beside the flood: {seen}; of it {watched.lines} lines came, {watched.skipped} were skipped\n")
    assert watched.closed == ""
    assert watched.ended == "completed"
    log = (service.folder(service.status(flood)) / "log.txt").read_bytes()
    assert log.count(b" stub line ") == BURST
    assert f" stub line {BURST} at ".encode() in log
    assert watched.skipped > 0
    assert watched.lines + watched.skipped >= BURST  # every line came or was counted
    assert seen.memory < 300 * MEGABYTE
    assert quantile(seen.delays, 0.99) < LATE
    assert max(seen.calls) < LATE
