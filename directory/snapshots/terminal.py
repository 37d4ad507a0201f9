"""Untrusted text made safe for a terminal: no control or bidirectional characters, no line breaks."""

from __future__ import annotations

import errno
from typing import Final

_MAX_LENGTH: Final = 2_000
_DISK_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


def printable(text: str) -> str:
    """Return a text on one line with escapes for characters that are not printable, cut to 2,000 characters."""
    if len(text) > _MAX_LENGTH:
        text = f"{text[:_MAX_LENGTH]}…"
    # isprintable() is also false for format characters (Cf), among them those that change the direction of text.
    return text if text.isprintable() else "".join(map(_escape, text))


def _escape(character: str) -> str:
    return character if character.isprintable() else ascii(character)[1:-1]


def error_message(error: Exception) -> str:
    """Return the message of an error on one line, with the remedy for a full disk."""
    if isinstance(error, OSError) and error.errno in _DISK_FULL:
        return printable(f"the disk is full ({error.strerror}): free some space, then run the command again")
    return printable(str(error))
