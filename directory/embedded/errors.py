"""Errors of the embedded PostgreSQL, with messages that name the path and the remedy."""

from pathlib import Path
from typing import Final

ELSEWHERE: Final = "set DIRECTORY_DATA_DIR to a folder elsewhere"
_DAMAGED: Final = (
    "if its files are damaged, restore the folder from a backup, or move it away and the next start creates a new one"
)
_REMEDIES: Final = {
    "No space left on device": f"the disk is full: make room, or {ELSEWHERE}",
    "Disk quota exceeded": f"your disk quota is used up: make room, or {ELSEWHERE}",
    "Read-only file system": f"the disk is read-only: {ELSEWHERE}",
    "Permission denied": f"a file there cannot be read or written: correct its permissions, or {ELSEWHERE}",
    "Cannot allocate memory": "there is too little memory: end other programs",
    "": _DAMAGED,
}


class EmbeddedError(Exception):
    """The embedded PostgreSQL cannot run; the message names the path, what is wrong there and the remedy."""


def startup_error(pgdata: Path, output: str) -> EmbeddedError:
    """Return the error for a start that failed with this `output` of PostgreSQL."""
    lines = [line for line in output.splitlines() if line.strip()]
    relevant = [line for line in lines if "FATAL" in line or "PANIC" in line or "error:" in line] or lines
    words = "\n  ".join(relevant[-3:]) or "nothing"
    remedy = next(remedy for sign, remedy in _REMEDIES.items() if sign in output)
    return EmbeddedError(f"{pgdata}: PostgreSQL did not start; {remedy}. It said:\n  {words}")


def unusable_path_error(error: OSError) -> EmbeddedError:
    """Return the error for a path that the operating system does not let this process use."""
    return EmbeddedError(f"{error.filename}: {error.strerror}; make it usable for you, or {ELSEWHERE}")
