"""What is known of the accounts of an import apart from its rows: what probes found, and the rule of dormancy.

What a probe found holds as long as an account has the handle that was asked for.
"""

from psycopg import Connection


def apply_probes(conn: Connection) -> None:
    """Set the status of `import_targets` that follows from probes and posts, and end what a former handle proved."""
    conn.execute(
        """
        UPDATE import_targets AS d SET status = probed_status(d.status, f.status)
          FROM (SELECT t.id, coalesce(p.status, y.status) AS status
                  FROM import_targets AS t
                  LEFT JOIN account_probes AS p
                    ON p.account_id = t.id AND p.handle_key IS NOT DISTINCT FROM t.handle_key
                  LEFT JOIN account_activity AS y ON y.account_id = t.id) AS f
         WHERE f.id = d.id AND f.status IS NOT NULL
        """
    )
    conn.execute(
        """
        UPDATE import_targets AS d SET verification = 'source'
          FROM accounts AS a
         WHERE a.id = d.id AND d.verification = 'platform' AND a.handle_key IS DISTINCT FROM d.handle_key
        """
    )
