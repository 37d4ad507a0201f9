"""What is claimed of each account that something new is known of: all its statements, laid over each other.

An account keeps its handle until there is news of it: a source that states another one for its user id, for the
first time. What a source has stated all along is history where it differs, and a statement without a user id can
confirm a handle but not change it: so no stale list takes back what was released.
"""

from psycopg import Connection


def gather_claims(conn: Connection) -> None:
    """Gather all that is said, and the latest that was observed, of each account concerned."""
    conn.execute(
        """
        CREATE TEMP TABLE import_affected ON COMMIT DROP AS
        SELECT account_id FROM import_statements WHERE NOT is_new
         UNION
        SELECT account_id FROM import_observations
         UNION
        SELECT successor_id FROM import_merges
         UNION
        SELECT w.account_id FROM import_withdrawn AS w
         WHERE NOT EXISTS (SELECT FROM import_dropped AS d WHERE d.account_id = w.account_id AND NOT d.is_listed)
        """
    )
    conn.execute("ANALYZE import_affected")
    conn.execute(
        """
        CREATE TEMP TABLE import_claims ON COMMIT DROP AS
        SELECT s.account_id, s.source,
               CASE WHEN s.is_new OR NOT s.statement ? 'handle' OR s.is_readdressed AND (
                         s.statement ? 'platform_user_id'
                         OR coalesce(s.statement ->> 'handle_key', s.statement ->> 'handle') = a.handle_key)
                    THEN s.statement ELSE s.statement - '{handle,handle_key,url}'::text[] END AS statement,
               coalesce(h.department_id, s.department_id) AS department_id, NULL::bigint AS revision, s.position,
               s.key_revisions
          FROM import_statements AS s
          LEFT JOIN import_homes AS h USING (department_key, region, department_type)
          LEFT JOIN accounts AS a ON a.id = s.account_id
         UNION ALL
        SELECT s.account_id, s.source,
               CASE WHEN s.statement ? 'handle' THEN s.statement - '{handle,handle_key,url}'::text[]
                    ELSE s.statement END,
               s.department_id, s.revision, s.position, s.key_revisions
          FROM import_affected
          JOIN statements AS s USING (account_id)
          LEFT JOIN import_statements AS n USING (account_id, source, source_id)
         WHERE n.account_id IS NULL AND s.listed_until IS NULL
        """
    )
    _part_claims(conn)
    conn.execute("ANALYZE import_claims (account_id, source, position)")
    _gather_observed(conn)


def _part_claims(conn: Connection) -> None:
    """Make claims of their own of fields that were stated earlier than the rest, where others claim too."""
    conn.execute(
        """
        WITH parted AS (
            DELETE FROM import_claims
             WHERE key_revisions IS NOT NULL
               AND account_id IN (SELECT account_id FROM import_claims GROUP BY account_id HAVING count(*) > 1)
            RETURNING *
        )
        INSERT INTO import_claims (account_id, source, statement, department_id, revision, position)
        SELECT p.account_id, p.source, jsonb_object_agg(f.key, f.value),
               CASE WHEN bool_or(f.key = 'department') THEN p.department_id END,
               coalesce((p.key_revisions -> f.key ->> 0)::bigint, p.revision) AS stated_in,
               coalesce((p.key_revisions -> f.key ->> 1)::bigint, p.position) AS stated_at
          FROM parted AS p, jsonb_each(p.statement) AS f
         GROUP BY p.account_id, p.source, p.department_id, p.revision, p.position, stated_in, stated_at
        """
    )


def _gather_observed(conn: Connection) -> None:
    """Gather the latest that was observed of each account concerned."""
    conn.execute(
        """
        CREATE TEMP TABLE import_latest ON COMMIT DROP AS
        WITH seen AS (
            SELECT n.account_id, coalesce(n.observed_at, r.at) AS observed_at, n.source, n.followers, n.last_post_at
              FROM import_observations AS n
             CROSS JOIN revisions AS r
             WHERE r.revision = current_revision()
             UNION ALL
            SELECT o.account_id, o.observed_at, o.source, o.followers, o.last_post_at
              FROM import_affected
              JOIN observations AS o USING (account_id)
              LEFT JOIN import_observations AS n USING (account_id, observed_at, source)
             WHERE n.account_id IS NULL
        ), counted AS (
            SELECT DISTINCT ON (account_id) account_id, followers, observed_at
              FROM seen
             WHERE followers IS NOT NULL
             ORDER BY account_id, observed_at DESC, source DESC
        ), posted AS (
            SELECT account_id, max(last_post_at) AS last_post_at FROM seen WHERE last_post_at IS NOT NULL GROUP BY 1
        )
        SELECT account_id, c.followers, c.observed_at AS followers_at, p.last_post_at
          FROM counted AS c
          FULL JOIN posted AS p USING (account_id)
        """
    )
    conn.execute("ANALYZE import_latest")


def overlay_claims(conn: Connection) -> None:
    """Make one of all claims where there are several: the later wins field by field (NULL, this revision, is latest).

    The address is one field: handle and URL come from the same statement, if need be from one that knows the user
    id. No name and no tag is lost.
    """
    conn.execute(
        """
        CREATE TEMP TABLE import_overlaid ON COMMIT DROP AS
        WITH several AS MATERIALIZED (
            SELECT account_id FROM import_claims GROUP BY account_id HAVING count(*) > 1
        ), claim AS MATERIALIZED (
            SELECT c.account_id, c.source, c.department_id, c.position, c.statement
                   || CASE WHEN c.statement ? 'handle'
                      THEN jsonb_build_object('handle_key',
                                              coalesce(c.statement -> 'handle_key', c.statement -> 'handle'))
                      ELSE '{}' END
                   || CASE WHEN c.statement ? 'name'
                      THEN jsonb_build_object('name_key', coalesce(c.statement -> 'name_key', c.statement -> 'name'))
                      ELSE '{}' END AS statement,
                   row_number() OVER (PARTITION BY account_id ORDER BY c.revision, c.position) AS place
              FROM several
              JOIN import_claims AS c USING (account_id)
        ), field AS MATERIALIZED (
            SELECT c.account_id, jsonb_object_agg(f.key, f.value ORDER BY
                       f.key NOT IN ('handle', 'handle_key', 'url') OR c.statement ? 'handle',
                       f.key NOT IN ('handle', 'handle_key', 'url') OR c.statement ? 'platform_user_id',
                       c.place) AS said
              FROM claim AS c, jsonb_each(c.statement) AS f
             GROUP BY c.account_id
        ), called AS (
            -- Every name displayed or listed, once a folded form, with its language where any statement knows it.
            SELECT DISTINCT ON (c.account_id, n.key) c.account_id, n.name, n.language, n.key
              FROM claim AS c, LATERAL (
                   SELECT c.statement ->> 'name', NULL, c.statement ->> 'name_key'
                    UNION ALL
                   SELECT n ->> 'name', n ->> 'language', n ->> 'key'
                     FROM jsonb_array_elements(c.statement -> 'names') AS n) AS n (name, language, key)
             WHERE n.name IS NOT NULL
             ORDER BY c.account_id, n.key, n.language IS NULL, n.language COLLATE "C", n.name COLLATE "C"
        ), other AS (
            SELECT account_id, jsonb_agg(jsonb_build_object('name', name, 'language', language, 'key', key)
                                         ORDER BY language COLLATE "C", name COLLATE "C") AS names
              FROM called
              JOIN field USING (account_id)
             WHERE key <> coalesce(said ->> 'name_key', '')
             GROUP BY account_id
        ), tagged AS (
            SELECT c.account_id, array_agg(DISTINCT t.tag COLLATE "C" ORDER BY t.tag COLLATE "C") AS tags
              FROM claim AS c, jsonb_array_elements_text(c.statement -> 'tags') AS t (tag)
             GROUP BY c.account_id
        ), behind AS (
            SELECT account_id, array_agg(DISTINCT source ORDER BY source) AS sources, max(position) AS position,
                   (array_agg(department_id ORDER BY place DESC) FILTER (WHERE department_id IS NOT NULL))[1]
                       AS department_id
              FROM claim
             GROUP BY account_id
        )
        SELECT account_id, f.said, o.names, coalesce(t.tags, '{}') AS tags, b.sources, b.department_id, b.position
          FROM field AS f
          JOIN behind AS b USING (account_id)
          LEFT JOIN other AS o USING (account_id)
          LEFT JOIN tagged AS t USING (account_id)
        """
    )
    conn.execute("ANALYZE import_overlaid (account_id)")
