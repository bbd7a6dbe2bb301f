"""The only module that imports docker: today it finds out whether an engine and LEAN's image are there.

Running LEAN in containers takes its place here, behind the contract of engines/base.py.
"""

import os
from pathlib import Path

import docker
import docker.errors
import requests
from docker.client import DockerClient

from leanboard.engines.base import Availability

PROBE_SECONDS = 3
DEFAULT_SOCKET = "unix:///var/run/docker.sock"
API_VERSION = "1.41"  # of Engine 20.10; named, so that making a client asks nothing and can be undone


def probe_docker(image: str) -> Availability:
    """Ask the Docker engine that DOCKER_HOST names, or the local one, for its version and the image. Blocks.

    Args:
        image: LEAN's image, such as ``quantconnect/lean:latest``.

    Returns:
        Ready when both are there; never raises.
    """
    address = os.environ.get("DOCKER_HOST", DEFAULT_SOCKET)
    if address.startswith("unix://") and not Path(address.removeprefix("unix://")).exists():
        # docker leaves its socket object open when there is nothing to connect to.
        return _no_engine(f"{address.removeprefix('unix://')} is not there")
    try:
        client = docker.from_env(version=API_VERSION, timeout=PROBE_SECONDS)
    except docker.errors.DockerException as error:
        return _no_engine(str(error))
    try:
        return _image(client, image)
    except (docker.errors.DockerException, requests.exceptions.RequestException) as error:
        return _no_engine(str(error))
    finally:
        client.close()


def _image(client: DockerClient, image: str) -> Availability:
    version = client.version().get("Version", "unknown")
    try:
        client.images.get(image)
    except docker.errors.ImageNotFound:
        return Availability(
            ready=False,
            detail=f"Docker {version} answers; the image {image} is not there",
            remedy=f"docker pull {image}",
        )
    return Availability(ready=True, detail=f"Docker {version} answers; the image {image} is there")


def _no_engine(problem: str) -> Availability:
    return Availability(
        ready=False,
        detail=f"no Docker engine answers: {problem[:200]}",
        remedy="start Docker and make sure that this user may use its socket, or set DOCKER_HOST",
    )
