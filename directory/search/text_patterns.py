"""What the texts of an account must hold beside its terms, as regular expressions of PostgreSQL.

Texts are a line for each name, the handle and the department, folded, with a blank around every word.
"""

from __future__ import annotations

import re

from directory.search.character_variants import vary
from directory.text.normalization import is_unspaced


def holds(word: str) -> str:
    """Return the expression of characters side by side, in any of their forms."""
    return "".join(_places(word))


def in_order(run: str) -> str:
    """Return the expression of characters in this order in one line, with any others between them."""
    return r"[^\n]*".join(_places(run))


def phrase(words: tuple[str, ...]) -> str:
    """Give the expression of words side by side; one without blanks may stand inside a longer run."""
    opening = "" if is_unspaced(words[0]) else " "
    closing = "" if is_unspaced(words[-1]) else " "
    return opening + " ".join(map(re.escape, words)) + closing


def line_begins(key: str) -> str:
    """Give the expression of a line that begins with a key, blanks in it or not."""
    return rf"\n {_spaced(key)}"


def line(key: str) -> str:
    """Give the expression of a line that is a key, blanks in it or not."""
    return rf"\n {_spaced(key)} (?:\n|$)"


def both(*checks: str | None) -> str | None:
    """Give the expression of all of these, None where there is none."""
    given = [check for check in checks if check]
    if len(given) < 2:  # noqa: PLR2004 - one needs no looking ahead
        return given[0] if given else None
    return "^" + "".join(f"(?=.*(?:{check}))" for check in given)


def _spaced(key: str) -> str:
    return " ?".join(_places(key))


def _places(run: str) -> list[str]:
    """Return the expression of what may stand at each place of a run."""
    if run.isascii() and run.isalnum():
        return [*run]
    return [f"[{place}]" if len(place) > 1 else re.escape(place) for place in vary(run) or run]
