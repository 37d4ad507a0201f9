"""Notes inside names: iso-codes writes other names, other codes and remarks into the names of ISO 3166-2."""

import re
from dataclasses import dataclass
from typing import Final

# Cardiff [Caerdydd GB-CRD]; Stockholms län [SE-01]
_BRACKETS: Final = re.compile(r"\s*\[([^\[\]]*)\]")
_CODE: Final = re.compile(r"\b[A-Z]{2}-[A-Z0-9]{1,3}\b")
# A dagger marks the parts of Skopje, EH in parentheses what lies in Western Sahara, partly or wholly.
_MARKS: Final = re.compile(r"\s*(?:[†‡*]|\(EH(?:-partial)?\))")
# Lower case in brackets is a kind of place: Amānat al ‘Āşimah [city].
_KIND: Final = re.compile(r"[a-z]")


@dataclass(frozen=True, slots=True)
class AnnotatedName:
    """A name without its notes, and the other names and codes from the notes."""

    name: str
    others: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()


def split_notes(name: str) -> AnnotatedName:
    """Return the name, the other names and the other codes in `name`."""
    plain = _MARKS.sub("", _BRACKETS.sub("", name)).strip()
    others: dict[str, None] = {}
    codes: dict[str, None] = {}
    for note in _BRACKETS.findall(name):
        codes |= dict.fromkeys(_CODE.findall(note))
        other = _MARKS.sub("", _CODE.sub("", note)).strip()
        if other and other != plain and not _KIND.match(other):
            others[other] = None
    return AnnotatedName(plain or name, tuple(others), tuple(codes))
