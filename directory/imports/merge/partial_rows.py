"""Statements of rows that say less than their source said before: what they leave unsaid stays.

A completed statement is what one row with all of it would have said, but its kept fields count as stated when they
were: what another source stated since is the later word.
"""

from psycopg import Connection


def complete_statements(conn: Connection) -> None:
    """Make `import_statements` of `import_differing`, without those that say nothing new.

    Their columns `department_id` and `key_revisions` are for fields that rows left unsaid: the department where that is
    one of them, and when each was stated, as a list of revision and position.
    """
    row = conn.execute(
        "SELECT EXISTS (SELECT FROM import_differing WHERE earlier IS NOT NULL AND cleared IS NOT NULL)"
    ).fetchone()
    if not row or not row[0]:
        conn.execute(
            "UPDATE import_differing SET (department_id, key_revisions) = (NULL, NULL) WHERE earlier IS NOT NULL"
        )
        conn.execute("ALTER TABLE import_differing RENAME TO import_statements")
        return
    _lay_over_earlier(conn)
    conn.execute(
        """
        CREATE TEMP TABLE import_statements ON COMMIT DROP AS
        SELECT account_id, source, source_id, is_new, position, statement, department_key, region, department_type,
               is_readdressed, earlier, cleared, NULL::text AS department_id, NULL::jsonb AS key_revisions
          FROM import_differing
         WHERE earlier IS NULL OR cleared IS NULL
         UNION ALL
        SELECT account_id, source, source_id, is_new, position, statement,
               -- The department of a member sits for another region than he does: it is not looked for again.
               CASE WHEN is_governed_anew THEN department_key
                    WHEN is_moved AND statement ? 'department'
                    THEN coalesce((SELECT name_key FROM departments AS d WHERE d.id = c.department_id), '')
                    ELSE '' END,
               coalesce(statement ->> 'region', ''), coalesce(statement ->> 'department_type', 'other'),
               (statement -> 'handle', statement -> 'platform_user_id')
               IS DISTINCT FROM (earlier -> 'handle', earlier -> 'platform_user_id'), earlier, cleared,
               CASE WHEN statement ? 'department' AND NOT is_governed_anew AND NOT is_moved THEN department_id END,
               (SELECT jsonb_object_agg(unsaid, coalesce(c.key_revisions -> unsaid,
                                                         jsonb_build_array(c.revision, c.earlier_position)))
                  FROM jsonb_object_keys(statement) AS unsaid
                 WHERE NOT given ? unsaid AND NOT (unsaid = 'names' AND cleared && '{names,name_zh}'))
          FROM import_completed AS c
         WHERE statement <> earlier OR is_listed_again
        """
    )


def _lay_over_earlier(conn: Connection) -> None:
    """Lay what rows say over what their source said before, as table `import_completed`.

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
                   -- Else the name before was the Chinese one as well.
                   'name_derived' = ANY (cleared) AND earlier -> 'names' @> '[{"language": "zh"}]' AS keeps_name
              FROM import_differing AS d
             WHERE earlier IS NOT NULL AND cleared IS NOT NULL
        ), parted AS MATERIALIZED (
            SELECT c.*,
                   earlier - cleared - '{platform,names}'::text[]
                   - CASE WHEN has_id_alone THEN '{}' ELSE '{handle,handle_key,url}'::text[] END
                   - CASE WHEN has_same_handle OR has_id_alone THEN '' ELSE 'platform_user_id' END
                   - CASE WHEN statement ? 'name' AND NOT coalesce(keeps_name, false) THEN 'name_key' ELSE '' END
                   - CASE WHEN statement ?| '{followers,posts}' THEN '{followers,posts,followers_at}'::text[]
                          ELSE '{}' END
                   -- They are those of the department that is no more.
                   - CASE WHEN earlier ? 'department' AND (statement ? 'department' OR 'department' = ANY (cleared))
                               AND statement -> 'department' IS DISTINCT FROM earlier -> 'department'
                          THEN '{department_type,department_url}'::text[] ELSE '{}' END AS unsaid,
                   statement - 'names'
                   - CASE WHEN has_id_alone AND earlier ? 'handle' THEN 'url' ELSE '' END
                   - CASE WHEN keeps_name THEN '{name,name_key}'::text[] ELSE '{}' END
                   - CASE WHEN NOT statement ?| '{followers,posts}' AND earlier - cleared ?| '{followers,posts}'
                          THEN 'followers_at' ELSE '' END AS given
              FROM compared AS c
        ), laid AS MATERIALIZED (
            SELECT p.*, unsaid || given AS fields,
                   coalesce(statement -> 'names', '[]')
                   || CASE WHEN keeps_name
                      THEN jsonb_build_array(jsonb_build_object('name', statement -> 'name', 'language', 'zh', 'key',
                                             coalesce(statement -> 'name_key', statement -> 'name')))
                      ELSE '[]' END AS called
              FROM parted AS p
        )
        SELECT account_id, source, source_id, is_new, position, earlier, cleared, given, department_key, department_id,
               key_revisions, revision, earlier_position, is_listed_again, given ? 'department' AS is_governed_anew,
               given ? 'region' AND given -> 'region' IS DISTINCT FROM earlier -> 'region'
               OR 'region' = ANY (cleared) AND earlier ? 'region' AS is_moved,
               fields || CASE WHEN n.names IS NULL THEN '{}' ELSE jsonb_build_object('names', n.names) END AS statement
          FROM laid AS l
         CROSS JOIN LATERAL (
               SELECT jsonb_agg(each_name.name ORDER BY each_name.is_earlier, each_name.place) AS names
                 FROM (SELECT name, false AS is_earlier, place
                         FROM jsonb_array_elements(called) WITH ORDINALITY AS new_names (name, place)
                        UNION ALL
                       SELECT name, true, place
                         FROM jsonb_array_elements(earlier -> 'names') WITH ORDINALITY AS earlier_names (name, place)
                        WHERE CASE WHEN name ->> 'language' = 'zh'
                                   THEN NOT 'name_zh' = ANY (cleared) AND NOT called @> '[{"language": "zh"}]'
                                   ELSE NOT 'names' = ANY (cleared) END
                          AND NOT called @> jsonb_build_array(jsonb_build_object('key', name -> 'key'))) AS each_name
                WHERE each_name.name ->> 'key' IS DISTINCT FROM coalesce(fields ->> 'name_key', fields ->> 'name')
               ) AS n
        """
    )
