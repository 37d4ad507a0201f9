"""What an operation did, and the operation that takes it back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from directory.database import advisory_locks, revisions
from directory.handles.validation import require_account
from directory.lifecycle import queries

if TYPE_CHECKING:
    from psycopg import Connection

    from directory.handles.changes import AuditNote
    from directory.lifecycle.queries import AccountState

Name = Literal[
    "rename", "release", "transfer", "suspend", "resume", "close", "reopen", "delete", "restore", "merge", "unmerge"
]


@dataclass(frozen=True, slots=True)
class Inverse:
    """The operation that takes another one back, with its arguments."""

    operation: Name
    arguments: dict[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation on an account in a revision (None: nothing had to change), and the values that it replaced.

    `before` and `after` are None where there is no such account then.
    """

    operation: Name
    account_id: str
    revision: int | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    inverse: Inverse | None


def read_state(conn: Connection[Any], account_id: str) -> AccountState:
    """Return the state of an account, which nobody else can change until the transaction ends. Raises Refused."""
    advisory_locks.lock_writes(conn)
    require_account(conn, account_id)
    return queries.select_state(conn, account_id)


def operate(
    conn: Connection[Any],
    name: Name,
    account_id: str,
    note: AuditNote,
    *,
    check: Callable[[AccountState], None],
    write: Callable[[AccountState], Inverse | None],
) -> Operation:
    """Check that an operation is valid, and write it in a transaction and a revision of its own. Raises Refused."""
    with conn.transaction():
        before = read_state(conn, account_id)
        check(before)
        revision = revisions.begin_revision(conn, actor=note.actor, reason=note.reason)
        inverse = write(before)
        after = queries.select_state(conn, account_id)
    # A decision that says what others say is withdrawn without a change, and there is nothing to take back.
    return Operation(
        name, account_id, revision, before.as_json(), after.as_json(), inverse if before != after else None
    )
