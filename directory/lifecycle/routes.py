"""The URLs of operations on accounts."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeVar

import psycopg
from flask import Response

from directory.database.advisory_locks import LockTimeoutError
from directory.handles.changes import AuditNote
from directory.http.blueprint import Blueprint, path_parameter
from directory.http.middleware import allow_any_origin
from directory.http.problem import body_error
from directory.http.problems import Conflict, InvalidBody, MalformedId, NotFound, ServiceBusy
from directory.http.request import database
from directory.http.request_body import JSON
from directory.http.responses import json_response
from directory.ids import explain_malformed
from directory.lifecycle import bodies, deletion, handles, merges, queries, schemas, statuses, transfers
from directory.lifecycle.schemas import OperationQuery
from directory.refusals import Refused
from directory.tokens.authentication import authenticate, read_token, require_places
from directory.tokens.queries import Place

if TYPE_CHECKING:
    from psycopg import Connection

    from directory.lifecycle.bodies import Member
    from directory.lifecycle.operations import Operation

View = TypeVar("View", bound=Callable[..., Any])

_EDIT: Final = "edit"
# These let a record disappear, or bring it back.
_MODERATE: Final = "moderate"
_ID: Final = path_parameter("account_id", "The id of an account.", pattern="^[0-9b-z]{7}$")
_PLAIN: Final = {"reason": bodies.REASON}
_CLOSE: Final = {"reason": bodies.REASON, "on": bodies.ON}
_RELEASE: Final = {"reason": bodies.REASON, "at": bodies.AT}
_RENAME: Final = {"reason": bodies.REASON, "handle": bodies.HANDLE, "at": bodies.AT, "user_id": bodies.USER_ID}
_TRANSFER: Final = {"reason": bodies.REASON, "department": bodies.DEPARTMENT, "successor": bodies.SUCCESSOR}
_DELETE: Final = {"reason": bodies.REASON, "category": bodies.CATEGORY}
_MERGE: Final = {"reason": bodies.REASON, "into": bodies.INTO}
_WHY: Final = "The platform's notice of 1 June"

blueprint = Blueprint(
    "lifecycle",
    __name__,
    url_prefix="/v1",
    description="What happens to an account: operations with rules, each of which another one takes back.",
)


def _operation(
    name: str, members: Mapping[str, Member], scope: str = _EDIT, **example: object
) -> Callable[[View], View]:
    """Decorate a view with the contract that all operations have: path, parameter, body, response, token and errors."""
    content = {JSON: {"schema": bodies.describe(members), "example": {**example, "reason": _WHY}}}

    def decorate(view: View) -> View:
        for status in (422, 415, 409):
            view = blueprint.alt_response(status)(view)
        view = blueprint.response(200, schemas.OperationResultSchema)(blueprint.token(scope)(view))
        view = blueprint.body(content, "The reason, and what the operation needs.")(view)
        view = blueprint.arguments(schemas.OperationQuerySchema)(view)
        return blueprint.route(f"/accounts/<account_id>/{name}", methods=["POST"], parameters=[_ID])(view)

    return decorate


@_operation("suspend", _PLAIN)
def post_suspend(query: OperationQuery, account_id: str) -> Response:
    """Suspend an account.

    Records that the platform or the body itself has suspended it. No import takes that back; `resume` does.
    """
    return _operate(query, account_id, _PLAIN, lambda conn, note, _: statuses.suspend(conn, account_id, note))


@_operation("resume", _PLAIN)
def post_resume(query: OperationQuery, account_id: str) -> Response:
    """Resume an account.

    Records that a suspended account runs again.
    """
    return _operate(query, account_id, _PLAIN, lambda conn, note, _: statuses.resume(conn, account_id, note))


@_operation("close", _CLOSE, on="2026-06-01")
def post_close(query: OperationQuery, account_id: str) -> Response:
    """Close an account.

    Records that it was closed, and when. Its record stays; `reopen` takes it back.
    """

    def close(conn: Connection[Any], note: AuditNote, body: dict[str, Any]) -> Operation:
        return statuses.close(conn, account_id, note, on=body.get("on", statuses.today()))

    return _operate(query, account_id, _CLOSE, close)


@_operation("reopen", _PLAIN)
def post_reopen(query: OperationQuery, account_id: str) -> Response:
    """Reopen an account.

    Records that it is not closed, or no longer; it has the status that it had before.
    """
    return _operate(query, account_id, _PLAIN, lambda conn, note, _: statuses.reopen(conn, account_id, note))


@_operation("rename", _RENAME, handle="cityhall")
def post_rename(query: OperationQuery, account_id: str) -> Response:
    """Rename an account.

    Changes its handle. The old one is in quarantine: nobody who takes it is vouched for.
    """

    def rename(conn: Connection[Any], note: AuditNote, body: dict[str, Any]) -> Operation:
        return handles.rename(conn, account_id, body["handle"], note, at=body.get("at"), user_id=body.get("user_id"))

    return _operate(query, account_id, _RENAME, rename)


@_operation("release", _RELEASE)
def post_release(query: OperationQuery, account_id: str) -> Response:
    """Release the handle of an account.

    Records that it has none any more; `rename` takes that back.
    """

    def release(conn: Connection[Any], note: AuditNote, body: dict[str, Any]) -> Operation:
        return handles.rename(conn, account_id, None, note, at=body.get("at"))

    return _operate(query, account_id, _RELEASE, release)


@_operation("transfer", _TRANSFER, department="08xb202")
def post_transfer(query: OperationQuery, account_id: str) -> Response:
    """Transfer an account.

    Records that another department runs it, under `department`, or that another account took over from it, under
    `successor`: one of the two. A token that is for some regions or departments has to be for the new ones, too.
    """

    def transfer(conn: Connection[Any], note: AuditNote, body: dict[str, Any]) -> Operation:
        if ("department" in body) == ("successor" in body):
            detail = "has to have one of department and successor"
            raise InvalidBody("The body was not taken: see errors.", body_errors=[body_error(detail, pointer="")])
        if "department" in body:
            return transfers.transfer_to_department(conn, account_id, body["department"], note)
        return transfers.transfer_to_account(conn, account_id, body["successor"], note)

    return _operate(query, account_id, _TRANSFER, transfer)


@_operation("delete", _DELETE, _MODERATE, category="mistake")
def post_delete(query: OperationQuery, account_id: str) -> Response:
    """Delete an account with a reason.

    Its id is gone from then on, and imports skip it. `restore` takes that back, unless the category is
    `erasure_request` or `order`.
    """

    def delete(conn: Connection[Any], note: AuditNote, body: dict[str, Any]) -> Operation:
        return deletion.delete(conn, account_id, note, category=body.get("category", "other"))

    return _operate(query, account_id, _DELETE, delete, _MODERATE)


@_operation("restore", _PLAIN, _MODERATE)
def post_restore(query: OperationQuery, account_id: str) -> Response:
    """Restore a deleted account.

    As its last version shows it, under the same id, without its observations.
    """
    return _operate(
        query, account_id, _PLAIN, lambda conn, note, _: deletion.restore(conn, account_id, note), _MODERATE
    )


@_operation("merge", _MERGE, _MODERATE, into="08xb202")
def post_merge(query: OperationQuery, account_id: str) -> Response:
    """Merge an account into another.

    For two records of one account. The id leads to the other one from then on; `unmerge` takes that back. A token that
    is for some regions or departments has to be for both.
    """

    def merge(conn: Connection[Any], note: AuditNote, body: dict[str, Any]) -> Operation:
        return merges.merge(conn, account_id, body["into"], note)

    return _operate(query, account_id, _MERGE, merge, _MODERATE)


@_operation("unmerge", _PLAIN, _MODERATE)
def post_unmerge(query: OperationQuery, account_id: str) -> Response:
    """Take a merge apart.

    The account has its id again, and what was its own.
    """
    return _operate(query, account_id, _PLAIN, lambda conn, note, _: merges.unmerge(conn, account_id, note), _MODERATE)


def _operate(
    query: OperationQuery,
    account_id: str,
    members: Mapping[str, Member],
    operate: Callable[[Connection[Any], AuditNote, dict[str, Any]], Operation],
    scope: str = _EDIT,
) -> Response:
    """Do an operation on an account, and return what it changed; raise Conflict where it is not valid."""
    secret = read_token()
    try:
        with database().write("directory request") as conn:
            token = authenticate(conn, secret, scope)
            body = bodies.read(members)
            if (detail := explain_malformed(account_id)) is not None:
                raise MalformedId(detail)
            note = AuditNote(token.name, body["reason"])
            known = queries.select_places(conn, [account_id, body.get("into", account_id)])
            require_places(conn, token, [Place(*each) for each in known])
            # Rolled back where the account would be of a place that is not the token's.
            with conn.transaction() as transaction:
                done = operate(conn, note, body)
                states = [each for each in (done.before, done.after) if each is not None]
                require_places(conn, token, {Place(each["region"], each["department"]) for each in states})
                if query.dry_run == "true":
                    raise psycopg.Rollback(transaction)
    except LockTimeoutError as error:
        raise ServiceBusy("Others are writing to the registry.") from error
    except Refused as refused:
        if refused.code in {"unknown-account", "unknown-id"}:
            raise NotFound(f"{refused.message[0].upper()}{refused.message[1:]}.") from refused
        raise Conflict(f"{refused}.", refused.code, remedy=refused.remedy) from refused
    inverse = done.inverse and {"operation": done.inverse.operation, "body": done.inverse.arguments}
    document = {
        "operation": done.operation,
        "account": done.account_id,
        "revision": None if query.dry_run == "true" else done.revision,
        "before": done.before,
        "after": done.after,
        "inverse": inverse,
    }
    response = json_response(json.dumps(document, ensure_ascii=False), headers={"Cache-Control": "no-store"})
    # A web page may send a token that it was given.
    allow_any_origin(response)
    return response
