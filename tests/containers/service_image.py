"""Builds the service's image from the project's Dockerfile, without a network and without pulling anything.

The base is the contract image's root file system. What installs the packages is the same plus pip and a wheelhouse,
which ``pip download`` fills on this machine, with this machine's settings of pip, and the cache folder keeps.
"""

import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import docker
import pip

from containers.lean_image import cache_folder, root_tar

PROJECT = Path(__file__).resolve().parents[2]
REQUIREMENTS = PROJECT / "requirements" / "runtime.txt"
BASE = "leanboard-test/base:1"
BUILD = "leanboard-test/build:1"
SERVICE = "leanboard-test/service:1"
PYTHON = "3.11"  # the root file system's
DOWNLOAD_SECONDS = 600
_BUILD_DOCKERFILE = f"""FROM {BASE}
COPY pip /usr/local/lib/python{PYTHON}/dist-packages/pip
COPY wheels /wheels
"""


def build_service_image(client: docker.DockerClient) -> str:
    """Build the image in a daemon with the classic builder; return its reference.

    Args:
        client: Of the daemon; with a time-out of minutes.

    Raises:
        ImageUnavailableError: The root file system cannot be made on this machine.
        docker.errors.BuildError: A step of the Dockerfile failed.
    """
    client.api.import_image(str(root_tar(cache_folder())), repository=BASE.partition(":")[0], tag="1")
    with tempfile.TemporaryDirectory(prefix="lbd-build-", dir="/tmp") as folder:
        context = Path(folder)
        shutil.copytree(Path(pip.__file__).parent, context / "pip")
        shutil.copytree(wheelhouse(), context / "wheels")
        (context / "Dockerfile").write_text(_BUILD_DOCKERFILE)
        client.images.build(path=folder, tag=BUILD, rm=True)
    arguments = {"BASE_IMAGE": BASE, "BUILD_IMAGE": BUILD, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "/wheels"}
    client.images.build(path=str(PROJECT), tag=SERVICE, rm=True, network_mode="none", buildargs=arguments)
    return SERVICE


def wheelhouse() -> Path:
    """Return the folder of the pinned packages' wheels; complete or not there."""
    digest = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()[:12]
    wheels = cache_folder() / f"wheels-{digest}"
    if not wheels.exists():
        staged = Path(tempfile.mkdtemp(prefix="wheels-", dir=cache_folder()))
        command = [
            sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input",
            "--require-hashes", "--only-binary", ":all:", "--python-version", PYTHON, "--dest", str(staged),
            "--requirement", str(REQUIREMENTS),
        ]  # fmt: skip
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=DOWNLOAD_SECONDS)
        assert done.returncode == 0, f"pip download ended with {done.returncode}: {done.stderr[-2000:]}"
        staged.rename(wheels)
    return wheels
