"""What a run is told: LEAN's ``config.json`` and the guest's ``job.json``. Pure; keys as LEAN reads them.

Python runs inside the guest, which takes its job later and overrides dates and cash. C# has no guest: everything is in
``config.json``. LEAN has no key for dates and cash, so these become parameters for the strategy to read.
"""

import json
from collections.abc import Mapping
from typing import Any

from leanboard.engines.slot import SandboxPaths
from leanboard.models.requests import BacktestRequest
from leanboard.services.code_reader import CSharpCode, Prepared

CREATION_TIMEOUT = 86_400  # seconds; the guest waits for its job inside what LEAN counts as the algorithm's creation

_HANDLERS: dict[str, Any] = {
    "composer-dll-directory": ".",
    "debugging": False,
    "debug-mode": False,
    "live-mode": False,
    "log-handler": "QuantConnect.Logging.CompositeLogHandler",
    "messaging-handler": "QuantConnect.Messaging.Messaging",
    "job-queue-handler": "QuantConnect.Queues.JobQueue",
    "api-handler": "QuantConnect.Api.Api",
    # The zip providers refuse data folders without a recent zip; these read the plain files.
    "map-file-provider": "QuantConnect.Data.Auxiliary.LocalDiskMapFileProvider",
    "factor-file-provider": "QuantConnect.Data.Auxiliary.LocalDiskFactorFileProvider",
    "data-provider": "QuantConnect.Lean.Engine.DataFeeds.DefaultDataProvider",
    "object-store": "QuantConnect.Lean.Engine.Storage.LocalObjectStore",
    "data-aggregator": "QuantConnect.Lean.Engine.DataFeeds.AggregationManager",
    "environments": {
        "backtesting": {
            "live-mode": False,
            "setup-handler": "QuantConnect.Lean.Engine.Setup.BacktestingSetupHandler",
            "result-handler": "QuantConnect.Lean.Engine.Results.BacktestingResultHandler",
            "data-feed-handler": "QuantConnect.Lean.Engine.DataFeeds.FileSystemDataFeed",
            "real-time-handler": "QuantConnect.Lean.Engine.RealTime.BacktestingRealTimeHandler",
            "history-provider": ["QuantConnect.Lean.Engine.HistoricalData.SubscriptionDataReaderHistoryProvider"],
            "transaction-handler": "QuantConnect.Lean.Engine.TransactionHandlers.BacktestingTransactionHandler",
        },
    },
}


def config_of(
    paths: SandboxPaths,
    request: BacktestRequest,
    prepared: Prepared,
    *,
    algorithm_id: str,
    name: str,
) -> bytes:
    """Return the text of a run's ``config.json``, whatever its language.

    Args:
        paths: As the sandbox sees them.
        request: What was asked for.
        prepared: Of the run's snapshot.
        algorithm_id: Letters, digits, '-' and '_': result files are named after it.
        name: LEAN's ``backtest-name``.
    """
    if prepared.csharp is None:
        return lean_config(paths, algorithm_id=algorithm_id, name=name)
    algorithm = {
        # With one algorithm class in the DLL, LEAN takes it whatever it is called.
        "algorithm-type-name": prepared.class_name or algorithm_id,
        "algorithm-language": "CSharp",
        "algorithm-location": _library(paths, prepared.csharp),
        "parameters": csharp_parameters(request, prepared.parameters),
    }
    return _config(paths, algorithm_id, name, algorithm)


def csharp_parameters(request: BacktestRequest, defaults: Mapping[str, str]) -> dict[str, str]:
    """Return a C# run's parameters: the project's, then the overrides of the request, then its parameters.

    Args:
        request: What was asked for.
        defaults: Of the project's own config.json.
    """
    return {**defaults, **_overrides(request), **request.lean_parameters()}


def lean_config(paths: SandboxPaths, *, algorithm_id: str, name: str) -> bytes:
    """Return the text of ``config.json`` for the guest, which runs Python.

    Args:
        paths: As the sandbox sees them.
        algorithm_id: Letters, digits, '-' and '_': result files are named after it.
        name: LEAN's ``backtest-name``.
    """
    algorithm = {
        "algorithm-type-name": "LeanRun",
        "algorithm-language": "Python",
        "algorithm-location": paths.guest,
        "algorithm-creation-timeout": CREATION_TIMEOUT,
        "parameters": {},
    }
    return _config(paths, algorithm_id, name, algorithm)


def _config(paths: SandboxPaths, algorithm_id: str, name: str, algorithm: Mapping[str, Any]) -> bytes:
    config = {
        "environment": "backtesting",
        **algorithm,
        "data-folder": paths.data,
        "results-destination-folder": paths.output,
        "object-store-root": paths.storage,
        "close-automatically": True,
        "algorithm-id": algorithm_id,
        "backtest-name": name,
        **_HANDLERS,
    }
    return json.dumps(config, indent=1).encode()


def _library(paths: SandboxPaths, code: CSharpCode) -> str:
    return f"{paths.code if code.build is None else paths.build}/{code.library}"


def _overrides(request: BacktestRequest) -> dict[str, str]:
    values = {
        "start_date": request.start_date.isoformat() if request.start_date else None,
        "end_date": request.end_date.isoformat() if request.end_date else None,
        "initial_cash": str(request.initial_cash) if request.initial_cash is not None else None,
    }
    return {name: value for name, value in values.items() if value is not None}


def job(
    paths: SandboxPaths,
    request: BacktestRequest,
    *,
    module: str,
    class_name: str | None,
    name: str,
    defaults: Mapping[str, str],
    packages: bool = False,
) -> bytes:
    """Return the text of ``job.json``; what its fields mean is said in guest/lean_run.py.

    Args:
        paths: As the sandbox sees them.
        request: What was asked for.
        module: The algorithm's file, relative to ``code``.
        class_name: Which class of it; None lets the guest choose.
        name: Of the run; a sandbox that booted ahead has another in its config.json.
        defaults: Parameters of the project's own config.json; those of the request go on top.
        packages: Whether the slot has what requirements.txt asks for.
    """
    fields = {
        "module": module,
        "class_name": class_name,
        "name": name,
        "code": paths.code,
        "output": paths.output,
        "packages": paths.packages if packages else None,
        "parameters": {**defaults, **request.lean_parameters()},
        **dict.fromkeys(("start_date", "end_date", "initial_cash")),
        **_overrides(request),
        "commission": request.commission.model_dump(mode="json") if request.commission is not None else None,
    }
    return json.dumps(fields, indent=1).encode()
