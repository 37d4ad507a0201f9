"""The URLs of proofs of ownership."""

from __future__ import annotations

import json
from datetime import UTC
from typing import TYPE_CHECKING, Final

from directory.accounts.missing_accounts import redirect_or_raise
from directory.accounts.queries.account import select_account
from directory.departments.missing_departments import redirect_or_raise as redirect_to_department
from directory.departments.published_accounts import ACCOUNTS_MAX, VERSION, GovernmentAccountsSchema
from directory.departments.queries import select_department
from directory.http.blueprint import Blueprint, path_parameter
from directory.http.conditional_requests import etag_from_revision
from directory.http.middleware import without_storing
from directory.http.pagination import page_from_rows, read_cursor
from directory.http.problem import body_error
from directory.http.problems import Gone, InvalidBody
from directory.http.request import database
from directory.http.request_body import JSON, parse_json, read_body
from directory.http.responses import flask_response, json_response
from directory.tokens.authentication import authenticate, read_token, require_place
from directory.verification import queries, schemas
from directory.verification.checking import applicable_methods
from directory.verification.evidence import METHODS

if TYPE_CHECKING:
    from flask import Response

    from directory.verification.evidence import Subject

_ID: Final = path_parameter("account_id", "The id of an account.", pattern="^[0-9b-z]{7}$")
_DEPARTMENT: Final = path_parameter("department_id", "The id of a department.", pattern="^[0-9b-z]{7}$")
_NOT_TAKEN: Final = "The body was not taken: see errors."
_VALUES_MAX: Final = 20
_BODY: Final = {
    "schema": {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "methods": {"type": "array", "maxItems": len(METHODS), "items": {"type": "string", "enum": list(METHODS)}}
        },
    },
    "example": {"methods": ["dns", "link"]},
}

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


@blueprint.route("/accounts/<account_id>/proofs", parameters=[_ID], methods=["POST"])
@blueprint.body({JSON: _BODY}, "By which methods; by all that apply where it names none.")
@blueprint.response(200, schemas.RequestedProofSchema)
@blueprint.token("edit", changes_records=False)
@blueprint.alt_response(410)
@blueprint.alt_response(415)
@blueprint.alt_response(422)
def post_account_proofs(account_id: str) -> Response:
    """Request a check of an account.

    The running service does it within minutes, and at most once a minute; then `/v1/accounts/{id}/evidence` has what
    was found. A request that comes again before that changes nothing.
    """
    secret = read_token()
    with database().write("directory request") as conn:
        token = authenticate(conn, secret, "edit")
        place = queries.select_place(conn, account_id)
        if place is None:
            redirect_or_raise(conn, account_id)
            raise Gone(f"The account {account_id} was merged into another.")
        require_place(conn, token, region=place[0], department=place[1])
        (subject,) = queries.select_subjects(conn, [account_id])
        methods = _read_methods(subject)
        due_at = queries.merge_request(conn, account_id, methods, token.name)
    answer = {"account": account_id, "methods": methods, "due_at": due_at.astimezone(UTC).isoformat()}
    return without_storing(json_response(json.dumps(answer)))


def _read_methods(subject: Subject) -> list[str]:
    """Return the methods that the body names, all that apply where it names none; raise InvalidBody."""
    body = parse_json(read_body((JSON,))[1], _VALUES_MAX)
    named = body.get("methods", []) if isinstance(body, dict) and body.keys() <= {"methods"} else None
    if not isinstance(named, list):
        raise InvalidBody(_NOT_TAKEN, body_errors=[body_error("is no object with a list under `methods`", pointer="")])
    applicable = applicable_methods(subject)
    errors = [
        body_error(
            f"is none of the methods that apply: {', '.join(applicable) or 'none does'}", pointer=f"/methods/{n}"
        )
        for n, method in enumerate(named)
        if method not in applicable
    ]
    if not applicable and not errors:
        errors.append(body_error("no method applies: the department has no website here", pointer=""))
    if errors:
        raise InvalidBody(_NOT_TAKEN, body_errors=errors)
    return [method for method in applicable if not named or method in named]


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
