"""Rows of one import that are one account and say different things of it: which, where, and what was taken."""

from dataclasses import dataclass, field
from typing import Final

from psycopg import Connection

# As they are shown. Counts and times are observations, of which one does not contradict another; all names and tags
# are kept.
_FIELDS: Final = [
    "handle",
    "name",
    "description",
    "department",
    "department_type",
    "department_url",
    "region",
    "subject",
    "status",
    "opened_on",
    "closed_on",
    "language",
]


@dataclass(frozen=True, slots=True)
class Said:
    """A value, and the position and line of the first row that has it."""

    position: int
    line: int
    value: str


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One field of one account, what the rows say of it in their order, and what the account has now."""

    account_id: str
    platform: str
    handle: str | None
    field: str
    said: tuple[Said, ...]
    taken: str | None


@dataclass(slots=True)
class Repeated:
    """Accounts with several rows: how many there are, how many disagree, in which fields; the first are listed."""

    accounts: int = 0
    disagreeing: int = 0
    by_field: dict[str, int] = field(default_factory=dict)
    first: list[Disagreement] = field(default_factory=list)


def select_repeated(conn: Connection, shown: int) -> Repeated:
    """Find the accounts that several rows are about, when the rows are merged, and the first `shown` disagreements."""
    made = conn.execute(
        """
        CREATE TEMP TABLE import_shared ON COMMIT DROP AS
        SELECT account_id FROM import_placed GROUP BY account_id HAVING count(*) > 1
        """
    )
    if not made.rowcount:
        return Repeated()
    conn.execute("ANALYZE import_shared")
    conn.execute(
        """
        CREATE TEMP TABLE import_disagreements ON COMMIT DROP AS
        WITH said AS (
            SELECT account_id, f.key, CASE WHEN f.key = 'handle' THEN coalesce(r.statement ->> 'handle_key', f.value)
                                           ELSE f.value END AS value,
                   min(ARRAY[r.position, r.line]) AS place
              FROM import_shared
              JOIN import_placed USING (account_id)
              JOIN import_rows AS r USING (position), jsonb_each_text(r.statement) AS f
             WHERE f.key IN ('handle', 'name', 'description', 'department', 'department_type', 'department_url',
                             'region', 'subject', 'status', 'opened_on', 'closed_on', 'language')
               AND NOT (f.key = 'status' AND f.value = 'unknown')
             GROUP BY 1, 2, 3
        )
        SELECT account_id, key, min(place) AS first, (array_agg(place ORDER BY place))[1:5][1:2] AS places,
               (array_agg(value ORDER BY place))[1:5] AS said
          FROM said
         GROUP BY account_id, key
        HAVING count(*) > 1
        """
    )
    counted = conn.execute("SELECT count(DISTINCT account_id) FROM import_disagreements").fetchone()
    fields = conn.execute("SELECT key, count(*) FROM import_disagreements GROUP BY key ORDER BY 2 DESC, 1").fetchall()
    disagreeing = int(counted[0]) if counted else 0
    return Repeated(made.rowcount, disagreeing, dict(fields), _select_first(conn, shown) if disagreeing else [])


def _select_first(conn: Connection, shown: int) -> list[Disagreement]:
    """Read the first disagreements, with what the account has after the import."""
    rows = conn.execute(
        """
        WITH shown AS (
            SELECT * FROM import_disagreements ORDER BY first, array_position(%(fields)s::text[], key) LIMIT %(shown)s
        )
        SELECT a.id, a.platform, a.handle, s.key, s.said, s.places,
               CASE s.key
                    WHEN 'handle' THEN a.handle_key WHEN 'name' THEN a.name WHEN 'description' THEN a.description
                    WHEN 'department' THEN d.name WHEN 'department_type' THEN a.department_type
                    WHEN 'department_url' THEN d.website WHEN 'region' THEN a.region_code
                    WHEN 'subject' THEN a.subject WHEN 'status' THEN a.status
                    WHEN 'opened_on' THEN to_char(a.opened_on, 'YYYY-MM-DD')
                    WHEN 'closed_on' THEN to_char(a.closed_on, 'YYYY-MM-DD') WHEN 'language' THEN a.language END
          FROM shown AS s
          JOIN accounts AS a ON a.id = s.account_id
          LEFT JOIN departments AS d ON d.id = a.department_id
         ORDER BY s.first, array_position(%(fields)s::text[], s.key)
        """,
        {"shown": shown, "fields": _FIELDS},
    )
    return [
        Disagreement(
            account_id,
            platform,
            handle,
            key,
            tuple(Said(position, line, value) for (position, line), value in zip(places, said, strict=True)),
            taken,
        )
        for account_id, platform, handle, key, said, places, taken in rows
    ]
