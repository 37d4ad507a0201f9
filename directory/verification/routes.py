"""The URLs of proofs of ownership."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from directory.accounts.missing_accounts import redirect_or_raise
from directory.accounts.queries.account import select_account
from directory.departments.missing_departments import redirect_or_raise as redirect_to_department
from directory.departments.published_accounts import ACCOUNTS_MAX, VERSION, GovernmentAccountsSchema
from directory.departments.queries import select_department
from directory.http.blueprint import Blueprint, path_parameter
from directory.http.conditional_requests import etag_from_revision
from directory.http.pagination import page_from_rows, read_cursor
from directory.http.request import database
from directory.http.responses import flask_response, json_response
from directory.verification import queries, schemas

if TYPE_CHECKING:
    from flask import Response

_ID: Final = path_parameter("account_id", "The id of an account.", pattern="^[0-9b-z]{7}$")
_DEPARTMENT: Final = path_parameter("department_id", "The id of a department.", pattern="^[0-9b-z]{7}$")

blueprint = Blueprint(
    "proofs",
    __name__,
    url_prefix="/v1",
    description="Proofs that accounts are their departments': evidence, and what departments publish.",
)


@blueprint.route("/accounts/<account_id>/evidence", parameters=[_ID])
@blueprint.arguments(schemas.EvidenceQuerySchema)
@blueprint.response(200, schemas.EvidenceListSchema)
@blueprint.alt_response(301, description="The account was merged into another.")
@blueprint.alt_response(410)
@etag_from_revision
def get_account_evidence(query: schemas.EvidenceQuery, account_id: str) -> Response:
    """List the evidence of an account.

    What checks of ownership found, by each method the latest ten, the newest first: what was read, what it says, and
    until when it holds.
    """
    after = read_cursor(query.cursor, int)
    with database().read() as conn:
        rows = queries.select_evidence(conn, account_id, after=after[0] if after else None, limit=query.limit + 1)
        if not rows and select_account(conn, account_id) is None:
            return flask_response(redirect_or_raise(conn, account_id, below="/evidence"))
    return page_from_rows(rows, query.limit)


@blueprint.route("/departments/<department_id>/government-accounts.json", parameters=[_DEPARTMENT])
@blueprint.response(200, GovernmentAccountsSchema)
@blueprint.alt_response(301, description="The department was merged into another.")
@blueprint.alt_response(410)
@etag_from_revision
def get_government_accounts(department_id: str) -> Response:
    """Get the file that a department has to publish.

    With its accounts as this registry knows them, for `/.well-known/government-accounts.json` on its website. Correct
    it there: the registry checks what the website says.
    """
    with database().read() as conn:
        document = select_department(conn, department_id)
        if document is None:
            return flask_response(redirect_to_department(conn, department_id, below="/government-accounts.json"))
        accounts = queries.select_published(conn, department_id, ACCOUNTS_MAX)
    department = json.loads(document)
    published = {
        "version": VERSION,
        "organization": {"name": department["name"], "website": department["website"]},
        "accounts": accounts,
    }
    return json_response(json.dumps(published, ensure_ascii=False, indent=2))
