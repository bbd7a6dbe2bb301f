"""Whether runs can be started on the engine now, from what is known: nobody waits long for an engine that hangs."""

import asyncio
import contextlib
from time import monotonic

from leanboard.engines.base import Availability
from leanboard.engines.docker.client import DockerClient
from leanboard.engines.docker.facts import ENGINE_PROBLEMS
from leanboard.engines.docker.options import DockerOptions
from leanboard.engines.docker.watch import ContainerWatch

ASK_SECONDS = 0.2
AGAIN_SECONDS = 5.0  # after a boot that the engine could not do (disk full, no answer) until the next may be tried


class Readiness:
    """Of one engine.

    Args:
        client: Asked for the image.
        watch: Knows whether the engine answers.
        options: Settings of the engine.
    """

    def __init__(self, client: DockerClient, watch: ContainerWatch, options: DockerOptions) -> None:
        self._client = client
        self._watch = watch
        self._options = options
        self._asking: asyncio.Task[None] | None = None
        self._image_is_there: bool | None = None
        self._refusal = ""
        self._refused_until = float("-inf")

    def close(self) -> None:
        """Stop asking."""
        if self._asking is not None:
            self._asking.cancel()

    def hold_reason(self) -> str:
        """Name the outage, or what kept the last boot from being tried."""
        if self._watch.facts is None:
            return self._watch.problem
        return self._refusal if monotonic() < self._refused_until else ""

    def refused(self, reason: str) -> None:
        """Note that the engine could not do a boot: no other is tried for a while."""
        self._refusal, self._refused_until = reason, monotonic() + AGAIN_SECONDS
        self._watch.hint()

    async def availability(self) -> Availability:
        """Say what the last look found: it was made in the last seconds, or the engine hangs."""
        facts = self._watch.facts
        if facts is None:
            return Availability(
                ready=False,
                detail=f"{self._watch.problem} ({self._client.address})",
                remedy="start Docker and make sure that this user may use its socket, or set DOCKER_HOST",
                on_request=self._watch.seen_once or self._options.required,
            )
        if (is_there := await self._has_image()) is None:
            return Availability(ready=False, detail="the Docker engine is slow", on_request=True)
        if not is_there:
            return Availability(
                ready=False,
                detail=f"Docker {facts.version} answers; the image {self._options.image} is not there",
                remedy=f"pull it (docker pull {self._options.image})"
                + (", or name engine docker: the run then waits for the pull" * self._options.pulls.allowed),
                on_request=self._options.pulls.allowed,
            )
        return Availability(
            ready=True, detail=f"Docker {facts.version} answers; the image {self._options.image} is there"
        )

    async def _has_image(self) -> bool | None:
        """Ask for the image; where the answer is late the last one counts, and None stands for none so far.

        One question at a time, and only the first to ask waits: of an engine that hangs each would take a thread.
        """
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask_for_image(), name="ask-for-image")
            await asyncio.wait({self._asking}, timeout=ASK_SECONDS)
        elif self._image_is_there is None:
            await asyncio.wait({self._asking}, timeout=ASK_SECONDS)
        return self._image_is_there

    async def _ask_for_image(self) -> None:
        with contextlib.suppress(*ENGINE_PROBLEMS):  # the watch tells what is wrong
            self._image_is_there = await self._client.image(self._options.image) is not None
