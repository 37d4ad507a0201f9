"""Files with a secret that the first process to need it creates, readable by their owner alone."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Final

_MODE: Final = 0o600


def read_or_create(path: Path, make: Callable[[], str]) -> str:
    """Return the text of a file, which is created with mode 0600 and the text of `make` if it is missing.

    Of two processes that create it at once the first wins, and both return its text.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
        try:
            with os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _MODE), "w") as file:
                file.write(make())
                file.flush()
                os.fsync(file.fileno())
            # link() fails if the target exists.
            with contextlib.suppress(FileExistsError):
                os.link(part, path)
        finally:
            part.unlink(missing_ok=True)
    return path.read_text("utf-8")
