"""SQL of operations on accounts: their state, what was decided and what is stated of them, and what is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from psycopg import Connection

Field = Literal["status", "department"]


@dataclass(frozen=True, slots=True)
class AccountState:
    """The values of an account that operations change."""

    id: str
    handle: str | None
    status: str
    opened_on: dt.date | None
    closed_on: dt.date | None
    department_id: str | None
    region_code: str | None
    subject: str
    replaced_by: str | None

    def as_json(self) -> dict[str, Any]:
        """Return the values that operations change, as plain values for JSON."""
        return {
            "handle": self.handle,
            "status": self.status,
            "closed_on": self.closed_on.isoformat() if self.closed_on else None,
            "department": self.department_id,
            "region": self.region_code,
            "replaced_by": self.replaced_by,
        }


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision that is in force, with the values that it replaced."""

    id: int
    status: str | None
    closed_on: dt.date | None
    department_id: str | None
    before: dict[str, Any]


class RegionCorrection(NamedTuple):
    """What an editor says of the region of an account."""

    id: int
    region_code: str | None


@dataclass(frozen=True, slots=True)
class StatedValues:
    """What the latest statements with each of these fields say; `is_stated`: whether there is any statement."""

    is_stated: bool
    closed_on: dt.date | None
    department_id: str | None
    region_code: str | None


def select_state(conn: Connection[Any], account_id: str) -> AccountState:
    """Return the state of an account that exists."""
    states = select_states(conn, [account_id])
    if not states:
        raise LookupError(account_id)
    return states[0]


def select_states(conn: Connection[Any], account_ids: Sequence[str]) -> list[AccountState]:
    """Return the states of those of these accounts that exist."""
    with conn.cursor(row_factory=class_row(AccountState)) as cursor:
        return cursor.execute(
            """
            SELECT id, handle, status, opened_on, closed_on, department_id, region_code, subject, replaced_by
              FROM accounts WHERE id = ANY (%(ids)s)
            """,
            {"ids": list(account_ids)},
        ).fetchall()


def select_places(conn: Connection[Any], ids: list[str]) -> list[tuple[str | None, str | None]]:
    """Return the region and the department of each of these accounts that exists, or of the one that it went into."""
    return conn.execute(
        """
        SELECT region_code, department_id FROM accounts
         WHERE id = ANY (%(ids)s)
            OR id IN (SELECT successor_id FROM tombstones WHERE kind = 'account' AND id = ANY (%(ids)s))
        """,
        {"ids": ids},
    ).fetchall()


def select_decision(conn: Connection[Any], account_id: str, field: Field) -> Decision | None:
    """Return the decision on a field of an account that is in force; None if none is."""
    with conn.cursor(row_factory=class_row(Decision)) as cursor:
        return cursor.execute(
            """
            SELECT id, status, closed_on, department_id, before FROM account_decisions
             WHERE account_id = %(id)s AND field = %(field)s AND withdrawn_in IS NULL
             ORDER BY id DESC LIMIT 1
            """,
            {"id": account_id, "field": field},
        ).fetchone()


def select_region_correction(conn: Connection[Any], account_id: str) -> RegionCorrection | None:
    """Return what an editor says of the region of an account; None if no editor says anything."""
    row = conn.execute(
        """
        SELECT id, statement ->> 'region' FROM decisions_in_force WHERE account_id = %(id)s AND field = 'region'
        """,
        {"id": account_id},
    ).fetchone()
    return RegionCorrection(*row) if row is not None else None


def select_stated_values(conn: Connection[Any], account_id: str) -> StatedValues:
    """Return what sources state of an account: of each field the latest, of sources that list it where there are any.

    The order is that of stated_status() and of imports.
    """
    with conn.cursor(row_factory=class_row(StatedValues)) as cursor:
        row = cursor.execute(
            """
            WITH stated AS (
                SELECT DISTINCT ON (k.key) k.key, s.statement ->> k.key AS value, s.department_id
                  FROM statements AS s
                 CROSS JOIN unnest(ARRAY['closed_on', 'department', 'region']) AS k (key)
                 WHERE s.account_id = %(id)s
                   AND CASE k.key WHEN 'department' THEN s.department_id IS NOT NULL ELSE s.statement ? k.key END
                 ORDER BY k.key, s.listed_until IS NULL DESC,
                          coalesce((s.key_revisions -> k.key ->> 0)::bigint, s.revision) DESC,
                          coalesce((s.key_revisions -> k.key ->> 1)::bigint, s.position) DESC
            )
            SELECT EXISTS (SELECT FROM statements WHERE account_id = %(id)s) AS is_stated,
                   (SELECT value FROM stated WHERE key = 'closed_on')::date AS closed_on,
                   (SELECT department_id FROM stated WHERE key = 'department') AS department_id,
                   (SELECT value FROM stated WHERE key = 'region') AS region_code
            """,
            {"id": account_id},
        ).fetchone()
    if row is None:
        raise LookupError(account_id)
    return row


def select_status(conn: Connection[Any], account_id: str, own: str) -> str:
    """Return the status that follows from decisions, statements and probes; `own` is used where nothing is stated."""
    row = conn.execute(
        """
        SELECT decided_status(a.id, stated_status(a.id, %(own)s), coalesce(p.status, y.status))
          FROM accounts AS a
          LEFT JOIN account_probes AS p ON p.account_id = a.id AND p.handle_key IS NOT DISTINCT FROM a.handle_key
          LEFT JOIN account_activity AS y ON y.account_id = a.id
         WHERE a.id = %(id)s
        """,
        {"id": account_id, "own": own},
    ).fetchone()
    if row is None:
        raise LookupError(account_id)
    return str(row[0])


def insert_status_decision(conn: Connection[Any], before: AccountState, status: str, closed_on: dt.date | None) -> None:
    """Decide the status of an account in the open revision."""
    conn.execute(
        """
        INSERT INTO account_decisions (account_id, field, status, closed_on, before)
        VALUES (%(id)s, 'status', %(status)s, %(closed_on)s, %(before)s)
        """,
        {"id": before.id, "status": status, "closed_on": closed_on, "before": Jsonb(before.as_json())},
    )


def insert_department_decision(conn: Connection[Any], before: AccountState, department_id: str) -> None:
    """Decide the department of an account in the open revision."""
    conn.execute(
        """
        INSERT INTO account_decisions (account_id, field, department_id, before)
        VALUES (%(id)s, 'department', %(department)s, %(before)s)
        """,
        {"id": before.id, "department": department_id, "before": Jsonb(before.as_json())},
    )


def withdraw_decision(conn: Connection[Any], decision_id: int) -> None:
    """Withdraw a decision in the open revision; it stays in the history."""
    conn.execute(
        "UPDATE account_decisions SET withdrawn_in = current_revision() WHERE id = %(id)s", {"id": decision_id}
    )


def clear_probed_end(conn: Connection[Any], account_id: str) -> None:
    """Take from the last probe of an account the end that followed from it; what the next probe finds is news."""
    conn.execute(
        "UPDATE account_probes SET status = NULL WHERE account_id = %(id)s AND status IS NOT NULL", {"id": account_id}
    )


def update_status(conn: Connection[Any], account_id: str, status: str, closed_on: dt.date | None) -> None:
    """Write the status of an account and the date of its end."""
    conn.execute(
        "UPDATE accounts SET (status, closed_on) = ROW (%(status)s, %(closed_on)s) WHERE id = %(id)s",
        {"id": account_id, "status": status, "closed_on": closed_on},
    )


def update_department(
    conn: Connection[Any], account_id: str, department_id: str | None, region_code: str | None
) -> None:
    """Write the department of an account and the region; triggers write the type of the department."""
    conn.execute(
        """
        UPDATE accounts SET (department_id, region_code) = ROW (%(department)s, %(region)s) WHERE id = %(id)s
        """,
        {"id": account_id, "department": department_id, "region": region_code},
    )


def select_department_region(conn: Connection[Any], department_id: str) -> str | None:
    """Return the code of the region of a department; None if it has none."""
    row = conn.execute("SELECT region_code FROM departments WHERE id = %(id)s", {"id": department_id}).fetchone()
    return row[0] if row else None
