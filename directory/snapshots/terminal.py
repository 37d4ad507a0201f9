"""What others have written, as a terminal shows it: nothing in it moves the cursor, turns the text or begins a line."""

from __future__ import annotations

from typing import Final

_MOST: Final = 2_000


def printable(text: str) -> str:
    """Return a text on one line, with escapes for all that is not printed; cut where it is long."""
    if len(text) > _MOST:
        text = f"{text[:_MOST]}…"
    return text if text.isprintable() else "".join(map(_escape, text))


def _escape(character: str) -> str:
    return character if character.isprintable() else ascii(character)[1:-1]
