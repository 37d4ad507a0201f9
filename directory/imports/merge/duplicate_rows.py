"""Rows of one source and source id about one account: one statement of all of them, in which nothing is lost.

The later row wins, field by field; names that were overruled stay as other names, and all tags are kept.
"""

from psycopg import Connection


def unite_rows(conn: Connection) -> None:
    """Make one statement of each account, source and source id that several rows have, as table `import_united`."""
    conn.execute(
        """
        CREATE TEMP TABLE import_repeated ON COMMIT DROP AS
        WITH repeated AS (
            SELECT account_id, source, source_id FROM import_placed GROUP BY 1, 2, 3 HAVING count(*) > 1
        )
        -- A key that is absent is that of the row's own handle or name, and not of an earlier row's.
        SELECT p.account_id, p.source, p.source_id, p.is_new, r.position, r.department_key, r.cleared, r.statement
               || CASE WHEN r.statement ? 'handle'
                  THEN jsonb_build_object('handle_key',
                                          coalesce(r.statement -> 'handle_key', r.statement -> 'handle'))
                  ELSE '{}' END
               || CASE WHEN r.statement ? 'name'
                  THEN jsonb_build_object('name_key', coalesce(r.statement -> 'name_key', r.statement -> 'name'))
                  ELSE '{}' END AS statement
          FROM repeated
          JOIN import_placed AS p USING (account_id, source, source_id)
          JOIN import_rows AS r USING (position)
        """
    )
    conn.execute("ANALYZE import_repeated (account_id, source, source_id, position)")
    _lay_rows(conn)


def _lay_rows(conn: Connection) -> None:
    """Lay the rows of each statement over one another, as table `import_united`."""
    conn.execute(
        """
        CREATE TEMP TABLE import_united ON COMMIT DROP AS
        WITH laid AS (
            SELECT account_id, source, source_id, bool_and(is_new) AS is_new, max(position) AS position,
                   (SELECT jsonb_object_agg(field.key, field.value ORDER BY said.place)
                      FROM unnest(array_agg(statement ORDER BY position)) WITH ORDINALITY AS said (what, place),
                           jsonb_each(said.what) AS field) AS statement,
                   (array_agg(position ORDER BY department_key <> '' DESC, position DESC))[1] AS governed_by,
                   -- One row that is the whole statement makes all of them that.
                   CASE WHEN bool_and(cleared IS NOT NULL) THEN ARRAY(
                       SELECT DISTINCT unnest(string_to_array(string_agg(array_to_string(cleared, ','), ','), ','))
                       EXCEPT SELECT 'name_derived' WHERE NOT bool_and('name_derived' = ANY (cleared))) END AS cleared
              FROM import_repeated
             GROUP BY 1, 2, 3
        ), called AS (
            SELECT DISTINCT ON (account_id, source, source_id, n.key)
                   account_id, source, source_id, n.name, n.language, n.key
              FROM import_repeated AS r, LATERAL (
                   SELECT r.statement ->> 'name', NULL, r.statement ->> 'name_key'
                    UNION ALL
                   SELECT n ->> 'name', n ->> 'language', n ->> 'key'
                     FROM jsonb_array_elements(r.statement -> 'names') AS n) AS n (name, language, key)
             WHERE n.name IS NOT NULL
             ORDER BY account_id, source, source_id, n.key, n.language IS NULL, r.position DESC
        ), other AS (
            SELECT account_id, source, source_id,
                   jsonb_agg(jsonb_strip_nulls(jsonb_build_object('name', c.name, 'language', c.language, 'key', c.key))
                             ORDER BY c.language COLLATE "C", c.name COLLATE "C") AS names
              FROM called AS c
              JOIN laid AS l USING (account_id, source, source_id)
             WHERE c.key <> coalesce(l.statement ->> 'name_key', '')
             GROUP BY 1, 2, 3
        ), tagged AS (
            SELECT account_id, source, source_id, jsonb_agg(DISTINCT t.tag ORDER BY t.tag) AS tags
              FROM import_repeated AS r, jsonb_array_elements(r.statement -> 'tags') AS t (tag)
             GROUP BY 1, 2, 3
        )
        SELECT account_id, source, source_id, l.is_new, l.position, l.governed_by, l.cleared,
               (l.statement
                - CASE WHEN l.statement -> 'handle_key' = l.statement -> 'handle' THEN 'handle_key' ELSE '' END
                - CASE WHEN l.statement -> 'name_key' = l.statement -> 'name' THEN 'name_key' ELSE '' END
                - 'names')
               || CASE WHEN o.names IS NULL THEN '{}' ELSE jsonb_build_object('names', o.names) END
               || CASE WHEN t.tags IS NULL THEN '{}' ELSE jsonb_build_object('tags', t.tags) END AS statement
          FROM laid AS l
          LEFT JOIN other AS o USING (account_id, source, source_id)
          LEFT JOIN tagged AS t USING (account_id, source, source_id)
        """
    )
    conn.execute("ANALYZE import_united (account_id, source, source_id)")
