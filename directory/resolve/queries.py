"""SQL of resolving: what a whole batch names is asked for at once, and answered by indexes alone.

`LATERAL … LIMIT` has the planner look up each item by its index, however many there are: for hundreds it would rather
read whole tables, which takes the longer the larger the registry is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Literal

from psycopg import Connection
from psycopg.rows import class_row

from directory.accounts.account_record import COLUMNS, Record
from directory.accounts.filters import Filter
from directory.accounts.page_request import Part
from directory.accounts.queries import select_accounts
from directory.accounts.sorts import CLOSENESS
from directory.database.point_in_time import PointInTime, as_of_parameters, with_clause
from directory.database.prepared_statements import Pipeline, fetch_prepared
from directory.database.sql import Fragment, compose, join, json_array, number_literal, placeholder, text_literal
from directory.http.fields import Selection
from directory.search.queries import SEARCH_PAGE
from directory.search.query_plan import QueryPlan

Way = Literal["id", "user_id", "lower_user_id", "handle", "name", "look_alike"]
"""By what an account is looked up: see `select_records`."""

# More rows than these are never compared for one query: no handle has so many neighbours, a made-up one might.
_MAX_NEIGHBOURS: Final = number_literal(200)
# Of ids that differ only by capitals.
_MAX_SPELLINGS: Final = number_literal(5)
# On all platforms.
_MAX_HOLDERS: Final = number_literal(100)
# As many as a verdict shows. Of more accounts with one name the public JSON is not read.
_MAX_SHOWN: Final = 5


_SIMILAR: Final = compose(
    """
    SELECT p.account_id, p.tier, a.followers
      FROM {} AS p
      JOIN accounts AS a ON a.id = p.account_id
     ORDER BY p.tier, p.followers DESC, p.status_rank, p.name_length, p.account_id
    """,
    SEARCH_PAGE,
)


@dataclass(frozen=True, slots=True)
class Similar:
    """An account that the search finds, and the rule by which it does (see directory.search.tiers)."""

    account_id: str
    rule: int
    followers: int | None


@dataclass(frozen=True, slots=True)
class Departure:
    """What is left of an account that was merged (into the last successor of all) or deleted."""

    id: str
    successor_id: str | None
    revision: int
    reason: str


# How each way asks its index; the numbers are places among the accounts of one key.
_LOOKUPS: Final[Mapping[Way, Fragment]] = {
    "id": compose("SELECT id, 1::bigint FROM accounts WHERE id = asked.key LIMIT 1"),
    "user_id": compose(
        "SELECT id, 1::bigint FROM accounts WHERE platform = asked.platform AND platform_user_id = asked.key LIMIT 1"
    ),
    "lower_user_id": compose(
        """SELECT id, 1::bigint FROM accounts
            WHERE platform = asked.platform AND lower(platform_user_id) = asked.key
              AND platform_user_id <> lower(platform_user_id) LIMIT {}""",
        _MAX_SPELLINGS,
    ),
    "handle": compose(
        """SELECT account_id, 1::bigint FROM handles
            WHERE handle_key = asked.key AND valid_to IS NULL ORDER BY id LIMIT {}""",
        _MAX_HOLDERS,
    ),
    "name": compose(
        """SELECT account_id, row_number() OVER () FROM account_search
            WHERE terms @@ ('''=' || asked.key || '''')::tsquery LIMIT {}""",
        _MAX_NEIGHBOURS,
    ),
    "look_alike": compose(
        "SELECT account_id, 1::bigint FROM account_search WHERE look_alikes @> ARRAY[asked.key] LIMIT {}",
        _MAX_NEIGHBOURS,
    ),
}


def ask_records(
    pipeline: Pipeline,
    asked: Mapping[Way, Iterable[tuple[str, str]]],
    take: Callable[[Iterator[tuple[Way, str, Record]]], None],
    as_of: PointInTime | None = None,
    *,
    documents: bool = True,
) -> None:
    """Ask for the accounts under the keys of each way; `take` gets each with the way and the key.

    Each way has one pair at least of a platform, empty for any, and a key: of `id` the registry's id; of `user_id` the
    platform's, of `lower_user_id` the same without the capitals that it has; of `handle` the key of the handle that the
    account holds; of `name` what one of its names, or its handle, is exactly, folded; of `look_alike` a key of
    directory.lookalikes.keys, under which no more than a few hundred are given. Without `documents` no public JSON
    is read.
    """
    parameters: dict[str, object] = {**as_of_parameters(as_of)}
    for way, pairs in asked.items():
        platforms, keys = zip(*pairs, strict=True)
        parameters[f"{way}_platforms"], parameters[f"{way}_keys"] = json_array(platforms), json_array(keys)
    pipeline.execute(
        _write(tuple(asked), as_of, _MAX_SHOWN if documents else 0),
        parameters,
        lambda rows: take((way, key, Record._make(columns)) for way, key, *columns in rows),
    )


@lru_cache(maxsize=64)
def _write(ways: tuple[Way, ...], as_of: PointInTime | None, shown: int) -> Fragment:
    """Return the statement that looks accounts up in these ways, with the JSON of the first of each key."""
    found = (
        compose(
            """SELECT {}, asked.platform, asked.key, found.id, found.place
                 FROM ROWS FROM (json_array_elements_text({}::json), json_array_elements_text({}::json))
                      AS asked (platform, key),
                      LATERAL ({}) AS found (id, place)""",
            text_literal(way),
            placeholder(f"{way}_platforms"),
            placeholder(f"{way}_keys"),
            _LOOKUPS[way],
        )
        for way in ways
    )
    return compose(
        """{}SELECT found.way, found.key, {}, CASE WHEN found.place <= {} THEN a.document END
             FROM ({}) AS found (way, platform, key, id, place),
                  LATERAL (SELECT * FROM accounts WHERE id = found.id LIMIT 1) AS a
            WHERE found.platform IN ('', a.platform)""",
        with_clause(as_of, "records", "account_search", "handles"),
        COLUMNS,
        number_literal(shown),
        join(" UNION ALL ", found),
    )


def select_documents(conn: Connection[Any], ids: Iterable[str], as_of: PointInTime | None = None) -> dict[str, str]:
    """Give the public JSON of accounts by id."""
    rows = fetch_prepared(
        conn,
        compose(
            """{}SELECT a.id, a.document FROM json_array_elements_text(%(ids)s::json) AS asked (id),
                        LATERAL (SELECT id, document FROM accounts WHERE id = asked.id LIMIT 1) AS a""",
            with_clause(as_of, "accounts"),
        ),
        {"ids": json_array(ids), **as_of_parameters(as_of)},
    )
    return dict(rows)


def select_departures(conn: Connection[Any], ids: Collection[str], as_of: PointInTime | None = None) -> list[Departure]:
    """Give what is left of accounts that went, each with the one that it ended in after all mergers."""
    with conn.cursor(row_factory=class_row(Departure)) as cursor:
        return cursor.execute(
            compose(
                """
                {}SELECT id, successor_id, revision, reason FROM (
                    WITH RECURSIVE went AS (
                        SELECT t.id, t.successor_id, t.revision, 1 AS step FROM tombstones AS t
                         WHERE t.kind = 'account' AND t.id = ANY(%(ids)s)
                         UNION ALL
                        SELECT w.id, t.successor_id, t.revision, w.step + 1
                          FROM went AS w JOIN tombstones AS t ON t.kind = 'account' AND t.id = w.successor_id
                         WHERE w.step < 20
                    )
                    SELECT DISTINCT ON (w.id) w.id, w.successor_id, w.revision, r.reason
                      FROM went AS w JOIN revisions AS r USING (revision) ORDER BY w.id, w.step DESC
                ) AS ended
                """,
                with_clause(as_of, "tombstones"),
            ),
            {"ids": list(ids), **as_of_parameters(as_of)},
        ).fetchall()


def ask_similar(
    pipeline: Pipeline, search: QueryPlan, platform: str | None, take: Callable[[list[Similar]], None]
) -> None:
    """Ask for the first accounts that a search finds, on one platform where one is named."""
    among = f"'p{platform}'" if platform is not None else None
    parameters = {**search.parameters, "facet_filter": among, "limit": _MAX_SHOWN}
    pipeline.execute(_SIMILAR, parameters, lambda rows: take([Similar(*row) for row in rows]))


def select_similar_then(
    conn: Connection[Any], search: QueryPlan, platform: str | None, as_of: PointInTime
) -> list[Similar]:
    """Return the same as of then: what the list would begin with."""
    selections = {"platform": Selection(include=(platform,))} if platform is not None else {}
    wanted = Filter(search=search, selections=selections, as_of=as_of)
    rows = select_accounts(conn, wanted, CLOSENESS, Part(limit=_MAX_SHOWN, fields=("id",)))
    # Behind the JSON: rule, followers (-1 where they are not known), …, id.
    return [Similar(row[-1], int(row[1]), int(row[2]) if int(row[2]) >= 0 else None) for row in rows]
