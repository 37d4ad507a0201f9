"""Statements: what each source says of each account, compared with what it said before, and written.

Rows of one source and source id about one account are one statement: the later row wins, field by field, names that
were overruled stay as other names, and all tags are retained.

Fields that a row leaves unsaid keep the value that their source stated before, together with the revision and position
of that earlier statement, so that what another source stated since is still the later word.
"""

from dataclasses import dataclass

from psycopg import Connection

from directory.followers.queries import create_staging
from directory.imports.merge.known_rows import CLEARABLE


@dataclass(frozen=True, slots=True)
class Changes:
    """How many statements and observations are new or differ from the registry's.

    `updated`: statements that their source made before in another form. `name_departments`: whether any statement has
    a department, or external ids of one. `end`: whether any says until when its source made it.
    """

    statements: int
    observations: int
    updated: int
    name_departments: bool
    end: bool


def select_changes(conn: Connection) -> Changes:
    """Find new and changed statements and observations: tables `import_statements` and `import_observations`."""
    combine_rows(conn)
    compare_statements(conn)
    complete_statements(conn)
    conn.execute(
        "ANALYZE import_statements (account_id, source, source_id, position, department_key, region, department_type)"
    )
    observations = _select_observations(conn)
    counted = conn.execute(
        """
        SELECT count(*), count(earlier), coalesce(bool_or(
                   department_key <> '' OR department_id IS NOT NULL
                   OR statement ? 'external_ids' OR earlier ? 'external_ids'), false),
               coalesce(bool_or(statement ? 'listed_until'), false)
          FROM import_statements
        """
    ).fetchone()
    statements, updated, name_departments, end = counted or (0, 0, False, False)
    return Changes(statements, observations, updated, name_departments, end)


def compare_statements(conn: Connection) -> None:
    """Create table `import_differing`: statements that their source makes for the first time, or differently.

    `is_readdressed`: whether its source states this handle and user id for the first time.
    """
    conn.execute(
        """
        CREATE TEMP TABLE import_differing ON COMMIT DROP AS
        WITH one AS (
            SELECT p.account_id, p.source, p.source_id, p.is_new, r.position, r.statement,
                   r.department_key, r.region, r.department_type, r.cleared,
                   -- The row would be restored with the source id that the statement has.
                   CASE WHEN r.source_id = p.source_id THEN r.digest END AS digest
              FROM import_matches AS p
              JOIN import_rows AS r USING (position)
             WHERE r.settled_id IS NULL
               AND NOT EXISTS (SELECT FROM import_combined_rows AS m
                                WHERE (m.account_id, m.source, m.source_id) = (p.account_id, p.source, p.source_id))
        ), stated AS (
            SELECT * FROM one
             UNION ALL
            SELECT s.account_id, s.source, s.source_id, s.is_new, s.position, s.statement,
                   r.department_key, coalesce(s.statement ->> 'region', ''), r.department_type, s.cleared, NULL
              FROM import_combined_rows AS s
              JOIN import_rows AS r ON r.position = s.department_position
        )
        SELECT g.*, (s.statement -> 'handle', s.statement -> 'platform_user_id')
                    IS DISTINCT FROM (g.statement -> 'handle', g.statement -> 'platform_user_id') AS is_readdressed,
               s.statement AS earlier, s.department_id, s.key_revisions, s.revision, s.position AS earlier_position,
               s.listed_until IS NOT NULL AND NOT g.statement ? 'listed_until' AS is_listed_again
          FROM stated AS g
          LEFT JOIN statements AS s USING (account_id, source, source_id)
         -- jsonb compares without the order of keys, which differs between file formats. Counts with a time are in the
         -- series, and no account follows from them: 40,000 statements that differ in nothing else stay as they are.
         WHERE s.statement IS NULL OR (s.listed_until IS NOT NULL) <> (g.statement ? 'listed_until')
            OR s.statement <> g.statement
               AND (NOT g.statement ? 'followers_at'
                    OR s.statement - %(counts)s::text[] <> g.statement - %(counts)s::text[])
        """,
        {"counts": ["followers", "followers_at", "posts", "last_post_at"]},
    )


def _select_observations(conn: Connection) -> int:
    """Create table `import_observations`: observations that are new or differ; return their number.

    A time that is not stated is that of the revision, NULL here, as the revision does not exist yet.
    """
    created = conn.execute(
        """
        CREATE TEMP TABLE import_observations ON COMMIT DROP AS
        WITH stated AS (
            SELECT p.account_id, (r.statement ->> 'followers_at')::timestamptz AS observed_at, p.source,
                   (r.statement ->> 'followers')::bigint AS followers, (r.statement ->> 'posts')::bigint AS posts,
                   (r.statement ->> 'last_post_at')::timestamptz AS last_post_at, p.source_id, r.position
              FROM import_matches AS p
              JOIN import_rows AS r USING (position)
             WHERE r.statement ?| ARRAY['followers', 'posts', 'last_post_at']
        ), latest AS (
            -- Of several rows about one time the last, before the comparison: otherwise each import of the same file
            -- would find another of them to be different.
            SELECT DISTINCT ON (account_id, observed_at, source) *
              FROM stated
             ORDER BY account_id, observed_at, source, position DESC
        )
        SELECT n.*
          FROM latest AS n
          -- Row by row, by OFFSET 0: a condition of a join does not reach packed months, and all would be unpacked.
          LEFT JOIN LATERAL (
               SELECT * FROM observation_series AS s
                WHERE (s.account_id, s.observed_at, s.source) = (n.account_id, n.observed_at, n.source)
                  AND s.month = date_trunc('month', n.observed_at AT TIME ZONE 'UTC')::date
               OFFSET 0) AS o ON true
         WHERE CASE WHEN n.observed_at IS NULL
                    -- Without a time it is new only together with the statement that it stands in.
                    THEN EXISTS (SELECT FROM import_statements AS s
                                  WHERE (s.account_id, s.source, s.source_id)
                                        = (n.account_id, n.source, n.source_id))
                    ELSE o.account_id IS NULL OR (o.followers, o.posts, o.last_post_at)
                         IS DISTINCT FROM (coalesce(n.followers, o.followers), coalesce(n.posts, o.posts),
                                           coalesce(n.last_post_at, o.last_post_at)) END
        """
    )
    conn.execute("ANALYZE import_observations")
    return created.rowcount


def select_new_sources(conn: Connection) -> list[str]:
    """Return the ids of sources that changed rows come from and that the registry does not have, in order."""
    rows = conn.execute(
        """
        SELECT source
          FROM (SELECT source FROM import_statements UNION SELECT source FROM import_observations) AS changed
         WHERE NOT EXISTS (SELECT FROM sources AS s WHERE s.id = changed.source)
         ORDER BY source
        """
    )
    return [source for (source,) in rows]


def merge_statements(conn: Connection) -> None:
    """Write new and changed statements; their accounts and departments must have been written."""
    conn.execute(
        """
        INSERT INTO statements AS own
               (account_id, source, source_id, statement, department_id, revision, position, key_revisions, listed_from,
                row_digest, row_cleared, row_department_key, listed_until)
        SELECT s.account_id, s.source, s.source_id, s.statement, coalesce(h.department_id, s.department_id),
               current_revision(), s.position, s.key_revisions, current_revision(), s.digest,
               CASE WHEN s.digest IS NULL THEN NULL WHEN s.cleared IS NULL THEN -1 WHEN s.cleared = '{}' THEN 0
                    ELSE (SELECT sum(1 << array_position(%(fields)s::text[], field) - 1)
                            FROM unnest(s.cleared) AS field) END,
               CASE WHEN s.digest IS NOT NULL
                    THEN nullif(s.department_key, coalesce(lower(s.statement ->> 'department' COLLATE "C"), '')) END,
               CASE WHEN s.statement ? 'listed_until' THEN current_revision() END
          FROM import_statements AS s
          LEFT JOIN import_department_regions AS h USING (department_key, region, department_type)
         ORDER BY s.position
        ON CONFLICT (account_id, source, source_id) DO UPDATE
           SET (statement, department_id, revision, position, key_revisions, row_digest, row_cleared,
                row_department_key, listed_from, listed_until)
             = (excluded.statement, excluded.department_id, excluded.revision, excluded.position,
                excluded.key_revisions, excluded.row_digest, excluded.row_cleared, excluded.row_department_key,
                -- Listed again after a withdrawal: the source lists it since this revision.
                CASE WHEN own.listed_until IS NULL OR excluded.listed_until IS NOT NULL THEN own.listed_from
                     ELSE excluded.listed_from END, excluded.listed_until)
        """,
        {"fields": CLEARABLE},
    )


def stage_observations(conn: Connection) -> None:
    """Stage new and changed observations, and the accounts that survive others, for the merge into the series."""
    create_staging(conn)
    conn.execute(
        """
        INSERT INTO observation_rows (account_id, observed_at, source, followers, posts, last_post_at)
        SELECT DISTINCT ON (o.account_id, observed_at, o.source)
               o.account_id, coalesce(o.observed_at, r.at) AS observed_at, o.source, o.followers, o.posts,
               o.last_post_at
          FROM import_observations AS o
         CROSS JOIN revisions AS r
         WHERE r.revision = current_revision()
         ORDER BY o.account_id, observed_at, o.source, o.position DESC
        """
    )
    # What the others observed is theirs now.
    conn.execute(
        "INSERT INTO observation_accounts SELECT DISTINCT survivor_id FROM import_duplicates ON CONFLICT DO NOTHING"
    )
    # Without duplicates there is no such table.
    if conn.execute("SELECT to_regclass('pg_temp.import_moved_observations') IS NOT NULL").fetchone() == (True,):
        conn.execute("INSERT INTO observation_moved SELECT * FROM import_moved_observations")


def combine_rows(conn: Connection) -> None:
    """Create table `import_combined_rows`: one statement of all rows with one account, source and source id."""
    conn.execute(
        """
        CREATE TEMP TABLE import_statement_rows ON COMMIT DROP AS
        WITH repeated AS (
            SELECT account_id, source, source_id FROM import_matches GROUP BY 1, 2, 3 HAVING count(*) > 1
        )
        -- A row omits a key that equals its handle or name: without it here, the key of an earlier row would remain.
        SELECT p.account_id, p.source, p.source_id, p.is_new, r.position, r.department_key, r.cleared, r.statement
               || CASE WHEN r.statement ? 'handle'
                  THEN jsonb_build_object('handle_key',
                                          coalesce(r.statement -> 'handle_key', r.statement -> 'handle'))
                  ELSE '{}' END
               || CASE WHEN r.statement ? 'name'
                  THEN jsonb_build_object('name_key', coalesce(r.statement -> 'name_key', r.statement -> 'name'))
                  ELSE '{}' END AS statement
          FROM repeated
          JOIN import_matches AS p USING (account_id, source, source_id)
          JOIN import_rows AS r USING (position)
        """
    )
    conn.execute("ANALYZE import_statement_rows (account_id, source, source_id, position)")
    _combine_fields(conn)


def _combine_fields(conn: Connection) -> None:
    """Combine the rows of `import_statement_rows` field by field, the later row first, as `import_combined_rows`."""
    conn.execute(
        """
        CREATE TEMP TABLE import_combined_rows ON COMMIT DROP AS
        WITH combined AS (
            SELECT account_id, source, source_id, bool_and(is_new) AS is_new, max(position) AS position,
                   bool_and(statement ? 'listed_until') AS is_ended,
                   -- Of several values of one key jsonb_object_agg retains the last.
                   (SELECT jsonb_object_agg(field.key, field.value ORDER BY row.place)
                      FROM unnest(array_agg(statement ORDER BY position)) WITH ORDINALITY AS row (statement, place),
                           jsonb_each(row.statement) AS field) AS statement,
                   (array_agg(position ORDER BY department_key <> '' DESC, position DESC))[1] AS department_position,
                   -- If one of the rows replaces the whole statement (NULL), all of them together do.
                   CASE WHEN bool_and(cleared IS NOT NULL) THEN ARRAY(
                       -- Joined as text, because array_agg refuses arrays of different lengths.
                       SELECT DISTINCT unnest(string_to_array(string_agg(array_to_string(cleared, ','), ','), ','))
                       EXCEPT SELECT 'name_derived' WHERE NOT bool_and('name_derived' = ANY (cleared))) END AS cleared
              FROM import_statement_rows
             GROUP BY 1, 2, 3
        ), every_name AS (
            SELECT DISTINCT ON (account_id, source, source_id, n.key)
                   account_id, source, source_id, n.name, n.language, n.key
              FROM import_statement_rows AS r, LATERAL (
                   SELECT r.statement ->> 'name', NULL, r.statement ->> 'name_key'
                    UNION ALL
                   SELECT n ->> 'name', n ->> 'language', n ->> 'key'
                     FROM jsonb_array_elements(r.statement -> 'names') AS n) AS n (name, language, key)
             WHERE n.name IS NOT NULL
             ORDER BY account_id, source, source_id, n.key, n.language IS NULL, r.position DESC
        ), other_names AS (
            SELECT account_id, source, source_id,
                   jsonb_agg(jsonb_strip_nulls(jsonb_build_object('name', c.name, 'language', c.language, 'key', c.key))
                             ORDER BY c.language COLLATE "C", c.name COLLATE "C") AS names
              FROM every_name AS c
              JOIN combined AS l USING (account_id, source, source_id)
             WHERE c.key <> coalesce(l.statement ->> 'name_key', '')
             GROUP BY 1, 2, 3
        ), tagged AS (
            SELECT account_id, source, source_id, jsonb_agg(DISTINCT t.tag ORDER BY t.tag) AS tags
              FROM import_statement_rows AS r, jsonb_array_elements(r.statement -> 'tags') AS t (tag)
             GROUP BY 1, 2, 3
        )
        SELECT account_id, source, source_id, l.is_new, l.position, l.department_position, l.cleared,
               (l.statement
                -- Taking out the key '' changes nothing, as no statement has it.
                - CASE WHEN l.statement -> 'handle_key' = l.statement -> 'handle' THEN 'handle_key' ELSE '' END
                - CASE WHEN l.statement -> 'name_key' = l.statement -> 'name' THEN 'name_key' ELSE '' END
                - CASE WHEN l.is_ended THEN '' ELSE 'listed_until' END
                - 'names')
               || CASE WHEN o.names IS NULL THEN '{}' ELSE jsonb_build_object('names', o.names) END
               || CASE WHEN t.tags IS NULL THEN '{}' ELSE jsonb_build_object('tags', t.tags) END AS statement
          FROM combined AS l
          LEFT JOIN other_names AS o USING (account_id, source, source_id)
          LEFT JOIN tagged AS t USING (account_id, source, source_id)
        """
    )
    conn.execute("ANALYZE import_combined_rows (account_id, source, source_id)")


def complete_statements(conn: Connection) -> None:
    """Create table `import_statements` from `import_differing`, without the statements that say nothing new.

    `department_id` and `key_revisions` are for fields that rows left out: the department if it is one of them, and
    when each was stated, as a list of revision and position.
    """
    row = conn.execute(
        "SELECT EXISTS (SELECT FROM import_differing WHERE earlier IS NOT NULL AND cleared IS NOT NULL)"
    ).fetchone()
    if not row or not row[0]:
        conn.execute(
            "UPDATE import_differing SET (department_id, key_revisions) = (NULL, NULL) WHERE earlier IS NOT NULL"
        )
        # Nothing to complete: a new name costs nothing, where a copy would write every row again.
        conn.execute("ALTER TABLE import_differing RENAME TO import_statements")
        return
    _complete_from_earlier(conn)
    conn.execute(
        """
        CREATE TEMP TABLE import_statements ON COMMIT DROP AS
        SELECT account_id, source, source_id, is_new, position, statement, department_key, region, department_type,
               is_readdressed, earlier, cleared, digest, NULL::text AS department_id, NULL::jsonb AS key_revisions
          FROM import_differing
         WHERE earlier IS NULL OR cleared IS NULL
         UNION ALL
        SELECT account_id, source, source_id, is_new, position, statement,
               -- Not the region of the row: a member of a chamber sits for another region than the chamber governs.
               CASE WHEN states_department THEN department_key
                    WHEN changes_region AND statement ? 'department'
                    THEN coalesce((SELECT name_key FROM departments AS d WHERE d.id = c.department_id), '')
                    ELSE '' END,
               coalesce(statement ->> 'region', ''), coalesce(statement ->> 'department_type', 'other'),
               (statement -> 'handle', statement -> 'platform_user_id')
               IS DISTINCT FROM (earlier -> 'handle', earlier -> 'platform_user_id'), earlier, cleared, digest,
               CASE WHEN statement ? 'department' AND NOT states_department AND NOT changes_region
                    THEN department_id END,
               -- Unsaid fields keep their age, so that a monthly count overrules no correction by another source.
               (SELECT jsonb_object_agg(unsaid, coalesce(c.key_revisions -> unsaid,
                                                         jsonb_build_array(c.revision, c.earlier_position)))
                  FROM jsonb_object_keys(statement) AS unsaid
                 WHERE NOT stated ? unsaid AND NOT (unsaid = 'names' AND cleared && '{names,name_zh}'))
          FROM import_completed AS c
         WHERE statement <> earlier OR is_listed_again
        """
    )


def _complete_from_earlier(conn: Connection) -> None:
    """Create table `import_completed`: what rows say, and for the rest what their source said before.

    Handle, URL and user id are one field, as far as they belong together; so are a count and its time.
    """
    conn.execute(
        """
        CREATE TEMP TABLE import_completed ON COMMIT DROP AS
        WITH compared AS MATERIALIZED (
            SELECT d.*,
                   coalesce(statement ->> 'handle_key', statement ->> 'handle')
                   = coalesce(earlier ->> 'handle_key', earlier ->> 'handle') AS has_same_handle,
                   NOT statement ? 'handle' AND statement -> 'platform_user_id' = earlier -> 'platform_user_id'
                   AS has_id_alone,
                   -- Otherwise the name before was the Chinese one, too.
                   'name_derived' = ANY (cleared) AND earlier -> 'names' @> '[{"language": "zh"}]' AS retains_name
              FROM import_differing AS d
             WHERE earlier IS NOT NULL AND cleared IS NOT NULL
        ), separated AS MATERIALIZED (
            SELECT c.*,
                   earlier - cleared - '{platform,names,listed_until}'::text[]
                   -- It is of the interval that ended, or of another handle.
                   - CASE WHEN is_listed_again OR NOT (has_same_handle OR has_id_alone) THEN 'listed_from' ELSE '' END
                   - CASE WHEN has_id_alone THEN '{}' ELSE '{handle,handle_key,url}'::text[] END
                   - CASE WHEN has_same_handle OR has_id_alone THEN '' ELSE 'platform_user_id' END
                   - CASE WHEN statement ? 'name' AND NOT coalesce(retains_name, false) THEN 'name_key' ELSE '' END
                   - CASE WHEN statement ?| '{followers,posts}' THEN '{followers,posts,followers_at}'::text[]
                          ELSE '{}' END
                   -- The type, the URL and the ids of the former department go with it.
                   - CASE WHEN earlier ? 'department' AND (statement ? 'department' OR 'department' = ANY (cleared))
                               AND statement -> 'department' IS DISTINCT FROM earlier -> 'department'
                          THEN '{department_type,department_url,external_ids}'::text[] ELSE '{}' END AS unsaid,
                   statement - 'names'
                   - CASE WHEN has_id_alone AND earlier ? 'handle' THEN 'url' ELSE '' END
                   - CASE WHEN retains_name THEN '{name,name_key}'::text[] ELSE '{}' END
                   - CASE WHEN NOT statement ?| '{followers,posts}' AND earlier - cleared ?| '{followers,posts}'
                          THEN 'followers_at' ELSE '' END AS stated
              FROM compared AS c
        ), completed AS MATERIALIZED (
            SELECT p.*, unsaid || stated AS fields,
                   coalesce(statement -> 'names', '[]')
                   || CASE WHEN retains_name
                      THEN jsonb_build_array(jsonb_build_object('name', statement -> 'name', 'language', 'zh', 'key',
                                             coalesce(statement -> 'name_key', statement -> 'name')))
                      ELSE '[]' END AS stated_names
              FROM separated AS p
        )
        SELECT account_id, source, source_id, is_new, position, earlier, cleared, stated, department_key, department_id,
               key_revisions, revision, earlier_position, is_listed_again, stated ? 'department' AS states_department,
               stated ? 'region' AND stated -> 'region' IS DISTINCT FROM earlier -> 'region'
               OR 'region' = ANY (cleared) AND earlier ? 'region' AS changes_region,
               w.statement,
               -- Only if nothing was completed is the statement what the row says.
               CASE WHEN w.statement = l.statement THEN l.digest END AS digest
          FROM completed AS l
         CROSS JOIN LATERAL (
               SELECT jsonb_agg(each_name.name ORDER BY each_name.is_earlier, each_name.place) AS names
                 FROM (SELECT name, false AS is_earlier, place
                         FROM jsonb_array_elements(stated_names) WITH ORDINALITY AS new_names (name, place)
                        UNION ALL
                       SELECT name, true, place
                         FROM jsonb_array_elements(earlier -> 'names') WITH ORDINALITY AS earlier_names (name, place)
                        WHERE CASE WHEN name ->> 'language' = 'zh'
                                   THEN NOT 'name_zh' = ANY (cleared) AND NOT stated_names @> '[{"language": "zh"}]'
                                   ELSE NOT 'names' = ANY (cleared) END
                          AND NOT stated_names @> jsonb_build_array(jsonb_build_object('key', name -> 'key'))
                      ) AS each_name
                WHERE each_name.name ->> 'key' IS DISTINCT FROM coalesce(fields ->> 'name_key', fields ->> 'name')
               ) AS n
         CROSS JOIN LATERAL (
               SELECT fields || CASE WHEN n.names IS NULL THEN '{}' ELSE jsonb_build_object('names', n.names) END
               ) AS w (statement)
        """
    )
