"""What can keep the embedded PostgreSQL from running, in words that name the place and the remedy."""

from pathlib import Path
from typing import Final

ELSEWHERE: Final = "set DIRECTORY_DATA_DIR to a folder elsewhere"
_DAMAGED: Final = (
    "if its files are damaged, bring back a copy of the folder, or move it away and the next start makes a new one"
)
_REMEDIES: Final = {
    "No space left on device": f"the disk is full: make room, or {ELSEWHERE}",
    "Disk quota exceeded": f"your disk quota is used up: make room, or {ELSEWHERE}",
    "Read-only file system": f"the disk is read-only: {ELSEWHERE}",
    "Permission denied": f"a file there may not be read or written: give it back to its user, or {ELSEWHERE}",
    "Cannot allocate memory": "there is too little memory: end other programs",
    "": _DAMAGED,
}


class EmbeddedError(Exception):
    """The embedded PostgreSQL cannot run; the message names the place, what is wrong there and the remedy."""


def explain(pgdata: Path, output: str) -> EmbeddedError:
    """Give the error that PostgreSQL's last words `output` amount to."""
    lines = [line for line in output.splitlines() if line.strip()]
    telling = [line for line in lines if "FATAL" in line or "PANIC" in line or "error:" in line] or lines
    words = "\n  ".join(telling[-3:]) or "nothing"
    remedy = next(remedy for sign, remedy in _REMEDIES.items() if sign in output)
    return EmbeddedError(f"{pgdata}: PostgreSQL did not start; {remedy}. It said:\n  {words}")


def unusable(error: OSError) -> EmbeddedError:
    """Give the error for a place that the system does not let us use."""
    return EmbeddedError(f"{error.filename}: {error.strerror}; make it usable for you, or {ELSEWHERE}")
