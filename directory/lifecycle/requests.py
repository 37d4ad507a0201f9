"""Operations by their names, as requests name them: the body of each, and what carries it out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from directory.handles.changes import AuditNote
from directory.http.problem import Problem, body_error
from directory.http.problems import Conflict, InvalidBody, NotFound
from directory.lifecycle import bodies, deletion, handles, merges, queries, statuses, transfers
from directory.tokens.authentication import require_place, require_places
from directory.tokens.queries import Place

if TYPE_CHECKING:
    from psycopg import Connection

    from directory.lifecycle.bodies import Member
    from directory.lifecycle.operations import Name, Operation
    from directory.refusals import Refused
    from directory.tokens.queries import Token

Arguments = Mapping[str, Any]
Carry = Callable[["Connection[Any]", str, AuditNote, Arguments], "Operation"]


@dataclass(frozen=True, slots=True)
class Kind:
    """What requests can ask for: the members of the body but for the reason, and what does it."""

    members: Mapping[str, Member]
    carry_out: Carry


def _transfer(conn: Connection[Any], account_id: str, note: AuditNote, arguments: Arguments) -> Operation:
    if ("department" in arguments) == ("successor" in arguments):
        detail = "has to have one of department and successor"
        raise InvalidBody("The body was not taken: see errors.", body_errors=[body_error(detail, pointer="")])
    if "department" in arguments:
        return transfers.transfer_to_department(conn, account_id, arguments["department"], note)
    return transfers.transfer_to_account(conn, account_id, arguments["successor"], note)


def _rename(conn: Connection[Any], account_id: str, note: AuditNote, arguments: Arguments) -> Operation:
    more = {name: arguments.get(name) for name in ("at", "user_id")}
    return handles.rename(conn, account_id, arguments["handle"], note, **more)


# `edit` changes records, `moderate` decides on what others propose and report.
SCOPE: Final = "edit"
KINDS: Final[Mapping[Name, Kind]] = {
    "suspend": Kind({}, lambda conn, account_id, note, _: statuses.suspend(conn, account_id, note)),
    "resume": Kind({}, lambda conn, account_id, note, _: statuses.resume(conn, account_id, note)),
    "close": Kind(
        {"on": bodies.ON},
        lambda conn, account_id, note, body: statuses.close(
            conn, account_id, note, on=body.get("on", statuses.today())
        ),
    ),
    "reopen": Kind({}, lambda conn, account_id, note, _: statuses.reopen(conn, account_id, note)),
    "rename": Kind({"handle": bodies.HANDLE, "at": bodies.AT, "user_id": bodies.USER_ID}, _rename),
    "release": Kind(
        {"at": bodies.AT},
        lambda conn, account_id, note, body: handles.rename(conn, account_id, None, note, at=body.get("at")),
    ),
    "transfer": Kind({"department": bodies.DEPARTMENT, "successor": bodies.SUCCESSOR}, _transfer),
    "delete": Kind(
        {"category": bodies.CATEGORY},
        lambda conn, account_id, note, body: deletion.delete(
            conn, account_id, note, category=body.get("category", "other")
        ),
    ),
    "restore": Kind({}, lambda conn, account_id, note, _: deletion.restore(conn, account_id, note)),
    "merge": Kind(
        {"into": bodies.INTO},
        lambda conn, account_id, note, body: merges.merge(conn, account_id, body["into"], note),
    ),
    "unmerge": Kind({}, lambda conn, account_id, note, _: merges.unmerge(conn, account_id, note)),
}


def concerned(account_id: str, arguments: Arguments) -> list[str]:
    """Return the ids of the accounts that an operation is about: for a merge there are two."""
    return [account_id, arguments["into"]] if "into" in arguments else [account_id]


def require_own(conn: Connection[Any], token: Token, account_id: str, arguments: Arguments) -> None:
    """Raise PlaceNotAllowed unless a token is for the present places of the accounts that an operation is about.

    Of a merged one that is the account that has what was its own, which an unmerge takes from it.
    """
    known = queries.select_places(conn, concerned(account_id, arguments))
    require_places(conn, token, [Place(*each) for each in known])


def carry_out(
    conn: Connection[Any], token: Token, name: Name, account_id: str, note: AuditNote, arguments: Arguments
) -> Operation:
    """Carry out an operation in the open transaction, which the caller rolls back where this raises.

    Raises PlaceNotAllowed where the account would be of a place that is not the token's, and Refused.
    """
    done = KINDS[name].carry_out(conn, account_id, note, arguments)
    states = [each for each in (done.before, done.after) if each is not None]
    require_places(conn, token, {Place(each["region"], each["department"]) for each in states})
    # The other account of a merge or an unmerge gets other values, too.
    require_own(conn, token, account_id, {**arguments, **(done.inverse.arguments if done.inverse is not None else {})})
    if done.before is not None and done.after is not None:
        require_new_department(conn, token, done.before["department"], done.after["department"])
    return done


def require_new_department(conn: Connection[Any], token: Token, before: str | None, after: str | None) -> None:
    """Raise PlaceNotAllowed where an account gets a department that a token is not for.

    Its own region may be another one: a person's stays, and an editor can state it.
    """
    if after is None or after == before:
        return
    region = queries.select_department_region(conn, after)
    if region is not None:
        require_place(conn, token, region=region, department=after)


def problem_of(refused: Refused) -> Problem:
    """Return the problem of a refusal of what the path of a request names."""
    if refused.code in {"unknown-account", "unknown-id"}:
        return NotFound(f"{refused.message[0].upper()}{refused.message[1:]}.")
    return conflict_of(refused)


def conflict_of(refused: Refused) -> Conflict:
    """Return the conflict of a refusal."""
    return Conflict(f"{refused}.", refused.code, remedy=refused.remedy)
