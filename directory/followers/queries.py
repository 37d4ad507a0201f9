"""SQL of observations: the series, and the change that a batch of them is.

Each table is written by one statement, however many rows a batch has. The account, its document, its versions and its
states are not written: see `compose_account` in the schema.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from directory.followers.corrections import correct_observations
from directory.followers.latest_counts import update_latest_counts
from directory.followers.packing import count_packed_accounts, pack_staged_rows
from directory.followers.unpacking import unpack_staged_months

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from psycopg import Connection

_STAGING: Final = """
DROP TABLE IF EXISTS pg_temp.observation_rows, pg_temp.observation_accounts, pg_temp.observation_changes,
    pg_temp.observation_contradictions, pg_temp.observation_moved, pg_temp.observation_repeated;
CREATE TEMP TABLE observation_rows (
    account_id text COLLATE "C", observed_at timestamptz, source text COLLATE "C",
    followers bigint, posts bigint, last_post_at timestamptz, following bigint, verified boolean, stated jsonb,
    -- Of two values of one column about one time the last one counts.
    line bigint NOT NULL DEFAULT 0
) ON COMMIT DROP;
CREATE TEMP TABLE observation_accounts (account_id text COLLATE "C" PRIMARY KEY) ON COMMIT DROP;
CREATE TEMP TABLE observation_moved (
    account_id text COLLATE "C", observed_at timestamptz, source text COLLATE "C"
) ON COMMIT DROP;
CREATE TEMP TABLE observation_contradictions (
    account_id text COLLATE "C", observed_at timestamptz, source text COLLATE "C", line bigint, replaced jsonb
) ON COMMIT DROP;
"""


class Observation(NamedTuple):
    """What was seen of an account at a time; None for what was not looked at."""

    account_id: str
    observed_at: dt.datetime
    source: str
    followers: int | None = None
    posts: int | None = None
    last_post_at: dt.datetime | None = None
    following: int | None = None
    verified: bool | None = None


class Batch(NamedTuple):
    """What one source observed in a revision: the first and the last time, and how many observations and accounts."""

    source: str
    first: dt.datetime
    last: dt.datetime
    observations: int
    accounts: int


def create_staging(conn: Connection[Any]) -> None:
    """Create the temporary tables of a batch, which live until the transaction ends.

    `observation_rows`: the observations; of two of one account, time and source the last `line` of each column counts.
    `observation_accounts`: accounts whose latest counts are read from the series again, since theirs may have been
    taken away. `observation_moved`: what the open revision wrote already, for an account that survives another.
    """
    conn.execute(_STAGING)


def copy_observations(conn: Connection[Any], observations: Iterable[Observation]) -> None:
    """Copy observations to `observation_rows`."""
    columns = "account_id, observed_at, source, followers, posts, last_post_at, following, verified"
    with conn.cursor() as cursor, cursor.copy(f"COPY observation_rows ({columns}) FROM STDIN") as copy:
        for observation in observations:
            copy.write_row(observation)


def merge_observations(conn: Connection[Any], now: dt.datetime | None = None) -> list[Batch]:
    """Write the staged observations in the open revision, and return what is new of them, by source.

    Those that the series has already are skipped, so a batch can be repeated. Accounts that do not exist are left out.
    With the time `now`, a backlog of closed months is packed at once. The changes of the feed have what was moved, too.
    """
    packed = [Batch._make(row) for row in pack_staged_rows(conn, now)] if now is not None else []
    rows = _insert_observations(conn)
    batches = _add_up([*packed, *rows])
    if packed and rows:
        counts = count_packed_accounts(conn)
        batches = [batch._replace(accounts=counts[batch.source]) for batch in batches]
    if packed:
        conn.execute("INSERT INTO observation_rows SELECT * FROM observation_latest")
    update_latest_counts(conn)
    moved = {batch.source: batch for batch in _count_moved(conn)}
    _insert_changes(conn, [*(batch for batch in batches if batch.source not in moved), *moved.values()])
    return batches


def _insert_observations(conn: Connection[Any]) -> list[Batch]:
    """Add the staged rows to the series; accounts of changed ones are put in `observation_accounts`."""
    unpack_staged_months(conn)
    months = conn.execute(
        """
        SELECT create_observation_partition(month)
          FROM (SELECT DISTINCT date_trunc('month', observed_at, 'UTC') AS month FROM observation_rows) AS months
         ORDER BY month
        """
    )
    if not months.rowcount:
        return []
    # Sorted, so that neighbours in the index are written together. Few rows are there already, and DO NOTHING costs
    # less than to look for them first.
    rows = conn.execute(
        """
        WITH written AS (
            INSERT INTO observations (account_id, observed_at, source, revision, followers, posts, last_post_at,
                                      following, verified, stated)
            SELECT DISTINCT ON (r.account_id, r.observed_at, r.source)
                   r.account_id, r.observed_at, r.source, (SELECT current_revision()), r.followers, r.posts,
                   r.last_post_at, r.following, r.verified, r.stated
              FROM observation_rows AS r
              JOIN account_followers AS f USING (account_id)
             ORDER BY r.account_id, r.observed_at, r.source, r.line DESC
                ON CONFLICT (account_id, observed_at, source) DO NOTHING
            RETURNING account_id, observed_at, source
        )
        -- Accounts are counted by hashing; count(DISTINCT …) would sort them.
        SELECT source, min(first), max(last), sum(observations)::bigint, count(*)
          FROM (SELECT source, account_id, min(observed_at) AS first, max(observed_at) AS last,
                       count(*) AS observations
                  FROM written GROUP BY source, account_id) AS of_accounts
         GROUP BY source
        """
    ).fetchall()
    corrected = correct_observations(conn) if sum(row[3] for row in rows) < _count_rows(conn) else []
    batches = _add_up(Batch._make(row) for row in (*rows, *corrected))
    if not corrected:
        return batches
    counts = _count_accounts(conn)
    return [batch._replace(accounts=counts[batch.source]) for batch in batches]


def _count_accounts(conn: Connection[Any]) -> dict[str, int]:
    """Return how many accounts have a new or corrected observation, by source: some may have both."""
    return dict(
        conn.execute(
            """
            SELECT o.source, count(DISTINCT o.account_id)
              FROM observation_rows AS r
              JOIN observations AS o USING (account_id, observed_at, source)
             WHERE o.revision = (SELECT current_revision())
             GROUP BY o.source
            """
        ).fetchall()
    )


def _count_moved(conn: Connection[Any]) -> list[Batch]:
    """Return what the open revision wrote, by source, for the sources of moved observations."""
    rows = conn.execute(
        """
        SELECT source, min(observed_at), max(observed_at), count(*), count(DISTINCT account_id)
          FROM (SELECT account_id, observed_at, source FROM observation_moved
                 UNION
                SELECT o.account_id, o.observed_at, o.source
                  FROM observation_rows AS r
                  JOIN observations AS o USING (account_id, observed_at, source)
                 WHERE r.source IN (SELECT source FROM observation_moved) AND o.revision = (SELECT current_revision())
               ) AS written
         GROUP BY source ORDER BY source
        """
    )
    return [Batch._make(row) for row in rows]


def _count_rows(conn: Connection[Any]) -> int:
    row = conn.execute("SELECT count(*) FROM observation_rows").fetchone()
    return int(row[0]) if row else 0


def _add_up(batches: Iterable[Batch]) -> list[Batch]:
    """Return one batch for each source."""
    added: dict[str, Batch] = {}
    for batch in batches:
        other = added.get(batch.source)
        added[batch.source] = (
            batch
            if other is None
            else Batch(
                batch.source,
                min(batch.first, other.first),
                max(batch.last, other.last),
                batch.observations + other.observations,
                batch.accounts + other.accounts,
            )
        )
    return [added[source] for source in sorted(added)]


def _insert_changes(conn: Connection[Any], batches: Iterable[Batch]) -> None:
    """Add one change for each source to the change feed."""
    rows = [*batches]
    conn.execute(
        """
        INSERT INTO versions (revision, sequence, kind, id, action, record, facets)
        SELECT current_revision(), latest.sequence + b.place, 'observations',
               -- An id of its own: every batch is created once and never changes.
               current_revision() || '-' || b.source, 'create',
               (SELECT row_to_json(r)::text
                  FROM (SELECT b.source, b.first AS "from", b.last AS "to", b.observations, b.accounts) AS r),
               change_facets('observations', 'create', NULL, NULL, NULL)
          FROM unnest(%s::text[], %s::timestamptz[], %s::timestamptz[], %s::bigint[], %s::bigint[])
               WITH ORDINALITY AS b (source, first, last, observations, accounts, place)
         CROSS JOIN (SELECT coalesce(max(sequence), 0) AS sequence
                       FROM versions WHERE revision = current_revision()) AS latest
        """,
        [[batch[column] for batch in rows] for column in range(len(Batch._fields))],
    )
    # The change feed reads the whole pending list of the index, so none is left behind. An import into an empty
    # registry drops the index until its end.
    conn.execute("SELECT gin_clean_pending_list(to_regclass('versions_facets'))")
