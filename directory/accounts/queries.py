"""SQL of accounts: pages of the list, one record and its observations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from psycopg import Connection, sql

from directory.accounts.filters import Filter
from directory.accounts.list_by_index_scan import select_ranked, select_walked
from directory.accounts.list_by_sort import select_matches
from directory.accounts.page_request import Part, document
from directory.accounts.sorts import CLOSENESS, OBSERVATIONS, CursorValue, Order
from directory.accounts.where_clause import Where
from directory.database.point_in_time import PointInTime, as_of_parameters, with_clause
from directory.database.prepared_statements import fetch_prepared
from directory.database.sql import Fragment, compose
from directory.search.queries import SEARCH_PAGE

# So many matches of a search are held against a filter at once, if those before did not fill the page.
_SIFTED: Final = (200, 800, 3200)


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What is left of an account: the account that it was merged into, if any, and when and why."""

    successor_id: str | None
    revision: int
    at: str
    reason: str
    category: str | None


def select_accounts(conn: Connection[Any], wanted: Filter, order: Order, part: Part) -> list[tuple[str, ...]]:
    """Return a part of the list: public JSON of each account, then the texts that a cursor holds.

    Where matches are to be marked, at the end of each row also the tier of its match and its whole public JSON.
    """
    if wanted.search is None:
        return select_matches(conn, wanted, order, part)
    if not order.is_by_closeness:
        walked = select_walked(conn, wanted, order, part)
        return walked if walked is not None else select_matches(conn, wanted, order, part)
    if wanted.as_of is not None:
        return select_ranked(conn, wanted, wanted.search, part)
    if wanted.is_searched:
        return select_found(conn, wanted, wanted.search.parameters, part)
    sifted = select_sifted(conn, wanted, wanted.search.parameters, part)
    return sifted if sifted is not None else select_matches(conn, wanted, order, part)


def select_found(
    conn: Connection[Any], wanted: Filter, asked: Mapping[str, object], part: Part
) -> list[tuple[str, ...]]:
    """Return what `select_accounts` gives of a search in its own order, by the parameters of the search.

    It reads no more than the page where much is found. The filter must be one that the search can answer.
    """
    parameters = _found_parameters(wanted, asked, part)
    return fetch_prepared(conn, _found(document(part.fields), is_marked=part.marked), parameters)


def select_sifted(
    conn: Connection[Any], wanted: Filter, asked: Mapping[str, object], part: Part
) -> list[tuple[str, ...]] | None:
    """Return what `select_found` gives, for a filter that asks for more than the search can answer.

    Matches are held against the filter in their order; None where a page is not full after some thousands of them.
    """
    where = Where.of(replace(wanted, search=None))
    statement = _found(compose("CASE WHEN {} THEN {} END", where.fits(), document(part.fields)), is_marked=part.marked)
    kept: list[tuple[str, ...]] = []
    after = part.after
    for at_once in _SIFTED:
        read = _found_parameters(wanted, asked, replace(part, limit=at_once, after=after))
        rows = conn.execute(statement, read | where.parameters).fetchall()
        kept += [row for row in rows if row[0] is not None]
        if len(kept) >= part.limit or len(rows) < at_once:
            return kept[: part.limit]
        after = rows[-1][1 : 1 + len(CLOSENESS.keys)]
    return None


def _found(shown: Fragment, *, is_marked: bool) -> Fragment:
    """Return the statement that reads matches of a search in its own order, with what is shown of each."""
    return compose(
        """
        SELECT {}, p.tier::text, p.followers::text, p.status_rank::text, p.name_length::text, p.account_id{}
          FROM {} AS p
          JOIN accounts ON accounts.id = p.account_id
         ORDER BY p.tier, p.followers DESC, p.status_rank, p.name_length, p.account_id""",
        shown,
        compose(", p.tier::text, accounts.document" if is_marked else ""),
        SEARCH_PAGE,
    )


def _found_parameters(wanted: Filter, asked: Mapping[str, object], part: Part) -> dict[str, object]:
    parameters = {**asked, "facet_filter": wanted.facet, "limit": part.limit}
    if part.after is not None:
        place = CLOSENESS.read(part.after)
        parameters |= zip(("tier", "followers", "status_rank", "name_length", "id"), place, strict=True)
    return parameters


def select_account(conn: Connection[Any], account_id: str, as_of: PointInTime | None = None) -> str | None:
    """Return an account's public JSON with all its handles, None if no account has this id."""
    rows = fetch_prepared(
        conn,
        compose(
            """
            {}SELECT left(document, -1) || ',"handles":' || coalesce((
                   SELECT array_to_json(array_agg(row_to_json(held)))::text
                     FROM (SELECT handle, valid_from, valid_to FROM handles WHERE account_id = accounts.id
                            ORDER BY valid_to NULLS LAST, valid_from NULLS FIRST, id) AS held), '[]') || '}}'
              FROM accounts WHERE id = %(id)s
            """,
            with_clause(as_of, "accounts", "handles"),
        ),
        {"id": account_id, **as_of_parameters(as_of)},
    )
    return rows[0][0] if rows else None


def select_tombstone(conn: Connection[Any], account_id: str, as_of: PointInTime | None = None) -> Tombstone | None:
    """Return what is left of an account that went, None if there never was one or it is there."""
    row = conn.execute(
        compose(
            """{}SELECT t.successor_id, t.revision, to_json(r.at) #>> '{{}}', r.reason, t.category
                 FROM tombstones AS t JOIN revisions AS r USING (revision)
                WHERE t.kind = 'account' AND t.id = %(id)s""",
            with_clause(as_of, "tombstones"),
        ),
        {"id": account_id, **as_of_parameters(as_of)},
    ).fetchone()
    return Tombstone(*row) if row else None


def select_observations(
    conn: Connection[Any], account_id: str, *, limit: int, after: Sequence[CursorValue] | None = None
) -> list[tuple[str, ...]]:
    """Return observations of an account, the newest first: public JSON, then cursor values."""
    condition, parameters = OBSERVATIONS.after(after) if after is not None else (sql.SQL("true"), {})
    statement = sql.SQL("""
        SELECT row_to_json(seen)::text, seen.observed_at::text, seen.source FROM (
            SELECT observed_at, source, followers, posts, last_post_at FROM observations
             WHERE account_id = %(id)s AND {after} {order} LIMIT %(limit)s
        ) AS seen
    """).format(after=condition, order=OBSERVATIONS.order_by())
    return conn.execute(statement, parameters | {"id": account_id, "limit": limit}).fetchall()
