"""What tells one installation from another on the same Docker engine.

Not the path of home: in containers of their own, all installations have the same. And not a hash of anything that a
restart may change, as containers that outlived the service are found again by it.
"""

import hashlib
import os
import re
import secrets
from pathlib import Path
from typing import Final

INSTALLATION: Final = "installation"
_ID: Final = re.compile(r"[0-9a-f]{16}", re.ASCII)


def installation_id(home: Path) -> str:
    """Return the id that this home keeps, 16 hex digits; made at the first call, together with home. Blocks.

    Where home cannot be written, nothing can run there either; the id then stands for the path.
    """
    path = home / INSTALLATION
    try:
        home.mkdir(parents=True, exist_ok=True)
        return _kept(path) or _made(path)
    except OSError:
        return hashlib.sha256(str(home).encode()).hexdigest()[:16]


def _kept(path: Path) -> str:
    try:
        text = path.read_text("ascii", errors="replace").strip()
    except FileNotFoundError:
        return ""
    if _ID.fullmatch(text):
        return text
    path.unlink()  # damaged
    return ""


def _made(path: Path) -> str:
    """Whole or not there, and the first of several that make it at the same time wins."""
    staged = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    with staged.open("x") as file:
        file.write(secrets.token_hex(8) + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        path.hardlink_to(staged)
    except FileExistsError:
        pass
    finally:
        staged.unlink()
    return path.read_text("ascii").strip()
