"""SQL of rankings: all matches with their counts, ranked within the filter, in one statement.

| ranking                                                   | function         | reads                                |
|-----------------------------------------------------------|------------------|--------------------------------------|
| accounts by their latest followers, compared with nothing | `select_highest` | the page, from the index of the list |
| anything else                                             | `select_ranking` | the counts of all matches            |

The first one takes the ranks before the page from the cursor. Both give the same page.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from directory.accounts.csv import csv_expression
from directory.accounts.queries.facets import count_matches
from directory.accounts.queries.list import PageRequest, WhereClause, select_by_sort
from directory.accounts.sorts import Order
from directory.database.prepared_statements import fetch_planned
from directory.database.sql import Fragment, array_literal, column, compose, join, number_literal
from directory.http.problems import InvalidCursor
from directory.rankings.figures import LEAST_IMPLAUSIBLE, Column, Ends, Extent, find_figures, has_jumped
from directory.rankings.parameters import RankingPageQuery, RankingQuery
from directory.rankings.rendering import csv_columns, row_json
from directory.rankings.values import account_values, group_values, key_of, reason_of, value_type

if TYPE_CHECKING:
    from psycopg import Connection

    from directory.accounts.parameters import Filter

# The share of all accounts up to which counts are looked up one by one, about 5 us each; to read a day of 50,000
# accounts and join it takes 25 ms.
_LOOKED_UP_SHARE: Final = 1 / 12
# Each level of subqueries computes its columns once: OFFSET 0 keeps the planner from merging them.
_JUDGED: Final = """{}judged AS MATERIALIZED (
    SELECT j.id, j.key, j.reason, {}, {} AS value, {} AS previous
      FROM (SELECT j.*, {} AS reason
              FROM (SELECT f.id, f.key, f.latest, {}
                      FROM (SELECT m.id, m.key, m.latest, {}
                              FROM ({}) AS m{}
                            OFFSET 0) AS f
                    OFFSET 0) AS j
            OFFSET 0) AS j
)"""
_MATCHED: Final = """SELECT accounts.id, {} AS key, k.{} AS latest, k.{} AS latest_at
                                      FROM {}
                                      JOIN account_followers AS k ON k.account_id = accounts.id{}"""
# Every account has a row of its latest counts.
_ALL: Final = """SELECT account_id AS id, NULL::text AS key, {} AS latest, {} AS latest_at
                                      FROM account_followers"""
_GROUPED: Final = """, entries AS MATERIALIZED (
    SELECT j.key AS id, {} AS value, {} AS previous, count(*) AS accounts,
           count(*) FILTER (WHERE j.reason IS NULL) AS counted{}
      FROM judged AS j WHERE j.key IS NOT NULL GROUP BY j.key
)"""
_GROUPED_FIGURE: Final = """,
           sum(j.count_{0}) FILTER (WHERE j.reason IS NULL) AS count_{0},
           min(j.at_{0}) FILTER (WHERE j.reason IS NULL) AS at_{0}"""
# The rank of a page's rows and not of all: with window functions, all are sorted twice, 50,000 in 40 ms instead of 15.
# What is greater than the first row is counted; of the previous values, how many lie between those of the page.
_PAGE: Final = """{0}, listed AS MATERIALIZED (
    SELECT e.*, row_number() OVER (ORDER BY e.value DESC, e.id DESC) AS number
      FROM (SELECT * FROM {1} WHERE value IS NOT NULL{2} ORDER BY value DESC, id DESC LIMIT {3}) AS e
), first AS (
    SELECT value, id, (SELECT array_agg(DISTINCT -previous ORDER BY -previous) FROM listed
                        WHERE previous IS NOT NULL) AS steps
      FROM listed WHERE number = 1
), tally AS (
    SELECT count(e.value) AS ranked, count(*) FILTER (WHERE e.value > (SELECT value FROM first)) AS greater,
           count(*) FILTER (WHERE (e.value, e.id) > ((SELECT value FROM first), (SELECT id FROM first))) AS before
      FROM {1} AS e
), between_steps AS MATERIALIZED (
    SELECT width_bucket(-e.previous, (SELECT steps FROM first)) AS step, count(*) AS number
      FROM {1} AS e
     WHERE e.previous IS NOT NULL GROUP BY 1
), ranked AS (
    SELECT l.*, t.before + l.number AS position,
           CASE WHEN l.value = f.value THEN t.greater + 1
                ELSE t.before + min(l.number) OVER (PARTITION BY l.value) END AS rank,
           CASE WHEN l.previous IS NOT NULL THEN 1 + (
               SELECT coalesce(sum(b.number), 0) FROM between_steps AS b
                WHERE b.step < array_position(f.steps, -l.previous))::bigint END AS previous_rank
      FROM listed AS l CROSS JOIN first AS f CROSS JOIN tally AS t
)
SELECT document, value, id, rank, position FROM (
    SELECT {4} AS document, p.value::text, p.id, p.rank::text, p.position::text, p.position AS place
      FROM ranked AS p{5}
     UNION ALL
    SELECT (SELECT json_object_agg(reason, number)::text
              FROM (SELECT reason, count(*) AS number FROM judged WHERE reason IS NOT NULL GROUP BY reason) AS reasons),
           (SELECT ranked FROM tally)::text, '', '', '', 0) AS shown
 ORDER BY place"""
_RANKED: Final = """, ranked AS (
    SELECT e.*, rank() OVER by_value AS rank, row_number() OVER by_value_and_id AS position,
           CASE WHEN previous IS NOT NULL THEN rank() OVER (ORDER BY previous DESC NULLS LAST) END AS previous_rank
      FROM {} AS e
    WINDOW by_value AS (ORDER BY value DESC NULLS LAST), by_value_and_id AS (ORDER BY value DESC NULLS LAST, id DESC)
)"""
_CSV: Final = """COPY ({}
SELECT {}
  FROM ranked AS p{}
 WHERE p.value IS NOT NULL
 ORDER BY p.position) TO STDOUT (FORMAT csv, HEADER)"""
_JOINED: Final = {
    "accounts": compose("\n      JOIN account_records AS accounts ON accounts.id = p.id"),
    "departments": compose("\n      LEFT JOIN departments ON departments.id = p.id"),
    "regions": compose("\n      LEFT JOIN regions ON regions.code = p.id"),
}
_WRONG: Final = "The cursor is of another order."


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page ended: its last row, with its rank and its position, and the state of the registry."""

    value: str
    id: str
    rank: int
    position: int
    state: str

    @classmethod
    def parse(cls, values: Sequence[object], query: RankingQuery) -> Position:
        """Return the position in a cursor; raise InvalidCursor, as a client may write anything there."""
        try:
            value, id_, rank, position, state = values
            number = float(str(value)) if query.by == "growth_rate" else int(str(value))
            parsed = cls(str(number), str(id_), int(str(rank)), int(str(position)), str(state))
        except (ValueError, OverflowError) as error:
            raise InvalidCursor(_WRONG) from error
        # What PostgreSQL would refuse has to be an invalid cursor.
        limit = 10**30 if query.by == "growth_rate" or query.of != "accounts" else 2**63
        if not (abs(number) < limit and 0 < parsed.rank <= parsed.position < 2**53 and "\0" not in parsed.id):
            raise InvalidCursor(_WRONG)
        return parsed


@dataclass(slots=True)
class Ranking:
    """Ranked rows, one more than the page has if another follows, and what was left out."""

    # JSON, then value, id, rank and position.
    rows: list[tuple[bytes, str, str, int, int]] = field(default_factory=list)
    # None where it was not counted.
    ranked: int | None = None
    # Number of accounts by the reason for which they have no part.
    left_out: Mapping[str, int] | None = None


def select_extent(conn: Connection[Any]) -> Extent:
    """Return how far the observations go."""
    row = conn.execute(
        """
        SELECT (greatest(max(followers_at), max(posts_at)) AT TIME ZONE 'UTC')::date, count(*) FROM account_followers
        """
    ).fetchone()
    return Extent(*row) if row else Extent(None, 0)


def select_highest(
    conn: Connection[Any], account_filter: Filter, query: RankingPageQuery, *, limit: int, after: Position | None
) -> Ranking | None:
    """Return a page of accounts by their latest followers, None where one of them has jumped: it must be left out."""
    page = PageRequest(
        limit=limit,
        fields=(*query.fields, *(() if "followers" in query.fields else ("followers",))),
        after=None if after is None else [after.value, after.id],
    )
    found = select_by_sort(conn, account_filter, Order.by(("-followers",)), page)
    rank, position, last = (after.rank, after.position, after.value) if after is not None else (0, 0, "")
    ranking = Ranking()
    for document, followers, account_id in found:
        if followers == "-1":
            break
        position += 1
        if followers != last:
            rank, last = position, followers
        account = json.loads(document)
        figure = account["followers"] if "followers" in query.fields else account.pop("followers")
        row = {"rank": rank, "previous_rank": None, "movement": None, "value": figure["count"], "account": account}
        row |= {"figure": figure, "earlier": None}
        text = json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode()
        ranking.rows.append((text, followers, account_id, rank, position))
    high = [row[2] for row in ranking.rows if int(row[1]) >= LEAST_IMPLAUSIBLE]
    return None if high and _have_jumped(conn, high) else ranking


def _have_jumped(conn: Connection[Any], ids: Sequence[str]) -> bool:
    """Whether the latest count of any of these accounts is absurdly higher than the one before."""
    condition = has_jumped(compose("k.followers"), compose("k.followers_at"), compose("k.account_id"))
    statement = compose(
        """
        SELECT count(*) FROM unnest(%(ids)s::text[]) AS given (id)
          JOIN account_followers AS k ON k.account_id = given.id
         WHERE {}""",
        condition,
    )
    return bool(fetch_planned(conn, statement, {"ids": array_literal(ids)})[0][0])


def select_ranking(
    conn: Connection[Any],
    account_filter: Filter,
    query: RankingPageQuery,
    ends: Ends,
    *,
    limit: int,
    after: Position | None,
) -> Ranking:
    """Return a page of any ranking, and what was left out."""
    judged, parameters = _judged(conn, account_filter, query, ends)
    start = compose("")
    if after is not None:
        start = compose(" AND (value, id) < (%(after_value)s::{}, %(after_id)s)", value_type(query))
        parameters = {**parameters, "after_value": after.value, "after_id": after.id}
    statement = compose(
        _PAGE, judged, _entries(query), start, number_literal(limit), row_json(query, ends), _JOINED[query.of]
    )
    summary, *rows = fetch_planned(conn, statement, parameters, first_as_bytes=True)
    left_out: dict[str, int] = json.loads(summary[0] or b"{}")
    return Ranking(
        [(each[0], each[1], each[2], int(each[3]), int(each[4])) for each in rows], int(summary[1]), left_out
    )


def csv_statement(
    conn: Connection[Any], account_filter: Filter, query: RankingQuery, ends: Ends, *, escape_formulas: bool
) -> tuple[Fragment, Mapping[str, Any]]:
    """Return the COPY that writes the whole ranking as CSV, and its parameters."""
    judged, parameters = _judged(conn, account_filter, query, ends)
    items = [csv_expression(each, escape_formulas=escape_formulas) for each in csv_columns(query, ends)]
    ranked = compose("{}{}", judged, compose(_RANKED, _entries(query)))
    return compose(_CSV, ranked, join(", ", items), _JOINED[query.of]), parameters


def _entries(query: RankingQuery) -> Fragment:
    """Return the name of what is ranked."""
    return compose("judged" if query.of == "accounts" else "entries")


def _judged(
    conn: Connection[Any], account_filter: Filter, query: RankingQuery, ends: Ends
) -> tuple[Fragment, Mapping[str, Any]]:
    """Return WITH as far as `judged`, all matches with their values or the reason for none; and its parameters.

    Where groups are ranked, `entries` are these.
    """
    name: Column = "posts" if query.by == "posts" else "followers"
    where = WhereClause.of(account_filter, is_counting=True)
    matched = compose(_ALL, column(name), column(f"{name}_at"))
    if query.of != "accounts" or not account_filter.is_empty:
        joined, latest_at = column(name), column(f"{name}_at")
        matched = compose(_MATCHED, key_of(query), joined, latest_at, where.from_items(), where.where())
    count = count_matches(conn, account_filter, "estimated").count
    reads_days = int(str((count or {}).get("value", 0))) > ends.accounts * _LOOKED_UP_SHARE
    figures = find_figures(ends, name, reads_days=reads_days)
    number = len(ends.times)
    # Of the counts further back only the value before is shown; groups add them up.
    columns = [compose("j.count_{0}, j.at_{0}", number_literal(n)) for n in range(number)]
    value, previous = account_values(query, number)
    tables = where.with_clause()
    judged = compose(
        _JUDGED,
        compose("{}, ", tables) if tables.as_string() else compose("WITH "),
        join(", ", columns),
        value if query.of == "accounts" else compose("NULL"),
        previous if query.of == "accounts" or not query.is_growth else compose("NULL"),
        reason_of(query, name),
        figures.counts,
        figures.found,
        matched,
        figures.joins,
    )
    if query.of != "accounts":
        shown = [compose(_GROUPED_FIGURE, number_literal(n)) for n in range(min(number, 2))]
        judged = compose("{}{}", judged, compose(_GROUPED, *group_values(query), join("", shown)))
    return judged, {**where.parameters, **ends.parameters}
