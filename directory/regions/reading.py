"""Regions that a parameter asks for: by any code, or by a name that means one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from directory.regions.finding import find_named, name_places
from directory.regions.former import explain
from directory.regions.queries import Place, select_codes, select_named, select_place

if TYPE_CHECKING:
    from collections.abc import Iterable

    from psycopg import Connection

# So many names are looked up for one request: each costs a look at all regions.
MAX_NAMES: Final = 20
_CODE: Final = re.compile("[A-Za-z]{2}(-[A-Za-z0-9]{1,6})?")


def is_code(text: str) -> bool:
    """Whether a text has the form of a code."""
    return _CODE.fullmatch(text) is not None


def refuse_many(terms: Iterable[str]) -> str:
    """Return why so many names are not looked up, "" if there are few enough."""
    count = sum(not is_code(term) for term in terms)
    return (
        f"has {count} names of regions; at most {MAX_NAMES} are looked up, so give codes" if count > MAX_NAMES else ""
    )


def spell_region(text: str) -> str:
    """Return a code in capitals, and a name as it is."""
    return text.upper() if _CODE.fullmatch(text) else text


def read_place(conn: Connection[Any], text: str, *, helpful: bool = True) -> Place | str:
    """Return the region that a code, an alias or a name means, or why it is none, in words for whoever asked.

    Unless it is to be `helpful`, it does not look for the code that was perhaps meant: that costs more than the rest.
    """
    place = select_place(conn, text.upper())
    if place is not None:
        return place
    found = find_named(text, lambda keys: select_named(conn, keys))
    if len(found) == 1:
        named = found[0]
        return Place(named.code, named.path)
    if found:
        above = select_named(conn, {code for each in found for code in each.path.rstrip("/").split("/")})
        places = name_places(found, {code: each[0] for code, each in above.items()})
        return f"{text} is the name of several regions: {places}; give the code of the one that is meant"
    if _CODE.fullmatch(text):
        return explain(text.upper(), select_codes(conn)) if helpful else f"{text} is not known"
    return f"{text} is neither the code nor the name of one region; /v1/regions?q={quote(text)} finds those named alike"
