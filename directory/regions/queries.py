"""SQL of regions, a tree in which a region with all below it is one range of paths; regions by code or by name."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from psycopg import Connection, sql

from directory.regions.folding import fold
from directory.regions.former import explain_unknown_code
from directory.regions.name_matching import NamedRegion, describe_regions, match_regions

if TYPE_CHECKING:
    from directory.regions.schemas import RegionQuery

# Names for one request: each lookup scans all regions.
MAX_NAMES: Final = 20
_CODE: Final = re.compile("[A-Za-z]{2}(-[A-Za-z0-9]{1,6})?")
# Number of accounts of a region and all below it; each tally counts only the region's own.
# `0` follows `/` in ASCII, so under COLLATE "C" the paths below CN/ are those from `CN/` to before `CN0`.
_ACCOUNTS: Final = sql.SQL("""
    (SELECT coalesce(sum(t.accounts), 0) FROM regions AS below
       JOIN account_tallies AS t ON t.dimension = 'region' AND t.value = below.code
      WHERE below.path >= r.path AND below.path < left(r.path, -1) || '0')
""")


@dataclass(frozen=True, slots=True)
class RegionNode:
    """The canonical code of a region, and its path: the codes from the country down, a slash after each."""

    code: str
    path: str

    @property
    def depth(self) -> int:
        """Number of codes in the path: 1 for a country."""
        return self.path.count("/")


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


def select_region_by_code(conn: Connection[Any], code: str) -> RegionNode | None:
    """Return the region with a code or alias; None if there is none."""
    row = conn.execute(
        "SELECT code, path FROM regions WHERE code = %(code)s OR aliases @> ARRAY[%(code)s]", {"code": code}
    ).fetchone()
    return RegionNode(*row) if row else None


def select_regions_by_key(conn: Connection[Any], keys: Collection[str]) -> dict[str, list[NamedRegion]]:
    """Return the regions that exist today, by those of `keys` (codes, aliases, folded names) that match."""
    regions: dict[str, list[NamedRegion]] = {}
    # A scan of all regions takes 5 ms; an index on the array would serve this query only.
    rows = conn.execute(
        """
        SELECT key, code, path, name, name_local
          FROM regions, unnest(name_keys || aliases || code) AS key
         WHERE key = ANY(%(keys)s) AND dissolved_on IS NULL
         ORDER BY path
        """,
        {"keys": list(keys)},
    )
    for key, *values in rows:
        regions.setdefault(key, []).append(NamedRegion(*values))
    return regions


def select_region_names(conn: Connection[Any]) -> list[tuple[NamedRegion, list[str]]]:
    """Return all regions that exist today, each with its folded names, codes and aliases."""
    rows = conn.execute(
        """
        SELECT code, path, name, name_local, name_keys || aliases || code
          FROM regions WHERE dissolved_on IS NULL ORDER BY path
        """
    )
    return [(NamedRegion(*values), keys) for *values, keys in rows]


def select_codes(conn: Connection[Any]) -> list[str]:
    """Return every code of a region, aliases included."""
    rows = conn.execute("SELECT code FROM regions UNION ALL SELECT unnest(aliases) FROM regions")
    return [code for (code,) in rows]


def select_region(conn: Connection[Any], code: str) -> str | None:
    """Return a region's public JSON with its number of accounts; None for an unknown code."""
    row = conn.execute(
        sql.SQL(
            """SELECT left(document, -1) || ',"accounts":' || {} || '}}' FROM regions AS r WHERE code = %s"""
        ).format(_ACCOUNTS),
        (code,),
    ).fetchone()
    return row[0] if row else None


def select_regions(
    conn: Connection[Any],
    query: RegionQuery,
    *,
    parent: RegionNode | None = None,
    within: RegionNode | None = None,
    after: str | None = None,
) -> list[tuple[str, str]]:
    """Return public JSON and path of regions, sorted by path, one more than a page has.

    `parent` and `within` are the resolved regions of the query.
    """
    # left(document, -1) is the stored JSON without its last brace, so that the number is appended without parsing it.
    # starts_with() and not LIKE, in which % and _ of a query would be wildcards.
    statement = sql.SQL("""
        SELECT left(document, -1) || ',"accounts":' || {} || '}}', path FROM regions AS r
         WHERE (%(parent)s::text IS NULL OR parent_code = %(parent)s)
           AND (%(levels)s::text[] IS NULL OR level = ANY(%(levels)s))
           AND level <> ALL(%(without)s)
           AND (%(low)s::text IS NULL OR (path >= %(low)s AND path < %(high)s))
           AND (%(q)s::text IS NULL OR starts_with(lower(code), %(q)s)
                OR EXISTS (SELECT FROM unnest(aliases) AS alias WHERE starts_with(lower(alias), %(q)s))
                OR (%(key)s <> '' AND EXISTS (SELECT FROM unnest(name_keys) AS key WHERE starts_with(key, %(key)s))))
           AND (%(after)s::text IS NULL OR path > %(after)s)
         ORDER BY path LIMIT %(limit)s
    """).format(_ACCOUNTS)
    parameters = {
        "parent": parent.code if parent else None,
        "levels": list(query.level.include) or None,
        "without": list(query.level.exclude),
        "low": within.path if within else None,
        "high": f"{within.path[:-1]}0" if within else None,
        "q": query.q.lower() if query.q else None,
        "key": fold(query.q) if query.q else "",
        "after": after,
        "limit": query.limit + 1,
    }
    # Planned for these values (no generic plan): conditions on absent parameters then cost nothing.
    return conn.execute(statement, parameters, prepare=False).fetchall()
