"""SQL of packed months: a row for each account, source and month, with an array for each column of the series."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from psycopg import sql
from psycopg.errors import LockNotAvailable

from directory.database import advisory_locks

if TYPE_CHECKING:
    from collections.abc import Iterable

    from psycopg import Connection

# What is observed of a month mostly comes until then.
PACKED_AFTER: Final = timedelta(days=35)
# Fewer rows are written one by one, and packed by the next `directory observations prune`.
_STAGED_MIN: Final = 20_000
# A block of fewer takes more bytes than its rows.
_ROWS_PER_BLOCK_MIN: Final = 4
_MEMORY: Final = "128MB"
# The three indexes of a new partition take less than 120 KiB.
_INDEX_BYTES_MIN: Final = 160 * 1024

PACKED: Final = """
    SELECT account_id, month, source, max(revision) AS revision, array_agg(observed_at) AS observed_at,
           CASE WHEN min(revision) < max(revision) THEN array_agg(revision) END AS revisions,
           CASE WHEN count(followers) > 0 THEN array_agg(followers) END AS followers,
           CASE WHEN count(following) > 0 THEN array_agg(following) END AS following,
           CASE WHEN count(posts) > 0 THEN array_agg(posts) END AS posts,
           CASE WHEN count(last_post_at) > 0 THEN array_agg(last_post_at) END AS last_post_at,
           CASE WHEN count(verified) > 0 THEN array_agg(verified) END AS verified,
           CASE WHEN count(stated) > 0 THEN array_agg(stated) END AS stated
      FROM ({}) AS sorted
     GROUP BY account_id, month, source
"""
"""The SELECT of blocks from observations that a SELECT yields, sorted by account, month, source and time."""

_COLUMNS: Final = """account_id, month, source, revision, observed_at, revisions, followers, following, posts,
                     last_post_at, verified, stated"""
_SORTED: Final = "SELECT * FROM {} ORDER BY account_id, month, source, observed_at"
# DELETE and no TRUNCATE: readers whose snapshot is older would find the month empty.
_PACK: Final = """
    WITH moved AS (
        DELETE FROM observations WHERE observed_at >= %(begin)s AND observed_at < %(end)s
        RETURNING account_id, %(month)s::date AS month, source, observed_at, revision, followers, following, posts,
                  last_post_at, verified, stated
    )
    INSERT INTO observation_blocks ({})
"""


def sorted_rows(table: str) -> sql.Composed:
    """Return the SELECT of a table's observations in the order that PACKED needs."""
    return sql.SQL(_SORTED).format(sql.Identifier(table))


def pack_months(conn: Connection[Any], now: datetime) -> list[str]:
    """Pack the months that ended PACKED_AFTER before `now`, each in a transaction; return the tables of their rows."""
    names = conn.execute(
        """
        SELECT c.relname FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
         WHERE i.inhparent = 'observations'::regclass ORDER BY c.relname
        """
    ).fetchall()
    packed: list[str] = []
    for (name,) in names:
        begin = datetime.strptime(name, "observations_%Y_%m").replace(tzinfo=UTC)
        end = next_month(begin)
        if end + PACKED_AFTER > now:
            continue
        with conn.transaction():
            advisory_locks.lock_writes(conn)
            if _free(conn, name):
                continue
            statement = sql.SQL(_PACK).format(sql.SQL(_COLUMNS)) + sql.SQL(PACKED).format(sorted_rows("moved"))
            written = conn.execute(statement, {"begin": begin, "end": end, "month": begin.date()})
            if written.rowcount > 0:
                packed.append(name)
    return packed


def vacuum(conn: Connection[Any], tables: Iterable[str]) -> None:
    """Return the space of rows that were packed, as far as no reader needs them; in autocommit."""
    for table in tables:
        conn.execute(sql.SQL("VACUUM {}").format(sql.Identifier(table)))


def pack_staged_rows(conn: Connection[Any], now: datetime) -> list[tuple[Any, ...]]:
    """Write the staged rows of closed months as blocks, and return them by source; none unless that is simple.

    It is where many rows of few accounts come, of whose months nothing is observed yet, and each time once: a backlog
    of daily counts. Of those rows only what may be the latest is left, in `observation_latest`; other rows stay staged.
    """
    row = conn.execute("SELECT count(*) FROM observation_rows").fetchone()
    if row is None or row[0] < _STAGED_MIN:
        return []
    conn.execute(sql.SQL("SET LOCAL work_mem = {}").format(_MEMORY))
    conn.execute(
        "DROP TABLE IF EXISTS pg_temp.observation_packed, pg_temp.observation_latest, pg_temp.observation_open"
    )
    closed = now - PACKED_AFTER
    end = datetime(closed.year, closed.month, 1, tzinfo=UTC)
    rows = sql.SQL(
        """
        SELECT account_id, date_trunc('month', observed_at AT TIME ZONE 'UTC')::date AS month, source, observed_at,
               (SELECT current_revision()) AS revision, followers, following, posts, last_post_at, verified, stated
          FROM observation_rows WHERE observed_at < {}
         ORDER BY account_id, month, source, observed_at
        """
    ).format(end)
    packed = sql.SQL(PACKED).format(rows)
    conn.execute(sql.SQL("CREATE TEMP TABLE observation_packed ON COMMIT DROP AS {}").format(packed))
    conn.execute("ANALYZE observation_packed (account_id, month)")
    return _write_blocks(conn, end) if _is_simple(conn) else []


def count_packed_accounts(conn: Connection[Any]) -> dict[str, int]:
    """Return how many accounts have a new observation, in blocks or in rows, by source: some may have both."""
    return dict(
        conn.execute(
            """
            SELECT source, count(*)
              FROM (SELECT source, account_id FROM observation_packed
                     UNION
                    SELECT o.source, o.account_id
                      FROM observation_rows AS r JOIN observations AS o USING (account_id, observed_at, source)
                     WHERE o.revision = (SELECT current_revision())) AS written
             GROUP BY source
            """
        ).fetchall()
    )


def _is_simple(conn: Connection[Any]) -> bool:
    """Whether blocks are worth while, have each time once, and nothing was observed of their months before."""
    row = conn.execute(
        """
        SELECT sum(cardinality(observed_at)) >= %s * count(*)
               AND NOT EXISTS (SELECT FROM observation_packed AS p, generate_subscripts(p.observed_at, 1) AS i
                                WHERE p.observed_at[i] = p.observed_at[i - 1])
               AND NOT EXISTS (SELECT FROM observation_packed JOIN observation_blocks USING (account_id, month))
          FROM observation_packed
        """,
        (_ROWS_PER_BLOCK_MIN,),
    ).fetchone()
    if row is None or not row[0]:
        return False
    # Month by month: with a constant as its bound PostgreSQL reads one partition.
    months = conn.execute("SELECT DISTINCT month::timestamp AT TIME ZONE 'UTC' FROM observation_packed").fetchall()
    return not any(
        conn.execute(
            """
            SELECT FROM observations AS o
             WHERE o.observed_at >= %(begin)s AND o.observed_at < %(end)s
               AND o.account_id IN (SELECT account_id FROM observation_packed WHERE month = %(month)s)
             LIMIT 1
            """,
            {"begin": begin, "end": next_month(begin), "month": begin.astimezone(UTC).date()},
        ).fetchone()
        for (begin,) in months
    )


def _write_blocks(conn: Connection[Any], end: datetime) -> list[tuple[Any, ...]]:
    batches = conn.execute(
        sql.SQL(
            """
            WITH written AS (
                INSERT INTO observation_blocks ({columns})
                SELECT {columns} FROM observation_packed AS p
                 WHERE EXISTS (SELECT FROM account_followers AS f WHERE f.account_id = p.account_id)
                 ORDER BY account_id, month, source
                RETURNING account_id, source, observed_at
            )
            -- Accounts are counted by hashing; count(DISTINCT …) would sort them.
            SELECT source, min(first), max(last), sum(observations)::bigint, count(*)
              FROM (SELECT source, account_id, min(observed_at[1]) AS first,
                           max(observed_at[cardinality(observed_at)]) AS last,
                           sum(cardinality(observed_at)) AS observations
                      FROM written GROUP BY source, account_id) AS of_accounts
             GROUP BY source
            """
        ).format(columns=sql.SQL(_COLUMNS))
    ).fetchall()
    conn.execute("CREATE TEMP TABLE observation_latest (LIKE observation_rows INCLUDING DEFAULTS) ON COMMIT DROP")
    conn.execute(
        """
        INSERT INTO observation_latest (account_id, observed_at, source, followers, posts, last_post_at)
        SELECT b.account_id, b.observed_at[last.i], b.source, b.followers[last.i], NULL::bigint, NULL::timestamptz
          FROM (SELECT DISTINCT ON (account_id, source) account_id, source, observed_at, followers
                  FROM observation_packed WHERE followers IS NOT NULL ORDER BY account_id, source, month DESC) AS b
         CROSS JOIN LATERAL (SELECT i FROM generate_subscripts(b.followers, 1, true) AS i
                              WHERE b.followers[i] IS NOT NULL LIMIT 1) AS last
         UNION ALL
        SELECT b.account_id, b.observed_at[last.i], b.source, NULL, b.posts[last.i], NULL
          FROM (SELECT DISTINCT ON (account_id, source) account_id, source, observed_at, posts
                  FROM observation_packed WHERE posts IS NOT NULL ORDER BY account_id, source, month DESC) AS b
         CROSS JOIN LATERAL (SELECT i FROM generate_subscripts(b.posts, 1, true) AS i
                              WHERE b.posts[i] IS NOT NULL LIMIT 1) AS last
         UNION ALL
        SELECT b.account_id, max(b.observed_at[1]), b.source, NULL, NULL, max(o.last_post_at)
          FROM observation_packed AS b CROSS JOIN LATERAL unnest(b.last_post_at) AS o (last_post_at)
         GROUP BY b.account_id, b.source
        """
    )
    conn.execute("CREATE TEMP TABLE observation_open ON COMMIT DROP AS SELECT * FROM observation_rows LIMIT 0")
    conn.execute("INSERT INTO observation_open SELECT * FROM observation_rows WHERE observed_at >= %s", (end,))
    conn.execute("TRUNCATE observation_rows")
    conn.execute("INSERT INTO observation_rows SELECT * FROM observation_open")
    return batches


def _free(conn: Connection[Any], partition: str) -> bool:
    """Whether a partition has no row; then shrink its index, once VACUUM has found that nobody needs what was there."""
    row = conn.execute(
        sql.SQL("SELECT EXISTS (SELECT FROM {}), pg_relation_size({}), pg_indexes_size({})").format(
            sql.Identifier(partition), sql.Literal(partition), sql.Literal(partition)
        )
    ).fetchone()
    if row is None or row[0]:
        return False
    # A table without pages has no row for any snapshot, however old, so TRUNCATE takes none away. VACUUM itself leaves
    # the pages of the index, which are as many bytes as the rows were.
    if row[1] == 0 and row[2] > _INDEX_BYTES_MIN:
        try:
            with conn.transaction():
                # A download may read for minutes, and every other request would wait behind us.
                conn.execute("SET LOCAL lock_timeout = '1s'")
                conn.execute(sql.SQL("TRUNCATE {}").format(sql.Identifier(partition)))
        except LockNotAvailable:
            pass
    return True


def next_month(begin: datetime) -> datetime:
    """Return the beginning of the month after that of a time."""
    return (begin + timedelta(days=32)).replace(day=1)
