"""Conflicts: rows of one import that are about one account and disagree on a field, and the value that won."""

from dataclasses import dataclass, field
from typing import Final

from psycopg import Connection

# In the order of the report. Counts and times are observations, which do not contradict each other; all names and tags
# are retained.
_FIELDS: Final = [
    "handle",
    "name",
    "description",
    "department",
    "department_type",
    "department_url",
    "external_ids",
    "region",
    "subject",
    "status",
    "opened_on",
    "closed_on",
    "language",
]


@dataclass(frozen=True, slots=True)
class StatedValue:
    """A value, and the position and line of the first row that has it."""

    position: int
    line: int
    value: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """One field of one account, what the rows state in their order, and the value that the account has now."""

    account_id: str
    platform: str
    handle: str | None
    field: str
    stated: tuple[StatedValue, ...]
    taken: str | None


@dataclass(slots=True)
class RepeatedAccounts:
    """Accounts with several rows: how many there are, how many disagree, in which fields; the first are listed."""

    accounts: int = 0
    disagreeing: int = 0
    by_field: dict[str, int] = field(default_factory=dict)
    first: list[Conflict] = field(default_factory=list)


def select_repeated_accounts(conn: Connection, limit: int) -> RepeatedAccounts:
    """Return the accounts that several rows are about, after the merge, and the first `limit` conflicts."""
    created = conn.execute(
        """
        CREATE TEMP TABLE import_repeated_accounts ON COMMIT DROP AS
        SELECT account_id FROM import_matches GROUP BY account_id HAVING count(*) > 1
        """
    )
    conn.execute("ANALYZE import_repeated_accounts")
    conn.execute(
        """
        CREATE TEMP TABLE import_conflicts ON COMMIT DROP AS
        WITH stated AS (
            -- Handles that differ only in case, where the platform ignores it, do not contradict each other.
            SELECT account_id, f.key, CASE WHEN f.key = 'handle' THEN coalesce(r.statement ->> 'handle_key', f.value)
                                           ELSE f.value END AS value,
                   -- Arrays compare element by element, so the line is that of the first row.
                   min(ARRAY[r.position, r.line]) AS place
              FROM import_repeated_accounts
              JOIN import_matches USING (account_id)
              JOIN import_rows AS r USING (position), jsonb_each_text(r.statement) AS f
             WHERE f.key IN ('handle', 'name', 'description', 'department', 'department_type', 'department_url',
                             'external_ids', 'region', 'subject', 'status', 'opened_on', 'closed_on', 'language')
               AND NOT (f.key = 'status' AND f.value = 'unknown')
             GROUP BY 1, 2, 3
        )
        -- An array of two dimensions is cut by a slice for each of them.
        SELECT account_id, key, min(place) AS first, (array_agg(place ORDER BY place))[1:5][1:2] AS places,
               (array_agg(value ORDER BY place))[1:5] AS stated
          FROM stated
         GROUP BY account_id, key
        HAVING count(*) > 1
        """
    )
    counted = conn.execute("SELECT count(DISTINCT account_id) FROM import_conflicts").fetchone()
    fields = conn.execute("SELECT key, count(*) FROM import_conflicts GROUP BY key ORDER BY 2 DESC, 1").fetchall()
    disagreeing = int(counted[0]) if counted else 0
    return RepeatedAccounts(
        created.rowcount, disagreeing, dict(fields), _select_first(conn, limit) if disagreeing else []
    )


def _select_first(conn: Connection, limit: int) -> list[Conflict]:
    """Return the first conflicts, with what the account has after the import."""
    rows = conn.execute(
        """
        WITH first_conflicts AS (
            SELECT * FROM import_conflicts ORDER BY first, array_position(%(fields)s::text[], key) LIMIT %(limit)s
        )
        SELECT a.id, a.platform, a.handle, s.key, s.stated, s.places,
               CASE s.key
                    WHEN 'handle' THEN a.handle_key WHEN 'name' THEN a.name WHEN 'description' THEN a.description
                    WHEN 'department' THEN d.name WHEN 'department_type' THEN a.department_type
                    WHEN 'department_url' THEN d.website
                    WHEN 'external_ids' THEN to_jsonb(d.external_ids)::text WHEN 'region' THEN a.region_code
                    WHEN 'subject' THEN a.subject WHEN 'status' THEN a.status
                    WHEN 'opened_on' THEN to_char(a.opened_on, 'YYYY-MM-DD')
                    WHEN 'closed_on' THEN to_char(a.closed_on, 'YYYY-MM-DD') WHEN 'language' THEN a.language END
          FROM first_conflicts AS s
          JOIN accounts AS a ON a.id = s.account_id
          LEFT JOIN departments AS d ON d.id = a.department_id
         ORDER BY s.first, array_position(%(fields)s::text[], s.key)
        """,
        {"limit": limit, "fields": _FIELDS},
    )
    return [
        Conflict(
            account_id,
            platform,
            handle,
            key,
            tuple(StatedValue(position, line, value) for (position, line), value in zip(places, stated, strict=True)),
            taken,
        )
        for account_id, platform, handle, key, stated, places, taken in rows
    ]
