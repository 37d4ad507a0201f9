"""Values that a source stated before and that an import takes away: how many of each field, and the first of them."""

from collections.abc import Callable
from dataclasses import dataclass, field

from psycopg import Connection

from directory.imports.errors import shorten


@dataclass(frozen=True, slots=True)
class Taken:
    """One value that was taken away, and the position and line of the row by which it was."""

    position: int
    line: int
    account_id: str
    platform: str
    handle: str | None
    field: str
    value: str

    def tell(self, name_file: Callable[[int], str]) -> str:
        """Return it as a line for a person."""
        name = f"{self.platform}/{self.handle or self.account_id}"
        return f"{name_file(self.position)}, line {self.line}: {name}, {self.field} was {shorten(self.value)!r}"

    def as_json(self, name_file: Callable[[int], str]) -> dict[str, object]:
        """Return it as plain values."""
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
class Emptied:
    """How many values of each field were taken away; the first are listed."""

    by_field: dict[str, int] = field(default_factory=dict)
    first: list[Taken] = field(default_factory=list)


def select_emptied(conn: Connection, shown: int) -> Emptied:
    """Find the values that changed statements had before and have no more, when they are merged.

    Counts and times of observations are not among them: each is kept as it was observed.
    """
    if not _exist_statements(conn):
        return Emptied()
    made = conn.execute(
        """
        CREATE TEMP TABLE import_emptied ON COMMIT DROP AS
        SELECT DISTINCT s.account_id, s.source, s.source_id, s.position, f.field, s.earlier -> f.field AS value
          FROM import_statements AS s
         CROSS JOIN LATERAL unnest(coalesce(s.cleared,
               '{name,names,description,department,department_type,department_url,region,subject,status,opened_on,
                 closed_on,language,tags}')) AS given (field)
         CROSS JOIN LATERAL (SELECT CASE given.field WHEN 'name_zh' THEN 'names' ELSE given.field END) AS f (field)
         WHERE s.earlier ? f.field AND NOT s.statement ? f.field
           AND f.field NOT IN ('name_key', 'followers', 'followers_at', 'posts', 'last_post_at')
           -- What an account is where nothing is said.
           AND (f.field, s.earlier ->> f.field) NOT IN (('status', 'unknown'), ('subject', 'body'))
        """
    )
    if not made.rowcount:
        return Emptied()
    counts = conn.execute("SELECT field, count(*) FROM import_emptied GROUP BY field ORDER BY 2 DESC, 1").fetchall()
    return Emptied(dict(counts), _select_first(conn, shown))


def _exist_statements(conn: Connection) -> bool:
    row = conn.execute("SELECT EXISTS (SELECT FROM import_statements WHERE earlier IS NOT NULL)").fetchone()
    return bool(row and row[0])


def _select_first(conn: Connection, shown: int) -> list[Taken]:
    """Read the first values, each with the first row that has nothing in its place."""
    rows = conn.execute(
        """
        WITH shown AS MATERIALIZED (
            SELECT * FROM import_emptied ORDER BY position, field LIMIT %(shown)s
        ), blamed AS (
            SELECT s.account_id, s.source, s.source_id, s.field, min(r.position) AS position
              FROM shown AS s
              JOIN import_placed AS p USING (account_id, source, source_id)
              JOIN import_rows AS r ON r.position = p.position
             WHERE r.cleared IS NULL OR s.field = ANY (r.cleared)
             GROUP BY 1, 2, 3, 4
        )
        SELECT r.position, r.line, a.id, a.platform, a.handle, s.field,
               CASE s.field WHEN 'names'
                            THEN (SELECT string_agg(n ->> 'name', '; ') FROM jsonb_array_elements(value) AS n)
                            WHEN 'tags' THEN (SELECT string_agg(t, '; ') FROM jsonb_array_elements_text(value) AS t)
                            ELSE s.value #>> '{}' END
          FROM shown AS s
          LEFT JOIN blamed AS b USING (account_id, source, source_id, field)
          JOIN import_rows AS r ON r.position = coalesce(b.position, s.position)
          JOIN accounts AS a ON a.id = s.account_id
         ORDER BY r.position, s.field
        """,
        {"shown": shown},
    )
    return [Taken(*row) for row in rows]
