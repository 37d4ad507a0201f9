"""What becomes of a proposal: a moderator accepts or rejects it, or its proposer withdraws it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from directory.database.advisory_locks import lock_writes
from directory.handles.changes import AuditNote
from directory.http.problems import Conflict, FourEyesRequired, NotFound, NotProposer
from directory.lifecycle import bodies
from directory.lifecycle.queries import select_states
from directory.lifecycle.requests import KINDS, concerned, require_own
from directory.proposals import queries
from directory.proposals.filing import carry_out_change
from directory.proposals.states import OPEN_DAYS
from directory.refusals import Refused
from directory.tokens.authentication import require_place

if TYPE_CHECKING:
    from collections.abc import Mapping

    from psycopg import Connection

    from directory.proposals.queries import StoredProposal
    from directory.tokens.queries import Token


def accept(
    conn: Connection[Any], token: Token, proposal_id: str, reason: str, *, four_eyes: bool, read_at: int | None = None
) -> Refused | None:
    """Accept a proposal: carry out what it proposes, in the open transaction.

    With `four_eyes` nobody accepts what was filed with the same token, or with one of the same name. `read_at` is the
    revision of the account as the moderator read it, where it changed after the proposal was filed.
    Returns the refusal where the operation is not valid any more: then the proposal is stale, and nothing else was
    written. Raises NotFound, PlaceNotAllowed and Conflict.
    """
    # Before the first read: what the moderator has read stays true until the change is written.
    lock_writes(conn)
    proposal, arguments = _select_own(conn, token, proposal_id)
    # The revision shows names: two tokens of one name would look like one pair of eyes.
    if four_eyes and (token.id == proposal.token_id or token.name == proposal.proposer):
        raise FourEyesRequired(
            f"The proposal {proposal_id} was filed by {proposal.proposer}, too: somebody else accepts it."
        )
    _require_open(proposal)
    if proposal.is_due:
        queries.end_due(conn)
        return Refused("too-old", f"nobody decided {proposal_id} within {OPEN_DAYS} days", "have it proposed again")
    _require_unchanged(conn, proposal, arguments, read_at)
    note = AuditNote(token.name, _describe(proposal, reason))
    try:
        with conn.transaction():
            done = carry_out_change(conn, token, proposal.operation, proposal.account_id, note, arguments)
    except Refused as refused:
        queries.update_decided(conn, proposal_id, "stale", decider=token.name, decision=str(refused))
        return refused
    if done.revision is None:
        raise LookupError(proposal_id)
    queries.update_accepted(conn, proposal_id, decider=token.name, decision=reason, revision=done.revision)
    return None


def reject(conn: Connection[Any], token: Token, proposal_id: str, reason: str) -> None:
    """Reject a proposal in the open transaction. Raises NotFound, PlaceNotAllowed and Conflict."""
    proposal, _ = _select_own(conn, token, proposal_id)
    _require_open(proposal)
    queries.update_decided(conn, proposal_id, "rejected", decider=token.name, decision=reason)


def withdraw(conn: Connection[Any], token: Token, proposal_id: str) -> None:
    """Withdraw a proposal in the open transaction. Raises NotFound, NotProposer and Conflict."""
    proposal = _select(conn, proposal_id)
    if proposal.token_id != token.id:
        raise NotProposer(f"The proposal {proposal_id} was filed with another token.")
    _require_open(proposal)
    queries.update_decided(conn, proposal_id, "withdrawn", decider=None, decision=None)


def _select(conn: Connection[Any], proposal_id: str) -> StoredProposal:
    proposal = queries.select_stored(conn, proposal_id)
    if proposal is None:
        raise NotFound(f"No proposal has the id {proposal_id}.")
    return proposal


def _select_own(conn: Connection[Any], token: Token, proposal_id: str) -> tuple[StoredProposal, Mapping[str, Any]]:
    """Return a proposal about accounts in the places of a token, and its arguments; raise NotFound, PlaceNotAllowed."""
    proposal = _select(conn, proposal_id)
    arguments = bodies.check(KINDS[proposal.operation].members, proposal.body, "/body")
    require_place(conn, token, region=proposal.region_code, department=proposal.department_id)
    require_own(conn, token, proposal.account_id, arguments)
    return proposal, arguments


def _require_open(proposal: StoredProposal) -> None:
    if proposal.state != "open":
        raise _conflict(proposal, "proposal-state", f"is {proposal.state}", "have it proposed again if it is wanted")


def _require_unchanged(
    conn: Connection[Any], proposal: StoredProposal, arguments: Mapping[str, Any], read_at: int | None
) -> None:
    """Raise Conflict with the present state where an account changed after the revision that was read."""
    accounts = concerned(proposal.account_id, arguments)
    changed_in = queries.select_last_change(conn, accounts)
    if changed_in <= max(proposal.read_at, read_at or 0):
        return
    remedy = f"read the account, and if it is right still, send {changed_in} as revision"
    raise Conflict(
        f"The account changed in revision {changed_in}, after the revision that was read; {remedy}.",
        "account-changed",
        remedy=remedy,
        members={
            "revision": changed_in,
            "current": {state.id: state.as_json() for state in select_states(conn, accounts)},
        },
    )


def _describe(proposal: StoredProposal, reason: str) -> str:
    """Return the reason of the revision of an accepted proposal; its actor is the moderator."""
    return f"Proposal {proposal.id} by {proposal.proposer}: {proposal.reason} – accepted: {reason}"


def _conflict(proposal: StoredProposal, code: str, what: str, remedy: str) -> Conflict:
    return Conflict(f"The proposal {proposal.id} {what}; {remedy}.", code, remedy=remedy)
