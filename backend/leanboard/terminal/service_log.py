"""Where the service's own log goes: to the terminal for ``serve``, to a file where the terminal shows a run."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import structlog

MAX_SIZE = 4 * 1024 * 1024  # bytes; a longer file is put aside at the next start
_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


@contextmanager
def log_to_stream(stream: TextIO, level: str) -> Iterator[None]:
    """Write log lines to an open stream while the context lasts; libraries' lines from warnings up.

    Args:
        stream: Where to; coloured when it is a terminal.
        level: debug, info, warning or error.
    """
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(asctime)s [%(levelname)s] %(name)s: %(message)s"))
    handler.setLevel(max(logging.WARNING, _LEVELS[level]))
    root = logging.getLogger()
    root.addHandler(handler)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.dev.ConsoleRenderer(
                colors=stream.isatty(),
                exception_formatter=structlog.dev.plain_traceback,
            ),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )
    try:
        yield
    finally:
        structlog.reset_defaults()
        root.removeHandler(handler)


@contextmanager
def log_to_file(path: Path, level: str) -> Iterator[None]:
    """Append log lines to a file while the context lasts; without the file there is no log, and no failure."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and path.stat().st_size > MAX_SIZE:
            path.rename(path.with_suffix(".log.1"))
        stream = path.open("a", encoding="utf-8", errors="replace", buffering=1)
    except OSError:  # the home cannot be written: the service will say so itself, in proper words
        yield
        return
    with stream, log_to_stream(stream, level):
        yield
