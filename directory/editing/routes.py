"""The URLs of changes of records. Each needs a token for the record's region and department."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

from flask import Response
from psycopg import Connection

from directory.accounts.missing_accounts import redirect_or_raise
from directory.accounts.queries.account import (
    select_account,
    select_current_account,
)
from directory.database.advisory_locks import LockTimeoutError, lock_writes
from directory.database.revisions import State, select_mark
from directory.deletions.changes import DeletionNote, delete
from directory.editing import corrections, patches, queries, schemas, stored_answers
from directory.editing.creation import CreationRefused, create, find_region, require_new
from directory.editing.fields import FIELDS
from directory.editing.requests import Editing, answer_json, change_account, edit, path_of
from directory.editing.stored_answers import StoredAnswer
from directory.handles.changes import AuditNote
from directory.http.blueprint import Blueprint, path_parameter
from directory.http.conditional_requests import etag_from_revision
from directory.http.idempotency_keys import IdempotencyKey, read_idempotency_key
from directory.http.preconditions import record_tag
from directory.http.problem import body_error
from directory.http.problems import Conflict, InvalidBody, NotFound, ServiceBusy
from directory.http.request import database
from directory.http.request_body import JSON, read_body
from directory.http.responses import flask_response, json_response
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
    return answer_json(answer.text) if query.is_dry else _created(answer)


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
    path = path_of(account_id)
    tag = record_tag(State(revision, select_mark(conn, revision) or ""), path=path)
    return StoredAnswer(b"", json.dumps(written, ensure_ascii=False), path, tag)


def _created(answer: StoredAnswer) -> Response:
    response = answer_json(answer.text)
    response.status_code = 201
    response.headers["Location"] = answer.location
    response.headers["ETag"] = answer.etag
    return response


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

    def correct(editing: Editing) -> int | None:
        faults = corrections.find_faults(editing.conn, stated, editing.document)
        if errors := [body_error(detail, pointer=pointer) for pointer, detail in faults]:
            raise InvalidBody(patches.NOT_TAKEN, body_errors=errors)
        note = AuditNote(editing.token.name, query.reason)
        return corrections.correct(editing.conn, account_id, stated, editing.document, note)

    secret = read_token()
    stated = patches.read_patch()
    return change_account(query, account_id, secret, correct)


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

    def withdraw(editing: Editing) -> int:
        note = AuditNote(editing.token.name, query.reason)
        revision = corrections.withdraw(editing.conn, account_id, field, note) if field in FIELDS else None
        if revision is None:
            raise NotFound(f"No correction of {field} of the account {account_id} is in force.")
        return revision

    return change_account(query, account_id, read_token(), withdraw)


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
    with edit(account_id, read_token(), is_dry=query.is_dry) as editing:
        note = DeletionNote(editing.token.name, query.category, query.reason)
        deletion = delete(editing.conn, account_id, note)
    revision = None if query.is_dry else deletion.revision
    document = {"id": account_id, "revision": revision, "before": editing.document}
    return answer_json(json.dumps(document, ensure_ascii=False))
