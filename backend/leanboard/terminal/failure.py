"""What a command ends with when it cannot do its work."""

from enum import IntEnum

from leanboard.errors import Problem


class ExitCode(IntEnum):
    """What the shell sees."""

    OK = 0
    FAILED = 1
    USAGE = 2
    INTERRUPTED = 130


class CommandError(Exception):
    """A command cannot go on; shown as one line, its problems and a hint, never as a traceback.

    Attributes:
        exit_code: USAGE where another input would help, else FAILED.
        code: Stable name for programs, from the service where it said one.
        problems: Parts of the input that are wrong.
        hint: What to do next; empty when there is nothing to say.
    """

    def __init__(
        self,
        message: str,
        *,
        exit_code: ExitCode = ExitCode.FAILED,
        code: str = "failed",
        problems: tuple[Problem, ...] = (),
        hint: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.exit_code = exit_code
        self.code = code
        self.problems = problems
        self.hint = hint

    def as_json(self) -> dict[str, object]:
        """Return what ``--json`` prints instead of a result."""
        return {
            "error": {
                "code": self.code,
                "message": self.message,
                "problems": [{"field": p.field, "message": p.message} for p in self.problems],
                "hint": self.hint,
            },
        }


def wrong_input(message: str, *, field: str = "", hint: str = "", code: str = "invalid_input") -> CommandError:
    """Return the error for something that the caller can correct; exit code 2."""
    problems = (Problem(field, message),) if field else ()
    return CommandError(message, exit_code=ExitCode.USAGE, code=code, problems=problems, hint=hint)
