"""Differences: what an import would change, account by account, for a dry run."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from psycopg import Connection
from psycopg.rows import dict_row

from directory.imports.errors import shorten

_NO_FIELDS: Final = ("position", "line", "id", "is_new", "is_after")


@dataclass(frozen=True, slots=True)
class Difference:
    """An account that is created or updated, the first row that does so, and its fields before and after.

    `position` and `line` are 0 if no row does so: a complete list no longer lists it, and another source still does.
    """

    position: int
    line: int
    account_id: str | None
    platform: str
    handle: str | None
    fields: dict[str, tuple[str | None, str | None]]

    @property
    def is_new(self) -> bool:
        """Whether the account is created; it has no id before that is done."""
        return self.account_id is None

    def as_text(self, name_file: Callable[[int], str]) -> str:
        """Return it as a line of the report."""
        name = f"{self.platform}/{self.handle or self.account_id or self.fields['platform_user_id'][1]}"
        if self.is_new:
            shown = ", ".join(
                f"{field} {_show(after)}" for field, (_, after) in self.fields.items() if field != "handle"
            )
        else:
            shown = ", ".join(f"{field} {_show(old)} → {_show(new)}" for field, (old, new) in self.fields.items())
        action = "create" if self.is_new else "update"
        where = f"{name_file(self.position)}, line {self.line}" if self.position else "no row"
        return f"{where}: {action} {name}: {shown}"

    def as_json(self, name_file: Callable[[int], str]) -> dict[str, object]:
        """Return it as plain values for JSON."""
        return {
            "file": name_file(self.position) if self.position else None,
            "line": self.line if self.position else None,
            "action": "create" if self.is_new else "update",
            "account": self.account_id,
            "platform": self.platform,
            "handle": self.handle,
            "fields": {field: {"before": old, "after": new} for field, (old, new) in self.fields.items()},
        }


def select_differences(conn: Connection, limit: int) -> list[Difference]:
    """Return the first `limit` accounts of `import_targets` that are new or differ, before they are written."""
    with conn.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            """
            WITH changed AS (
                SELECT account_id AS id, min(position) AS position FROM import_statements GROUP BY account_id
            ), differing AS MATERIALIZED (
                -- An account that changes without a row of its own has the position of a row that is about it, if any.
                SELECT d.id, d.is_new, coalesce(p.position, (
                           SELECT min(r.position) FROM import_matches AS r WHERE r.account_id = d.id)) AS position
                  FROM import_targets AS d
                  LEFT JOIN changed AS p USING (id)
                  LEFT JOIN accounts AS a USING (id)
                 WHERE d.is_new OR (a.platform_user_id, a.handle, a.url, a.name, a.names, a.name_keys, a.description,
                           a.department_id, CASE WHEN d.department_id IS NULL THEN a.department_type END,
                           a.region_code, a.subject, a.status, a.verification, a.opened_on, a.closed_on, a.language,
                           a.tags, a.sources)
                       IS DISTINCT FROM
                       (d.platform_user_id, d.handle, d.url, d.name, d.names, d.name_keys, d.description,
                        d.department_id, d.department_type, d.region_code, d.subject, d.status, d.verification,
                        d.opened_on, d.closed_on, d.language, d.tags, d.sources)
                 ORDER BY position, d.id
                 LIMIT %(limit)s
            ), state AS (
                SELECT false AS is_after, id, platform, platform_user_id, handle, url, name, names, description,
                       department_id, department_type, region_code, subject, status, opened_on, closed_on, language,
                       tags, sources
                  FROM accounts
                 WHERE id IN (SELECT id FROM differing)
                 UNION ALL
                SELECT true, id, platform, platform_user_id, handle, url, name, names, description,
                       department_id, department_type, region_code, subject, status, opened_on, closed_on, language,
                       tags, sources
                  FROM import_targets
                 WHERE id IN (SELECT id FROM differing)
            )
            SELECT f.position, coalesce(r.line, 0) AS line, f.id, f.is_new, s.is_after, s.platform, s.handle,
                   s.platform_user_id, s.url, s.name,
                   (SELECT string_agg(n ->> 'name', '; ' ORDER BY place)
                      FROM jsonb_array_elements(s.names) WITH ORDINALITY AS each_name (n, place)) AS names,
                   s.description, d.name AS department, coalesce(d.type, s.department_type) AS department_type,
                   s.region_code AS region, s.subject, s.status,
                   -- Texts, which the report shows as they are.
                   s.opened_on::text, s.closed_on::text, s.language,
                   nullif(array_to_string(s.tags, '; '), '') AS tags, array_to_string(s.sources, '; ') AS sources
              FROM differing AS f
              JOIN state AS s USING (id)
              LEFT JOIN import_rows AS r ON r.position = f.position
              LEFT JOIN departments AS d ON d.id = s.department_id
             ORDER BY f.position, f.id, s.is_after
            """,
            {"limit": limit},
        ).fetchall()
    before = {row["id"]: row for row in rows if not row["is_after"]}
    return [_compare(before.get(row["id"], {}), row) for row in rows if row["is_after"]]


def _compare(old: dict[str, str | None], new: dict[str, str | None]) -> Difference:
    fields = {
        field: (old.get(field), value)
        for field, value in new.items()
        if field not in _NO_FIELDS and field != "platform" and old.get(field) != value
    }
    position, line = int(new["position"] or 0), int(new["line"] or 0)
    account_id = None if new["is_new"] else new["id"]
    return Difference(position, line, account_id, str(new["platform"]), new["handle"], fields)


def _show(value: str | None) -> str:
    return "nothing" if value is None else repr(shorten(value))
