"""SQL of all observations that revisions wrote: batch by batch for pages, in one scan for a download."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    import datetime as dt

    from psycopg import Connection, Cursor

# Text that is JSON of a row, its account, and its time.
Row = tuple[str, str, str]

_BATCHES_MAX: Final = 100
# A page of a smaller batch sorts all that is left of it.
_LARGE: Final = 5_000


class WrittenBatch(NamedTuple):
    """What one source observed in one revision, of how many accounts, and when the first and the last of it was."""

    revision: int
    mark: str
    source: str
    begin: dt.datetime
    end: dt.datetime
    observations: int
    accounts: int


def select_batches(conn: Connection[Any], since: tuple[int, str], until: int) -> Iterator[WrittenBatch]:
    """Yield the batches from revision and source `since` on, in this order, up to and including revision `until`."""
    while True:
        rows = conn.execute(
            """
            SELECT v.revision, r.mark, b.source, b."from", b."to", b.observations, b.accounts
              FROM versions AS v
              JOIN revisions AS r USING (revision)
             CROSS JOIN LATERAL json_to_record(v.record::json) AS b
                   (source text, "from" timestamptz, "to" timestamptz, observations bigint, accounts bigint)
             WHERE v.facets @@ 'kobservations'::tsquery AND v.revision >= %(revision)s AND v.revision <= %(until)s
               AND (v.revision, b.source COLLATE "C") >= (%(revision)s, %(source)s)
             ORDER BY v.revision, b.source COLLATE "C" LIMIT %(limit)s
            """,
            {"revision": since[0], "source": since[1], "until": until, "limit": _BATCHES_MAX},
        ).fetchall()
        yield from map(WrittenBatch._make, rows)
        if len(rows) < _BATCHES_MAX:
            return
        # Nothing lies between a text and the same with NUL behind it but for that; PostgreSQL has no NUL.
        since = (rows[-1][0], rows[-1][2] + "\x01")


def select_batch(conn: Connection[Any], batch: WrittenBatch, *, after: tuple[str, str] | None, limit: int) -> list[Row]:
    """Return observations of a batch that still stand, by account and time, from behind `after` on."""
    account, at = after or ("", "-infinity")
    if batch.observations < _LARGE:
        return _select_range(conn, batch, (account, at), None, limit)
    # Range by range of accounts, which have about as many observations as the page: so no page reads the whole batch.
    # Where the batch has few of all accounts, the next range is twice as long.
    step = max(1, limit * batch.accounts // batch.observations)
    rows: list[Row] = []
    while True:
        row = conn.execute(
            "SELECT account_id FROM account_followers WHERE account_id > %s ORDER BY account_id OFFSET %s LIMIT 1",
            (account, step),
        ).fetchone()
        end = row[0] if row is not None else None
        found = _select_range(conn, batch, (account, at), end, limit - len(rows))
        rows += found
        if end is None or len(rows) >= limit:
            return rows
        if 2 * len(found) < limit:
            step *= 2
        account, at = end, "-infinity"


def _select_range(
    conn: Connection[Any], batch: WrittenBatch, after: tuple[str, str], end: str | None, limit: int
) -> list[Row]:
    """Return observations of a batch from behind an account and time on, of accounts before `end`."""
    account, at = after
    return conn.execute(
        """
        SELECT row_to_json(o)::text, o.account, o.observed_at::text
          FROM (SELECT account_id AS account, observed_at, source, revision, followers, following, posts, last_post_at,
                       verified, stated
                  FROM (SELECT account_id, observed_at, source, revision, followers, following, posts, last_post_at,
                               verified, stated
                          FROM observations
                         WHERE revision = %(revision)s AND account_id >= %(account)s
                           AND (%(before)s::text IS NULL OR account_id < %(before)s)
                         UNION ALL
                        SELECT b.account_id, s.observed_at, b.source, coalesce(s.revision, b.revision), s.followers,
                               s.following, s.posts, s.last_post_at, s.verified, s.stated
                          FROM observation_blocks AS b
                         CROSS JOIN LATERAL unnest(b.observed_at, b.revisions, b.followers, b.following, b.posts,
                                                   b.last_post_at, b.verified, b.stated)
                                 AS s (observed_at, revision, followers, following, posts, last_post_at, verified,
                                       stated)
                         WHERE b.revision >= %(revision)s AND b.account_id >= %(account)s
                           AND (%(before)s::text IS NULL OR b.account_id < %(before)s)
                           AND b.month >= date_trunc('month', %(begin)s::timestamptz AT TIME ZONE 'UTC')::date
                           AND b.month <= (%(end)s::timestamptz AT TIME ZONE 'UTC')::date) AS written
                 WHERE revision = %(revision)s AND source = %(source)s
                   AND observed_at >= %(begin)s AND observed_at <= %(end)s
                   AND (account_id, observed_at) > (%(account)s, %(at)s::timestamptz)
                 ORDER BY account_id, observed_at LIMIT %(limit)s) AS o
        """,
        {
            "revision": batch.revision, "source": batch.source, "begin": batch.begin, "end": batch.end,
            "account": account, "at": at, "before": end, "limit": limit,
        },
    ).fetchall()  # fmt: skip


def copy_observations(cursor: Cursor[Any], since: int, until: int) -> Any:  # noqa: ANN401 - psycopg's context manager of a COPY
    """Return psycopg's context manager of a COPY of all observations of a range of revisions, one JSON text a line.

    From revision 0 on, those that are older than the numbers of their revisions are among them.
    """
    # Of blocks the view would unnest all, whatever revision is asked for.
    return cursor.copy(
        """
        COPY (SELECT row_to_json(o)::text
                FROM (SELECT account_id AS account, observed_at, source, revision, followers, following, posts,
                             last_post_at, verified, stated
                        FROM observations
                       WHERE revision >= %(first)s AND revision <= %(until)s
                       UNION ALL
                      SELECT b.account_id, s.observed_at, b.source, coalesce(s.revision, b.revision), s.followers,
                             s.following, s.posts, s.last_post_at, s.verified, s.stated
                        FROM observation_blocks AS b
                       CROSS JOIN LATERAL unnest(b.observed_at, b.revisions, b.followers, b.following, b.posts,
                                                 b.last_post_at, b.verified, b.stated)
                               AS s (observed_at, revision, followers, following, posts, last_post_at, verified, stated)
                       WHERE b.revision >= %(first)s AND coalesce(s.revision, b.revision) >= %(first)s
                         AND coalesce(s.revision, b.revision) <= %(until)s) AS o)
          TO STDOUT (FORMAT csv, QUOTE E'\\x01', DELIMITER E'\\x02')
        """,
        {"first": since + 1 if since else 0, "until": until},
    )


def select_staged_places(conn: Connection[Any]) -> list[tuple[str | None, str | None]]:
    """Return the regions and departments of the accounts in `observation_rows`, each pair once."""
    return conn.execute(
        """
        SELECT DISTINCT a.region_code, a.department_id
          FROM observation_rows AS r JOIN accounts AS a ON a.id = r.account_id
        """
    ).fetchall()
