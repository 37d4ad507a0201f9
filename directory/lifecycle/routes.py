"""The URLs of operations on accounts."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeVar

import psycopg
from flask import Response, request

from directory.accounts.queries.account import select_current_account
from directory.database.advisory_locks import LockTimeoutError, lock_writes
from directory.handles.changes import AuditNote
from directory.http.blueprint import Blueprint, path_parameter
from directory.http.middleware import without_storing
from directory.http.preconditions import require_unchanged
from directory.http.problems import MalformedId, ServiceBusy
from directory.http.request import database
from directory.http.request_body import JSON
from directory.http.responses import json_response
from directory.ids import explain_malformed
from directory.lifecycle import bodies, schemas
from directory.lifecycle.requests import KINDS, SCOPE, carry_out, problem_of, require_own
from directory.lifecycle.schemas import OperationQuery
from directory.refusals import Refused
from directory.tokens.authentication import authenticate, read_token

if TYPE_CHECKING:
    from collections.abc import Mapping

    from psycopg import Connection

    from directory.lifecycle.bodies import Member
    from directory.lifecycle.operations import Name

View = TypeVar("View", bound=Callable[..., Any])

_ID: Final = path_parameter("account_id", "The id of an account.", pattern="^[0-9b-z]{7}$")
_WHY: Final = "The platform's notice of 1 June"

blueprint = Blueprint(
    "lifecycle",
    __name__,
    url_prefix="/v1",
    description="What happens to an account: operations with rules, each of which another one takes back.",
)


def _members(name: Name) -> Mapping[str, Member]:
    return {"reason": bodies.REASON, **KINDS[name].members}


def _operation(name: Name, **example: object) -> Callable[[View], View]:
    """Decorate a view with the contract that all operations have: path, parameter, body, response, token and errors."""
    content = {JSON: {"schema": bodies.describe(_members(name)), "example": {**example, "reason": _WHY}}}

    def decorate(view: View) -> View:
        for status in (422, 415, 412, 409):
            view = blueprint.alt_response(status)(view)
        view = blueprint.response(200, schemas.OperationResultSchema)(
            blueprint.token(SCOPE, changes_records=True)(view)
        )
        view = blueprint.body(content, "The reason, and what the operation needs.")(view)
        view = blueprint.arguments(schemas.OperationQuerySchema)(view)
        return blueprint.route(f"/accounts/<account_id>/{name}", methods=["POST"], parameters=[_ID])(view)

    return decorate


@_operation("suspend")
def post_suspend(query: OperationQuery, account_id: str) -> Response:
    """Suspend an account.

    Records that the platform or the body itself has suspended it. No import takes that back; `resume` does.
    """
    return _operate(query, "suspend", account_id)


@_operation("resume")
def post_resume(query: OperationQuery, account_id: str) -> Response:
    """Resume an account.

    Records that a suspended account runs again.
    """
    return _operate(query, "resume", account_id)


@_operation("close", on="2026-06-01")
def post_close(query: OperationQuery, account_id: str) -> Response:
    """Close an account.

    Records that it was closed, and when. Its record stays; `reopen` takes it back.
    """
    return _operate(query, "close", account_id)


@_operation("reopen")
def post_reopen(query: OperationQuery, account_id: str) -> Response:
    """Reopen an account.

    Records that it is not closed, or no longer; it has the status that it had before.
    """
    return _operate(query, "reopen", account_id)


@_operation("rename", handle="cityhall")
def post_rename(query: OperationQuery, account_id: str) -> Response:
    """Rename an account.

    Changes its handle. The old one is in quarantine: nobody who takes it is vouched for.
    """
    return _operate(query, "rename", account_id)


@_operation("release")
def post_release(query: OperationQuery, account_id: str) -> Response:
    """Release the handle of an account.

    Records that it has none any more; `rename` takes that back.
    """
    return _operate(query, "release", account_id)


@_operation("transfer", department="08xb202")
def post_transfer(query: OperationQuery, account_id: str) -> Response:
    """Transfer an account.

    Records that another department runs it, under `department`, or that another account took over from it, under
    `successor`: one of the two. A token that is for some regions or departments has to be for the new ones, too.
    """
    return _operate(query, "transfer", account_id)


@_operation("delete", category="mistake")
def post_delete(query: OperationQuery, account_id: str) -> Response:
    """Delete an account with a reason.

    Its id is gone from then on, and imports skip it. `restore` takes that back, unless the category is
    `erasure_request` or `order`.
    """
    return _operate(query, "delete", account_id)


@_operation("restore")
def post_restore(query: OperationQuery, account_id: str) -> Response:
    """Restore a deleted account.

    As its last version shows it, under the same id, without its observations.
    """
    return _operate(query, "restore", account_id)


@_operation("merge", into="08xb202")
def post_merge(query: OperationQuery, account_id: str) -> Response:
    """Merge an account into another.

    For two records of one account. The id leads to the other one from then on; `unmerge` takes that back. A token that
    is for some regions or departments has to be for both.
    """
    return _operate(query, "merge", account_id)


@_operation("unmerge")
def post_unmerge(query: OperationQuery, account_id: str) -> Response:
    """Take a merge apart.

    The account has its id again, and what was its own.
    """
    return _operate(query, "unmerge", account_id)


def _operate(query: OperationQuery, name: Name, account_id: str) -> Response:
    """Do an operation on an account, and return what it changed; raise Conflict where it is not valid."""
    secret = read_token()
    try:
        with database().write("directory request") as conn:
            token = authenticate(conn, secret, SCOPE)
            body = bodies.read(_members(name))
            if (detail := explain_malformed(account_id)) is not None:
                raise MalformedId(detail)
            require_own(conn, token, account_id, body)
            # Rolled back where the account would be of a place that is not the token's.
            with conn.transaction() as transaction:
                _require_unchanged(conn, account_id)
                done = carry_out(conn, token, name, account_id, AuditNote(token.name, body["reason"]), body)
                if query.dry_run == "true":
                    raise psycopg.Rollback(transaction)
    except LockTimeoutError as error:
        raise ServiceBusy("Others are writing to the registry.") from error
    except Refused as refused:
        raise problem_of(refused) from refused
    inverse = done.inverse and {"operation": done.inverse.operation, "body": done.inverse.arguments}
    document = {
        "operation": done.operation,
        "account": done.account_id,
        "revision": None if query.dry_run == "true" else done.revision,
        "before": done.before,
        "after": done.after,
        "inverse": inverse,
    }
    return without_storing(json_response(json.dumps(document, ensure_ascii=False)))


def _require_unchanged(conn: Connection[Any], account_id: str) -> None:
    """Raise PreconditionFailed where the request has If-Match and the account changed since; it need not have it.

    The rules of operations already refuse most of what two editors do at once.
    """
    if "If-Match" not in request.headers:
        return
    lock_writes(conn)
    # Of an account that is not there, the operation itself says why.
    if (account := select_current_account(conn, account_id)) is not None:
        require_unchanged(account.document, account.revision, path=f"/v1/accounts/{account_id}")
