"""Accounts: what all statements about an account say together, written where it differs from the registry.

An account keeps its handle until there is news of it: a source that states another one for its user id for the first
time. What a source has stated all along is history where it differs, and a statement without a user id can confirm a
handle but not change it, so no stale list takes back what was released.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from psycopg import Connection
from psycopg.rows import args_row, class_row

from directory.imports.merge.decisions import apply_decisions
from directory.imports.merge.probes import apply_probes
from directory.search.queries import Pending


class AccountCounts(NamedTuple):
    """How many accounts were created, updated and renamed (a rename is also an update)."""

    created: int
    updated: int
    renamed: int


def compose_accounts(conn: Connection) -> None:
    """Create table `import_targets`: the state that each affected account is to have after the import."""
    gather_source_values(conn)
    combine_source_values(conn)
    conn.execute(
        """
        CREATE TEMP TABLE import_targets ON COMMIT DROP AS
        WITH composed AS (
            SELECT account_id, fields, names, tags, sources, department_id, position FROM import_combined_values
             UNION ALL
            SELECT c.account_id, c.statement, c.statement -> 'names',
                   ARRAY(SELECT jsonb_array_elements_text(c.statement -> 'tags')), ARRAY[c.source],
                   c.department_id, c.position
              FROM import_source_values AS c
             WHERE NOT EXISTS (SELECT FROM import_combined_values AS o WHERE o.account_id = c.account_id)
        )
        SELECT c.account_id AS id, c.position, a.id IS NULL AS is_new, c.fields ->> 'platform' AS platform,
               coalesce(c.fields ->> 'platform_user_id', a.platform_user_id) AS platform_user_id,
               CASE WHEN h.account_id IS NULL THEN coalesce(c.fields ->> 'handle', a.handle)
                    ELSE c.fields ->> 'handle' END AS handle,
               -- A statement has a key only where it differs from the handle.
               CASE WHEN h.account_id IS NULL
                    THEN coalesce(c.fields ->> 'handle_key', c.fields ->> 'handle', a.handle_key)
                    ELSE coalesce(c.fields ->> 'handle_key', c.fields ->> 'handle') END AS handle_key,
               CASE WHEN c.fields ? 'handle' OR h.account_id IS NOT NULL THEN c.fields ->> 'url'
                    WHEN a.handle IS NOT NULL THEN a.url
                    ELSE coalesce(c.fields ->> 'url', a.url) END AS url, c.fields ->> 'name' AS name,
               coalesce(c.fields ->> 'name_key', c.fields ->> 'name') AS name_key,
               CASE WHEN c.names IS NULL THEN '[]'::jsonb ELSE (
                   SELECT jsonb_agg(jsonb_build_object('name', n -> 'name', 'language', n -> 'language') ORDER BY place)
                     FROM jsonb_array_elements(c.names) WITH ORDINALITY AS each_name (n, place)) END AS names,
               array_remove(coalesce(c.fields ->> 'name_key', c.fields ->> 'name')
                   || CASE WHEN c.names IS NULL THEN '{}'
                      ELSE ARRAY(SELECT n ->> 'key' FROM jsonb_array_elements(c.names) AS n) END, NULL) AS name_keys,
               c.fields ->> 'description' AS description, c.department_id,
               -- A department has its type itself; this is the type of one that is not named.
               CASE WHEN c.department_id IS NULL THEN c.fields ->> 'department_type' END AS department_type,
               c.fields ->> 'region' AS region_code,
               coalesce(c.fields ->> 'subject', 'body') AS subject,
               coalesce(c.fields ->> 'status', 'unknown') AS status,
               -- A list is weaker proof than the platform or the registry, so it does not replace theirs.
               CASE WHEN a.verification IN ('platform', 'registry') THEN a.verification
                    WHEN e.account_id IS NOT NULL THEN 'none' ELSE 'source' END AS verification,
               -- If two sources contradict each other, the opening is dropped: it is the older and less certain fact.
               CASE WHEN (c.fields ->> 'opened_on') <= coalesce(c.fields ->> 'closed_on', c.fields ->> 'opened_on')
                    THEN (c.fields ->> 'opened_on')::date END AS opened_on,
               (c.fields ->> 'closed_on')::date AS closed_on, c.fields ->> 'language' AS language, c.tags,
               CASE WHEN e.account_id IS NULL THEN c.sources ELSE '{}' END AS sources,
               e.source AS withdrawn_by, e.listed_from, e.listed_until
          FROM composed AS c
          LEFT JOIN accounts AS a ON a.id = c.account_id
          LEFT JOIN import_ended AS e ON e.account_id = c.account_id
          LEFT JOIN import_replaced_handles AS h ON h.account_id = c.account_id
        """
    )
    conn.execute("ANALYZE import_targets (id, is_new, platform, platform_user_id, handle_key)")
    _retain_disputed_handles(conn)
    apply_probes(conn)
    apply_decisions(conn)


def select_target_names(conn: Connection, limit: int) -> list[Pending]:
    """Return the names of accounts of `import_targets` that are new or get other names, at most `limit` of them."""
    with conn.cursor(row_factory=args_row(Pending)) as cursor:
        return cursor.execute(
            """
            SELECT t.id AS account_id, t.platform, t.platform_user_id, t.handle,
                   ARRAY[t.name] || ARRAY(SELECT n ->> 'name' FROM jsonb_array_elements(t.names) AS n) AS names,
                   d.name AS department
              FROM import_targets AS t
              LEFT JOIN accounts AS a USING (id)
              LEFT JOIN departments AS d ON d.id = t.department_id
             WHERE t.is_new
                OR (t.handle, t.name, t.names, t.department_id)
                   IS DISTINCT FROM (a.handle, a.name, a.names, a.department_id)
             LIMIT %s
            """,
            (limit,),
        ).fetchall()


def _retain_disputed_handles(conn: Connection) -> None:
    """Retain the handle of accounts that a statement would rename to the handle of another account."""
    conn.execute(
        """
        WITH renamed AS MATERIALIZED (
            SELECT d.id, d.platform, d.handle_key, a.handle AS old_handle, a.handle_key AS old_key, a.url AS old_url
              FROM import_targets AS d
              JOIN accounts AS a USING (id)
             WHERE NOT d.is_new AND d.handle_key <> coalesce(a.handle_key, '')
        ), disputed AS (
            SELECT r.id
              FROM renamed AS r
              JOIN accounts AS o ON (o.platform, o.handle_key) = (r.platform, r.handle_key) AND o.id <> r.id
             UNION
            SELECT r.id
              FROM renamed AS r
              JOIN import_targets AS o ON (o.platform, o.handle_key) = (r.platform, r.handle_key)
                                      AND (o.is_new, o.id) > (false, r.id)
        )
        UPDATE import_targets AS d SET (handle, handle_key, url) = (r.old_handle, r.old_key, r.old_url)
          FROM disputed
          JOIN renamed AS r USING (id)
         WHERE d.id = r.id
        """
    )


def write_accounts(conn: Connection) -> AccountCounts:
    """Write the accounts of `import_targets` that are new or differ from the registry's."""
    # Counted before the UPDATE, after which both handles are the same.
    renamed = conn.execute(
        """
        SELECT count(*) FROM import_targets AS d JOIN accounts AS a USING (id)
         WHERE d.handle_key <> a.handle_key OR d.handle_key IS NULL AND a.handle_key IS NOT NULL
        """
    ).fetchone()
    updated = conn.execute(
        """
        UPDATE accounts AS a
           SET (platform_user_id, handle, handle_key, url, name, name_key, names, name_keys, description,
                department_id, department_type, region_code, subject, status, verification, verification_method,
                verification_checked_at, opened_on, closed_on, language, tags, sources, withdrawn_by, listed_from,
                listed_until)
             = (d.platform_user_id, d.handle, d.handle_key, d.url, d.name, d.name_key, d.names, d.name_keys,
                d.description, d.department_id, d.department_type, d.region_code, d.subject, d.status, d.verification,
                CASE WHEN d.verification = a.verification THEN a.verification_method END,
                CASE WHEN d.verification = a.verification THEN a.verification_checked_at END,
                d.opened_on, d.closed_on, d.language, d.tags, d.sources, NULL, NULL, NULL)
          FROM import_targets AS d
         WHERE d.id = a.id
           -- An UPDATE that changes nothing would still fire the triggers, which write a version of the account.
           AND (a.platform_user_id, a.handle, a.url, a.name, a.names, a.name_keys, a.description,
                a.department_id, CASE WHEN d.department_id IS NULL THEN a.department_type END, a.region_code,
                a.subject, a.status, a.verification, a.opened_on, a.closed_on, a.language, a.tags, a.sources,
                a.withdrawn_by)
               IS DISTINCT FROM
               (d.platform_user_id, d.handle, d.url, d.name, d.names, d.name_keys, d.description,
                d.department_id, d.department_type, d.region_code, d.subject, d.status, d.verification,
                d.opened_on, d.closed_on, d.language, d.tags, d.sources, NULL::text)
        """
    )
    # Documents are in UTC.
    conn.execute("SET LOCAL timezone = 'UTC'")
    created = conn.execute(
        """
        INSERT INTO accounts (id, platform, platform_user_id, handle, handle_key, url, name, name_key, names, name_keys,
                              description, department_id, department_type, region_code, region_path, subject, status,
                              verification, opened_on, closed_on, language, tags, sources, withdrawn_by, listed_from,
                              listed_until, revision, created_at, updated_at, document)
        SELECT t.id, t.platform, t.platform_user_id, t.handle, t.handle_key, t.url, t.name, t.name_key, t.names,
               t.name_keys, t.description, t.department_id, coalesce(d.type, t.department_type), t.region_code, p.path,
               t.subject, t.status, t.verification, t.opened_on, t.closed_on, t.language, t.tags, t.sources,
               t.withdrawn_by, t.listed_from, t.listed_until, r.revision, r.at, r.at,
               account_document_opening(
                   t.id, t.platform, t.platform_user_id, t.handle, t.url, t.name, t.names, t.description,
                   d.id, d.name, coalesce(d.type, t.department_type), p.code, p.name, p.name_local, t.subject, t.status,
                   t.verification, NULL, NULL, NULL, t.withdrawn_by, t.listed_from, t.listed_until, t.opened_on,
                   t.closed_on, t.language, t.tags, t.sources, NULL)
               || document_end(r.revision, r.at, r.at)
          FROM import_targets AS t
          JOIN revisions AS r ON r.revision = current_revision()
          LEFT JOIN departments AS d ON d.id = t.department_id
          LEFT JOIN regions AS p ON p.code = t.region_code
         WHERE t.is_new
         -- In the order of the file, which is the order of the change feed.
         ORDER BY t.position
        """
    )
    return AccountCounts(created.rowcount, updated.rowcount, int(renamed[0]) if renamed else 0)


def gather_source_values(conn: Connection) -> None:
    """Create `import_source_values`: what each source says of each affected account."""
    conn.execute(
        """
        CREATE TEMP TABLE import_affected ON COMMIT DROP AS
        SELECT account_id FROM import_statements WHERE NOT is_new
         UNION
        SELECT survivor_id FROM import_duplicates
         UNION
        SELECT w.account_id FROM import_withdrawn AS w
         WHERE NOT EXISTS (SELECT FROM import_unlisted AS d WHERE d.account_id = w.account_id AND NOT d.is_listed)
        """
    )
    conn.execute("ANALYZE import_affected")
    conn.execute(
        """
        CREATE TEMP TABLE import_source_values ON COMMIT DROP AS
        SELECT s.account_id, s.source, s.is_new, s.statement ? 'listed_until' AS is_ended,
               -- Handle and URL count only where they are news: a stale list must not take back what was released.
               CASE WHEN s.is_new OR NOT s.statement ? 'handle' OR s.is_readdressed AND (
                         s.statement ? 'platform_user_id'
                         OR coalesce(s.statement ->> 'handle_key', s.statement ->> 'handle') = a.handle_key
                         OR s.account_id IN (SELECT account_id FROM import_replaced_handles))
                    THEN s.statement ELSE s.statement - '{handle,handle_key,url}'::text[] END AS statement,
               coalesce(h.department_id, s.department_id) AS department_id, NULL::bigint AS revision, s.position,
               s.key_revisions
          FROM import_statements AS s
          LEFT JOIN import_department_regions AS h USING (department_key, region, department_type)
          LEFT JOIN accounts AS a ON a.id = s.account_id
         UNION ALL
        SELECT s.account_id, s.source, false, false,
               CASE WHEN s.statement ? 'handle' THEN s.statement - '{handle,handle_key,url}'::text[]
                    ELSE s.statement END,
               s.department_id, s.revision, s.position, s.key_revisions
          FROM import_affected
          JOIN statements AS s USING (account_id)
          LEFT JOIN import_statements AS n USING (account_id, source, source_id)
         WHERE n.account_id IS NULL AND s.listed_until IS NULL
        """
    )
    _leave_out_ended_statements(conn)
    _separate_older_fields(conn)
    conn.execute("ANALYZE import_source_values (account_id, source, position)")


def _leave_out_ended_statements(conn: Connection) -> None:
    """Leave out what sources stopped listing, but for new accounts that no source lists: table `import_ended`."""
    ended = conn.execute(
        """
        INSERT INTO import_ended
        SELECT DISTINCT ON (account_id) account_id, source, (statement ->> 'listed_from')::timestamptz,
               (statement ->> 'listed_until')::timestamptz AS listed_until
          FROM import_source_values AS c
         WHERE c.is_ended AND c.is_new
           AND NOT EXISTS (SELECT FROM import_source_values AS o WHERE o.account_id = c.account_id AND NOT o.is_ended)
         ORDER BY account_id, listed_until DESC, source
        """
    )
    conn.execute(
        """
        DELETE FROM import_source_values
         WHERE is_ended AND account_id NOT IN (SELECT account_id FROM import_ended)
        """
    )
    if ended.rowcount:
        conn.execute("ANALYZE import_ended")


def _separate_older_fields(conn: Connection) -> None:
    """Separate fields that were stated earlier than the rest of their statement, if there are other statements.

    Each is compared with the other sources by its own age.
    """
    conn.execute(
        """
        WITH separated AS (
            DELETE FROM import_source_values
             WHERE key_revisions IS NOT NULL
               AND account_id IN (SELECT account_id FROM import_source_values GROUP BY account_id HAVING count(*) > 1)
            RETURNING *
        )
        INSERT INTO import_source_values (account_id, source, statement, department_id, revision, position)
        SELECT p.account_id, p.source, jsonb_object_agg(f.key, f.value),
               CASE WHEN bool_or(f.key IN ('department', 'external_ids')) THEN p.department_id END,
               coalesce((p.key_revisions -> f.key ->> 0)::bigint, p.revision) AS stated_in,
               coalesce((p.key_revisions -> f.key ->> 1)::bigint, p.position) AS stated_at
          FROM separated AS p, jsonb_each(p.statement) AS f
         GROUP BY p.account_id, p.source, p.department_id, p.revision, p.position, stated_in, stated_at
        """
    )


def combine_source_values(conn: Connection) -> None:
    """Create table `import_combined_values`: one value per field of accounts with several statements, the latest.

    Handle and URL are one field: both come from the same statement, preferably from one that has the user id. No name
    and no tag is lost.
    """
    conn.execute(
        """
        CREATE TEMP TABLE import_combined_values ON COMMIT DROP AS
        WITH several AS MATERIALIZED (
            SELECT account_id FROM import_source_values GROUP BY account_id HAVING count(*) > 1
        ), ranked AS MATERIALIZED (
            SELECT c.account_id, c.source, c.department_id, c.position, c.statement
                   || CASE WHEN c.statement ? 'handle'
                      THEN jsonb_build_object('handle_key',
                                              coalesce(c.statement -> 'handle_key', c.statement -> 'handle'))
                      ELSE '{}' END
                   || CASE WHEN c.statement ? 'name'
                      THEN jsonb_build_object('name_key', coalesce(c.statement -> 'name_key', c.statement -> 'name'))
                      ELSE '{}' END AS statement,
                   -- The revision of this import is NULL, which sorts last: it is the latest.
                   row_number() OVER (PARTITION BY account_id ORDER BY c.revision, c.position) AS place
              FROM several
              JOIN import_source_values AS c USING (account_id)
        ), combined AS MATERIALIZED (
            -- Of several values of one key jsonb_object_agg retains the last.
            SELECT c.account_id, jsonb_object_agg(f.key, f.value ORDER BY
                       f.key NOT IN ('handle', 'handle_key', 'url') OR c.statement ? 'handle',
                       f.key NOT IN ('handle', 'handle_key', 'url') OR c.statement ? 'platform_user_id',
                       c.place) AS fields
              FROM ranked AS c, jsonb_each(c.statement) AS f
             GROUP BY c.account_id
        ), every_name AS (
            -- Displayed or listed, once per folded form, with its language if any statement has it.
            SELECT DISTINCT ON (c.account_id, n.key) c.account_id, n.name, n.language, n.key
              FROM ranked AS c, LATERAL (
                   SELECT c.statement ->> 'name', NULL, c.statement ->> 'name_key'
                    UNION ALL
                   SELECT n ->> 'name', n ->> 'language', n ->> 'key'
                     FROM jsonb_array_elements(c.statement -> 'names') AS n) AS n (name, language, key)
             WHERE n.name IS NOT NULL
             ORDER BY c.account_id, n.key, n.language IS NULL, n.language COLLATE "C", n.name COLLATE "C"
        ), other_names AS (
            -- Texts out of jsonb have the database's collation; "C" gives one order on every server.
            SELECT account_id, jsonb_agg(jsonb_build_object('name', name, 'language', language, 'key', key)
                                         ORDER BY language COLLATE "C", name COLLATE "C") AS names
              FROM every_name
              JOIN combined USING (account_id)
             WHERE key <> coalesce(fields ->> 'name_key', '')
             GROUP BY account_id
        ), tagged AS (
            SELECT c.account_id, array_agg(DISTINCT t.tag COLLATE "C" ORDER BY t.tag COLLATE "C") AS tags
              FROM ranked AS c, jsonb_array_elements_text(c.statement -> 'tags') AS t (tag)
             GROUP BY c.account_id
        ), sourced AS (
            SELECT account_id, array_agg(DISTINCT source ORDER BY source) AS sources, max(position) AS position,
                   (array_agg(department_id ORDER BY place DESC) FILTER (WHERE department_id IS NOT NULL))[1]
                       AS department_id
              FROM ranked
             GROUP BY account_id
        )
        SELECT account_id, f.fields, o.names, coalesce(t.tags, '{}') AS tags, b.sources, b.department_id, b.position
          FROM combined AS f
          JOIN sourced AS b USING (account_id)
          LEFT JOIN other_names AS o USING (account_id)
          LEFT JOIN tagged AS t USING (account_id)
        """
    )
    conn.execute("ANALYZE import_combined_values (account_id)")


@dataclass(frozen=True, slots=True)
class QuarantinedHandle:
    """A handle that an account takes up although another released it, with the time (and offset): still quarantined."""

    platform: str
    handle: str
    account_id: str
    is_new: bool
    released_by: str
    released_at: datetime

    def __str__(self) -> str:
        holder = "a new account" if self.is_new else f"account {self.account_id}"
        return (
            f"{self.platform} {self.handle}: {holder} takes up a handle that account {self.released_by} released on "
            f"{self.released_at:%Y-%m-%d}, so the handle stays quarantined and is not vouched for; "
            f"if it is rightly held, directory handle unquarantine {self.platform} '{self.handle}' --reason …"
        )


def select_quarantined_handles(conn: Connection) -> list[QuarantinedHandle]:
    """Return the handles that accounts of `import_targets` are about to take up from quarantine, by position."""
    with conn.cursor(row_factory=class_row(QuarantinedHandle)) as cursor:
        return cursor.execute(
            """
            SELECT DISTINCT ON (d.position, d.id) d.platform, d.handle, d.id AS account_id, d.is_new,
                   q.released_by, q.released_at
              FROM import_targets AS d
              JOIN handle_quarantines AS q ON (q.platform, q.handle_key) = (d.platform, d.handle_key)
              LEFT JOIN accounts AS a ON a.id = d.id
             WHERE d.handle_key IS DISTINCT FROM a.handle_key
               AND q.released_by <> d.id AND d.id <> ALL (q.exempt_accounts)
             ORDER BY d.position, d.id, q.released_at DESC
            """
        ).fetchall()
