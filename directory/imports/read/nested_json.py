"""JSON that has its rows in a list within an object, as APIs answer: `{"meta": …, "results": [{…}, …]}`."""

import json
import re
from collections.abc import Callable
from typing import Final, NamedTuple

from directory.imports.read.columns import COLUMNS

_DECODER: Final = json.JSONDecoder()
_SPACE: Final = re.compile(r"[ \t\r\n]*")
_LIST: Final = re.compile(r"\[[ \t\r\n]*\{")
# Lists lie a few objects deep (`result.records`), and deeper nobody looks.
_DEEPEST: Final = 8


class Found(NamedTuple):
    """Where the list begins, at its bracket, and the keys that lead to it."""

    start: int
    keys: tuple[str, ...]


def find_list(text: str) -> Found | None:
    """Return where the first list of objects within the object that `text` begins with is; None if it has none there.

    `text` may break off: what lies behind its end is not looked for.
    """
    start = _after_space(text, 0)
    return _find(text, start + 1, ()) if text.startswith("{", start) else None


def is_wrapped(text: str) -> bool:
    """Whether the beginning of a file is that of one object around its rows, and not the first of many rows."""
    found = find_list(text)
    # A row may have a list of names.
    if found is None or found.keys[-1] in COLUMNS:
        return False
    line, _, rest = text.lstrip().partition("\n")
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return True
    return not rest.strip()


def _find(text: str, at: int, keys: tuple[str, ...]) -> Found | None:
    for _ in range(len(text)):
        read = _read_key(text, at)
        if read is None:
            return None
        key, at = read
        if _LIST.match(text, at):
            return Found(at, (*keys, key))
        end = _end_of(text, at)
        if text.startswith("{", at) and len(keys) < _DEEPEST:
            within = _find(text, at + 1, (*keys, key))
            if within is not None or end is None:
                return within
        if end is None:
            return None
        at = _after_space(text, end)
        if not text.startswith(",", at):
            return None
        at += 1
    return None


def _read_key(text: str, at: int) -> tuple[str, int] | None:
    """Return the key at a place, and where its value begins; None where there is none."""
    at = _after_space(text, at)
    if not text.startswith('"', at):
        return None
    key, end = _decode(text, at) or (None, 0)
    end = _after_space(text, end)
    return (key, _after_space(text, end + 1)) if isinstance(key, str) and text.startswith(":", end) else None


def _end_of(text: str, at: int) -> int | None:
    decoded = _decode(text, at)
    return decoded[1] if decoded is not None else None


def _decode(text: str, at: int) -> tuple[object, int] | None:
    decode: Callable[[str, int], tuple[object, int]] = _DECODER.raw_decode
    try:
        return decode(text, at)
    except (ValueError, RecursionError):
        return None


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at
