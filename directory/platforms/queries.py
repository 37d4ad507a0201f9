"""SQL of platforms, each with its number of accounts from the counts tables."""

from __future__ import annotations

from typing import Any

from psycopg import Connection

from directory.platforms.reference import fold_name


def select_spellings(conn: Connection[Any]) -> dict[str, str]:
    """Return the slug of each folded spelling of a platform; a slug is never an alias of another platform."""
    rows = conn.execute("SELECT slug, name, name_local, aliases, hosts FROM platforms ORDER BY slug").fetchall()
    spellings = {fold_name(slug): slug for slug, *_ in rows}
    for slug, name, name_local, aliases, hosts in rows:
        for spelling in (name, name_local, *aliases, *hosts):
            spellings.setdefault(fold_name(spelling), slug)
    return spellings


def select_platform(conn: Connection[Any], slug: str) -> str | None:
    """Return a platform's public JSON; None for an unknown slug."""
    row = conn.execute(
        """SELECT left(document, -1) || ',"accounts":'
                  || (SELECT coalesce(sum(accounts), 0) FROM account_counts WHERE platform = slug) || '}'
             FROM platforms WHERE slug = %s""",
        (slug,),
    ).fetchone()
    return row[0] if row else None


def select_platforms(
    conn: Connection[Any],
    *,
    countries: tuple[str, ...] = (),
    without: tuple[str, ...] = (),
    closed: bool | None = None,
    after: str | None = None,
    limit: int,
) -> list[tuple[str, str]]:
    """Return public JSON and slug of platforms, sorted by slug; `countries`, `without` and `closed` filter."""
    return conn.execute(
        """SELECT left(document, -1) || ',"accounts":' || coalesce(counted.accounts, 0) || '}', slug
             FROM platforms LEFT JOIN (SELECT platform AS slug, sum(accounts) AS accounts FROM account_counts
                                        GROUP BY platform) AS counted USING (slug)
            WHERE (%(countries)s::text[] IS NULL OR country = ANY(%(countries)s))
              AND country <> ALL(%(without)s)
              AND (%(closed)s::boolean IS NULL OR (closed_on IS NOT NULL) = %(closed)s)
              AND (%(after)s::text IS NULL OR slug > %(after)s)
            ORDER BY slug LIMIT %(limit)s""",
        {
            "countries": list(countries) or None,
            "without": list(without),
            "closed": closed,
            "after": after,
            "limit": limit,
        },
    ).fetchall()
