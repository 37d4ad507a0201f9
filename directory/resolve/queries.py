"""SQL of resolve: what a whole batch of texts names is looked up by one statement, by indexes alone.

`LATERAL … LIMIT` makes the planner look up each item by its index, however many there are. For hundreds of items it
would otherwise read whole tables, which takes longer the larger the registry is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Literal

from psycopg import Connection
from psycopg.rows import class_row

from directory.accounts.account_record import COLUMNS, Record
from directory.accounts.parameters import Filter
from directory.accounts.queries.list import PageRequest
from directory.accounts.queries.search import select_accounts
from directory.accounts.sorts import RELEVANCE
from directory.database.point_in_time import PointInTime, account_records, as_of_parameters, with_clause
from directory.database.prepared_statements import Pipeline, fetch_prepared
from directory.database.sql import Fragment, compose, join, json_array, number_literal, placeholder, text_literal
from directory.http.fields import Selection
from directory.search.queries import SEARCH_PAGE
from directory.search.query_plan import QueryPlan

Lookup = Literal["id", "user_id", "lower_user_id", "handle", "name", "look_alike", "department"]
"""By what accounts are looked up: see `request_records`."""

# Literals, as PostgreSQL's generic plans expect a tenth of all rows from a LIMIT that is a parameter.
# At most so many accounts are compared under one key: no real handle has so many neighbours, a made-up one might.
_MAX_NEIGHBOURS: Final = number_literal(200)
# User ids that differ only by capitals.
_MAX_SPELLINGS: Final = number_literal(5)
# On all platforms.
_MAX_HOLDERS: Final = number_literal(100)
# As many as a verdict shows: the public JSON of more accounts with one name is not read.
_MAX_SHOWN: Final = 5


# Sorted again, as a join need not keep the order in which search_page returns its rows.
_SIMILAR: Final = compose(
    """
    SELECT p.account_id, p.tier, f.followers
      FROM {} AS p
      JOIN account_followers AS f USING (account_id)
     ORDER BY p.tier, p.followers DESC, p.status_rank, p.name_length, p.account_id
    """,
    SEARCH_PAGE,
)


@dataclass(frozen=True, slots=True)
class SearchResult:
    """An account that the search finds, with its tier (see directory.search.tiers)."""

    account_id: str
    tier: int
    followers: int | None


@dataclass(frozen=True, slots=True)
class Departure:
    """What is left of an account that was merged (into the last successor of all) or deleted."""

    id: str
    successor_id: str | None
    revision: int
    reason: str


# The index lookup of each kind; the numbers are positions among the accounts of one key.
_LOOKUPS: Final[Mapping[Lookup, Fragment]] = {
    "id": compose("SELECT id, 1::bigint FROM accounts WHERE id = requested.key LIMIT 1"),
    "user_id": compose(
        """SELECT id, 1::bigint FROM accounts
            WHERE platform = requested.platform AND platform_user_id = requested.key LIMIT 1"""
    ),
    "lower_user_id": compose(
        """SELECT id, 1::bigint FROM accounts
            WHERE platform = requested.platform AND lower(platform_user_id) = requested.key
              AND platform_user_id <> lower(platform_user_id) LIMIT {}""",
        _MAX_SPELLINGS,
    ),
    "handle": compose(
        """SELECT account_id, 1::bigint FROM handles
            WHERE handle_key = requested.key AND valid_to IS NULL ORDER BY id LIMIT {}""",
        _MAX_HOLDERS,
    ),
    # Keys are folded, so they have no quote and no backslash to escape in a tsquery.
    "name": compose(
        """SELECT account_id, row_number() OVER () FROM account_search
            WHERE terms @@ ('''=' || requested.key || '''')::tsquery LIMIT {}""",
        _MAX_NEIGHBOURS,
    ),
    # A GIN index serves `@>`, and not `= ANY (look_alikes)`.
    "look_alike": compose(
        "SELECT account_id, 1::bigint FROM account_search WHERE look_alikes @> ARRAY[requested.key] LIMIT {}",
        _MAX_NEIGHBOURS,
    ),
    # Of departments that share a host those whose website is the page, or lies nearest above it; or the only one.
    "department": compose(
        r"""SELECT a.id, row_number() OVER (ORDER BY a.id)
             FROM (SELECT f.department_id, f.depth, max(f.depth) OVER () AS deepest, count(*) OVER () AS departments
                     FROM (SELECT i.department_id, CASE
                                  WHEN sought.path = '' OR i.scheme <> 'website' THEN 0
                                  WHEN starts_with(sought.path || '/', site.path) THEN length(site.path)
                                  ELSE -1 END AS depth
                             FROM (SELECT split_part(requested.key, ':', 1) AS scheme,
                                          regexp_replace(requested.key, '^[^:]*:|/.*', '', 'g') AS value,
                                          rtrim(substring(requested.key FROM '/.*'), '/') AS path) AS asked
                            CROSS JOIN LATERAL (SELECT coalesce(asked.path, '') AS path) AS sought
                             JOIN department_identifiers AS i
                               ON i.scheme = asked.scheme AND i.value = asked.value
                              AND i.to_revision = infinite_revision()
                             LEFT JOIN departments AS d ON d.id = i.department_id
                            CROSS JOIN LATERAL (
                                  -- The folder of a page that is a file: /en/index.html.
                                  SELECT rtrim(regexp_replace(coalesce(substring(
                                         d.website FROM '^[a-z]+://[^/?#]*([^?#]*)'), ''), '/[^/]*\.[^/]*$', ''), '/')
                                         || '/' AS path) AS site) AS f) AS near
             JOIN accounts AS a ON a.department_id = near.department_id
            WHERE near.depth = near.deepest AND (near.depth >= 0 OR near.departments = 1)
            LIMIT {}""",
        _MAX_NEIGHBOURS,
    ),
}


def request_records(
    pipeline: Pipeline,
    keys_by_lookup: Mapping[Lookup, Iterable[tuple[str, str]]],
    take: Callable[[Iterator[tuple[Lookup, str, Record]]], None],
    as_of: PointInTime | None = None,
    *,
    documents: bool = True,
) -> None:
    """Request the accounts under the keys of each lookup; `take` gets each with its lookup and key.

    Each lookup has at least one pair of a platform (empty for any) and a key: of `id` the registry's id; of `user_id`
    the platform's, of `lower_user_id` the same in lower case if it has capitals; of `handle` the key of the handle that
    the account holds; of `department` an external id of its department, or `website:` with the host and path of a page;
    of `name` one of its names, or its handle, whole and folded; of `look_alike` a key of
    directory.lookalikes.keys. Without `documents` no public JSON is read.
    """
    parameters: dict[str, object] = {**as_of_parameters(as_of)}
    for lookup, pairs in keys_by_lookup.items():
        platforms, keys = zip(*pairs, strict=True)
        parameters[f"{lookup}_platforms"], parameters[f"{lookup}_keys"] = json_array(platforms), json_array(keys)
    pipeline.execute(
        _records_statement(tuple(keys_by_lookup), as_of, _MAX_SHOWN if documents else 0),
        parameters,
        lambda rows: take((lookup, key, Record._make(columns)) for lookup, key, *columns in rows),
    )


@lru_cache(maxsize=64)
def _records_statement(lookups: tuple[Lookup, ...], as_of: PointInTime | None, shown: int) -> Fragment:
    """Return the statement of these lookups, with the JSON of the first accounts of each key."""
    matched = (
        compose(
            """SELECT {}, requested.platform, requested.key, matched.id, matched.place
                 FROM ROWS FROM (json_array_elements_text({}::json), json_array_elements_text({}::json))
                      AS requested (platform, key),
                      LATERAL ({}) AS matched (id, place)""",
            text_literal(lookup),
            placeholder(f"{lookup}_platforms"),
            placeholder(f"{lookup}_keys"),
            _LOOKUPS[lookup],
        )
        for lookup in lookups
    )
    return compose(
        """{}SELECT matched.lookup, matched.key, {}, CASE WHEN matched.place <= {} THEN a.document END
             FROM ({}) AS matched (lookup, platform, key, id, place),
                  LATERAL (SELECT * FROM {} WHERE id = matched.id LIMIT 1) AS a
            WHERE matched.platform IN ('', a.platform)""",
        with_clause(as_of, "records", "account_search", "handles", "department_identifiers"),
        COLUMNS,
        number_literal(shown),
        join(" UNION ALL ", matched),
        account_records(as_of),
    )


def select_documents(conn: Connection[Any], ids: Iterable[str], as_of: PointInTime | None = None) -> dict[str, str]:
    """Return the public JSON of accounts by id."""
    rows = fetch_prepared(
        conn,
        compose(
            """{}SELECT a.id, a.document FROM json_array_elements_text(%(ids)s::json) AS requested (id),
                        LATERAL (SELECT id, document FROM {} WHERE id = requested.id LIMIT 1) AS a""",
            with_clause(as_of, "accounts"),
            account_records(as_of),
        ),
        {"ids": json_array(ids), **as_of_parameters(as_of)},
    )
    return dict(rows)


def select_departures(conn: Connection[Any], ids: Collection[str], as_of: PointInTime | None = None) -> list[Departure]:
    """Return what is left of deleted and merged accounts, each with the one that it ended in after all mergers."""
    with conn.cursor(row_factory=class_row(Departure)) as cursor:
        return cursor.execute(
            compose(
                """
                {}SELECT id, successor_id, revision, reason FROM (
                    WITH RECURSIVE chain AS (
                        SELECT t.id, t.successor_id, t.revision, 1 AS step FROM tombstones AS t
                         WHERE t.kind = 'account' AND t.id = ANY(%(ids)s)
                         UNION ALL
                        SELECT w.id, t.successor_id, t.revision, w.step + 1
                          FROM chain AS w JOIN tombstones AS t ON t.kind = 'account' AND t.id = w.successor_id
                         WHERE w.step < 20
                    )
                    SELECT DISTINCT ON (w.id) w.id, w.successor_id, w.revision, r.reason
                      FROM chain AS w JOIN revisions AS r USING (revision) ORDER BY w.id, w.step DESC
                ) AS ended
                """,
                with_clause(as_of, "tombstones"),
            ),
            {"ids": list(ids), **as_of_parameters(as_of)},
        ).fetchall()


def request_search_results(
    pipeline: Pipeline, search: QueryPlan, platform: str | None, take: Callable[[list[SearchResult]], None]
) -> None:
    """Request the first accounts that a search finds, on one platform if there is one."""
    facet_filter = f"'p{platform}'" if platform is not None else None
    parameters = {**search.parameters, "facet_filter": facet_filter, "limit": _MAX_SHOWN}
    pipeline.execute(_SIMILAR, parameters, lambda rows: take([SearchResult(*row) for row in rows]))


def select_search_results(
    conn: Connection[Any], search: QueryPlan, platform: str | None, as_of: PointInTime
) -> list[SearchResult]:
    """Return the same at a point in time: the first accounts of the list."""
    values = {"platform": Selection(include=(platform,))} if platform is not None else {}
    account_filter = Filter(search=search, values=values, as_of=as_of)
    rows = select_accounts(conn, account_filter, RELEVANCE, PageRequest(limit=_MAX_SHOWN, fields=("id",)))
    # Behind the JSON: rule, followers (-1 where they are not known), …, id.
    return [SearchResult(row[-1], int(row[1]), int(row[2]) if int(row[2]) >= 0 else None) for row in rows]
