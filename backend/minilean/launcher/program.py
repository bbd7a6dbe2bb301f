"""The program: banner, job, exit code."""

# ruff: noqa: G004, TRY400 - records of LEAN's form, not of the module logging

import contextlib
import os
import socket
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from minilean import numbers
from minilean.config import ConfigError, OptionError, RunConfig, load
from minilean.io_errors import exception_text
from minilean.launcher.engine import VERSION, JobRunner
from minilean.launcher.signals import Phase, SignalHandlers
from minilean.log_handler import CompositeLogHandler

_ABORTED = 134
_CONFIG_EXCEPTION = "Newtonsoft.Json.JsonReaderException"


def main(arguments: Sequence[str], *, shut_down: Callable[[], None] = lambda: None) -> int:
    """Run the job of a configuration; return the exit code.

    Args:
        arguments: LEAN's command-line options.
        shut_down: Called when all is written, before the last lines: LEAN's shutdown of Python takes seconds there.
    """
    numbers.install_context()
    log = CompositeLogHandler()
    signals = SignalHandlers(log)
    signals.install()
    try:
        config = load(arguments)
    except OptionError as error:
        return _crash("McMaster.Extensions.CommandLineUtils.CommandParsingException", str(error))
    except (ConfigError, OSError) as error:
        log.error(f"Initializer.Start():  {_CONFIG_EXCEPTION}: {error}")
        return _crash(_CONFIG_EXCEPTION, str(error))
    _tell_start(config, log)
    if not config.algorithm_location.is_file():
        return _crash(
            "System.IO.FileNotFoundException",
            f"JobQueue.TryCreatePythonAlgorithm(): Unable to find py file: {config.algorithm_location}",
        )
    code = _run(config, log, signals)
    _tell_end(config, log, shut_down)
    return code


def _tell_start(config: RunConfig, log: CompositeLogHandler) -> None:
    """Begin ``log.txt`` and say who runs; a folder that cannot be written to stops the results later, not the run."""
    for text, is_error in config.messages:
        (log.error if is_error else log.trace)(text)
    log.trace(f"Composer(): Loading Assemblies from {Path(__file__).resolve().parents[1].name}")
    with contextlib.suppress(OSError):
        config.results_folder.mkdir(parents=True, exist_ok=True)
    log.open_file(config.results_folder)
    log.trace(
        f"Engine.Main(): LEAN ALGORITHMIC TRADING ENGINE {VERSION} Mode: MINILEAN (64bit) Host: {socket.gethostname()}"
    )
    log.trace(f"Engine.Main(): Started {datetime.now(UTC):%H:%M}")


def _run(config: RunConfig, log: CompositeLogHandler, signals: SignalHandlers) -> int:
    log.trace(f"JobQueue.NextJob(): Selected {config.algorithm_location}")
    signals.phase = Phase.LOADING
    log.trace("Engine.Run(): Resource limits '0' CPUs. 2147483647 MB RAM.")
    runner = JobRunner(config, log, signals)
    try:
        runner.run()
    except OSError as error:  # LEAN leaves with the algorithm's code all the same
        sys.stderr.write(f"Unhandled exception. {exception_text(error)}\n")
    return runner.exit_code


def _tell_end(config: RunConfig, log: CompositeLogHandler, shut_down: Callable[[], None]) -> None:
    log.raw("Engine.Main(): Analysis Complete.")
    log.trace(f"Engine.Main(): Packet removed from queue: {config.algorithm_id}")
    log.trace("LeanEngineAlgorithmHandlers.Dispose(): start...")
    log.trace("PythonInitializer.Shutdown(): calling engine shutdown...")
    shut_down()
    log.trace("PythonInitializer.Shutdown(): ended")
    log.trace("Program.Main(): Exiting Lean...")
    log.close()


def _crash(kind: str, text: str) -> int:
    sys.stderr.write(f"Unhandled exception. {kind}: {text}\n")
    return _ABORTED


def run_and_exit(arguments: Sequence[str]) -> None:
    """Run and leave the process at once: the results are on disk, and nothing is left to tear down."""
    code = main(arguments)
    sys.stderr.flush()
    os._exit(code)
