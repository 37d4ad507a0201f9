"""Suspend and resume, close and reopen: what an operator decides of the status of an account ranks above all sources.

Decisions are a stack: `resume` and `reopen` withdraw the decision that they take back, so that the one before it holds
again, and what sources state where there is none. Where sources or a probe still say otherwise, they decide
that the account is active.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final

from directory.lifecycle import queries
from directory.lifecycle.errors import OperationRefused
from directory.lifecycle.operations import Inverse, Operation, operate

if TYPE_CHECKING:
    from psycopg import Connection

    from directory.handles.changes import AuditNote
    from directory.lifecycle.queries import AccountState

# What sources and probes may not say any more: an account that is reopened may well be suspended.
_CONTRADICTED: Final = {"suspended": frozenset({"suspended", "closed"}), "closed": frozenset({"closed"})}


def today() -> dt.date:
    """Return the day, in UTC."""
    return dt.datetime.now(dt.UTC).date()


def suspend(conn: Connection[Any], account_id: str, note: AuditNote) -> Operation:
    """Record that the platform, or the body itself, has suspended an account. Raises Refused."""

    def check(state: AccountState) -> None:
        if state.status == "suspended":
            raise OperationRefused(
                "suspended-already", f"the account {account_id} is suspended already", "there is nothing to do"
            )
        if state.status == "closed":
            raise OperationRefused(
                "closed", f"the account {account_id} is closed", "reopen it first, if it was not closed"
            )

    def write(state: AccountState) -> Inverse:
        queries.insert_status_decision(conn, state, "suspended", None)
        _write_status(conn, state)
        return Inverse("resume")

    return operate(conn, "suspend", account_id, note, check=check, write=write)


def resume(conn: Connection[Any], account_id: str, note: AuditNote) -> Operation:
    """Record that a suspended account runs again. Raises Refused."""

    def check(state: AccountState) -> None:
        if state.status != "suspended":
            raise OperationRefused(
                "not-suspended",
                f"the account {account_id} is {state.status}, not suspended",
                "reopen it" if state.status == "closed" else "there is nothing to resume",
            )

    def write(state: AccountState) -> Inverse:
        _take_back(conn, state)
        return Inverse("suspend")

    return operate(conn, "resume", account_id, note, check=check, write=write)


def close(conn: Connection[Any], account_id: str, note: AuditNote, *, on: dt.date | None) -> Operation:
    """Record that an account was closed `on` a day; None: it is not known when. Raises Refused."""

    def check(state: AccountState) -> None:
        if state.status == "closed":
            raise OperationRefused(
                "closed-already", f"the account {account_id} is closed already", "reopen it first to state another day"
            )
        if on is not None and on > today():
            raise OperationRefused("in-the-future", f"{on} is in the future", "give the day on which it was closed")
        if on is not None and state.opened_on is not None and on < state.opened_on:
            raise OperationRefused(
                "too-early", f"{on} lies before {state.opened_on}, when it was opened", "give a later day"
            )

    def write(state: AccountState) -> Inverse:
        queries.insert_status_decision(conn, state, "closed", on)
        _write_status(conn, state)
        return Inverse("reopen")

    return operate(conn, "close", account_id, note, check=check, write=write)


def reopen(conn: Connection[Any], account_id: str, note: AuditNote) -> Operation:
    """Record that an account is not closed, or no longer; it has the status that it had before. Raises Refused."""

    def check(state: AccountState) -> None:
        if state.status != "closed":
            raise OperationRefused(
                "not-closed",
                f"the account {account_id} is {state.status}, not closed",
                "resume it" if state.status == "suspended" else "there is nothing to reopen",
            )

    def write(state: AccountState) -> Inverse:
        _take_back(conn, state)
        return Inverse("close", {"on": state.closed_on.isoformat() if state.closed_on else None})

    return operate(conn, "reopen", account_id, note, check=check, write=write)


def _take_back(conn: Connection[Any], state: AccountState) -> None:
    """Withdraw the decision that an account ended; decide that it is active where others still say that it ended."""
    own = "active"
    decision = queries.select_decision(conn, state.id, "status")
    if decision is not None and decision.status == state.status:
        queries.withdraw_decision(conn, decision.id)
        own = str(decision.before["status"])
        decision = queries.select_decision(conn, state.id, "status")
    if decision is None and queries.select_status(conn, state.id, own) in _CONTRADICTED[state.status]:
        # The operator knows more than the last probe; an end that the next one finds is news.
        queries.clear_probed_end(conn, state.id)
        queries.insert_status_decision(conn, state, "active", None)
    _write_status(conn, state, own)


def _write_status(conn: Connection[Any], state: AccountState, own: str | None = None) -> None:
    """Write the status that follows from decisions, statements and probes, and the date of the end."""
    decision = queries.select_decision(conn, state.id, "status")
    status = queries.select_status(conn, state.id, own or state.status)
    if decision is not None and decision.status != "suspended":
        closed_on = decision.closed_on
    else:
        stated = queries.select_stated_values(conn, state.id)
        closed_on = stated.closed_on
    if closed_on is not None and state.opened_on is not None and closed_on < state.opened_on:
        closed_on = None
    queries.update_status(conn, state.id, status, closed_on)
