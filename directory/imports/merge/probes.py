"""What probes found of the accounts of an import: it holds as long as an account has the handle that was asked for."""

from psycopg import Connection


def apply_probes(conn: Connection) -> None:
    """Set the status of `import_targets` that follows from probes, and end what a former handle proved."""
    conn.execute(
        """
        UPDATE import_targets AS d SET status = probed_status(d.status, p.status)
          FROM account_probes AS p
         WHERE p.account_id = d.id AND p.handle_key IS NOT DISTINCT FROM d.handle_key AND p.status IS NOT NULL
        """
    )
    conn.execute(
        """
        UPDATE import_targets AS d SET verification = 'source'
          FROM accounts AS a
         WHERE a.id = d.id AND d.verification = 'platform' AND a.handle_key IS DISTINCT FROM d.handle_key
        """
    )
