"""The URLs of changes of records. Each needs a token for the record's region and department."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from flask import Response
from psycopg import Connection

from directory.accounts.missing_accounts import redirect_or_raise
from directory.accounts.queries.account import (
    CurrentAccount,
    select_account,
    select_current_account,
    select_tombstone,
)
from directory.database.advisory_locks import LockTimeoutError, lock_writes
from directory.database.revisions import State, select_mark
from directory.deletions.changes import DeletionNote, delete
from directory.editing import corrections, patches, queries, schemas, stored_answers
from directory.editing.creation import CreationRefused, create, find_region, require_new
from directory.editing.fields import FIELDS
from directory.editing.stored_answers import StoredAnswer
from directory.handles.changes import AuditNote
from directory.http.blueprint import Blueprint, path_parameter
from directory.http.conditional_requests import etag_from_revision
from directory.http.idempotency_keys import IdempotencyKey, read_idempotency_key
from directory.http.middleware import allow_any_origin
from directory.http.preconditions import record_tag, require_unchanged
from directory.http.problem import body_error
from directory.http.problems import Conflict, Gone, InvalidBody, MalformedId, NotFound, ServiceBusy
from directory.http.request import database
from directory.http.request_body import JSON, read_body
from directory.http.responses import flask_response, json_response
from directory.ids import explain_malformed
from directory.lifecycle.requests import require_new_department
from directory.tokens.authentication import authenticate, read_token, require_place
from directory.tokens.queries import Token

_ID: Final = path_parameter("account_id", "The id of an account.", pattern="^[0-9b-z]{7}$")
_FIELD: Final = path_parameter("field", "A field of an account.", pattern=f"^({'|'.join(FIELDS)})$", example="name")
_PATCH: Final = {
    patches.MERGE_PATCH: {
        "schema": patches.describe(),
        "example": {"name": "成都发布", "names": [{"name": "Chengdu Release", "language": "en"}], "description": None},
    }
}
_CREATED: Final = {
    JSON: {
        "schema": patches.describe_creation(),
        "example": {"platform": "weibo", "handle": "cdfb", "name": "成都发布", "region": {"code": "CN-510100"}},
    }
}

blueprint = Blueprint("editing", __name__, url_prefix="/v1", description="Changes of records, with a token.")


@blueprint.route("/accounts", methods=["POST"])
@blueprint.arguments(schemas.ChangeQuerySchema)
@blueprint.body(
    _CREATED, "Where the account is, by its platform and handle or by its URL, and its fields as in a patch."
)
@blueprint.response(200, schemas.CreatedAccountSchema, description="What would be created (`dry_run=true`).")
@blueprint.alt_response(201, schema=schemas.CreatedAccountSchema, description="The account was created.")
@blueprint.token("edit")
@blueprint.idempotent
@blueprint.alt_response(409)
@blueprint.alt_response(415)
@blueprint.alt_response(422)
def post_account(query: schemas.ChangeQuery) -> Response:
    """Create an account.

    What its editor states ranks above all sources. An account that exists or was deleted is a 409 with its id in
    `existing`. The answer has the path of the account in `Location`, and its tag in `ETag`.
    """
    secret = read_token()
    text = read_body((JSON,))[1]
    creation, key = patches.parse_creation(text), read_idempotency_key(text)
    try:
        with database().write("directory request") as conn:
            token = authenticate(conn, secret, "edit")
            with conn.transaction(force_rollback=query.is_dry):
                if key is not None and not query.is_dry:
                    return _created(_answer_once(conn, token, key, lambda: _create(conn, token, query, creation)))
                answer = _create(conn, token, query, creation)
    except LockTimeoutError as error:
        raise ServiceBusy("Others are writing to the registry.") from error
    return _answer(answer.text) if query.is_dry else _created(answer)


def _answer_once(
    conn: Connection[Any], token: Token, key: IdempotencyKey, create: Callable[[], StoredAnswer]
) -> StoredAnswer:
    """Return the answer to the first request with a key; raise Conflict or InvalidBody where it cannot be used."""
    if not stored_answers.try_lock(conn, token.id, key):
        raise Conflict(
            "The first request with this Idempotency-Key is running.",
            "request-in-progress",
            remedy="send it again later",
        )
    answer = stored_answers.select_answer(conn, token.id, key)
    if answer is not None:
        if answer.request_digest != key.request_digest:
            raise InvalidBody("The Idempotency-Key came with another request before: make a new key.")
        return answer
    stored_answers.delete_old_answers(conn)
    if stored_answers.count_answers(conn, token.id) >= stored_answers.ANSWERS_MAX:
        raise Conflict(
            f"The token has used {stored_answers.ANSWERS_MAX} keys within 24 hours.",
            "too-many-keys",
            remedy="send no Idempotency-Key, or import a file",
        )
    answer = create()._replace(request_digest=key.request_digest)
    stored_answers.insert_answer(conn, token.id, key, answer)
    return answer


def _create(
    conn: Connection[Any], token: Token, query: schemas.ChangeQuery, creation: patches.Creation
) -> StoredAnswer:
    """Create an account, and return the answer; raise the problem of one that cannot be created."""
    # Before the first read: nobody else can create it meanwhile.
    lock_writes(conn)
    faults = corrections.find_faults(conn, creation.stated, {"closed_on": None})
    department = creation.stated.get("department", {}).get("department")
    require_place(conn, token, region=find_region(conn, creation), department=department)
    if errors := [body_error(detail, pointer=pointer) for pointer, detail in faults]:
        raise InvalidBody(patches.NOT_TAKEN, body_errors=errors)
    try:
        require_new(conn, creation)
    except CreationRefused as refused:
        raise Conflict(f"{refused}.", refused.code, remedy=refused.remedy, members=refused.members) from refused
    account_id, revision = create(conn, creation, AuditNote(token.name, query.reason))
    account = select_current_account(conn, account_id)
    if account is None:
        raise LookupError(account_id)
    written = {"id": account_id, "revision": None if query.is_dry else revision, "after": json.loads(account.document)}
    path = _path(account_id)
    tag = record_tag(State(revision, select_mark(conn, revision) or ""), path=path)
    return StoredAnswer(b"", json.dumps(written, ensure_ascii=False), path, tag)


def _created(answer: StoredAnswer) -> Response:
    response = _answer(answer.text)
    response.status_code = 201
    response.headers["Location"] = answer.location
    response.headers["ETag"] = answer.etag
    return response


@dataclass(frozen=True, slots=True)
class _Editing:
    """An account that the token of this request may change, and that nobody else can change meanwhile."""

    conn: Connection[Any]
    token: Token
    account: CurrentAccount
    document: dict[str, Any]


@blueprint.route("/accounts/<account_id>", methods=["PATCH"], parameters=[_ID])
@blueprint.arguments(schemas.ChangeQuerySchema)
@blueprint.body(_PATCH, "The fields to set (RFC 7396); null: the account is known to have none.")
@blueprint.response(200, schemas.CorrectedAccountSchema)
@blueprint.token("edit")
@blueprint.if_match
@blueprint.alt_response(410)
@blueprint.alt_response(415)
@blueprint.alt_response(422)
def patch_account(query: schemas.ChangeQuery, account_id: str) -> Response:
    """Correct one account.

    What an editor states ranks above all sources, so no import undoes it, until it is withdrawn. The handle and the
    status change by operations. A token that is for some regions or departments has to be for the new ones, too.
    `If-Match` has the `ETag` of the account as you read it; the answer has the next one.
    """

    def correct(editing: _Editing) -> int | None:
        faults = corrections.find_faults(editing.conn, stated, editing.document)
        if errors := [body_error(detail, pointer=pointer) for pointer, detail in faults]:
            raise InvalidBody(patches.NOT_TAKEN, body_errors=errors)
        note = AuditNote(editing.token.name, query.reason)
        return corrections.correct(editing.conn, account_id, stated, editing.document, note)

    secret = read_token()
    stated = patches.read_patch()
    return _change(query, account_id, secret, correct)


@blueprint.route("/accounts/<account_id>/corrections/<field>", methods=["DELETE"], parameters=[_ID, _FIELD])
@blueprint.arguments(schemas.ChangeQuerySchema)
@blueprint.response(200, schemas.CorrectedAccountSchema)
@blueprint.token("edit")
@blueprint.if_match
@blueprint.alt_response(410)
def delete_correction(query: schemas.ChangeQuery, account_id: str, field: str) -> Response:
    """Withdraw the corrections of a field.

    The field is as sources state it then; where none lists the account, as it was before the first correction.
    `If-Match` has the `ETag` of the account.
    """

    def withdraw(editing: _Editing) -> int:
        note = AuditNote(editing.token.name, query.reason)
        revision = corrections.withdraw(editing.conn, account_id, field, note) if field in FIELDS else None
        if revision is None:
            raise NotFound(f"No correction of {field} of the account {account_id} is in force.")
        return revision

    return _change(query, account_id, read_token(), withdraw)


@blueprint.route("/accounts/<account_id>/corrections", parameters=[_ID])
@blueprint.response(200, schemas.CorrectionListSchema)
@blueprint.alt_response(301, description="The account was merged into another.")
@blueprint.alt_response(410)
@etag_from_revision
def get_account_corrections(account_id: str) -> Response:
    """List the corrections of an account.

    What editors state of it, and what therefore ranks above all sources, with who stated it, when and why.
    """
    with database().read() as conn:
        rows = queries.select_corrections(conn, account_id)
        if not rows and select_account(conn, account_id) is None:
            return flask_response(redirect_or_raise(conn, account_id, below="/corrections"))
    data = [
        {
            "field": field,
            "value": corrections.public_value(field, statement or {field: department}),
            "revision": revision,
            "at": at,
            "actor": actor,
            "reason": reason,
        }
        for field, statement, department, revision, at, actor, reason in rows
    ]
    return json_response(json.dumps({"data": data}, ensure_ascii=False))


@blueprint.route("/accounts/<account_id>", methods=["DELETE"], parameters=[_ID])
@blueprint.arguments(schemas.DeletionQuerySchema)
@blueprint.response(200, schemas.AccountDeletionSchema)
@blueprint.token("edit")
@blueprint.if_match
@blueprint.alt_response(410)
def delete_account(query: schemas.DeletionQuery, account_id: str) -> Response:
    """Delete one account.

    Its id answers 410 from then on, and imports skip rows about it; its earlier versions stay in its history. The
    actor is the name of the token. `If-Match` has the `ETag` of the account as you read it.
    """
    with _edit(account_id, read_token(), is_dry=query.is_dry) as editing:
        note = DeletionNote(editing.token.name, query.category, query.reason)
        deletion = delete(editing.conn, account_id, note)
    revision = None if query.is_dry else deletion.revision
    document = {"id": account_id, "revision": revision, "before": editing.document}
    return _answer(json.dumps(document, ensure_ascii=False))


def _change(
    query: schemas.ChangeQuery, account_id: str, secret: str, change: Callable[[_Editing], int | None]
) -> Response:
    """Change an account, and return what it was and is, with its next tag."""
    with _edit(account_id, secret, is_dry=query.is_dry) as editing:
        revision = change(editing)
        after = select_current_account(editing.conn, account_id)
        if after is None:
            raise LookupError(account_id)
        # Rolled back where the account would be of a place that is not the token's.
        require_place(editing.conn, editing.token, region=after.region, department=after.department)
        require_new_department(editing.conn, editing.token, editing.account.department, after.department)
        mark = None if query.is_dry or revision is None else select_mark(editing.conn, revision)
    written = revision if mark is not None else None
    document = {"id": account_id, "revision": written, "before": editing.document, "after": json.loads(after.document)}
    response = _answer(json.dumps(document, ensure_ascii=False))
    if written is not None and mark is not None:
        response.headers["ETag"] = record_tag(State(written, mark), path=_path(account_id))
    return response


@contextmanager
def _edit(account_id: str, secret: str, *, is_dry: bool) -> Iterator[_Editing]:
    """Yield an account to change in a transaction, which is rolled back if it `is_dry`.

    Raises the problem of a token that may not change it, of an account that is not there, and of `If-Match`.
    """
    try:
        with database().write("directory request") as conn:
            token = authenticate(conn, secret, "edit")
            if (fault := explain_malformed(account_id)) is not None:
                raise MalformedId(fault)
            with conn.transaction(force_rollback=is_dry):
                # Before the first read: nobody can change the account between the condition and the change.
                lock_writes(conn)
                account = select_current_account(conn, account_id)
                if account is None:
                    raise _missing(conn, account_id)
                require_place(conn, token, region=account.region, department=account.department)
                require_unchanged(account.document, account.revision, path=_path(account_id))
                yield _Editing(conn, token, account, json.loads(account.document))
    except LockTimeoutError as error:
        raise ServiceBusy("Others are writing to the registry.") from error


def _path(account_id: str) -> str:
    return f"/v1/accounts/{account_id}"


def _answer(text: str) -> Response:
    response = json_response(text, headers={"Cache-Control": "no-store"})
    # A web page may send a token that it was given.
    allow_any_origin(response)
    return response


def _missing(conn: Connection[Any], account_id: str) -> NotFound | Gone:
    """Return the problem of an account that is not there, Gone if it was deleted or merged."""
    tombstone = select_tombstone(conn, account_id)
    if tombstone is None:
        return NotFound(f"No account has the id {account_id}.")
    fate = f"was merged into {tombstone.successor_id}" if tombstone.successor_id else "was deleted"
    return Gone(f"The account {account_id} {fate} in revision {tombstone.revision}.")
