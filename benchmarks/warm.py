"""Measures what booting ahead and ending early bring, three ways side by side in one run.

    .venv/bin/python benchmarks/warm.py [--repeat 5] [--batch 8] [--image REF [--address URL]] [--only docker|embedded]

* plain: `docker run` until exit, one after the other, as the lean command line does;
* cold: Leanboard without slots booted ahead; warm: with them. Two runs at a time.

Without an image it starts a Docker daemon of its own with the tests' contract image, whose boot, run and shutdown
then take the times of real LEAN (TIMES below), computing and not sleeping, on top of what minilean itself takes.
Figures are comparable within one run only: the machine's noise is in them.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(1, str(PROJECT / "tests"))

from bare_run import BareRun  # noqa: E402
from client import Client, told  # noqa: E402
from docker_engine import engine  # noqa: E402
from leanboard.app import find_data_folder  # noqa: E402
from leanboard.settings import Settings  # noqa: E402
from leanboard.terminal.local import LOOPBACK, listening, serving_app  # noqa: E402
from served import serving  # noqa: E402

# Real LEAN on two quiet cores, the five-day SPY minute example: seconds/CPU seconds of boot, run and shutdown. As it
# comes, and with the environment and the guest that Leanboard boots it with.
TIMES = {"CONTRACT_BOOT": "5.5/7.3", "CONTRACT_RUN": "1.6/1.6", "CONTRACT_TEARDOWN": "5.5/7.9"}
OUR_TIMES = {"CONTRACT_BOOT": "3.0/3.6", "CONTRACT_RUN": "1.4/1.8", "CONTRACT_TEARDOWN": "5.5/7.9"}
AT_A_TIME = 2
AT_REST = 0.5  # seconds

STRATEGY = '''
from AlgorithmImports import *
import os
import time  # the star import has brought datetime's


class Example(QCAlgorithm):
    """LEAN's first example; computes as long as CONTRACT_RUN says, which only the benchmark sets."""

    def initialize(self):
        self.set_start_date(2013, 10, 7)
        self.set_end_date(2013, 10, 11)
        self.set_cash(100000)
        self.add_equity("SPY", Resolution.MINUTE)

    def on_data(self, data):
        if not self.portfolio.invested:
            self.set_holdings("SPY", 1)

    def on_end_of_algorithm(self):
        seconds, _, cpu = os.environ.get("CONTRACT_RUN", "0/0").partition("/")
        child = os.fork()  # the other core's part
        until = time.process_time() + (float(seconds) if child else float(cpu) - float(seconds))
        while time.process_time() < until:
            pass
        if not child:
            os._exit(0)
        os.waitpid(child, 0)
'''


@asynccontextmanager
async def service(settings: Settings, name: str) -> AsyncIterator[Client]:
    """Serve in this process, as `leanboard serve` does."""
    with listening(LOOPBACK, 0) as listener:
        async with serving_app(settings, listener) as url:
            client = Client(url, name)
            try:
                yield client
            finally:
                await client.close()


async def until_warm(client: Client) -> None:
    """Wait until all slots that are to be booted ahead have booted."""
    for _ in range(6000):
        if all(slots["ready"] == slots["size"] for slots in (await client.health())["warm"]):
            return
        await asyncio.sleep(0.02)
    sys.exit("no slot was booted ahead")


async def until_done(client: Client, count: int) -> float:
    """Run as many as that at once; seconds from the first submit to the last result."""
    begun = datetime.now(UTC)
    runs = [await client.submit("example") for _ in range(count)]
    ends = await asyncio.gather(*(client.watch(run["id"]) for run in runs))
    assert {status for status, _ in ends} == {"completed"}, ends
    return (max(at for _, at in ends) - begun).total_seconds()


async def assignment_delays(client: Client, home: Path, count: int) -> list[float]:
    """Seconds from submit until the job is in its slot, of runs that come one by one to a booted one.

    A moment after the one before: neither its clean-up nor the boot of the slot is on the cores any more.
    """
    delays = []
    for _ in range(count):
        await until_warm(client)
        await asyncio.sleep(AT_REST)
        begun, run = await client.submit_timed("example")
        await client.watch(run["id"])
        delays.append((home / "results" / run["timestamp"] / "job.json").stat().st_mtime - begun)
    return delays


class Ways:
    """Seconds by way and number of runs.

    Args:
        repeat: Rounds; all ways come in each, so that a slow minute of the machine is everybody's.
        batch: Runs of a batch.
    """

    def __init__(self, repeat: int, batch: int) -> None:
        self._repeat = repeat
        self._counts = (1, batch)
        self._seconds: dict[tuple[str, int], list[float]] = {}

    async def measure(self, ways: dict[str, Callable[[int], Awaitable[float]]]) -> None:
        """Measure every way with one run and with a batch."""
        for number in range(self._repeat):
            for count in self._counts:
                for name, way in ways.items():
                    seconds = await way(count)
                    self._seconds.setdefault((name, count), []).append(seconds)
                    print(f"  round {number + 1}: {name}, {count}: {seconds:.3f} s", file=sys.stderr)

    def show(self, title: str) -> None:
        """Print medians, and how many times faster than the first way they are."""
        for count in self._counts:
            first: float | None = None
            for (name, number), seconds in self._seconds.items():
                if number == count:
                    median = statistics.median(seconds)
                    first = first or median
                    runs = "a run " if count == 1 else f"{count} runs"
                    print(f"{title}, {runs}, {name:6} median {median:7.3f} s   {first / median:5.2f} times")


def settings_of(folder: Path, name: str, **more: object) -> Settings:
    """Return settings of a home of its own with the strategy."""
    strategies = folder / "strategies"
    strategies.mkdir(exist_ok=True)
    (strategies / "example.py").write_text(STRATEGY)
    own = {"warm_docker": 0, "warm_embedded": 0, "max_running": AT_A_TIME, "min_free_disk": 0, **more}
    return Settings(home=folder / name, strategies=(strategies,), **own)  # type: ignore[arg-type]


async def measure_docker(
    folder: Path, options: argparse.Namespace, address: str, image: str, *, imitates: bool
) -> None:
    """Print the three ways of LEAN's containers."""
    base = {"docker_host": address, "image": image, "docker_env": OUR_TIMES if imitates else {}}
    cold_settings = settings_of(folder, "cold", **base)
    warm_settings = settings_of(folder, "warm", **base, warm_docker=options.warm)
    ways = Ways(options.repeat, options.batch)
    async with service(cold_settings, "docker") as cold, service(warm_settings, "docker") as warm:
        first = await cold.submit("example")  # fetches the image where it is not there
        status, _ = await cold.watch(first["id"])
        if status != "completed":
            sys.exit(f"a run in {image} ends as {status}: {(await cold.run(first['id']))['message']}")
        plain = BareRun(
            address, image, folder / "bare",
            result=cold_settings.home / "results" / first["timestamp"],
            data=find_data_folder(cold_settings).path,
            guest=False,
            environment=TIMES if imitates else {},
        )  # fmt: skip

        async def one_after_the_other(count: int) -> float:
            await until_warm(warm)  # nothing of ours boots beside it
            return sum([await asyncio.to_thread(plain.seconds) for _ in range(count)])

        async def booted_ahead(count: int) -> float:
            await until_warm(warm)
            return await until_done(warm, count)

        async def booted_then(count: int) -> float:
            await until_warm(warm)  # nothing else boots meanwhile
            return await until_done(cold, count)

        await ways.measure({"plain": one_after_the_other, "cold": booted_then, "warm": booted_ahead})
        ways.show("LEAN's times" if imitates else image)
        told("submit -> job assigned, warm", await assignment_delays(warm, warm_settings.home, options.repeat))


async def measure_embedded(folder: Path, options: argparse.Namespace) -> None:
    """Print both ways of the embedded engine."""
    cold_settings = settings_of(folder, "embedded-cold")
    warm_settings = settings_of(folder, "embedded-warm", warm_embedded=options.warm)
    ways = Ways(options.repeat, options.batch)
    async with service(cold_settings, "embedded") as cold, service(warm_settings, "embedded") as warm:

        async def booted_ahead(count: int) -> float:
            await until_warm(warm)
            return await until_done(warm, count)

        async def booted_then(count: int) -> float:
            await until_warm(warm)
            return await until_done(cold, count)

        await ways.measure({"cold": booted_then, "warm": booted_ahead})
        ways.show("embedded")
    home = folder / "embedded-alone"
    own = {"strategies": folder / "strategies", "min_free_disk": 0, "warm_docker": 0, "warm_embedded": options.warm}
    with serving(home, **own) as served:
        client = Client(served.url, "embedded")
        delays = await assignment_delays(client, home, 4 * options.repeat)
        await client.close()
    told("submit -> job assigned, warm, the service a process of its own", delays)


def at_least_one(text: str) -> int:
    """Read a number of the command line."""
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError("one at least")
    return number


def main() -> None:
    """Measure what the arguments name."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=at_least_one, default=5)
    parser.add_argument("--batch", type=at_least_one, default=8)
    parser.add_argument("--warm", type=at_least_one, default=1, help="slots booted ahead")
    parser.add_argument("--only", choices=["docker", "embedded"])
    parser.add_argument("--address", help="of the Docker engine that has the image; as docker finds it if left out")
    parser.add_argument("--image", help="LEAN's, or another that obeys the contract; the tests' own if left out")
    options = parser.parse_args()
    if options.address and not options.image:
        parser.error("--address needs --image")
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        if options.only != "docker":
            asyncio.run(measure_embedded(Path(place), options))
        if options.only != "embedded":
            with engine(options.address, options.image) as (address, image, own):
                asyncio.run(measure_docker(Path(place), options, address, image, imitates=own is not None))


if __name__ == "__main__":
    main()
