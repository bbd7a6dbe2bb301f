"""The docker engine against the contract: real containers of the contract image, the guest, simulated minute bars."""

import json
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engines.contract import EngineCase, EngineContract
from engines.install_contract import InstallContract
from engines.test_embedded_contract import STRATEGY
from leanboard.engines.docker.carrier import SlotCarrier
from leanboard.engines.docker.client import DockerClient
from leanboard.engines.docker.copied import CopiedSlots
from leanboard.engines.docker.engine import DockerEngine
from leanboard.engines.docker.options import DockerOptions
from leanboard.engines.docker.spec import LABEL_INSTANCE, Profile
from leanboard.engines.folder_cache import FolderCache
from leanboard.engines.requirements_installer import InstallOptions
from leanboard.engines.slot import Slot
from leanboard.market_data.sources.demo import ensure_demo_data
from leanboard.services.lean_config import lean_config

SECONDS = {"completes": 0.0, "lasts": 0.5}  # a bar; 780 bars


@pytest.fixture(scope="session")
def demo_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("docker-contract") / "data"
    ensure_demo_data(folder, clock=lambda: datetime.now(UTC))
    return folder


class DockerContract(EngineContract, InstallContract):
    """With containers; subclasses say how files reach them."""

    grows = "output/log.txt"

    def carrier(self, client: DockerClient, instance: str) -> SlotCarrier | None:
        return None

    @pytest.fixture
    async def engine_case(
        self, tmp_path: Path, demo_data: Path, docker_daemon, lean_image
    ) -> AsyncIterator[EngineCase]:
        instance = os.urandom(8).hex()
        packages = tmp_path / "packages"
        installs = InstallOptions(FolderCache(packages), network="none")
        options = DockerOptions(instance=instance, image=lean_image, profile=Profile(), installs=installs)

        def make() -> DockerEngine:
            client = DockerClient(docker_daemon.address)
            return DockerEngine(client, options, self.carrier(client, instance))

        engine = make()
        await engine.start()

        def prepare(slot: Slot, project: str) -> bytes:
            (slot.code / "main.py").write_text(STRATEGY.format(seconds=SECONDS[project]))
            paths = engine.paths(slot, demo_data)
            slot.config.write_bytes(lean_config(paths, algorithm_id=slot.id, name=project))
            job = {"module": "main.py", "code": paths.code, "output": paths.output, "parameters": {}}
            empty = dict.fromkeys(("class_name", "start_date", "end_date", "initial_cash"))
            return json.dumps(job | empty).encode()

        yield EngineCase(
            engine, tmp_path / "home", "completes", "lasts", prepare,
            patience=60.0, data_folder=demo_data, grows=self.grows, again=make, packages=packages,
        )  # fmt: skip
        await engine.close()
        last = make()
        await last.start()
        await last.sweep(frozenset())
        await last.close()
        assert volumes_of(docker_daemon, instance) == []


def volumes_of(daemon, instance: str) -> list[str]:
    found = daemon.client().api.volumes(filters={"label": f"{LABEL_INSTANCE}={instance}"})
    return [volume["Name"] for volume in found["Volumes"] or []]


@pytest.mark.docker
class TestDockerKeepsTheContract(DockerContract):
    pass


@pytest.mark.docker
class TestDockerOnAnotherMachineKeepsTheContract(DockerContract):
    grows = "console/stdout.txt"

    def carrier(self, client: DockerClient, instance: str) -> SlotCarrier | None:
        return CopiedSlots(client, None, 64 << 20, {LABEL_INSTANCE: instance})
