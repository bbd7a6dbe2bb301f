"""The only module that imports docker: today it finds out whether an engine and LEAN's image are there.

Running LEAN in containers takes its place here, behind the contract of engines/base.py.
"""

import docker
import docker.errors
import requests
from docker.client import DockerClient

from leanboard.engines.base import Availability

PROBE_SECONDS = 3


def probe_docker(image: str) -> Availability:
    """Ask the Docker engine that DOCKER_HOST names, or the local one, for its version and the image. Blocks.

    Args:
        image: LEAN's image, such as ``quantconnect/lean:latest``.

    Returns:
        Ready when both are there; never raises.
    """
    try:
        client = docker.from_env(timeout=PROBE_SECONDS)
    except docker.errors.DockerException as error:
        return _no_engine(error)
    try:
        return _image(client, image)
    except (docker.errors.DockerException, requests.exceptions.RequestException) as error:
        return _no_engine(error)
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


def _no_engine(error: Exception) -> Availability:
    return Availability(
        ready=False,
        detail=f"no Docker engine answers: {str(error)[:200]}",
        remedy="start Docker and make sure that this user may use its socket, or set DOCKER_HOST",
    )
