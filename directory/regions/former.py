"""Codes that are no longer in use, and the successors of the regions that had them.

`former.csv` is compiled from the editions of GB/T 2260 since 1980 (`tests/regions/compiling/former.py`),
`withdrawn.csv` has ISO 3166-3; its changes of ISO 3166-2 were written from memory and not compared with the standard.
Where the successor is not certain, the enclosing region is known: the prefecture or province whose code the code begins
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
class FormerRegion:
    """A former region: its name, its successors (none if they are not certain), and the enclosing region."""

    code: str
    name: str
    replaced_by: tuple[str, ...]
    around: str | None


@cache
def _formers() -> Mapping[str, FormerRegion]:
    formers: dict[str, FormerRegion] = {}
    for file in _FILES:
        text = (files("directory.regions") / file).read_text(encoding="utf-8")
        for row in csv.DictReader(text.splitlines()):
            successors = tuple(row["replaced_by"].split())
            formers[row["code"]] = FormerRegion(row["code"], row["name_local"], successors, row["around"] or None)
    return formers


def sole_successors() -> dict[str, str | None]:
    """Return the only successor of each code that is no longer in use, None where it has none or several."""
    return {code: each.replaced_by[0] if len(each.replaced_by) == 1 else None for code, each in _formers().items()}


def find_former(code: str) -> FormerRegion | None:
    """Return the former region of a code that is no longer in use, or a dissolved region; None for other codes."""
    known = _formers().get(code)
    if known is None and (region := regions().get(code)) is not None and region.dissolved_on is not None:
        return FormerRegion(code, region.name, region.replaced_by, region.parent_code)
    return known


def successor_of(code: str) -> str | None:
    """Return the code of the only successor of a former region; None if it has none or several."""
    former = find_former(code)
    return former.replaced_by[0] if former is not None and len(former.replaced_by) == 1 else None


def find_enclosing(code: str, known: Collection[str]) -> str | None:
    """Return the smallest of the `known` regions that encloses a code, by the digits or letters of the code."""
    if not re.match(r"[A-Z]{2}-", code):
        return None
    wider = [code[: _PROVINCE + 2] + "00", code[:_PROVINCE] + "0000"] if _CHINA.fullmatch(code) else []
    former = _formers().get(code)
    codes = ([former.around] if former is not None and former.around else []) + [*wider, code[:_COUNTRY]]
    return next((other for other in codes if other != code and other in known), None)


def explain_unknown_code(code: str, known: Collection[str]) -> str:
    """Return why `code` is not among the `known` codes: its successors, the enclosing region, or a similar code."""
    former = find_former(code)
    if former is not None:
        successors = [successor for successor in former.replaced_by if successor in known]
        gone = f"{code} ({former.name}) is no longer in use"
        if successors:
            return f"{gone}: it became {' and '.join(', '.join(map(_describe, successors)).rsplit(', ', 1))}"
        around = find_enclosing(code, known)
        return f"{gone}; {_describe(around)} lies around it" if around else gone
    around = find_enclosing(code, known)
    if around is not None and _CHINA.fullmatch(code):
        return f"{code} is not known; {_describe(around)} is, around it"
    # The most similar code of all may be in another country, so only codes of the same country or province compete.
    alike = _PROVINCE if re.match(r"CN-\d{2}", code) else _COUNTRY
    like = [other for other in known if other[:alike] == code[:alike]] if around else known
    nearest = difflib.get_close_matches(code, like, n=1, cutoff=_LIKE)
    if nearest:
        return f"{code} is not known; did you mean {nearest[0]}?"
    return f"{code} is not known" + (f"; {_describe(around)} is, around it" if around else "")


def _describe(code: str) -> str:
    region = regions().get(code)
    return f"{code} ({region.name})" if region is not None else code
