"""Every error that Leanboard raises on purpose, and how it looks over HTTP.

    LeanboardError                    500  internal_error
    ├── InvalidInput                  422  invalid_input         a value that cannot be used; names the field
    │   ├── MalformedBody             400  malformed_body        not JSON, or JSON that means two things
    │   ├── UnsupportedMediaType      415  unsupported_media_type
    │   └── BodyTooLarge              413  body_too_large
    ├── NotFound                      404  not_found
    │   └── NoResult                  404  no_result             the run ended before LEAN wrote a result
    ├── Conflict                      409  conflict              legal, but not in the present state
    │   ├── IllegalTransition         409  illegal_transition    the run's status does not allow it
    │   ├── ResultUnreadable          409  result_unreadable     LEAN's result is cut off, or something else
    │   └── IdempotencyMismatch       409  idempotency_mismatch  the key was used for another body
    ├── AccessDenied                  403  access_denied         foreign Origin, or not allowed
    │   ├── ImageNotAllowed           403  image_not_allowed     none of those that may be run
    │   └── UntrustedHost             400  untrusted_host        addressed under a name that is not ours
    ├── NotAuthenticated              401  not_authenticated
    ├── EngineUnavailable             409  engine_unavailable    no engine can run this; says what is missing
    ├── StrategyUnsupported           422  strategy_unsupported  names what the chosen engine does not support
    ├── ServiceUnavailable            503  service_unavailable   shutting down, or the disk is full
    ├── EngineError                   500  engine_error          the sandbox could not be made, followed or ended
    │   ├── BuildFailed               500  build_failed          a C# project does not compile; only ever in a run
    │   └── RequirementsFailed        500  requirements_failed   requirements.txt is not installed; only ever in a run
    ├── StorageError                  500  storage_error         the disk or the database refused
    ├── MarketDataError               500  market_data_error     a data folder breaks LEAN's format (in market_data)
    ├── SlowReaderError               500  slow_reader           a watcher fell behind (in services)
    └── ConfigurationError            500  configuration_error   the service cannot start with these settings

``code`` is stable and meant for programs; ``detail`` is for people; ``field`` names the part of the
input that was wrong, as a path such as ``parameters.fast``.
"""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with an input.

    Attributes:
        field: Path of the input's part, such as ``parameters.fast``; empty for the whole.
        message: What is wrong and what would be right.
    """

    field: str
    message: str


class LeanboardError(Exception):
    """Root of the tree; carries what the one HTTP handler renders."""

    code: ClassVar[str] = "internal_error"
    http_status: ClassVar[int] = 500

    def __init__(self, detail: str, *, field: str = "", problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.problems = problems or ((Problem(field, detail),) if field else ())


class InvalidInput(LeanboardError):
    """A value that cannot be used."""

    code = "invalid_input"
    http_status = 422


class MalformedBody(InvalidInput):
    """The body is not JSON, or is JSON that two readers would read differently."""

    code = "malformed_body"
    http_status = 400


class UnsupportedMediaType(InvalidInput):
    """The body is not declared as JSON."""

    code = "unsupported_media_type"
    http_status = 415


class BodyTooLarge(InvalidInput):
    """The body is larger than the service reads."""

    code = "body_too_large"
    http_status = 413


class NotFound(LeanboardError):
    """There is no such thing, or it was deleted."""

    code = "not_found"
    http_status = 404


class NoResult(NotFound):
    """The run ended before LEAN wrote a result; its other files are there."""

    code = "no_result"


class Conflict(LeanboardError):
    """Legal in itself, but not in the present state."""

    code = "conflict"
    http_status = 409


class IllegalTransition(Conflict):
    """The run's status does not allow what was asked."""

    code = "illegal_transition"


class ResultUnreadable(Conflict):
    """LEAN's result file is cut off, too large, or no result; the file itself can be downloaded."""

    code = "result_unreadable"


class IdempotencyMismatch(Conflict):
    """The Idempotency-Key was used before for another body."""

    code = "idempotency_mismatch"


class AccessDenied(LeanboardError):
    """A page of a foreign origin, or something that the settings do not allow."""

    code = "access_denied"
    http_status = 403


class ImageNotAllowed(AccessDenied):
    """The image is none of those that the service may run."""

    code = "image_not_allowed"


class UntrustedHost(AccessDenied):
    """The Host header is missing, unreadable, or names somebody else."""

    code = "untrusted_host"
    http_status = 400


class NotAuthenticated(LeanboardError):
    """The API key is missing or wrong."""

    code = "not_authenticated"
    http_status = 401


class EngineUnavailable(LeanboardError):
    """No engine can run this now; the text says what is missing and the way out."""

    code = "engine_unavailable"
    http_status = 409


class StrategyUnsupported(LeanboardError):
    """The chosen engine does not support something that the strategy uses."""

    code = "strategy_unsupported"
    http_status = 422


class ServiceUnavailable(LeanboardError):
    """The service does not accept work now: it is shutting down, or the disk is full."""

    code = "service_unavailable"
    http_status = 503


class EngineError(LeanboardError):
    """A sandbox, or what it needs, could not be made, followed or ended.

    Args:
        detail: What is in the way and the way out; a tool's own first or last errors.
        place: File, relative to the project, and line that it is about; None where there is none.
        output: All that a tool printed, where one was run.
    """

    code = "engine_error"

    def __init__(self, detail: str, *, place: tuple[str, int] | None = None, output: str = "") -> None:
        super().__init__(detail)
        self.place = place
        self.output = output


class BuildFailed(EngineError):
    """A C# project does not compile, or cannot be compiled here."""

    code = "build_failed"


class RequirementsFailed(EngineError):
    """What requirements.txt asks for cannot be installed, or not here."""

    code = "requirements_failed"


class StorageError(LeanboardError):
    """The disk or the database refused."""

    code = "storage_error"


class ConfigurationError(LeanboardError):
    """The service cannot start with these settings."""

    code = "configuration_error"
