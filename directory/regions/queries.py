"""SQL of regions: a tree in which "this and all below" is one range of paths."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from psycopg import Connection, sql

from directory.regions.finding import Named
from directory.regions.folding import fold
from directory.regions.schemas import RegionQuery

# How many accounts a region and all below it have, from the kept tallies of each region's own.
_ACCOUNTS: Final = sql.SQL("""
    (SELECT coalesce(sum(t.accounts), 0) FROM regions AS below
       JOIN account_tallies AS t ON t.dimension = 'region' AND t.value = below.code
      WHERE below.path >= r.path AND below.path < left(r.path, -1) || '0')
""")


@dataclass(frozen=True, slots=True)
class Place:
    """A region by its canonical code, and the path of codes that leads to it, each closed by a slash."""

    code: str
    path: str

    @property
    def depth(self) -> int:
        """How far below the root: 1 for a country."""
        return self.path.count("/")


def select_place(conn: Connection[Any], code: str) -> Place | None:
    """Return the region that `code` is the code or an alias of; None if there is none."""
    row = conn.execute(
        "SELECT code, path FROM regions WHERE code = %(code)s OR aliases @> ARRAY[%(code)s]", {"code": code}
    ).fetchone()
    return Place(*row) if row else None


def select_named(conn: Connection[Any], keys: Collection[str]) -> dict[str, list[Named]]:
    """Return the regions that are there still by each of some codes, aliases and folded names, those that have one."""
    found: dict[str, list[Named]] = {}
    # The regions are few: to look at all costs 5 ms, and an index would be written and kept for this alone.
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
        found.setdefault(key, []).append(Named(*values))
    return found


def select_names(conn: Connection[Any]) -> list[tuple[Named, list[str]]]:
    """Return all regions that are there still, each with the folded names and the codes by which it is found."""
    rows = conn.execute(
        """
        SELECT code, path, name, name_local, name_keys || aliases || code
          FROM regions WHERE dissolved_on IS NULL ORDER BY path
        """
    )
    return [(Named(*values), keys) for *values, keys in rows]


def select_codes(conn: Connection[Any]) -> list[str]:
    """Return every code of a region, aliases included."""
    rows = conn.execute("SELECT code FROM regions UNION ALL SELECT unnest(aliases) FROM regions")
    return [code for (code,) in rows]


def select_region(conn: Connection[Any], code: str) -> str | None:
    """Return a region's public JSON with its number of accounts, None if no region has this code."""
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
    parent: Place | None = None,
    within: Place | None = None,
    after: str | None = None,
) -> list[tuple[str, str]]:
    """Return public JSON and path of regions in the order of their paths, one more than a page holds.

    `parent` and `within` are the regions that the query names.
    """
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
    # Planned for these very values: what is not asked for then costs nothing.
    return conn.execute(statement, parameters, prepare=False).fetchall()
