"""What a request may ask for: memory, cores and image against the service's own limits. Pure."""

from dataclasses import dataclass

from leanboard.errors import ImageNotAllowed, InvalidInput, Problem
from leanboard.models.requests import BacktestRequest


@dataclass(frozen=True, slots=True)
class RequestLimits:
    """The most that a request may ask for.

    Attributes:
        memory: MB.
        cpus: Cores.
        images: References as they are written in the settings; no others are ever run.
    """

    memory: int
    cpus: float
    images: tuple[str, ...]


def check_request(request: BacktestRequest, limits: RequestLimits) -> None:
    """Refuse what asks for more.

    An image is compared letter by letter: what merely resembles an allowed one (``docker.io/`` before it, a digest
    instead of the tag, options behind it) is another.

    Raises:
        ImageNotAllowed: The image is none of the allowed.
        InvalidInput: Too much memory or too many cores; names both where both are.
    """
    if request.image is not None and request.image not in limits.images:
        msg = (
            f"the image {request.image[:120]!r} is not allowed here; allowed: {', '.join(limits.images)} "
            "(LEANBOARD_IMAGE, LEANBOARD_ALLOWED_IMAGES)"
        )
        raise ImageNotAllowed(msg, field="image")
    problems = []
    if request.memory is not None and request.memory > limits.memory:
        most = f"at most {limits.memory} MB: the machine's memory, or LEANBOARD_MAX_MEMORY where that is set"
        problems.append(Problem("memory", most))
    if request.cpus is not None and request.cpus > limits.cpus:
        most = f"at most {limits.cpus:g} cores: the machine's, or LEANBOARD_MAX_CPUS where that is set"
        problems.append(Problem("cpus", most))
    if problems:
        raise InvalidInput("; ".join(f"{p.field}: {p.message}" for p in problems), problems=tuple(problems))
