"""The URLs of changes of records. Each needs a token for the record's region and department."""

from __future__ import annotations

import json
from typing import Any

from flask import Response
from psycopg import Connection

from directory.accounts.queries.account import select_tombstone
from directory.database.advisory_locks import LockTimeoutError, lock_writes
from directory.deletions.changes import DeletionNote, delete
from directory.editing import queries, schemas
from directory.http.blueprint import Blueprint, path_parameter
from directory.http.middleware import allow_any_origin
from directory.http.preconditions import require_unchanged
from directory.http.problems import Gone, MalformedId, NotFound, ServiceBusy
from directory.http.request import database
from directory.http.responses import json_response
from directory.ids import explain_malformed
from directory.tokens.authentication import authenticate, read_token, require_place

blueprint = Blueprint("editing", __name__, url_prefix="/v1", description="Changes of records, with a token.")


@blueprint.route(
    "/accounts/<account_id>",
    methods=["DELETE"],
    parameters=[path_parameter("account_id", "The id of an account.", pattern="^[0-9b-z]{7}$")],
)
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
    secret = read_token()
    is_dry = query.dry_run == "true"
    try:
        with database().write("directory request") as conn:
            token = authenticate(conn, secret, "edit")
            if (fault := explain_malformed(account_id)) is not None:
                raise MalformedId(fault)
            with conn.transaction(force_rollback=is_dry):
                # Before the first read: nobody can change the account between the condition and the deletion.
                lock_writes(conn)
                account = queries.select_current_account(conn, account_id)
                if account is None:
                    raise _missing(conn, account_id)
                require_place(conn, token, region=account.region, department=account.department)
                require_unchanged(account.document, account.revision)
                deletion = delete(conn, account_id, DeletionNote(token.name, query.category, query.reason))
    except LockTimeoutError as error:
        raise ServiceBusy("Others are writing to the registry.") from error
    document = {
        "id": account_id,
        "revision": None if is_dry else deletion.revision,
        "before": json.loads(account.document),
    }
    response = json_response(json.dumps(document, ensure_ascii=False), headers={"Cache-Control": "no-store"})
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
