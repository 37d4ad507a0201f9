"""What a registry holds, as far as a sample must know before it is loaded."""

from psycopg import Connection


def count_real_accounts(conn: Connection, source: str) -> int:
    """Count the accounts that do not come from `source` alone; reads kept counts only."""
    row = conn.execute(
        """
        WITH kept AS (
            SELECT coalesce(sum(accounts) FILTER (WHERE value = %(source)s), 0) AS synthetic,
                   coalesce(max(accounts) FILTER (WHERE value <> %(source)s), 0) AS of_others
              FROM account_tallies
             WHERE dimension = 'source'
        )
        SELECT greatest((SELECT coalesce(sum(accounts), 0) FROM account_counts) - kept.synthetic, kept.of_others)
          FROM kept
        """,
        {"source": source},
    ).fetchone()
    return int(row[0]) if row else 0


def select_loaded_sample(conn: Connection, source: str) -> str | None:
    """Give the note of the sample that was loaded, None if none was."""
    row = conn.execute("SELECT note FROM sources WHERE id = %(source)s", {"source": source}).fetchone()
    return str(row[0]) if row else None
