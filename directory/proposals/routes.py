"""The URLs of proposals."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from directory.database.advisory_locks import LockTimeoutError
from directory.http.blueprint import Blueprint, path_parameter
from directory.http.conditional_requests import document_conditional, etag_from_body
from directory.http.middleware import without_storing
from directory.http.pagination import page_from_rows, read_cursor
from directory.http.problems import NotFound, ServiceBusy
from directory.http.request import config, database
from directory.http.request_body import JSON
from directory.http.responses import json_response
from directory.lifecycle import bodies
from directory.lifecycle.requests import conflict_of
from directory.lifecycle.schemas import OperationQuery, OperationQuerySchema
from directory.proposals import decisions, queries, schemas
from directory.proposals.filing import Filing, file_proposal
from directory.proposals.queries import ProposalFilter
from directory.refusals import Refused
from directory.regions.parameters import read_region_path
from directory.tokens.authentication import authenticate, read_token

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Response
    from psycopg import Connection

    from directory.tokens.queries import Token

_ID: Final = path_parameter("proposal_id", "The id of a proposal.", example="08xb202", pattern="^[0-9b-z]{7}$")
_DECISION: Final = {"reason": "The profile says so itself."}

blueprint = Blueprint(
    "proposals", __name__, url_prefix="/v1", description="Changes that somebody proposes and a moderator decides."
)


@blueprint.route("/proposals")
@blueprint.arguments(schemas.ProposalQuerySchema)
@blueprint.response(200, schemas.ProposalListSchema)
@document_conditional
def get_proposals(query: schemas.ProposalQuery) -> Response:
    """List proposals.

    What was proposed, by whom and why, and what was decided, the latest first.
    """
    before = read_cursor(query.cursor, str, str)
    with database().read() as conn:
        wanted = ProposalFilter(
            states=query.state,
            operations=query.operation,
            account_id=query.account,
            region_path=read_region_path(conn, query.region),
        )
        rows = queries.select_page(
            conn, wanted, before=(before[0], before[1]) if before else None, limit=query.limit + 1
        )
    return etag_from_body(page_from_rows(rows, query.limit))


@blueprint.route("/proposals/<proposal_id>", parameters=[_ID])
@blueprint.response(200, schemas.ProposalSchema)
@document_conditional
def get_proposal(proposal_id: str) -> Response:
    """Get a proposal.

    What it would change, where it stands, and the decision with its reason.
    """
    with database().read() as conn:
        return etag_from_body(json_response(_document(conn, proposal_id)))


@blueprint.route("/proposals", methods=["POST"])
@blueprint.arguments(OperationQuerySchema)
@blueprint.body(
    {
        JSON: {
            "schema": bodies.describe(schemas.PROPOSAL),
            "example": {
                "account": "08xb202",
                "operation": "rename",
                "body": {"handle": "cityhall"},
                "reason": "The platform's notice of 1 June",
            },
        }
    },
    "An operation on an account, and why.",
)
@blueprint.response(200, schemas.ProposalSchema)
@blueprint.token("propose")
@blueprint.alt_response(409)
@blueprint.alt_response(415)
@blueprint.alt_response(422)
@blueprint.alt_response(429)
def post_proposals(query: OperationQuery) -> Response:
    """Propose a change.

    An operation on an account, with the body that its own URL takes. It is checked by the same rules at once, and again
    when a moderator accepts it. Everybody can read it from now on, so name nobody in it.
    """
    with _writing("propose") as (conn, token):
        body = bodies.read(schemas.PROPOSAL)
        filing = Filing(
            account_id=body["account"],
            operation=body["operation"],
            body=body.get("body", {}),
            reason=body["reason"],
        )
        with conn.transaction(force_rollback=query.dry_run == "true"):
            document = _document(conn, file_proposal(conn, token, filing))
    if query.dry_run == "true":
        document = json.dumps({**json.loads(document), "id": None}, ensure_ascii=False)
    return _response(document)


@blueprint.route("/proposals/<proposal_id>/acceptance", methods=["POST"], parameters=[_ID])
@blueprint.arguments(OperationQuerySchema)
@blueprint.body({JSON: {"schema": bodies.describe(schemas.ACCEPTANCE), "example": _DECISION}}, "Why it is right.")
@blueprint.response(200, schemas.ProposalSchema)
@blueprint.token("moderate")
@blueprint.alt_response(409)
@blueprint.alt_response(415)
@blueprint.alt_response(422)
def post_acceptance(query: OperationQuery, proposal_id: str) -> Response:
    """Accept a proposal.

    Makes the change that it proposes, in a revision of the moderator whose reason names the proposal and its proposer.
    If the account changed after it was filed, that is a conflict with the present state in `current`, unless `revision`
    says that you know it. If the operation is not valid any more, the proposal is stale.
    """
    with _writing("moderate") as (conn, token):
        body = bodies.read(schemas.ACCEPTANCE)
        with conn.transaction(force_rollback=query.dry_run == "true"):
            refused = decisions.accept(
                conn,
                token,
                proposal_id,
                body["reason"],
                four_eyes=config().four_eyes == "on",
                read_at=body.get("revision"),
            )
            document = _document(conn, proposal_id)
        if refused is not None:
            raise refused
    if query.dry_run == "true":
        told = json.loads(document)
        told["decision"] |= {"revision": None, "mark": None}
        document = json.dumps(told, ensure_ascii=False)
    return _response(document)


@blueprint.route("/proposals/<proposal_id>/rejection", methods=["POST"], parameters=[_ID])
@blueprint.body({JSON: {"schema": bodies.describe(schemas.REJECTION), "example": _DECISION}}, "Why it is not right.")
@blueprint.response(200, schemas.ProposalSchema)
@blueprint.token("moderate")
@blueprint.alt_response(409)
@blueprint.alt_response(415)
@blueprint.alt_response(422)
def post_rejection(proposal_id: str) -> Response:
    """Reject a proposal.

    It stays as it was filed, with the reason of the rejection.
    """
    with _writing("moderate") as (conn, token):
        body = bodies.read(schemas.REJECTION)
        with conn.transaction():
            decisions.reject(conn, token, proposal_id, body["reason"])
            document = _document(conn, proposal_id)
    return _response(document)


@blueprint.route("/proposals/<proposal_id>", methods=["DELETE"], parameters=[_ID])
@blueprint.response(200, schemas.ProposalSchema)
@blueprint.token("propose")
@blueprint.alt_response(409)
def delete_proposal(proposal_id: str) -> Response:
    """Withdraw a proposal.

    By the token that filed it, while it is open. It stays in the list.
    """
    with _writing("propose") as (conn, token), conn.transaction():
        decisions.withdraw(conn, token, proposal_id)
        document = _document(conn, proposal_id)
    return _response(document)


@contextmanager
def _writing(scope: str) -> Iterator[tuple[Connection[Any], Token]]:
    """Yield a connection that writes, and the token of the request; raise problems for what is refused."""
    secret = read_token()
    try:
        with database().write("directory request") as conn:
            yield conn, authenticate(conn, secret, scope)
    except LockTimeoutError as error:
        raise ServiceBusy("Others are writing to the registry.") from error
    except Refused as refused:
        raise conflict_of(refused) from refused


def _document(conn: Connection[Any], proposal_id: str) -> str:
    document = queries.select_document(conn, proposal_id)
    if document is None:
        raise NotFound(f"No proposal has the id {proposal_id}.")
    return document


def _response(document: str) -> Response:
    return without_storing(json_response(document))
