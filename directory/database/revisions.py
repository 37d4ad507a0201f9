"""Revisions: each committed change of the registry has a number, and commit order is number order.

A restore or a failover can remove revisions, and their numbers are assigned again. So each also has a random mark: two
revisions are the same, including everything before them, if number and mark are equal.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple, Self

from psycopg import Connection, OperationalError
from psycopg.rows import class_row

from directory.database import advisory_locks


class RestoringError(OperationalError):
    """The registry is being restored: what it returns now belongs to no revision."""

    def __init__(self) -> None:
        super().__init__("the registry is being restored")


class State(NamedTuple):
    """A revision of the registry: its number, 0 before the first one, and its mark, "" if unknown."""

    number: int
    mark: str = ""

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Return the state in a text: a number, or a number and a mark joined by a hyphen; None for other texts."""
        found = _STATE.fullmatch(text)
        return cls(int(found[1]), found[2] or "") if found is not None else None

    @property
    def name(self) -> str:
        """The text in URLs: `17-0123456789ab`, or `17` without a mark."""
        return f"{self.number}-{self.mark}" if self.mark else str(self.number)


# Every number of up to 18 digits fits into PostgreSQL's bigint.
STATE_PATTERN: Final = "(0|[1-9][0-9]{0,17})(?:-([0-9a-f]{12}))?"
"""The syntax of `State.name`, with groups for number and mark."""
_STATE: Final = re.compile(STATE_PATTERN, re.ASCII)


@dataclass(frozen=True, slots=True)
class Revision:
    """One committed change: its number, mark, time (with offset), actor and reason; `source` is where it came from."""

    number: int
    mark: str
    at: datetime
    actor: str
    reason: str
    source: str | None


def begin_revision(conn: Connection, *, actor: str, reason: str, source: str | None = None) -> int:
    """Begin the next revision in the open transaction and return its number; waits for other writers.

    `source` is where the changes come from: the id of a source, or file names; None if they were made by hand.
    Raises LockTimeoutError.
    """
    advisory_locks.lock_writes(conn)
    row = conn.execute("SELECT begin_revision(%s, %s, %s)", (actor, reason, source)).fetchone()
    if row is None:
        message = "begin_revision() gave no row"
        raise LookupError(message)
    return int(row[0])


def update_list_date(conn: Connection, at: datetime) -> None:
    """Record that the open revision imports a list of a time (with offset)."""
    conn.execute("UPDATE revisions SET list_date = %s WHERE revision = current_revision()", (at,))


def select_latest(conn: Connection) -> Revision | None:
    """Return the latest revision visible to `conn`, None if the registry was never written."""
    with conn.cursor(row_factory=class_row(Revision)) as cursor:
        return cursor.execute(
            "SELECT revision AS number, mark, at, actor, reason, source FROM revisions ORDER BY revision DESC LIMIT 1"
        ).fetchone()


def select_state(conn: Connection) -> State:
    """Return the latest state visible to `conn`; raise RestoringError while the registry is being restored."""
    row = conn.execute(
        """
        SELECT coalesce(latest.revision, 0), coalesce(latest.mark, '')
          FROM (SELECT) AS one
          LEFT JOIN (SELECT revision, mark FROM revisions ORDER BY revision DESC LIMIT 1) AS latest ON true
         WHERE to_regclass('revisions_pkey') IS NOT NULL
        """
    ).fetchone()
    if row is None:
        # pg_restore creates primary keys after it has loaded all rows.
        raise RestoringError
    return State(*row)


def select_key(conn: Connection) -> int | None:
    """Return the OID of the primary key of revisions, which changes with a restore; None during one."""
    row = conn.execute("SELECT to_regclass('revisions_pkey')::oid::bigint").fetchone()
    return row[0] if row else None


def select_mark(conn: Connection, number: int) -> str | None:
    """Return the mark of a revision, None if there is no such revision."""
    row = conn.execute("SELECT mark FROM revisions WHERE revision = %s", (number,)).fetchone()
    return row[0] if row else None


def select_erasure(conn: Connection) -> State:
    """Return the latest revision that erased data from earlier ones; number 0 if there is none."""
    row = conn.execute(
        """
        SELECT revision, mark FROM revisions
         WHERE revision = (SELECT max(erased_in) FROM tombstones WHERE erased_in IS NOT NULL)
        """
    ).fetchone()
    return State(*row) if row is not None else State(0)


def select_first_time(conn: Connection) -> datetime | None:
    """Return the time of the first revision, which identifies a registry; None before it."""
    row = conn.execute("SELECT at FROM revisions ORDER BY revision LIMIT 1").fetchone()
    return row[0] if row else None


def select_number_at(conn: Connection, at: datetime) -> int | None:
    """Return the number of the last revision at or before a time, None before the first."""
    row = conn.execute(
        # Two revisions have one time where the clock went back between them.
        "SELECT revision FROM revisions WHERE at <= %s ORDER BY at DESC, revision DESC LIMIT 1",
        (at,),
    ).fetchone()
    return int(row[0]) if row else None


def select_number_before(conn: Connection, end: datetime) -> int | None:
    """Return the number of the last revision before a time, None before the first."""
    row = conn.execute(
        "SELECT revision FROM revisions WHERE at < %s ORDER BY at DESC, revision DESC LIMIT 1", (end,)
    ).fetchone()
    return int(row[0]) if row else None
