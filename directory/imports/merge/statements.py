"""What each source says of each account: what of it is new, and what was observed."""

from psycopg import Connection

from directory.imports.merge.duplicate_rows import unite_rows
from directory.imports.merge.partial_rows import complete_statements


def select_changes(conn: Connection) -> tuple[int, int]:
    """Find new and changed statements and observations; give the number of each.

    The tables `import_statements` and `import_observations` hold them. Rows of one source and source id
    about one account are one statement: the later row wins, field by field. What rows leave unsaid is
    completed by what their source said before. `is_readdressed` tells whether its source states this handle and
    user id for the first time.
    """
    unite_rows(conn)
    conn.execute(
        """
        CREATE TEMP TABLE import_differing ON COMMIT DROP AS
        WITH one AS (
            SELECT p.account_id, p.source, p.source_id, p.is_new, r.position, r.statement,
                   r.department_key, r.region, r.department_type, r.cleared
              FROM import_placed AS p
              JOIN import_rows AS r USING (position)
             WHERE NOT EXISTS (SELECT FROM import_united AS m
                                WHERE (m.account_id, m.source, m.source_id) = (p.account_id, p.source, p.source_id))
        ), given AS (
            SELECT * FROM one
             UNION ALL
            SELECT s.account_id, s.source, s.source_id, s.is_new, s.position, s.statement,
                   r.department_key, coalesce(s.statement ->> 'region', ''), r.department_type, s.cleared
              FROM import_united AS s
              JOIN import_rows AS r ON r.position = s.governed_by
        )
        SELECT g.*, (s.statement -> 'handle', s.statement -> 'platform_user_id')
                    IS DISTINCT FROM (g.statement -> 'handle', g.statement -> 'platform_user_id') AS is_readdressed,
               s.statement AS earlier, s.department_id, s.key_revisions, s.revision, s.position AS earlier_position,
               s.listed_until IS NOT NULL AS is_listed_again
          FROM given AS g
          LEFT JOIN statements AS s USING (account_id, source, source_id)
         WHERE s.statement IS NULL OR s.statement <> g.statement OR s.listed_until IS NOT NULL
        """
    )
    complete_statements(conn)
    conn.execute(
        "ANALYZE import_statements (account_id, source, source_id, position, department_key, region, department_type)"
    )
    return _count_statements(conn), _select_observations(conn)


def _count_statements(conn: Connection) -> int:
    row = conn.execute("SELECT count(*) FROM import_statements").fetchone()
    return int(row[0]) if row else 0


def _select_observations(conn: Connection) -> int:
    """Find what was observed and is not kept yet; a time that is not stated is that of the revision, NULL here."""
    made = conn.execute(
        """
        CREATE TEMP TABLE import_observations ON COMMIT DROP AS
        WITH given AS (
            SELECT p.account_id, (r.statement ->> 'followers_at')::timestamptz AS observed_at, p.source,
                   (r.statement ->> 'followers')::bigint AS followers, (r.statement ->> 'posts')::bigint AS posts,
                   (r.statement ->> 'last_post_at')::timestamptz AS last_post_at, p.source_id, r.position
              FROM import_placed AS p
              JOIN import_rows AS r USING (position)
             WHERE r.statement ?| ARRAY['followers', 'posts', 'last_post_at']
        ), seen AS (
            -- Of several rows about one time the last, before it is compared: else they would take turns.
            SELECT DISTINCT ON (account_id, observed_at, source) *
              FROM given
             ORDER BY account_id, observed_at, source, position DESC
        )
        SELECT seen.*
          FROM seen
          LEFT JOIN observations AS o
            ON (o.account_id, o.observed_at, o.source) = (seen.account_id, seen.observed_at, seen.source)
         WHERE CASE WHEN seen.observed_at IS NULL
                    -- Not stated when: it is news only with the statement that it stands in.
                    THEN EXISTS (SELECT FROM import_statements AS s
                                  WHERE (s.account_id, s.source, s.source_id)
                                        = (seen.account_id, seen.source, seen.source_id))
                    ELSE o.account_id IS NULL OR (o.followers, o.posts, o.last_post_at)
                         IS DISTINCT FROM (seen.followers, seen.posts, seen.last_post_at) END
        """
    )
    conn.execute("ANALYZE import_observations")
    return made.rowcount


def select_new_sources(conn: Connection) -> list[str]:
    """Return the ids of sources that changed rows come from and the registry has not, in order."""
    rows = conn.execute(
        """
        SELECT source
          FROM (SELECT source FROM import_statements UNION SELECT source FROM import_observations) AS given
         WHERE NOT EXISTS (SELECT FROM sources AS s WHERE s.id = given.source)
         ORDER BY source
        """
    )
    return [source for (source,) in rows]


def merge_statements(conn: Connection) -> None:
    """Write new and changed statements, when their accounts and departments are there."""
    conn.execute(
        """
        INSERT INTO statements AS own
               (account_id, source, source_id, statement, department_id, revision, position, key_revisions, listed_from)
        SELECT s.account_id, s.source, s.source_id, s.statement, coalesce(h.department_id, s.department_id),
               current_revision(), s.position, s.key_revisions, current_revision()
          FROM import_statements AS s
          LEFT JOIN import_homes AS h USING (department_key, region, department_type)
         ORDER BY s.position
        ON CONFLICT (account_id, source, source_id) DO UPDATE
           SET (statement, department_id, revision, position, key_revisions, listed_from, listed_until)
             = (excluded.statement, excluded.department_id, excluded.revision, excluded.position,
                excluded.key_revisions,
                CASE WHEN own.listed_until IS NULL THEN own.listed_from ELSE excluded.listed_from END, NULL)
        """
    )


def merge_observations(conn: Connection) -> None:
    """Write new and changed observations, when their accounts are there."""
    conn.execute(
        """
        INSERT INTO observations (account_id, observed_at, source, followers, posts, last_post_at)
        SELECT o.account_id, coalesce(o.observed_at, r.at), o.source, o.followers, o.posts, o.last_post_at
          FROM import_observations AS o
         CROSS JOIN revisions AS r
         WHERE r.revision = current_revision()
         ORDER BY o.position
        ON CONFLICT (account_id, observed_at, source) DO UPDATE
           SET (followers, posts, last_post_at) = (excluded.followers, excluded.posts, excluded.last_post_at)
        """
    )
