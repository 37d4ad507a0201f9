"""SQL that checks, before a sample is loaded, what the registry has."""

from psycopg import Connection


def count_real_accounts(conn: Connection, source: str) -> int:
    """Count the accounts that do not come from `source` alone; from the counts tables alone."""
    # An account of this source and another one is no part of the difference; only the tally of the other shows it.
    row = conn.execute(
        """
        WITH tally AS (
            SELECT coalesce(sum(accounts) FILTER (WHERE value = %(source)s), 0) AS synthetic,
                   coalesce(max(accounts) FILTER (WHERE value <> %(source)s), 0) AS of_others
              FROM account_tallies
             WHERE dimension = 'source'
        )
        SELECT greatest((SELECT coalesce(sum(accounts), 0) FROM account_counts) - tally.synthetic, tally.of_others)
          FROM tally
        """,
        {"source": source},
    ).fetchone()
    return int(row[0]) if row else 0


def select_loaded_sample(conn: Connection, source: str) -> str | None:
    """Return the note of the loaded sample, None if there is none."""
    row = conn.execute("SELECT note FROM sources WHERE id = %(source)s", {"source": source}).fetchone()
    return str(row[0]) if row else None
