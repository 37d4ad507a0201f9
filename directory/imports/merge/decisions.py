"""Decisions of operators about the accounts of an import: they rank above what sources state."""

from psycopg import Connection


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
    conn.execute(
        """
        UPDATE import_targets AS t
           SET department_id = g.id, department_type = NULL,
               -- A person's account is of the place that the person stands for.
               region_code = CASE t.subject WHEN 'person' THEN t.region_code
                                            ELSE coalesce(g.region_code, t.region_code) END
          FROM decisions_in_force AS d
          JOIN departments AS g ON g.id = d.department_id
         WHERE d.account_id = t.id AND d.field = 'department'
        """
    )


def inherit_decisions(conn: Connection) -> None:
    """Copy the decisions in force about duplicates to the surviving accounts, where these have none of the field."""
    conn.execute(
        """
        INSERT INTO account_decisions (account_id, field, status, closed_on, department_id, before)
        SELECT DISTINCT ON (i.survivor_id, o.field)
               i.survivor_id, o.field, o.status, o.closed_on, o.department_id, o.before
          FROM import_duplicates AS i
          JOIN decisions_in_force AS f ON f.account_id = i.duplicate_id
          JOIN account_decisions AS o USING (id)
         WHERE NOT EXISTS (SELECT FROM decisions_in_force AS own
                            WHERE (own.account_id, own.field) = (i.survivor_id, o.field))
         ORDER BY i.survivor_id, o.field, o.id DESC
        """
    )
