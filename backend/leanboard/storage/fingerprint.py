"""One SHA-256 over everything that determines the result of a run, save the market data. Pure.

Equal for a request that is about to run and for a finished run (by its run.json alone) where, and only where, LEAN
would be told the same: the code, file by file; parameters, dates, cash, commission; the engine, and what it is made
of. Not in it are names and tags, and the limits of time, memory and cores, which a run that completed did not reach.
"""

import hashlib
import json

from leanboard import __version__
from leanboard.models.code import CodeDigest
from leanboard.models.numbers import plain_number
from leanboard.models.requests import BacktestRequest
from leanboard.models.results import Versions
from leanboard.models.run import BacktestStatus, EngineName
from leanboard.storage.layout import CODE
from leanboard.storage.manifest import RunManifest

_SCHEME = 1
_PREFIX = f"{CODE}/"


def fingerprint_of(manifest: RunManifest) -> str | None:
    """Return a finished run's; None for one that answers no other request.

    That is one that did not complete, that played a recording, whose data is not known, or of which run.json does not
    list every file.
    """
    run = manifest.run
    if run.status is not BacktestStatus.COMPLETED or run.partial or manifest.data.digest is None or manifest.notes:
        return None
    code = ((file.path.removeprefix(_PREFIX), file.sha256) for file in manifest.files if file.path.startswith(_PREFIX))
    return fingerprint(manifest.request, run.engine, manifest.versions, CodeDigest.of(code))


def fingerprint_now(request: BacktestRequest, engine: EngineName, versions: Versions, code: CodeDigest) -> str | None:
    """Return that of a run which would start now; None where it cannot be told.

    Args:
        request: What is asked for.
        engine: That will execute it.
        versions: What it would be made with.
        code: The strategy's snapshot.
    """
    return fingerprint(request, engine, versions.evolve(leanboard=__version__), code)


def fingerprint(request: BacktestRequest, engine: EngineName, versions: Versions, code: CodeDigest) -> str | None:
    """Return the SHA-256 in hex; None without code, with a file too large to be read, and where versions are unknown.

    Args:
        request: What is, or was, asked for.
        engine: That executes it.
        versions: What it is made with; ``leanboard`` stands for the guest.
        code: The snapshot.
    """
    executor = _executor(engine, versions)
    digests = dict(code.files)
    if not digests or not all(digests.values()) or not all(executor):
        return None
    cash, commission = request.initial_cash, request.commission
    determining = {
        "scheme": _SCHEME,
        "strategy": request.strategy_name,
        "code": digests,
        "parameters": request.lean_parameters(),
        "start_date": request.start_date.isoformat() if request.start_date else None,
        "end_date": request.end_date.isoformat() if request.end_date else None,
        "initial_cash": plain_number(cash) if cash is not None else None,
        "commission": str(commission) if commission is not None else None,
        "engine": engine.value,
        "executor": executor,
    }
    text = json.dumps(determining, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _executor(engine: EngineName, versions: Versions) -> tuple[str, ...]:
    if engine is EngineName.EMBEDDED:
        return (versions.leanboard, versions.engine, versions.python)
    return (versions.leanboard, versions.image_id if engine is EngineName.DOCKER else "")
