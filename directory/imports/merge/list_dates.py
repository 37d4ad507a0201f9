"""Dates of lists: one that is older than what the registry has of its source would take back what is known since."""

from collections.abc import Sequence
from datetime import UTC, datetime

from psycopg import Connection

from directory.imports.errors import OlderList


def refuse_older_list(conn: Connection, list_date: datetime | None, default_sources: Sequence[str]) -> None:
    """Raise OlderList if the registry has a later list of a staged source than that of `list_date` (None: now).

    `default_sources` are the sources of a list without rows.
    """
    if list_date is None:
        return
    row = conn.execute(
        """
        WITH staged AS (
            SELECT source FROM import_rows
             UNION
            SELECT unnest(%(default_sources)s::text[]) WHERE NOT EXISTS (SELECT FROM import_rows)
        ), stated AS (
            SELECT DISTINCT s.source, v.revision
              FROM staged JOIN statements AS s USING (source)
             CROSS JOIN LATERAL (VALUES (s.revision), (s.listed_until)) AS v (revision)
        )
        SELECT t.source, max(coalesce(r.list_date, r.at)) AS later
          FROM stated AS t JOIN revisions AS r USING (revision)
         -- Other revisions than those of imports do not tell what a source lists.
         WHERE r.source IS NOT NULL
         GROUP BY t.source HAVING max(coalesce(r.list_date, r.at)) > %(list_date)s
         ORDER BY later DESC, t.source LIMIT 1
        """,
        {"default_sources": list(default_sources), "list_date": list_date},
    ).fetchone()
    if row is not None:
        source, later = row
        raise OlderList(
            f"the registry has a list of {source} of {later.astimezone(UTC):%Y-%m-%d}, which is later than "
            f"{list_date.astimezone(UTC):%Y-%m-%d}: import releases in order, the oldest first, or rows with "
            "listed_from and listed_until"
        )
