"""Revisions: each committed change of the registry has a number, and commit order is number order."""

from dataclasses import dataclass
from datetime import datetime

from psycopg import Connection
from psycopg.rows import class_row


@dataclass(frozen=True, slots=True)
class Revision:
    """One committed change: its number, time (with offset), who made it and why; `source` is what it was read from."""

    number: int
    at: datetime
    actor: str
    reason: str
    source: str | None


def lock(conn: Connection) -> None:
    """Wait for any other writer, and keep others waiting to the end of the transaction: what is compared holds."""
    conn.execute("SELECT pg_advisory_xact_lock(7233192046137041780)")


def begin(conn: Connection, *, actor: str, reason: str, source: str | None = None) -> int:
    """Begin the next revision in the open transaction and give its number; waits for any other writer to end.

    `source` is what is written was read from: the id of a source, or the names of files; None if from nothing.
    """
    row = conn.execute("SELECT begin_revision(%s, %s, %s)", (actor, reason, source)).fetchone()
    if row is None:
        message = "begin_revision() gave no row"
        raise LookupError(message)
    return int(row[0])


def select_latest(conn: Connection) -> Revision | None:
    """Give the latest revision that `conn` sees, None for a registry that was never written."""
    with conn.cursor(row_factory=class_row(Revision)) as cursor:
        return cursor.execute(
            "SELECT revision AS number, at, actor, reason, source FROM revisions ORDER BY revision DESC LIMIT 1"
        ).fetchone()


def select_number_at(conn: Connection, at: datetime) -> int | None:
    """Give the number of the last revision at or before a time, None before the first."""
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
