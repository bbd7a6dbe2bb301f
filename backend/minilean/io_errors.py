"""Errors of the file system in .NET's words, which whoever reads LEAN's log knows them by."""

import errno


def message(error: OSError) -> str:
    """Return .NET's message, e.g. ``No space left on device : '/Results/log.txt'``."""
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"Access to the path '{error.filename}' is denied."
    return f"{error.strerror or error} : '{error.filename}'" if error.filename else str(error)


def exception_text(error: OSError) -> str:
    """Return .NET's name of the exception and its message."""
    denied = error.errno in (errno.EACCES, errno.EPERM)
    return f"{'System.UnauthorizedAccessException' if denied else 'System.IO.IOException'}: {message(error)}"
