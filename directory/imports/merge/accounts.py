"""The accounts themselves: what all their statements together say, written where it differs."""

from dataclasses import dataclass

from psycopg import Connection

from directory.imports.merge.source_values import gather_claims, overlay_claims


@dataclass(frozen=True, slots=True)
class Written:
    """How many accounts were created, updated and renamed (a rename is also an update)."""

    created: int
    updated: int
    renamed: int


def compose_accounts(conn: Connection) -> None:
    """Overlay all statements of each account that something new is known of, as table `import_desired`."""
    gather_claims(conn)
    overlay_claims(conn)
    conn.execute(
        """
        CREATE TEMP TABLE import_desired ON COMMIT DROP AS
        WITH composed AS (
            SELECT account_id, said, names, tags, sources, department_id, position FROM import_overlaid
             UNION ALL
            SELECT c.account_id, c.statement, c.statement -> 'names',
                   ARRAY(SELECT jsonb_array_elements_text(c.statement -> 'tags')), ARRAY[c.source],
                   c.department_id, c.position
              FROM import_claims AS c
             WHERE NOT EXISTS (SELECT FROM import_overlaid AS o WHERE o.account_id = c.account_id)
        )
        SELECT c.account_id AS id, c.position, a.id IS NULL AS is_new, c.said ->> 'platform' AS platform,
               coalesce(c.said ->> 'platform_user_id', a.platform_user_id) AS platform_user_id,
               coalesce(c.said ->> 'handle', a.handle) AS handle,
               coalesce(c.said ->> 'handle_key', c.said ->> 'handle', a.handle_key) AS handle_key,
               CASE WHEN c.said ? 'handle' THEN c.said ->> 'url'
                    WHEN a.handle IS NOT NULL THEN a.url
                    ELSE coalesce(c.said ->> 'url', a.url) END AS url, c.said ->> 'name' AS name,
               coalesce(c.said ->> 'name_key', c.said ->> 'name') AS name_key,
               CASE WHEN c.names IS NULL THEN '[]'::jsonb ELSE (
                   SELECT jsonb_agg(jsonb_build_object('name', n -> 'name', 'language', n -> 'language') ORDER BY place)
                     FROM jsonb_array_elements(c.names) WITH ORDINALITY AS each_name (n, place)) END AS names,
               array_remove(coalesce(c.said ->> 'name_key', c.said ->> 'name') || CASE WHEN c.names IS NULL THEN '{}'
                   ELSE ARRAY(SELECT n ->> 'key' FROM jsonb_array_elements(c.names) AS n) END, NULL) AS name_keys,
               c.said ->> 'description' AS description, c.department_id,
               -- The type of a department is its own; this is that of a body that is not named.
               CASE WHEN c.department_id IS NULL THEN c.said ->> 'department_type' END AS department_type,
               c.said ->> 'region' AS region_code,
               coalesce(c.said ->> 'subject', 'body') AS subject, coalesce(c.said ->> 'status', 'unknown') AS status,
               CASE WHEN a.verification IN ('platform', 'registry') THEN a.verification ELSE 'source' END
                   AS verification,
               l.followers, l.followers_at, l.last_post_at,
               -- Two sources that contradict each other: the opening is the older fact and the less certain one.
               CASE WHEN (c.said ->> 'opened_on') <= coalesce(c.said ->> 'closed_on', c.said ->> 'opened_on')
                    THEN (c.said ->> 'opened_on')::date END AS opened_on,
               (c.said ->> 'closed_on')::date AS closed_on, c.said ->> 'language' AS language, c.tags, c.sources
          FROM composed AS c
          LEFT JOIN import_latest AS l USING (account_id)
          LEFT JOIN accounts AS a ON a.id = c.account_id
        """
    )
    conn.execute("ANALYZE import_desired (id, is_new, platform, platform_user_id, handle_key)")
    _keep_disputed_handles(conn)


def _keep_disputed_handles(conn: Connection) -> None:
    """Let accounts keep their handle where a statement would give them one that another has now."""
    conn.execute(
        """
        WITH renamed AS MATERIALIZED (
            SELECT d.id, d.platform, d.handle_key, a.handle AS old_handle, a.handle_key AS old_key, a.url AS old_url
              FROM import_desired AS d
              JOIN accounts AS a USING (id)
             WHERE NOT d.is_new AND d.handle_key <> coalesce(a.handle_key, '')
        ), disputed AS (
            SELECT r.id
              FROM renamed AS r
              JOIN accounts AS o ON (o.platform, o.handle_key) = (r.platform, r.handle_key) AND o.id <> r.id
             UNION
            SELECT r.id
              FROM renamed AS r
              JOIN import_desired AS o ON (o.platform, o.handle_key) = (r.platform, r.handle_key)
                                      AND (o.is_new, o.id) > (false, r.id)
        )
        UPDATE import_desired AS d SET (handle, handle_key, url) = (r.old_handle, r.old_key, r.old_url)
          FROM disputed
          JOIN renamed AS r USING (id)
         WHERE d.id = r.id
        """
    )


def write_accounts(conn: Connection) -> Written:
    """Write the accounts of `import_desired` that are new or differ from what is kept."""
    renamed = conn.execute(
        """
        SELECT count(*) FROM import_desired AS d JOIN accounts AS a USING (id)
         WHERE d.handle_key <> a.handle_key
        """
    ).fetchone()
    updated = conn.execute(
        """
        UPDATE accounts AS a
           SET (platform_user_id, handle, handle_key, url, name, name_key, names, name_keys, description,
                department_id, department_type, region_code, subject, status, verification, followers, followers_at,
                last_post_at, opened_on, closed_on, language, tags, sources, withdrawn_by, listed_from, listed_until)
             = (d.platform_user_id, d.handle, d.handle_key, d.url, d.name, d.name_key, d.names, d.name_keys,
                d.description, d.department_id, d.department_type, d.region_code, d.subject, d.status, d.verification,
                d.followers, d.followers_at, d.last_post_at, d.opened_on, d.closed_on, d.language, d.tags, d.sources,
                NULL, NULL, NULL)
          FROM import_desired AS d
         WHERE d.id = a.id
           AND (a.platform_user_id, a.handle, a.url, a.name, a.names, a.name_keys, a.description,
                a.department_id, CASE WHEN d.department_id IS NULL THEN a.department_type END, a.region_code,
                a.subject, a.status, a.verification, a.followers, a.followers_at,
                a.last_post_at, a.opened_on, a.closed_on, a.language, a.tags, a.sources, a.withdrawn_by)
               IS DISTINCT FROM
               (d.platform_user_id, d.handle, d.url, d.name, d.names, d.name_keys, d.description,
                d.department_id, d.department_type, d.region_code, d.subject, d.status, d.verification,
                d.followers, d.followers_at, d.last_post_at, d.opened_on, d.closed_on, d.language, d.tags, d.sources,
                NULL::text)
        """
    )
    created = conn.execute(
        """
        INSERT INTO accounts (id, platform, platform_user_id, handle, handle_key, url, name, name_key, names, name_keys,
                              description, department_id, department_type, region_code, subject, status, verification,
                              followers, followers_at, last_post_at, opened_on, closed_on, language, tags, sources)
        SELECT id, platform, platform_user_id, handle, handle_key, url, name, name_key, names, name_keys,
               description, department_id, department_type, region_code, subject, status, verification, followers,
               followers_at, last_post_at, opened_on, closed_on, language, tags, sources
          FROM import_desired
         WHERE is_new
         ORDER BY position
        """
    )
    return Written(created.rowcount, updated.rowcount, int(renamed[0]) if renamed else 0)


def count_accounts(conn: Connection) -> int:
    """Count the accounts that the rows are about."""
    row = conn.execute("SELECT count(DISTINCT account_id) FROM import_placed").fetchone()
    return int(row[0]) if row else 0
