"""Which of its source's statements about an account a row is, where the file has not the source's own ids."""

from psycopg import Connection


def adopt_listings(conn: Connection) -> None:
    """Let rows of files without the source's own ids be about the one statement of the account that has such an id.

    Ids that other rows of the import have are not theirs.
    """
    if not _are_listed(conn):
        return
    conn.execute(
        """
        WITH nameless AS MATERIALIZED (
            SELECT p.position, p.account_id, p.source
              FROM import_placed AS p
              JOIN import_rows AS r USING (position)
             WHERE p.source_id = '' AND NOT coalesce('source_id' = ANY (r.cleared), false)
        ), sole AS (
            SELECT s.account_id, s.source, min(s.source_id) AS source_id
              FROM (SELECT DISTINCT account_id, source FROM nameless) AS n
              JOIN statements AS s USING (account_id, source)
             WHERE NOT EXISTS (SELECT FROM import_placed AS o
                                WHERE (o.account_id, o.source, o.source_id) = (s.account_id, s.source, s.source_id)
                                  AND o.source_id <> '')
             GROUP BY 1, 2
            HAVING count(*) = 1 AND min(s.source_id) <> ''
        )
        UPDATE import_placed AS p SET source_id = s.source_id
          FROM nameless AS n
          JOIN sole AS s USING (account_id, source)
         WHERE p.position = n.position
        """
    )


def _are_listed(conn: Connection) -> bool:
    """Whether sources of rows that have no id of the source's own stated such ids before."""
    row = conn.execute(
        """
        SELECT EXISTS (SELECT FROM (SELECT DISTINCT source FROM import_rows WHERE source_id = '') AS r
                        WHERE EXISTS (SELECT FROM statements AS s WHERE s.source = r.source AND s.source_id > ''))
        """
    ).fetchone()
    return bool(row and row[0])
