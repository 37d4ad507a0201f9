"""Record linkage: the account that each staged row is about, by user id if it is known, otherwise by handle.

A row with only a handle is about the account whose user id another row of the import ties to that handle, otherwise
about the account that holds the handle. If the handle has changed hands since, a row that its source stated before is
still about the account that it was about then. If nobody holds the handle now, a row is about the account that released
it last, until an operator clears the handle.
"""

from collections.abc import Collection
from dataclasses import dataclass

from psycopg import Connection

from directory.imports.merge.decisions import inherit_decisions
from directory.imports.merge.former_handles import attach_former_handles
from directory.imports.merge.moved_observations import move_observations


@dataclass(frozen=True, slots=True)
class Matches:
    """How many rows there are, how many accounts they are about, and how many of these turn out to be duplicates.

    `former_handles` are further rows, which only say that an account had a handle.
    """

    rows: int
    accounts: int
    duplicates: int
    former_handles: int


def match_rows(conn: Connection, duplicates: Collection[tuple[str, str]] = ()) -> Matches:
    """Find the account of each staged row, or choose the id of a new one: table `import_matches`.

    `duplicates` are accounts that are one whatever the rows say, each with the account that survives it.
    """
    _resolve_former_handles(conn)
    _select_candidates(conn)
    _choose_accounts(conn)
    with conn.cursor() as cursor:
        cursor.executemany("INSERT INTO import_duplicates (duplicate_id, survivor_id) VALUES (%s, %s)", duplicates)
    _match_rows(conn)
    if _have_source_ids(conn):
        _adopt_source_ids(conn)
    if conn.execute("SELECT EXISTS (SELECT FROM import_matches WHERE is_ended)").fetchone() == (True,):
        attach_former_handles(conn)
    counted = conn.execute(
        """
        SELECT count(*), count(DISTINCT account_id), (SELECT count(*) FROM import_duplicates),
               (SELECT count(*) FROM import_former_handles)
          FROM import_matches
        """
    ).fetchone()
    return Matches(*counted) if counted else Matches(0, 0, 0, 0)


def reject_contradictions(conn: Connection) -> int:
    """Move rows of deleted accounts, or with a handle tied to another user id, out of staging; return how many."""
    suppressed = _reject_suppressed(conn)
    _drop_former_handles(conn)
    contradicting_registry = conn.execute(
        """
        WITH taken AS (
            DELETE FROM import_rows AS r
             USING accounts AS holder
             WHERE r.user_id <> '' AND r.handle_key <> ''
               AND (holder.platform, holder.handle_key) = (r.platform, r.handle_key)
               AND (holder.platform_user_id <> r.user_id
                    -- An account that took up a handle released by this user id is another account, even without an id.
                    OR holder.platform_user_id IS NULL AND EXISTS (
                       SELECT FROM accounts AS own
                         JOIN handles AS h ON h.account_id = own.id
                        WHERE (own.platform, own.platform_user_id) = (r.platform, r.user_id)
                          AND h.handle_key = r.handle_key AND h.valid_to IS NOT NULL))
            RETURNING r.position, holder.id, holder.platform_user_id IS NULL AS is_released
        )
        INSERT INTO import_rejections (position, code, other)
        SELECT position, CASE WHEN is_released THEN 'handle-released' ELSE 'handle-taken' END, id FROM taken
        """
    )
    conn.execute(
        """
        CREATE TEMP TABLE import_handle_user_ids ON COMMIT DROP AS
        -- The first row decides whose a handle is; later ones with another user id are rejected.
        SELECT DISTINCT ON (platform, handle_key) platform, handle_key, user_id, position
          FROM import_rows
         WHERE user_id <> '' AND handle_key <> ''
         ORDER BY platform, handle_key, position
        """
    )
    contradicting_rows = conn.execute(
        """
        WITH contradicted AS (
            DELETE FROM import_rows AS r
             USING import_handle_user_ids AS t
             WHERE (t.platform, t.handle_key) = (r.platform, r.handle_key)
               AND r.user_id <> '' AND r.user_id <> t.user_id
            RETURNING r.position, t.user_id
        )
        INSERT INTO import_rejections (position, code, other)
        SELECT position, 'handle-of-two', user_id FROM contradicted
        """
    )
    conn.execute("ANALYZE import_handle_user_ids")
    return suppressed + contradicting_registry.rowcount + contradicting_rows.rowcount


def _reject_suppressed(conn: Connection) -> int:
    """Move rows about accounts that were permanently deleted out of staging, and return how many there were.

    They are recognized by the user id or, if the row or the deleted account has none, by the handle, unless another
    account holds that now. The registry retains only digests of what it deleted.
    """
    # Without deletions no row needs its digests.
    if conn.execute("SELECT EXISTS (SELECT FROM suppressions)").fetchone() != (True,):
        return 0
    return conn.execute(
        """
        -- Two branches and not an OR, so that each can use the index on digest.
        WITH known AS (
            SELECT r.position, s.account_id
              FROM import_rows AS r
              JOIN suppressions AS s ON s.digest = identity_digest('user_id', r.platform, r.user_id)
             WHERE r.user_id <> ''
             UNION
            SELECT r.position, s.account_id
              FROM import_rows AS r
              JOIN suppressions AS s ON s.digest = identity_digest('handle', r.platform, r.handle_key)
             WHERE r.handle_key <> '' AND (r.user_id = '' OR s.has_no_user_id)
               AND NOT EXISTS (SELECT FROM accounts AS a WHERE (a.platform, a.handle_key) = (r.platform, r.handle_key))
               AND NOT EXISTS (SELECT FROM accounts AS a
                                WHERE (a.platform, a.platform_user_id) = (r.platform, nullif(r.user_id, '')))
        ), suppressed AS (
            SELECT DISTINCT ON (position) position, account_id FROM known ORDER BY position, account_id
        ), taken AS (
            DELETE FROM import_rows AS r USING suppressed AS s WHERE s.position = r.position
            RETURNING r.position, s.account_id
        )
        INSERT INTO import_rejections (position, code, other)
        SELECT k.position, 'deleted', concat(k.account_id, ' was deleted on ', (v.at AT TIME ZONE 'UTC')::date,
                                             ' (', t.category, '): ', v.reason)
          FROM taken AS k
          JOIN tombstones AS t ON t.kind = 'account' AND t.id = k.account_id
          JOIN revisions AS v USING (revision)
        """
    ).rowcount


def _drop_former_handles(conn: Connection) -> None:
    """Match rows by their user id alone if their source stated this handle for it before and another holds it now.

    Otherwise every import of an unchanged list would be rejected after one of its accounts was renamed.
    """
    conn.execute(
        """
        UPDATE import_rows AS r SET handle_key = ''
          FROM accounts AS holder, accounts AS own, statements AS s
         WHERE r.user_id <> '' AND r.handle_key <> ''
           AND (holder.platform, holder.handle_key) = (r.platform, r.handle_key)
           AND (own.platform, own.platform_user_id) = (r.platform, r.user_id)
           AND holder.id <> own.id
           AND (s.account_id, s.source, s.source_id) = (own.id, r.source, r.source_id)
           AND (s.statement -> 'platform_user_id', s.statement -> 'handle')
               = (r.statement -> 'platform_user_id', r.statement -> 'handle')
        """
    )


def _select_candidates(conn: Connection) -> None:
    """Create table `import_candidates`: the identities in the rows, with the accounts that have their id or handle."""
    conn.execute(
        """
        CREATE TEMP TABLE import_candidates ON COMMIT DROP AS
        WITH stated AS (
            SELECT r.platform, r.user_id, r.handle_key, min(r.position) AS position
              FROM import_rows AS r
             WHERE r.settled_id IS NULL
               AND NOT EXISTS (SELECT FROM import_former_holders AS o WHERE o.position = r.position)
             GROUP BY r.platform, r.user_id, r.handle_key
        ), tied AS (
            SELECT g.*, CASE WHEN g.user_id <> '' THEN g.user_id ELSE coalesce(t.user_id, '') END AS known_id
              FROM stated AS g
              LEFT JOIN import_handle_user_ids AS t ON (t.platform, t.handle_key) = (g.platform, g.handle_key)
        )
        SELECT t.platform, t.user_id, t.handle_key, t.position, t.known_id, own.id AS by_user_id,
               holder.id AS by_handle, holder.created_at AS held_since
          FROM tied AS t
          LEFT JOIN accounts AS own ON (own.platform, own.platform_user_id) = (t.platform, t.known_id)
          LEFT JOIN accounts AS holder ON (holder.platform, holder.handle_key) = (t.platform, t.handle_key)
        """
    )
    conn.execute("ANALYZE import_candidates")


def _choose_accounts(conn: Connection) -> None:
    """Create tables `import_entities`, the account of each identity, and `import_duplicates`, accounts that are one."""
    conn.execute(
        """
        CREATE TEMP TABLE import_entities ON COMMIT DROP AS
        SELECT e.platform, e.known_id, e.handle_key, e.found IS NULL AS is_new,
               -- The rows come sorted from the subquery, so that new ids increase in the order of the file.
               CASE WHEN e.found IS NULL THEN new_id() ELSE e.found END AS account_id
          -- With a user id the handle is no part of the identity, and several handles are one account.
          FROM (SELECT platform, known_id, CASE WHEN known_id = '' THEN handle_key ELSE '' END AS handle_key,
                       -- Accounts that share a user id are one; without one, the account that was registered first.
                       coalesce(max(by_user_id), (array_agg(by_handle ORDER BY held_since, by_handle)
                                                  FILTER (WHERE by_handle IS NOT NULL))[1]) AS found
                  FROM import_candidates
                 GROUP BY 1, 2, 3
                 ORDER BY min(position)) AS e
        """
    )
    conn.execute("ANALYZE import_entities")
    # Of two accounts that a row shows to be one, the one with the user id survives.
    conn.execute(
        """
        CREATE TEMP TABLE import_duplicates ON COMMIT DROP AS
        SELECT DISTINCT i.by_handle AS duplicate_id, e.account_id AS survivor_id
          FROM import_candidates AS i
          JOIN import_entities AS e ON (e.platform, e.known_id, e.handle_key) = (i.platform, i.known_id, '')
         WHERE i.known_id <> '' AND i.by_handle <> e.account_id
        """
    )


def _match_rows(conn: Connection) -> None:
    """Create table `import_matches`: the account of each row, and whether its source has stopped listing it."""
    conn.execute(
        """
        CREATE TEMP TABLE import_matches ON COMMIT DROP AS
        SELECT r.position, e.account_id, r.source, r.source_id, e.is_new, r.statement ? 'listed_until' AS is_ended
          FROM import_rows AS r
          JOIN import_candidates AS i USING (platform, user_id, handle_key)
          JOIN import_entities AS e
            ON (e.platform, e.known_id, e.handle_key)
               = (i.platform, i.known_id, CASE WHEN i.known_id = '' THEN i.handle_key ELSE '' END)
         WHERE NOT EXISTS (SELECT FROM import_former_holders AS o WHERE o.position = r.position)
         UNION ALL
        -- The account that held the handle before may itself be a duplicate that is merged now.
        SELECT r.position, coalesce(m.survivor_id, o.account_id), r.source, r.source_id, false,
               r.statement ? 'listed_until'
          FROM import_former_holders AS o
          JOIN import_rows AS r USING (position)
          LEFT JOIN import_duplicates AS m ON m.duplicate_id = o.account_id
         UNION ALL
        SELECT position, settled_id, source, source_id, false, false FROM import_rows WHERE settled_id IS NOT NULL
        """
    )
    conn.execute("ANALYZE import_matches")


def _resolve_former_handles(conn: Connection) -> None:
    """Create table `import_former_holders`: the account of each row whose handle was released.

    It is the account of which the row's source stated the handle before; otherwise, if no account holds the handle now,
    the one that released it last.
    """
    conn.execute(
        """
        CREATE TEMP TABLE import_former_holders ON COMMIT DROP AS
        WITH former AS MATERIALIZED (
            SELECT r.position, r.platform, r.handle_key, r.source, r.source_id, r.statement
              FROM import_rows AS r
             WHERE r.user_id = ''
               AND EXISTS (SELECT FROM handles AS h
                            WHERE (h.platform, h.handle_key) = (r.platform, r.handle_key) AND h.valid_to IS NOT NULL)
               AND NOT EXISTS (SELECT FROM import_handle_user_ids AS t
                                WHERE (t.platform, t.handle_key) = (r.platform, r.handle_key))
        ), stated_before AS (
            SELECT DISTINCT ON (f.position) f.position, s.account_id
              FROM former AS f
              JOIN statements AS s ON (s.source, s.source_id) = (f.source, f.source_id)
             WHERE s.statement ->> 'platform' = f.platform
               AND coalesce(s.statement ->> 'handle_key', s.statement ->> 'handle') = f.handle_key
             -- A source without ids may have stated the handle of several accounts: the equal statement tells which.
             ORDER BY f.position, s.statement = f.statement DESC, s.revision DESC, s.position DESC
        ), released AS (
            SELECT DISTINCT ON (f.position) f.position, q.released_by
              FROM former AS f
              JOIN handle_quarantines AS q ON (q.platform, q.handle_key) = (f.platform, f.handle_key)
             WHERE NOT EXISTS (SELECT FROM accounts AS a
                                WHERE (a.platform, a.handle_key) = (f.platform, f.handle_key))
             ORDER BY f.position, q.released_at DESC, q.released_by
        )
        SELECT position, account_id FROM stated_before
         UNION ALL
        SELECT r.position, r.released_by
          FROM released AS r
          JOIN accounts AS a ON a.id = r.released_by
         WHERE NOT EXISTS (SELECT FROM stated_before AS s WHERE s.position = r.position)
        """
    )
    conn.execute("ANALYZE import_former_holders")


def merge_duplicates(conn: Connection) -> None:
    """Move what is known of duplicate accounts to the accounts that survive them, and leave tombstones."""
    conn.execute(
        """
        INSERT INTO statements AS own (account_id, source, source_id, statement, department_id, revision, position,
                                       key_revisions, listed_from, listed_until)
        SELECT DISTINCT ON (m.survivor_id, s.source, s.source_id)
               m.survivor_id, s.source, s.source_id, s.statement, s.department_id, s.revision, s.position,
               s.key_revisions, s.listed_from, s.listed_until
          FROM import_duplicates AS m
          JOIN statements AS s ON s.account_id = m.duplicate_id
         -- Of several statements of one source the latest that the source still makes.
         ORDER BY m.survivor_id, s.source, s.source_id, s.listed_until IS NULL DESC, s.revision DESC, s.position DESC
        ON CONFLICT (account_id, source, source_id) DO UPDATE
           SET (statement, department_id, revision, position, key_revisions, listed_from, listed_until, row_digest)
             = (excluded.statement, excluded.department_id, excluded.revision, excluded.position,
                excluded.key_revisions, excluded.listed_from, excluded.listed_until, NULL)
         WHERE (excluded.listed_until IS NULL, excluded.revision, excluded.position)
               > (own.listed_until IS NULL, own.revision, own.position)
        """
    )
    move_observations(conn)
    inherit_decisions(conn)
    conn.execute(
        """
        -- An account cannot be its own successor, which it would be if its duplicate had replaced it.
        UPDATE accounts AS a SET replaced_by = nullif(m.survivor_id, a.id)
          FROM import_duplicates AS m
         WHERE a.replaced_by = m.duplicate_id
        """
    )
    conn.execute(
        """
        -- Former ids redirect to the account that is left in one step.
        UPDATE tombstones AS t SET successor_id = m.survivor_id
          FROM import_duplicates AS m
         WHERE t.kind = 'account' AND t.successor_id = m.duplicate_id
        """
    )
    # Before the DELETE, whose triggers would release the handles.
    inherit_handles(conn)
    conn.execute(
        """
        INSERT INTO tombstones (kind, id, successor_id, revision)
        SELECT 'account', duplicate_id, survivor_id, current_revision() FROM import_duplicates
        """
    )
    conn.execute("DELETE FROM accounts AS a USING import_duplicates AS m WHERE a.id = m.duplicate_id")


def _adopt_source_ids(conn: Connection) -> None:
    """Take rows without an id of the source's own for the only statement of that source about the account.

    Ids that other rows of the import state are not theirs.
    """
    conn.execute(
        """
        WITH without_id AS MATERIALIZED (
            SELECT p.position, p.account_id, p.source
              FROM import_matches AS p
              JOIN import_rows AS r USING (position)
             WHERE p.source_id = '' AND NOT coalesce('source_id' = ANY (r.cleared), false)
        ), only_one AS (
            SELECT s.account_id, s.source, min(s.source_id) AS source_id
              FROM (SELECT DISTINCT account_id, source FROM without_id) AS n
              JOIN statements AS s USING (account_id, source)
             WHERE NOT EXISTS (SELECT FROM import_matches AS o
                                WHERE (o.account_id, o.source, o.source_id) = (s.account_id, s.source, s.source_id)
                                  AND o.source_id <> '')
             GROUP BY 1, 2
            HAVING count(*) = 1 AND min(s.source_id) <> ''
        )
        UPDATE import_matches AS p SET source_id = s.source_id
          FROM without_id AS n
          JOIN only_one AS s USING (account_id, source)
         WHERE p.position = n.position
        """
    )


def _have_source_ids(conn: Connection) -> bool:
    """Whether sources of rows that have no id of the source's own stated such ids before."""
    row = conn.execute(
        """
        SELECT EXISTS (SELECT FROM (SELECT DISTINCT source FROM import_rows WHERE source_id = '') AS r
                        WHERE EXISTS (SELECT FROM statements AS s WHERE s.source = r.source AND s.source_id > ''))
        """
    ).fetchone()
    return bool(row and row[0])


def inherit_handles(conn: Connection) -> None:
    """Move the handles of duplicate accounts, and the handles they were cleared for, to the surviving accounts."""
    conn.execute(
        """
        UPDATE handles AS h SET account_id = m.survivor_id
          FROM import_duplicates AS m
         WHERE h.account_id = m.duplicate_id
        """
    )
    conn.execute(
        """
        UPDATE quarantine_exemptions AS c SET account_id = m.survivor_id
          FROM import_duplicates AS m
         WHERE c.account_id = m.duplicate_id
        """
    )


def end_inherited_handles(conn: Connection) -> None:
    """End inherited handles that the surviving accounts do not hold any more, and join adjacent intervals."""
    conn.execute(
        """
        UPDATE handles AS h SET (valid_to, released_in) = (r.at, r.revision)
          FROM import_duplicates AS m, accounts AS a, revisions AS r
         WHERE h.account_id = m.survivor_id AND h.valid_to IS NULL AND a.id = m.survivor_id
           AND h.handle_key IS DISTINCT FROM a.handle_key AND r.revision = current_revision()
        """
    )
    conn.execute("SELECT coalesce_handle_intervals(ARRAY(SELECT DISTINCT survivor_id FROM import_duplicates))")
