"""What others have written, as a terminal shows it: nothing in it moves the cursor, turns the text or begins a line."""

from __future__ import annotations

import errno
from typing import Final

_MAX: Final = 2_000
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


def printable(text: str) -> str:
    """Return a text on one line, with escapes for all that is not printed; cut where it is long."""
    if len(text) > _MAX:
        text = f"{text[:_MAX]}…"
    return text if text.isprintable() else "".join(map(_escape, text))


def _escape(character: str) -> str:
    return character if character.isprintable() else ascii(character)[1:-1]


def explain(error: Exception) -> str:
    """Return on one line what an error says; of a disk that is full, what to do."""
    if isinstance(error, OSError) and error.errno in _FULL:
        return printable(f"the disk is full ({error.strerror}): make room on it, then call again")
    return printable(str(error))
