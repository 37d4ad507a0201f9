"""Parsing of region parameters: a code, an alias, or a name that means one region."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from directory.regions.former import explain_unknown_code
from directory.regions.name_matching import describe_regions, match_regions
from directory.regions.queries import RegionNode, select_codes, select_region_by_code, select_regions_by_key

if TYPE_CHECKING:
    from collections.abc import Iterable

    from psycopg import Connection

# Names for one request: each lookup scans all regions.
MAX_NAMES: Final = 20
_CODE: Final = re.compile("[A-Za-z]{2}(-[A-Za-z0-9]{1,6})?")


def is_code(text: str) -> bool:
    """Whether a text has the syntax of a code."""
    return _CODE.fullmatch(text) is not None


def explain_too_many(terms: Iterable[str]) -> str:
    """Return the error for too many names, "" if there are few enough."""
    count = sum(not is_code(term) for term in terms)
    return f"has {count} names of regions; at most {MAX_NAMES} are looked up, so use codes" if count > MAX_NAMES else ""


def normalize_region(text: str) -> str:
    """Return a code in capitals, a name unchanged."""
    return text.upper() if _CODE.fullmatch(text) else text


def parse_region(conn: Connection[Any], text: str, *, helpful: bool = True) -> RegionNode | str:
    """Return the region that a code, an alias or a name means, or the error message if there is none.

    With `helpful` the message suggests a code, which takes longer than all the rest.
    """
    region = select_region_by_code(conn, text.upper())
    if region is not None:
        return region
    matches = match_regions(text, lambda keys: select_regions_by_key(conn, keys))
    if len(matches) == 1:
        named = matches[0]
        return RegionNode(named.code, named.path)
    if matches:
        above = select_regions_by_key(conn, {code for each in matches for code in each.path.rstrip("/").split("/")})
        regions = describe_regions(matches, {code: each[0] for code, each in above.items()})
        return f"{text} is the name of several regions: {regions}; use the code of one of them"
    if _CODE.fullmatch(text):
        return explain_unknown_code(text.upper(), select_codes(conn)) if helpful else f"{text} is not known"
    return f"{text} is neither the code nor the name of one region; /v1/regions?q={quote(text)} finds those named alike"
