"""Whether runs can be compared at all: what beside the strategies was not the same. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from leanboard.models.comparison import ComparisonWarning, Incomparable, ValueRow
from leanboard.models.run import BacktestStatus, EngineName
from leanboard.services.comparison.compared import Compared


def warnings(runs: Sequence[Compared]) -> tuple[ComparisonWarning, ...]:
    """Return in what the runs are not comparable; empty when their figures may be held against each other."""
    return (
        *_unfinished(runs),
        *_by_setting(runs),
        *_other_content(runs),
    )


def _unfinished(runs: Sequence[Compared]) -> Iterator[ComparisonWarning]:
    for run in runs:
        info = run.result.run
        if run.problem:
            yield ComparisonWarning(kind=Incomparable.RESULT, message=f"{run.name}: {run.problem}")
        elif info.status is not BacktestStatus.COMPLETED or info.partial:
            message = f"{run.name} {_ended(info.status)}: its figures cover only a part of its period"
            yield ComparisonWarning(kind=Incomparable.ENDING, message=message)


def _ended(status: BacktestStatus) -> str:
    return {BacktestStatus.FAILED: "failed", BacktestStatus.CANCELLED: "was cancelled"}.get(status, "ended early")


def _by_setting(runs: Sequence[Compared]) -> Iterator[ComparisonWarning]:
    known = [run for run in runs if not run.problem]
    for kind, value in (
        (Incomparable.DATES, _dates),
        (Incomparable.CASH, _cash),
        (Incomparable.CURRENCY, _currency),
        (Incomparable.COMMISSION, _commission),
        (Incomparable.DATA, _data),
        (Incomparable.ENGINE, _engine),
        (Incomparable.IMAGE, _image),
    ):
        groups: defaultdict[str, list[str]] = defaultdict(list)
        for run in known:
            groups[value(run)].append(run.name)
        if len(groups) > 1:
            parts = (f"{text or 'unknown'} ({_few(names)})" for text, names in groups.items())
            yield ComparisonWarning(kind=kind, message=f"{_WORDS[kind]}: {'; '.join(parts)}")


_WORDS = {
    Incomparable.DATES: "the periods differ",
    Incomparable.CASH: "the start equity differs",
    Incomparable.CURRENCY: "the account's currency differs",
    Incomparable.COMMISSION: "the commission differs",
    Incomparable.DATA: "the kind of market data differs",
    Incomparable.ENGINE: "what executed them differs",
    Incomparable.IMAGE: "LEAN's image differs",
}


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _dates(run: Compared) -> str:
    configuration = run.state.configuration
    if configuration.start_date is None:
        return ""
    return f"{configuration.start_date} to {configuration.end_date or '?'}"


def _cash(run: Compared) -> str:
    cash = run.result.statistics.start_equity
    return "" if cash is None else f"{cash.normalize():f}"


def _currency(run: Compared) -> str:
    return run.state.configuration.account_currency


def _commission(run: Compared) -> str:
    return run.result.applied.effective.get("commission", "the strategy's own")


def _data(run: Compared) -> str:
    return run.result.data.kind


def _engine(run: Compared) -> str:
    """Name what computes: LEAN by its version, whatever Docker it ran on."""
    versions = run.result.versions
    if run.result.run.engine is EngineName.DOCKER:
        return f"LEAN {versions.lean}".strip()
    return versions.engine or run.result.run.engine.value


def _image(run: Compared) -> str:
    versions = run.result.versions
    if run.result.run.engine is not EngineName.DOCKER:
        return "none"
    return versions.image_id or versions.image_digest or versions.image


def _other_content(runs: Sequence[Compared]) -> Iterator[ComparisonWarning]:
    """Runs that read the same files, and found another content in them."""
    readers: defaultdict[frozenset[str], list[Compared]] = defaultdict(list)
    for run in runs:
        if run.data_files and run.result.data.digest is not None:
            readers[run.data_files].append(run)
    for files, group in readers.items():
        digests = {run.result.data.digest for run in group}
        if len(digests) > 1:
            names = _few([run.name for run in group])
            message = f"the content of the market data changed between them ({len(files)} files; {names})"
            yield ComparisonWarning(kind=Incomparable.DATA, message=message)


def settings_rows(runs: Sequence[Compared]) -> tuple[ValueRow, ...]:
    """Return what the runs were made with, name by name."""
    columns = [_settings(run) for run in runs]
    return tuple(_value_row(name, [column[name] for column in columns]) for name in columns[0])


def parameter_rows(runs: Sequence[Compared]) -> tuple[ValueRow, ...]:
    """Return the parameters that LEAN had; where there is no result, those that were asked for."""
    columns = [dict(run.state.configuration.parameters) or run.result.request.lean_parameters() for run in runs]
    names = dict.fromkeys(name for column in columns for name in column)
    return tuple(_value_row(name, [column.get(name) for column in columns]) for name in names)


def _value_row(name: str, values: Sequence[str | None]) -> ValueRow:
    return ValueRow(name=name, values=tuple(values), differs=len(set(values)) > 1)


def _settings(run: Compared) -> dict[str, str | None]:
    info, versions, configuration = run.result.run, run.result.versions, run.state.configuration
    found = {
        "strategy": info.strategy_name,
        "start_date": str(configuration.start_date or run.result.request.start_date or ""),
        "end_date": str(configuration.end_date or run.result.request.end_date or ""),
        "start_equity": _cash(run),
        "currency": configuration.account_currency,
        "commission": run.result.applied.effective.get("commission"),
        "data": run.result.data.kind,
        "engine": info.engine.value,
        "lean": versions.lean,
        "minilean": versions.engine.removeprefix("minilean ") if info.engine is EngineName.EMBEDDED else "",
        "image": versions.image_digest or versions.image,
        "python": versions.python,
    }
    return {name: value or None for name, value in found.items()}
