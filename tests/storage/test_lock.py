import fcntl
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from leanboard.errors import ConfigurationError
from leanboard.services.backtest_storage import BacktestStorage
from leanboard.storage.layout import HomeLayout
from leanboard.storage.lock import HomeLock, ServiceRecord, running_service
from storage.homes import make_storage, opened

HOLDER = """
import sys, pathlib
from leanboard.storage.layout import HomeLayout
from leanboard.storage.lock import HomeLock
lock = HomeLock(HomeLayout(pathlib.Path(sys.argv[1])))
lock.acquire()
lock.announce("http://127.0.0.1:8700")
print("held", flush=True)
sys.stdin.read()
"""


def test_r32_a_second_process_is_refused_and_a_killed_one_holds_nothing(tmp_path: Path) -> None:
    layout = HomeLayout(tmp_path)
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert running_service(layout) == ServiceRecord(url="http://127.0.0.1:8700", pid=holder.pid)
        with pytest.raises(ConfigurationError) as refusal:
            HomeLock(layout).acquire()
        assert f"process {holder.pid} at http://127.0.0.1:8700" in refusal.value.detail
        assert "LEANBOARD_HOME" in refusal.value.detail
        holder.kill()
    assert layout.service.exists()
    assert running_service(layout) is None
    with HomeLock(layout):
        pass
    assert not layout.service.exists()


def test_who_only_looks_for_a_service_keeps_none_from_starting(tmp_path: Path) -> None:
    layout = HomeLayout(tmp_path)
    with HomeLock(layout):
        pass
    looking = layout.lock.open()
    fcntl.flock(looking, fcntl.LOCK_SH)
    over = threading.Timer(0.01, looking.close)
    over.start()
    with HomeLock(layout):
        pass
    over.join()


async def test_r32_a_second_storage_is_refused_and_the_first_goes_on(home: Path, storage: BacktestStorage) -> None:
    second = make_storage(home)
    with pytest.raises(ConfigurationError, match="already works in"):
        await second.start()
    await second.close()
    await storage.announce("http://127.0.0.1:1")
    record = running_service(HomeLayout(home))
    assert record is not None
    assert record.url == "http://127.0.0.1:1"


async def test_a_home_is_free_after_close(home: Path) -> None:
    for _ in range(2):
        async with opened(home):
            assert running_service(HomeLayout(home)) is None  # nobody has announced an address
    assert running_service(HomeLayout(home)) is None
