"""Revisions: each committed change of the registry has a number, and commit order is number order.

A restore or a failover can take revisions back, and then their numbers are given again. So each has a mark beside its
number: two are the same revision, with all before it, if both are equal.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple, Self

from psycopg import Connection, OperationalError
from psycopg.rows import class_row

from directory.database import advisory_locks

# As in begin_revision().
_KEY: Final = 7_233_192_046_137_041_780


class RestoringError(OperationalError):
    """The registry is being restored: what is read of it is of no state."""

    def __init__(self) -> None:
        super().__init__("the registry is being restored")


class State(NamedTuple):
    """What the registry was at a revision: its number, 0 before the first, and its mark, "" where that is not known."""

    number: int
    mark: str = ""

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Return the state that a text names, by its number alone or with its mark behind a hyphen; None for others."""
        found = _STATE.fullmatch(text)
        return cls(int(found[1]), found[2] or "") if found is not None else None

    @property
    def name(self) -> str:
        """The text by which addresses name it."""
        return f"{self.number}-{self.mark}" if self.mark else str(self.number)


STATE_PATTERN: Final = "(0|[1-9][0-9]{0,17})(?:-([0-9a-f]{12}))?"
"""How the name of a state looks: its number and its mark."""
_STATE: Final = re.compile(STATE_PATTERN, re.ASCII)


@dataclass(frozen=True, slots=True)
class Revision:
    """One committed change: its number, time (with offset), who made it and why; `source` is what it was read from."""

    number: int
    mark: str
    at: datetime
    actor: str
    reason: str
    source: str | None


def lock_writes(conn: Connection) -> None:
    """Wait for any other writer, and keep others waiting to the end of the transaction: what is compared holds.

    Raises LockTimeoutError. A transaction that then asks nothing of the server for a minute is ended by it.
    """
    advisory_locks.acquire(conn, _KEY, "write to the registry")


def begin_revision(conn: Connection, *, actor: str, reason: str, source: str | None = None) -> int:
    """Begin the next revision in the open transaction and give its number; waits for any other writer to end.

    `source` is what is written was read from: the id of a source, or the names of files; None if from nothing.
    Raises LockTimeoutError.
    """
    lock_writes(conn)
    row = conn.execute("SELECT begin_revision(%s, %s, %s)", (actor, reason, source)).fetchone()
    if row is None:
        message = "begin_revision() gave no row"
        raise LookupError(message)
    return int(row[0])


def select_latest(conn: Connection) -> Revision | None:
    """Return the latest revision that `conn` sees, None for a registry that was never written."""
    with conn.cursor(row_factory=class_row(Revision)) as cursor:
        return cursor.execute(
            "SELECT revision AS number, mark, at, actor, reason, source FROM revisions ORDER BY revision DESC LIMIT 1"
        ).fetchone()


def select_state(conn: Connection) -> State:
    """Return the latest revision that `conn` sees; raise RestoringError while the registry is being restored."""
    row = conn.execute(
        """
        SELECT coalesce(latest.revision, 0), coalesce(latest.mark, '')
          FROM (SELECT) AS one
          LEFT JOIN (SELECT revision, mark FROM revisions ORDER BY revision DESC LIMIT 1) AS latest ON true
         WHERE to_regclass('revisions_pkey') IS NOT NULL
        """
    ).fetchone()
    if row is None:
        # pg_restore makes keys when all rows are there.
        raise RestoringError
    return State(*row)


def select_key(conn: Connection) -> int | None:
    """Return the number by which PostgreSQL knows the key of revisions, another after a restore; None within one."""
    row = conn.execute("SELECT to_regclass('revisions_pkey')::oid::bigint").fetchone()
    return row[0] if row else None


def select_mark(conn: Connection, number: int) -> str | None:
    """Return the mark of a revision, None where there is none of this number."""
    row = conn.execute("SELECT mark FROM revisions WHERE revision = %s", (number,)).fetchone()
    return row[0] if row else None


def select_erasure(conn: Connection) -> State:
    """Return the latest revision that took something out of what earlier ones were; number 0 where none did."""
    row = conn.execute(
        """
        SELECT revision, mark FROM revisions
         WHERE revision = (SELECT max(erased_in) FROM tombstones WHERE erased_in IS NOT NULL)
        """
    ).fetchone()
    return State(*row) if row is not None else State(0)


def select_first_time(conn: Connection) -> datetime | None:
    """Return the time of the first revision, by which a registry is told from others; None before it."""
    row = conn.execute("SELECT at FROM revisions ORDER BY revision LIMIT 1").fetchone()
    return row[0] if row else None


def select_number_at(conn: Connection, at: datetime) -> int | None:
    """Return the number of the last revision at or before a time, None before the first."""
    row = conn.execute(
        "SELECT revision FROM revisions WHERE at <= %s ORDER BY at DESC, revision DESC LIMIT 1", (at,)
    ).fetchone()
    return int(row[0]) if row else None


def select_number_before(conn: Connection, end: datetime) -> int | None:
    """Return the number of the last revision before a time, None before the first."""
    row = conn.execute(
        "SELECT revision FROM revisions WHERE at < %s ORDER BY at DESC, revision DESC LIMIT 1", (end,)
    ).fetchone()
    return int(row[0]) if row else None
