"""Values that a source stated before and that an import clears: how many of each field, and the first of them."""

from collections.abc import Callable
from dataclasses import dataclass, field

from psycopg import Connection

from directory.imports.errors import shorten


@dataclass(frozen=True, slots=True)
class ClearedValue:
    """One value that was cleared, and the position and line of the row that clears it."""

    position: int
    line: int
    account_id: str
    platform: str
    handle: str | None
    field: str
    value: str

    def as_text(self, name_file: Callable[[int], str]) -> str:
        """Return it as a line of the report."""
        name = f"{self.platform}/{self.handle or self.account_id}"
        return f"{name_file(self.position)}, line {self.line}: {name}, {self.field} was {shorten(self.value)!r}"

    def as_json(self, name_file: Callable[[int], str]) -> dict[str, object]:
        """Return it as plain values for JSON."""
        return {
            "file": name_file(self.position),
            "line": self.line,
            "account": self.account_id,
            "platform": self.platform,
            "handle": self.handle,
            "field": self.field,
            "value": self.value,
        }


@dataclass(slots=True)
class ClearedValues:
    """How many values of each field were cleared; the first are listed."""

    by_field: dict[str, int] = field(default_factory=dict)
    first: list[ClearedValue] = field(default_factory=list)


def select_cleared_values(conn: Connection, limit: int) -> ClearedValues:
    """Return the values that changed statements had before and no longer have, up to `limit` of them by name.

    Counts and times of observations are not among them: every observation is retained.
    """
    created = conn.execute(
        """
        CREATE TEMP TABLE import_cleared ON COMMIT DROP AS
        SELECT DISTINCT s.account_id, s.source, s.source_id, s.position, f.field, s.earlier -> f.field AS value
          FROM import_statements AS s
         -- NULL: the row replaces the whole statement.
         CROSS JOIN LATERAL unnest(coalesce(s.cleared,
               '{name,names,description,department,department_type,department_url,external_ids,region,subject,status,
                 opened_on,closed_on,language,tags}')) AS touched (field)
         -- The column `name_zh` of a file is one of the `names` of a statement.
         CROSS JOIN LATERAL (SELECT CASE touched.field WHEN 'name_zh' THEN 'names' ELSE touched.field END) AS f (field)
         WHERE s.earlier ? f.field AND NOT s.statement ? f.field
           AND f.field NOT IN ('name_key', 'followers', 'followers_at', 'posts', 'last_post_at')
           -- The defaults, which an account has without them, too.
           AND (f.field, s.earlier ->> f.field) NOT IN (('status', 'unknown'), ('subject', 'body'))
        """
    )
    if not created.rowcount:
        return ClearedValues()
    counts = conn.execute("SELECT field, count(*) FROM import_cleared GROUP BY field ORDER BY 2 DESC, 1").fetchall()
    return ClearedValues(dict(counts), _select_first(conn, limit))


def _select_first(conn: Connection, limit: int) -> list[ClearedValue]:
    """Return the first values, each with the first row that has nothing in its place."""
    rows = conn.execute(
        """
        WITH first AS MATERIALIZED (
            SELECT * FROM import_cleared ORDER BY position, field LIMIT %(limit)s
        ), clearing AS (
            SELECT s.account_id, s.source, s.source_id, s.field, min(r.position) AS position
              FROM first AS s
              JOIN import_matches AS p USING (account_id, source, source_id)
              JOIN import_rows AS r ON r.position = p.position
             WHERE r.cleared IS NULL OR s.field = ANY (r.cleared)
             GROUP BY 1, 2, 3, 4
        )
        SELECT r.position, r.line, a.id, a.platform, a.handle, s.field,
               CASE s.field WHEN 'names'
                            THEN (SELECT string_agg(n ->> 'name', '; ') FROM jsonb_array_elements(value) AS n)
                            WHEN 'external_ids'
                            THEN (SELECT string_agg(i, '; ') FROM jsonb_array_elements_text(value) AS i)
                            WHEN 'tags' THEN (SELECT string_agg(t, '; ') FROM jsonb_array_elements_text(value) AS t)
                            ELSE s.value #>> '{}' END
          FROM first AS s
          LEFT JOIN clearing AS b USING (account_id, source, source_id, field)
          JOIN import_rows AS r ON r.position = coalesce(b.position, s.position)
          JOIN accounts AS a ON a.id = s.account_id
         ORDER BY r.position, s.field
        """,
        {"limit": limit},
    )
    return [ClearedValue(*row) for row in rows]
