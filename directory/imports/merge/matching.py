"""Which account each staged row is about: by user id where it is known, else by handle.

A row with a handle alone is about the account whose user id another row of the import ties to that
handle, else about the account that holds the handle. Where the handle changed hands since, a row that
its source stated before is still about the account that it was about then; where nobody holds it now,
a row is about the account that released it last, until an operator clears the handle.
"""

from psycopg import Connection

from directory.imports.merge.handles import inherit_handles


def reject_contradictions(conn: Connection) -> int:
    """Move rows of deleted accounts, or with a handle tied to another user id, out of staging; return how many."""
    suppressed = _reject_suppressed(conn)
    _set_history_aside(conn)
    taken = conn.execute(
        """
        WITH taken AS (
            DELETE FROM import_rows AS r
             USING accounts AS holder
             WHERE r.user_id <> '' AND r.handle_key <> ''
               AND (holder.platform, holder.handle_key) = (r.platform, r.handle_key)
               AND (holder.platform_user_id <> r.user_id
                    -- Whoever took up what this user id gave up is somebody else, though his own id is not known.
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
        CREATE TEMP TABLE import_ties ON COMMIT DROP AS
        SELECT DISTINCT ON (platform, handle_key) platform, handle_key, user_id, position
          FROM import_rows
         WHERE user_id <> '' AND handle_key <> ''
         ORDER BY platform, handle_key, position
        """
    )
    contradicted = conn.execute(
        """
        WITH contradicted AS (
            DELETE FROM import_rows AS r
             USING import_ties AS t
             WHERE (t.platform, t.handle_key) = (r.platform, r.handle_key)
               AND r.user_id <> '' AND r.user_id <> t.user_id
            RETURNING r.position, t.user_id
        )
        INSERT INTO import_rejections (position, code, other)
        SELECT position, 'handle-of-two', user_id FROM contradicted
        """
    )
    conn.execute("ANALYZE import_ties")
    return suppressed + taken.rowcount + contradicted.rowcount


def _reject_suppressed(conn: Connection) -> int:
    """Move rows about accounts that were deleted for good out of staging, and return how many there were.

    By the user id or, where one of the two has none, by the handle, unless somebody holds that by now.
    """
    if conn.execute("SELECT EXISTS (SELECT FROM suppressions)").fetchone() != (True,):
        return 0
    return conn.execute(
        """
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


def _set_history_aside(conn: Connection) -> None:
    """Let rows with a handle that another account holds by now be about their user id alone, if that is nothing new."""
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


def resolve_identities(conn: Connection) -> None:
    """Find the account of each row, or choose the id of a new one, as tables `import_entities` and `import_placed`."""
    _resolve_former_handles(conn)
    conn.execute(
        """
        CREATE TEMP TABLE import_identities ON COMMIT DROP AS
        WITH given AS (
            SELECT r.platform, r.user_id, r.handle_key, min(r.position) AS position
              FROM import_rows AS r
             WHERE NOT EXISTS (SELECT FROM import_overrides AS o WHERE o.position = r.position)
             GROUP BY r.platform, r.user_id, r.handle_key
        ), tied AS (
            SELECT g.*, CASE WHEN g.user_id <> '' THEN g.user_id ELSE coalesce(t.user_id, '') END AS known_id
              FROM given AS g
              LEFT JOIN import_ties AS t ON (t.platform, t.handle_key) = (g.platform, g.handle_key)
        )
        SELECT t.platform, t.user_id, t.handle_key, t.position, t.known_id, own.id AS by_user_id,
               holder.id AS by_handle, holder.created_at AS held_since
          FROM tied AS t
          LEFT JOIN accounts AS own ON (own.platform, own.platform_user_id) = (t.platform, t.known_id)
          LEFT JOIN accounts AS holder ON (holder.platform, holder.handle_key) = (t.platform, t.handle_key)
        """
    )
    conn.execute("ANALYZE import_identities")
    conn.execute(
        """
        CREATE TEMP TABLE import_entities ON COMMIT DROP AS
        SELECT e.platform, e.known_id, e.handle_key, e.found IS NULL AS is_new,
               CASE WHEN e.found IS NULL THEN new_id() ELSE e.found END AS account_id
          FROM (SELECT platform, known_id, CASE WHEN known_id = '' THEN handle_key ELSE '' END AS handle_key,
                       coalesce(max(by_user_id), (array_agg(by_handle ORDER BY held_since, by_handle)
                                                  FILTER (WHERE by_handle IS NOT NULL))[1]) AS found
                  FROM import_identities
                 GROUP BY 1, 2, 3
                 ORDER BY min(position)) AS e
        """
    )
    conn.execute("ANALYZE import_entities")
    _place_rows(conn)


def _place_rows(conn: Connection) -> None:
    """Say of each row which account it is about, and which accounts the rows show to be one."""
    # Of two accounts that a row shows to be one, the one with the user id stays.
    conn.execute(
        """
        CREATE TEMP TABLE import_merges ON COMMIT DROP AS
        SELECT DISTINCT i.by_handle AS loser_id, e.account_id AS successor_id
          FROM import_identities AS i
          JOIN import_entities AS e ON (e.platform, e.known_id, e.handle_key) = (i.platform, i.known_id, '')
         WHERE i.known_id <> '' AND i.by_handle <> e.account_id
        """
    )
    conn.execute(
        """
        CREATE TEMP TABLE import_placed ON COMMIT DROP AS
        SELECT r.position, e.account_id, r.source, r.source_id, e.is_new
          FROM import_rows AS r
          JOIN import_identities AS i USING (platform, user_id, handle_key)
          JOIN import_entities AS e
            ON (e.platform, e.known_id, e.handle_key)
               = (i.platform, i.known_id, CASE WHEN i.known_id = '' THEN i.handle_key ELSE '' END)
         WHERE NOT EXISTS (SELECT FROM import_overrides AS o WHERE o.position = r.position)
         UNION ALL
        SELECT r.position, coalesce(m.successor_id, o.account_id), r.source, r.source_id, false
          FROM import_overrides AS o
          JOIN import_rows AS r USING (position)
          LEFT JOIN import_merges AS m ON m.loser_id = o.account_id
        """
    )
    conn.execute("ANALYZE import_placed")


def _resolve_former_handles(conn: Connection) -> None:
    """Find rows with a handle that was released, and the account that is still there of which they speak.

    It is the one of which their source stated it before; else, if nobody holds the handle, the one that released it.
    """
    conn.execute(
        """
        CREATE TEMP TABLE import_overrides ON COMMIT DROP AS
        WITH former AS MATERIALIZED (
            SELECT r.position, r.platform, r.handle_key, r.source, r.source_id, r.statement
              FROM import_rows AS r
             WHERE r.user_id = ''
               AND EXISTS (SELECT FROM handles AS h
                            WHERE (h.platform, h.handle_key) = (r.platform, r.handle_key) AND h.valid_to IS NOT NULL)
               AND NOT EXISTS (SELECT FROM import_ties AS t
                                WHERE (t.platform, t.handle_key) = (r.platform, r.handle_key))
        ), said AS (
            SELECT DISTINCT ON (f.position) f.position, s.account_id
              FROM former AS f
              JOIN statements AS s ON (s.source, s.source_id) = (f.source, f.source_id)
             WHERE s.statement ->> 'platform' = f.platform
               AND coalesce(s.statement ->> 'handle_key', s.statement ->> 'handle') = f.handle_key
             ORDER BY f.position, s.statement = f.statement DESC, s.revision DESC, s.position DESC
        ), released AS (
            SELECT DISTINCT ON (f.position) f.position, q.released_by
              FROM former AS f
              JOIN handle_quarantines AS q ON (q.platform, q.handle_key) = (f.platform, f.handle_key)
             WHERE NOT EXISTS (SELECT FROM accounts AS a
                                WHERE (a.platform, a.handle_key) = (f.platform, f.handle_key))
             ORDER BY f.position, q.released_at DESC, q.released_by
        )
        SELECT position, account_id FROM said
         UNION ALL
        SELECT r.position, r.released_by
          FROM released AS r
          JOIN accounts AS a ON a.id = r.released_by
         WHERE NOT EXISTS (SELECT FROM said WHERE said.position = r.position)
        """
    )
    conn.execute("ANALYZE import_overrides")


def count_merges(conn: Connection) -> int:
    """Count the accounts that turn out to be another one."""
    row = conn.execute("SELECT count(*) FROM import_merges").fetchone()
    return int(row[0]) if row else 0


def merge_accounts(conn: Connection) -> None:
    """Give what is known of accounts that turned out to be another one to their successors, and leave tombstones."""
    conn.execute(
        """
        INSERT INTO statements AS own (account_id, source, source_id, statement, department_id, revision, position,
                                       key_revisions, listed_from, listed_until)
        SELECT DISTINCT ON (m.successor_id, s.source, s.source_id)
               m.successor_id, s.source, s.source_id, s.statement, s.department_id, s.revision, s.position,
               s.key_revisions, s.listed_from, s.listed_until
          FROM import_merges AS m
          JOIN statements AS s ON s.account_id = m.loser_id
         ORDER BY m.successor_id, s.source, s.source_id, s.listed_until IS NULL DESC, s.revision DESC, s.position DESC
        ON CONFLICT (account_id, source, source_id) DO UPDATE
           SET (statement, department_id, revision, position, key_revisions, listed_from, listed_until)
             = (excluded.statement, excluded.department_id, excluded.revision, excluded.position,
                excluded.key_revisions, excluded.listed_from, excluded.listed_until)
         WHERE (excluded.listed_until IS NULL, excluded.revision, excluded.position)
               > (own.listed_until IS NULL, own.revision, own.position)
        """
    )
    conn.execute(
        """
        INSERT INTO observations (account_id, observed_at, source, followers, posts, last_post_at)
        SELECT m.successor_id, o.observed_at, o.source, o.followers, o.posts, o.last_post_at
          FROM import_merges AS m
          JOIN observations AS o ON o.account_id = m.loser_id
        ON CONFLICT (account_id, observed_at, source) DO NOTHING
        """
    )
    conn.execute(
        """
        UPDATE accounts AS a SET replaced_by = nullif(m.successor_id, a.id)
          FROM import_merges AS m
         WHERE a.replaced_by = m.loser_id
        """
    )
    conn.execute(
        """
        UPDATE tombstones AS t SET successor_id = m.successor_id
          FROM import_merges AS m
         WHERE t.kind = 'account' AND t.successor_id = m.loser_id
        """
    )
    inherit_handles(conn)
    conn.execute(
        """
        INSERT INTO tombstones (kind, id, successor_id, revision)
        SELECT 'account', loser_id, successor_id, current_revision() FROM import_merges
        """
    )
    conn.execute("DELETE FROM accounts AS a USING import_merges AS m WHERE a.id = m.loser_id")
