"""File a proposal: it is checked as if it were carried out, and stored."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from directory.database.advisory_locks import lock_writes
from directory.handles.changes import AuditNote
from directory.http.problems import TooManyRequests
from directory.lifecycle import bodies
from directory.lifecycle.requests import KINDS, carry_out, concerned, require_own
from directory.proposals import queries
from directory.proposals.queries import NewProposal
from directory.proposals.states import OPEN_DAYS
from directory.refusals import Refused

if TYPE_CHECKING:
    from psycopg import Connection

    from directory.lifecycle.operations import Name, Operation
    from directory.tokens.queries import Token

# Of one token. They bound the table, and what moderators have to read.
OPEN_MAX: Final = 100
DAILY_MAX: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing:
    """What is proposed: an operation on an account, with the body that its own URL takes, and why."""

    account_id: str
    operation: Name
    body: Mapping[str, Any]
    reason: str


def file_proposal(conn: Connection[Any], token: Token, filing: Filing) -> str:
    """Check a proposal, and store it in the open transaction; return its id.

    Raises InvalidBody, PlaceNotAllowed, TooManyRequests, and Refused where the operation is not valid.
    """
    arguments = bodies.check(KINDS[filing.operation].members, filing.body, "/body")
    # Before the savepoint of the trial: what that takes it gives back.
    lock_writes(conn)
    require_own(conn, token, filing.account_id, arguments)
    queries.end_due(conn)
    _require_room(conn, token)
    read_at = queries.select_last_change(conn, concerned(filing.account_id, arguments))
    with conn.transaction(force_rollback=True):
        done = carry_out_change(
            conn, token, filing.operation, filing.account_id, AuditNote(token.name, filing.reason), arguments
        )
    digest = _digest(filing, arguments, done)
    if (other := queries.select_open(conn, digest)) is not None:
        raise Refused("proposed-already", f"the open proposal {other} is the same", f"see /v1/proposals/{other}")
    # An account that would be restored has no place before.
    known: Mapping[str, Any] = done.before or done.after or {}
    return queries.insert_proposal(
        conn,
        NewProposal(
            account_id=filing.account_id,
            operation=filing.operation,
            body=filing.body,
            digest=digest,
            reason=filing.reason,
            token_id=token.id,
            proposer=token.name,
            region_code=known.get("region"),
            department_id=known.get("department"),
            read_at=read_at,
            before=done.before,
            after=done.after,
        ),
    )


def carry_out_change(
    conn: Connection[Any], token: Token, name: Name, account_id: str, note: AuditNote, arguments: Mapping[str, Any]
) -> Operation:
    """Carry out an operation as `carry_out` does; raise Refused also where it would change nothing."""
    done = carry_out(conn, token, name, account_id, note, arguments)
    if done.revision is None:
        raise Refused("no-change", f"the account {account_id} is like that already", "there is nothing to propose")
    return done


def _require_room(conn: Connection[Any], token: Token) -> None:
    filed = queries.count_filed(conn, token.id)
    if filed.opened >= OPEN_MAX:
        raise Refused(
            "too-many-open",
            f"{filed.opened} proposals of this token are open, which is most",
            f"withdraw one, or wait for a decision; one is stale after {OPEN_DAYS} days",
        )
    if filed.of_today >= DAILY_MAX:
        raise TooManyRequests(f"This token filed {filed.of_today} proposals within a day, which is most.")


def _digest(filing: Filing, arguments: Mapping[str, Any], done: Operation) -> bytes:
    """Return the SHA-256 of what is proposed; one handle is the same however it is written."""
    told = dict(arguments)
    if "handle" in told and done.after is not None:
        told["handle"] = done.after["handle"]
    text = json.dumps([filing.account_id, filing.operation, told], default=str, sort_keys=True)
    return hashlib.sha256(text.encode()).digest()
