"""Codes that are no longer in use, and what became of the regions that had them.

`former.csv` is compiled from the editions of GB/T 2260 since 1980 (`tests/regions/compiling/former.py`),
`withdrawn.csv` has ISO 3166-3; its changes of ISO 3166-2 were written from memory and not compared with the standard.
Where it is not certain what a region became, the one around it is known: the prefecture or province its code begins
with.
"""

import csv
import difflib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from directory.regions.reference import regions

_FILES: Final = ("former.csv", "withdrawn.csv")
_CHINA: Final = re.compile(r"CN-\d{2,6}")
_PROVINCE: Final = len("CN-33")
_COUNTRY: Final = len("CN")
_LIKE: Final = 0.5


@dataclass(frozen=True, slots=True)
class Former:
    """A region that is no more: its name, what it became (none if that is not certain), what lies around."""

    code: str
    name: str
    replaced_by: tuple[str, ...]
    around: str | None


@cache
def _formers() -> Mapping[str, Former]:
    found: dict[str, Former] = {}
    for file in _FILES:
        text = (files("directory.regions") / file).read_text(encoding="utf-8")
        for row in csv.DictReader(text.splitlines()):
            successors = tuple(row["replaced_by"].split())
            found[row["code"]] = Former(row["code"], row["name_local"], successors, row["around"] or None)
    return found


def find_former(code: str) -> Former | None:
    """Return what is known of a code that is no longer in use, or of a dissolved region; None for other codes."""
    known = _formers().get(code)
    if known is None and (region := regions().get(code)) is not None and region.dissolved_on is not None:
        return Former(code, region.name, region.replaced_by, region.parent_code)
    return known


def successor_of(code: str) -> str | None:
    """Return the one region that a former one became, None if there is none or there are several."""
    former = find_former(code)
    return former.replaced_by[0] if former is not None and len(former.replaced_by) == 1 else None


def find_around(code: str, known: Collection[str]) -> str | None:
    """Return the smallest of the `known` regions that a code lies in by its own digits or letters."""
    if not re.match(r"[A-Z]{2}-", code):
        return None
    wider = [code[: _PROVINCE + 2] + "00", code[:_PROVINCE] + "0000"] if _CHINA.fullmatch(code) else []
    former = _formers().get(code)
    places = ([former.around] if former is not None and former.around else []) + [*wider, code[:_COUNTRY]]
    return next((place for place in places if place != code and place in known), None)


def explain(code: str, known: Collection[str]) -> str:
    """Say why `code` is none of the `known` codes: what it became, what lies around it, or which is written like it."""
    former = find_former(code)
    if former is not None:
        successors = [successor for successor in former.replaced_by if successor in known]
        gone = f"{code} ({former.name}) is no longer in use"
        if successors:
            return f"{gone}: it became {' and '.join(', '.join(map(_call, successors)).rsplit(', ', 1))}"
        around = find_around(code, known)
        return f"{gone}; {_call(around)} lies around it" if around else gone
    around = find_around(code, known)
    if around is not None and _CHINA.fullmatch(code):
        return f"{code} is not known; {_call(around)} is, around it"
    # A code of another country, or of a country where a part was meant, is nearer in letters than in the world.
    alike = _PROVINCE if re.match(r"CN-\d{2}", code) else _COUNTRY
    like = [other for other in known if other[:alike] == code[:alike]] if around else known
    nearest = difflib.get_close_matches(code, like, n=1, cutoff=_LIKE)
    if nearest:
        return f"{code} is not known; did you mean {nearest[0]}?"
    return f"{code} is not known" + (f"; {_call(around)} is, around it" if around else "")


def _call(code: str) -> str:
    region = regions().get(code)
    return f"{code} ({region.name})" if region is not None else code
