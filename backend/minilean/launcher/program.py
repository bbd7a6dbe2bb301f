"""The program: banner, job, exit code."""

# ruff: noqa: G004, TRY400 - records of LEAN's form, not of the module logging

import os
import socket
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from minilean import numbers
from minilean.config import ConfigError, RunConfig, load
from minilean.launcher.engine import VERSION, JobRunner
from minilean.launcher.signals import Phase, SignalHandlers
from minilean.log_handler import CompositeLogHandler

_ABORTED = 134


def main(arguments: Sequence[str]) -> int:
    """Run the job of a configuration; return the exit code."""
    numbers.install_context()
    log = CompositeLogHandler()
    signals = SignalHandlers(log)
    signals.install()
    log.trace(f"Composer(): Loading Assemblies from {Path(__file__).resolve().parents[1].name}")
    try:
        config = load(arguments)
    except (ConfigError, OSError) as error:
        return _crash("Newtonsoft.Json.JsonReaderException", str(error))
    for text, is_error in config.messages:
        (log.error if is_error else log.trace)(text)
    _open_log(config, log)
    now = datetime.now(UTC)
    log.trace(
        f"Engine.Main(): LEAN ALGORITHMIC TRADING ENGINE {VERSION} Mode: MINILEAN (64bit) Host: {socket.gethostname()}"
    )
    log.trace(f"Engine.Main(): Started {now:%H:%M}")
    if not config.algorithm_location.is_file():
        return _crash(
            "System.IO.FileNotFoundException",
            f"JobQueue.TryCreatePythonAlgorithm(): Unable to find py file: {config.algorithm_location}",
        )
    return _run(config, log, signals)


def _open_log(config: RunConfig, log: CompositeLogHandler) -> None:
    """Begin ``log.txt``; a folder that cannot be written to stops the results later, not the run."""
    try:
        config.results_folder.mkdir(parents=True, exist_ok=True)
        log.open_file(config.results_folder)
    except OSError as error:
        log.error(f"Engine.Main(): {error}")


def _run(config: RunConfig, log: CompositeLogHandler, signals: SignalHandlers) -> int:
    log.trace(f"JobQueue.NextJob(): Selected {config.algorithm_location}")
    signals.phase = Phase.LOADING
    log.trace("Engine.Run(): Resource limits '0' CPUs. 2147483647 MB RAM.")
    try:
        code = JobRunner(config, log, signals).run()
    except OSError as error:
        code = 0
        sys.stderr.write(f"Unhandled exception. System.IO.IOException: {error}\n")
    log.raw("Engine.Main(): Analysis Complete.")
    log.trace(f"Engine.Main(): Packet removed from queue: {config.algorithm_id}")
    log.trace("LeanEngineAlgorithmHandlers.Dispose(): start...")
    log.trace("PythonInitializer.Shutdown(): calling engine shutdown...")
    log.trace("Program.Main(): Exiting Lean...")
    log.close()
    return code


def _crash(kind: str, text: str) -> int:
    sys.stderr.write(f"Unhandled exception. {kind}: {text}\n")
    return _ABORTED


def run_and_exit(arguments: Sequence[str]) -> None:
    """Run and leave the process at once: the results are on disk, and nothing is left to tear down."""
    code = main(arguments)
    sys.stderr.flush()
    os._exit(code)
