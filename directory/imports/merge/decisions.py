"""Decisions of operators about the accounts of an import: they rank above what sources state."""

from typing import Final

from psycopg import Connection

from directory.database.sql import Fragment, column, compose

SET_EDITED: Final = Fragment(
    """
    SET (name, name_key, names, name_keys, description, department_id, department_type, region_code, subject, language,
         tags, opened_on)
      = (SELECT n.name, n.name_key,
                CASE WHEN c.edited ? 'names' THEN (
                    SELECT coalesce(jsonb_agg(jsonb_build_object('name', e -> 'name', 'language', e -> 'language')
                                              ORDER BY place), '[]')
                      FROM jsonb_array_elements(c.edited -> 'names') WITH ORDINALITY AS each_name (e, place))
                     ELSE t.names END,
                array_remove(n.name_key || CASE
                    WHEN c.edited ? 'names' THEN
                        ARRAY(SELECT e ->> 'key' FROM jsonb_array_elements(c.edited -> 'names') AS e)
                    -- The first key is that of the name.
                    WHEN t.name_key IS NULL THEN t.name_keys
                    ELSE t.name_keys[2:] END, NULL),
                CASE WHEN c.edited ? 'description' THEN c.edited ->> 'description' ELSE t.description END,
                CASE WHEN c.has_department THEN c.department_id ELSE t.department_id END,
                CASE WHEN NOT c.has_department THEN t.department_type END,
                -- A person's account is of the place that the person stands for.
                CASE WHEN c.department_region IS NOT NULL AND n.subject <> 'person' THEN c.department_region
                     WHEN c.edited ? 'region' THEN c.edited ->> 'region'
                     ELSE t.region_code END,
                n.subject,
                CASE WHEN c.edited ? 'language' THEN c.edited ->> 'language' ELSE t.language END,
                CASE WHEN c.edited ? 'tags' THEN ARRAY(SELECT jsonb_array_elements_text(c.edited -> 'tags'))
                     ELSE t.tags END,
                -- As where two sources contradict each other: the opening is the less certain fact.
                CASE WHEN NOT c.edited ? 'opened_on' THEN t.opened_on
                     WHEN (c.edited ->> 'opened_on')::date <= coalesce(t.closed_on, 'infinity')
                     THEN (c.edited ->> 'opened_on')::date END
           FROM (SELECT CASE WHEN c.edited ? 'name' THEN c.edited ->> 'name' ELSE t.name END AS name,
                        CASE WHEN c.edited ? 'name' THEN c.edited ->> 'name_key' ELSE t.name_key END AS name_key,
                        coalesce(c.edited ->> 'subject', t.subject) AS subject) AS n)
    """
)
"""What sets the fields of `t` that the object `c.edited` has, in the keys of a statement, and its department."""


def apply_decisions(conn: Connection) -> None:
    """Set the status, the date of the end and the department of `import_targets` that an operator decided.

    Probes have been applied: a decision that an account ended holds, whatever a probe found.
    """
    conn.execute(
        """
        UPDATE import_targets AS t
           SET status = CASE WHEN d.status IN ('suspended', 'closed') THEN d.status
                             ELSE decided_status(t.id, t.status, f.status) END,
               closed_on = CASE d.status WHEN 'closed' THEN d.closed_on
                                         WHEN 'suspended' THEN t.closed_on END,
               -- As where two sources contradict each other: the opening is the less certain fact.
               opened_on = CASE WHEN d.status <> 'closed' OR t.opened_on <= coalesce(d.closed_on, t.opened_on)
                                THEN t.opened_on END
          FROM decisions_in_force AS d
          LEFT JOIN LATERAL (
               SELECT coalesce(p.status, y.status) AS status
                 FROM import_targets AS o
                 LEFT JOIN account_probes AS p
                   ON p.account_id = o.id AND p.handle_key IS NOT DISTINCT FROM o.handle_key
                 LEFT JOIN account_activity AS y ON y.account_id = o.id
                WHERE o.id = d.account_id) AS f ON true
         WHERE d.account_id = t.id AND d.field = 'status'
        """
    )
    update_decided_fields(conn, column("import_targets"), Fragment("true"))


def update_decided_fields(
    conn: Connection, table: Fragment, condition: Fragment, parameters: dict[str, str] | None = None
) -> None:
    """Set the department, and what editors corrected, of the rows of a table with the columns of accounts.

    `condition` is one on `d`, the decisions in force, with `parameters`.
    """
    conn.execute(
        compose(
            """
            UPDATE {} AS t {}
              FROM (SELECT d.account_id, coalesce(jsonb_object_agg(f.key, f.value) FILTER (WHERE f.key IS NOT NULL),
                                                  '{{}}') AS edited,
                           max(g.id) AS department_id, bool_or(g.id IS NOT NULL) AS has_department,
                           -- The later of the two decisions says where the account is.
                           max(g.region_code) FILTER (WHERE d.id > coalesce(r.id, 0)) AS department_region
                      FROM decisions_in_force AS d
                      LEFT JOIN departments AS g ON g.id = d.department_id
                      LEFT JOIN decisions_in_force AS r ON r.account_id = d.account_id AND r.field = 'region'
                      LEFT JOIN LATERAL jsonb_each(d.statement) AS f ON true
                     WHERE d.field <> 'status' AND (g.id IS NOT NULL OR d.statement IS NOT NULL) AND {}
                     GROUP BY d.account_id) AS c
             WHERE c.account_id = t.id
            """,
            table,
            SET_EDITED,
            condition,
        ),
        parameters or {},
    )


def inherit_decisions(conn: Connection) -> None:
    """Copy the decisions in force about duplicates to the surviving accounts, where these have none of the field."""
    conn.execute(
        """
        INSERT INTO account_decisions (account_id, field, status, closed_on, department_id, statement, before)
        SELECT DISTINCT ON (i.survivor_id, o.field)
               i.survivor_id, o.field, o.status, o.closed_on, o.department_id, o.statement, o.before
          FROM import_duplicates AS i
          JOIN decisions_in_force AS f ON f.account_id = i.duplicate_id
          JOIN account_decisions AS o USING (id)
         WHERE NOT EXISTS (SELECT FROM decisions_in_force AS own
                            WHERE (own.account_id, own.field) = (i.survivor_id, o.field))
         ORDER BY i.survivor_id, o.field, o.id DESC
        """
    )
