"""Transfers: another department runs an account, or another account took over from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from directory.deletions.queries import select_record_state
from directory.handles import changes
from directory.handles.queries import update_successor
from directory.lifecycle import queries
from directory.lifecycle.errors import OperationRefused
from directory.lifecycle.operations import Inverse, Operation, operate, read_state
from directory.search.indexing import index_pending

if TYPE_CHECKING:
    from psycopg import Connection

    from directory.handles.changes import AuditNote
    from directory.lifecycle.queries import AccountState


def transfer_to_department(
    conn: Connection[Any], account_id: str, department_id: str | None, note: AuditNote
) -> Operation:
    """Record that a department runs an account now; with None, take the last transfer back. Raises Refused.

    The account is of the region of the department, unless it is a person's.
    """

    def check(state: AccountState) -> None:
        if department_id is not None:
            require_department(conn, department_id)
            if department_id == state.department_id:
                raise OperationRefused(
                    "same-department",
                    f"the account {account_id} is run by {department_id} already",
                    "there is nothing to transfer",
                )
        elif queries.select_decision(conn, account_id, "department") is None:
            raise OperationRefused(
                "not-transferred",
                f"no transfer of the account {account_id} to another department is in force",
                "name the department that runs it",
            )

    def write(state: AccountState) -> Inverse | None:
        if department_id is None:
            _take_back(conn, state)
            return Inverse("transfer", {"department": state.department_id})
        queries.insert_department_decision(conn, state, department_id)
        queries.update_department(
            conn, account_id, department_id, _region_of(conn, state, department_id, state.region_code)
        )
        # The name of the department is among the terms of the search.
        index_pending(conn)
        return Inverse("transfer", {"department": None})

    return operate(conn, "transfer", account_id, note, check=check, write=write)


def transfer_to_account(conn: Connection[Any], account_id: str, successor_id: str | None, note: AuditNote) -> Operation:
    """Record that another account took over from an account; with None, that none did. Raises Refused.

    Handles do not move: what the account released stays in quarantine.
    """
    if successor_id is None:
        return _remove_successor(conn, account_id, note)
    with conn.transaction():
        # The change has a transaction of its own in this one, which first reads the state that it replaces.
        before = read_state(conn, account_id)
        revision = changes.transfer(conn, account_id, successor_id, note)
        after = queries.select_state(conn, account_id)
    inverse = None if revision is None else Inverse("transfer", {"successor": before.replaced_by})
    return Operation("transfer", account_id, revision, before.as_json(), after.as_json(), inverse)


def _remove_successor(conn: Connection[Any], account_id: str, note: AuditNote) -> Operation:
    def check(state: AccountState) -> None:
        if state.replaced_by is None:
            raise OperationRefused(
                "no-successor", f"no account took over from {account_id}", "there is nothing to take back"
            )

    def write(state: AccountState) -> Inverse:
        update_successor(conn, account_id, None)
        return Inverse("transfer", {"successor": state.replaced_by})

    return operate(conn, "transfer", account_id, note, check=check, write=write)


def _take_back(conn: Connection[Any], state: AccountState) -> None:
    """Withdraw the transfer in force: the one before it holds again, or what sources state, or what was before."""
    decision = queries.select_decision(conn, state.id, "department")
    if decision is None:
        raise LookupError(state.id)
    queries.withdraw_decision(conn, decision.id)
    earlier = queries.select_decision(conn, state.id, "department")
    stated = queries.select_stated_values(conn, state.id)
    department: str | None
    if earlier is not None and earlier.department_id is not None:
        department = earlier.department_id
        region = _region_of(conn, state, department, decision.before["region"])
    elif stated.is_stated:
        department, region = stated.department_id, stated.region_code
    else:
        department, region = find_existing(conn, decision.before["department"]), decision.before["region"]
    correction = queries.select_region_correction(conn, state.id)
    if correction is not None and (earlier is None or earlier.id < correction.id):
        region = correction.region_code
    queries.update_department(conn, state.id, department, region)
    index_pending(conn)


def find_existing(conn: Connection[Any], department_id: str | None) -> str | None:
    """Return a department that an account had, or the one that it was merged into; None if it was deleted since."""
    record = None if department_id is None else select_record_state(conn, department_id)
    if record is None:
        return None
    return department_id if record.exists else record.successor_id


def _region_of(conn: Connection[Any], state: AccountState, department_id: str, other: str | None) -> str | None:
    """Return the region of an account that a department runs; `other` where the department has none."""
    # A person's account is of the place that the person stands for.
    if state.subject == "person":
        return state.region_code
    return queries.select_department_region(conn, department_id) or other


def require_department(conn: Connection[Any], department_id: str) -> None:
    """Raise OperationRefused for the id of no department, or of one that was deleted or merged."""
    record = select_record_state(conn, department_id)
    if record is None or record.kind != "department":
        raise OperationRefused(
            "unknown-department", f"no department has the id {department_id}", "search for it at /v1/departments?q="
        )
    if record.successor_id is not None:
        raise OperationRefused(
            "merged-department",
            f"the department {department_id} was merged into {record.successor_id}",
            f"use {record.successor_id}",
        )
    if not record.exists:
        raise OperationRefused(
            "deleted-department", f"the department {department_id} was deleted", "name one that exists"
        )
