"""Walk-forward: windows that follow each other. Pure."""

from collections.abc import Iterator
from datetime import date, timedelta

from leanboard.errors import InvalidInput
from leanboard.models.batch_requests import WalkForward, Window


def window_label(window: Window) -> str:
    """Return what a window is called in tables."""
    return window.label or days_label(window.start_date, window.end_date)


def days_label(first: date | None, last: date | None) -> str:
    """Return what a window without a name of its own is called."""
    return f"{first}..{last}"


def windows_of(walk: WalkForward, field: str) -> tuple[Window, ...]:
    """Return the windows in the order in which they follow each other, an in-sample one before its out-of-sample one.

    All days are included: a window of one day starts and ends on it. What is left at the end and has no room for a
    whole pair is not used.

    Args:
        walk: As it was asked for.
        field: Path of it in what was asked for.

    Raises:
        InvalidInput: Not one pair fits, or windows are anchored that are not there.
    """
    if walk.anchored and walk.train_days is None:
        raise InvalidInput("anchored windows are in-sample ones: give train_days, too", field=f"{field}.anchored")
    needed = (walk.train_days or 0) + walk.test_days
    there = (walk.end_date - walk.start_date).days + 1
    if there < needed:
        msg = (
            f"not one window fits: {walk.start_date} to {walk.end_date} are {max(there, 0)} days, and "
            f"{'train_days + test_days' if walk.train_days else 'test_days'} are {needed}"
        )
        raise InvalidInput(msg, field=field)
    pairs = (there - needed) // (walk.step_days or walk.test_days) + 1
    return tuple(window for number in range(pairs) for window in _pair(walk, number))


def _pair(walk: WalkForward, number: int) -> Iterator[Window]:
    moved = walk.start_date + timedelta(days=number * (walk.step_days or walk.test_days))
    test = moved + timedelta(days=walk.train_days or 0)
    if walk.train_days is not None:
        first = walk.start_date if walk.anchored else moved
        yield _window(first, test - timedelta(days=1), f"train {number + 1}")
    label = f"test {number + 1}" if walk.train_days is not None else None
    yield _window(test, test + timedelta(days=walk.test_days - 1), label)


def _window(first: date, last: date, label: str | None) -> Window:
    return Window(start_date=first, end_date=last, label=label)
