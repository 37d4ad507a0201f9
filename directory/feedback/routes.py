"""The URLs of reports."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from flask import Response, request

from directory.feedback import challenges, limits, private_data, queries, schemas
from directory.feedback.decisions import Decision, DecisionError, decide
from directory.feedback.queries import FeedbackFilter, StoredFeedback, Submission
from directory.http.blueprint import Blueprint, path_parameter
from directory.http.body_members import object_schema, read_members
from directory.http.client_address import client_network
from directory.http.conditional_requests import document_conditional, etag_from_body
from directory.http.middleware import without_storing
from directory.http.pagination import page_from_rows, read_cursor
from directory.http.problem import body_error
from directory.http.problems import (
    ChallengeFailed,
    Conflict,
    InvalidBody,
    NotFound,
    TooManyRequests,
)
from directory.http.request import config, database
from directory.http.request_body import JSON
from directory.http.responses import json_response
from directory.regions.parameters import read_region_path
from directory.regions.queries import select_region_by_code
from directory.secret_keys import derive_key, encrypt, require_same_secret
from directory.tokens.authentication import authenticate, read_token, require_place

if TYPE_CHECKING:
    from psycopg import Connection

_ID: Final = path_parameter("feedback_id", "The tracking id of a report.", example="08xb202", pattern="^[0-9b-z]{7}$")
_KEY_BODY: Final = {"schema": object_schema(schemas.LINK_KEY), "example": {"key": "k" * 43}}
_NOT_TAKEN: Final = "The body was not taken: see errors."
# Reports whose private data is erased for its age, with each new report.
_ERASED_AT_ONCE: Final = 100
_FLAWS: Final = {
    "missing": "The report has neither the solution of a challenge nor a ticket.",
    "invalid": "The solution or the ticket is not right.",
    "expired": "The challenge or the ticket has expired.",
    "too-early": f"The ticket counts {challenges.TICKET_DELAY} seconds after it was made.",
    "used": "A report was sent with this challenge or ticket before.",
}

blueprint = Blueprint(
    "feedback", __name__, url_prefix="/v1", description="What anybody reports, and what becomes of it."
)


@blueprint.route("/feedback")
@blueprint.arguments(schemas.FeedbackQuerySchema)
@blueprint.response(200, schemas.FeedbackListSchema)
@document_conditional
def get_feedback(query: schemas.FeedbackQuery) -> Response:
    """List reports.

    What was reported and what was decided, the latest first. The words and the address of the reporter are never
    public: a moderator writes the summary.
    """
    before = read_cursor(query.cursor, str, str)
    with database().read() as conn:
        wanted = FeedbackFilter(
            kinds=query.kind,
            states=query.state,
            region_path=read_region_path(conn, query.region),
            account_id=query.account,
            text=query.q,
        )
        rows = queries.select_page(
            conn, wanted, before=(before[0], before[1]) if before else None, limit=query.limit + 1
        )
    return etag_from_body(page_from_rows(rows, query.limit))


@blueprint.route("/feedback/statistics")
@blueprint.arguments(schemas.StatisticsQuerySchema)
@blueprint.response(200, schemas.FeedbackStatisticsSchema)
@document_conditional
def get_feedback_statistics(query: schemas.StatisticsQuery) -> Response:
    """Count reports.

    By region and kind: how many are in which state, and the median time to a decision.
    """
    with database().read() as conn:
        rows = queries.select_statistics(conn, read_region_path(conn, query.region))
    return etag_from_body(json_response(f'{{"data":[{",".join(rows)}]}}'))


@blueprint.route("/feedback/challenge")
@blueprint.response(200, schemas.ChallengeSchema)
def get_feedback_challenge() -> Response:
    """Get a challenge.

    A proof of work in ALTCHA's format, second version, with PBKDF2/SHA-256: find the number with which the derived key
    begins as `keyPrefix` says, and send it with the report as `altcha`. It is valid for 20 minutes, for one report.
    """
    challenge = challenges.make_challenge(challenges.challenge_key(config()))
    return without_storing(json_response(json.dumps(challenge)))


@blueprint.route("/feedback/<feedback_id>", parameters=[_ID])
@blueprint.response(200, schemas.TrackedFeedbackSchema)
@document_conditional
def get_feedback_by_id(feedback_id: str) -> Response:
    """Track a report.

    Where it stands, and every step of it with its reason.
    """
    with database().read() as conn:
        document = queries.select_document(conn, feedback_id)
    if document is None:
        raise NotFound(f"No report has the id {feedback_id}.")
    return etag_from_body(json_response(document))


@blueprint.route("/feedback", methods=["POST"])
@blueprint.body(
    {
        JSON: {
            "schema": object_schema(schemas.SUBMISSION),
            "example": {
                "kind": "closed",
                "account": "08xb202",
                "text": "该账号已停用。",
                "altcha": "eyJjaGFsbGVuZ2UiOnt9fQ==",
            },
        }
    },
    "What is wrong, of which account, page or body: at least one of `account`, `url` and `text`.",
)
@blueprint.response(200, schemas.ReceiptSchema)
@blueprint.alt_response(403)
@blueprint.alt_response(415)
@blueprint.alt_response(422)
@blueprint.alt_response(429)
def post_feedback() -> Response:
    """Report something.

    A wrong entry, a missing account, a fake, a closed account, or something else, by anybody and in any language. Keep
    `key` of the answer: with it you can read and erase what you sent. What you send is not published.
    """
    members = read_members(schemas.SUBMISSION)
    effort = _judge_effort(members)
    if not members.keys() & {"account", "url", "text"}:
        detail = "has neither an account nor a url nor a text"
        raise InvalidBody(_NOT_TAKEN, body_errors=[body_error(detail, pointer="")])
    link_key = private_data.make_link_key()
    network = client_network(request.environ, trusted_proxies=config().trusted_proxies)
    with database().write("directory feedback") as conn, conn.transaction():
        require_same_secret(conn, config())
        submission = _check_submission(conn, members)
        if not limits.count_report(conn, derive_key(config(), b"feedback addresses"), network, effort):
            raise TooManyRequests("Too many reports came within an hour, from you or from everybody.")
        if not limits.insert_used(conn, effort):
            raise _failed("used")
        feedback_id = queries.insert_feedback(conn, submission, private_data.digest_link_key(link_key))
        if "email" in members:
            key = derive_key(config(), private_data.PURPOSE)
            queries.update_email(conn, feedback_id, encrypt(key, feedback_id, members["email"]))
        queries.erase_expired(
            conn,
            decided_days=config().feedback_days,
            undecided_days=config().feedback_undecided_days,
            limit=_ERASED_AT_ONCE,
        )
    receipt = {"id": feedback_id, "key": link_key, "state": "received"}
    return without_storing(json_response(json.dumps(receipt)))


@blueprint.route("/feedback/<feedback_id>/submission", parameters=[_ID], methods=["POST"])
@blueprint.body({JSON: _KEY_BODY}, "The key that the answer to the report had.")
@blueprint.response(200, schemas.PrivateFeedbackSchema)
@blueprint.alt_response(415)
@blueprint.alt_response(422)
def post_feedback_submission(feedback_id: str) -> Response:
    """Read what you sent.

    The key is in the body and not in the URL, which logs keep.
    """
    key = read_members(schemas.LINK_KEY)["key"]
    with database().read() as conn:
        return _private_response(_find_own(conn, feedback_id, key))


@blueprint.route("/feedback/<feedback_id>/erasure", parameters=[_ID], methods=["POST"])
@blueprint.body({JSON: _KEY_BODY}, "The key that the answer to the report had.")
@blueprint.response(200, schemas.PrivateFeedbackSchema)
@blueprint.alt_response(415)
@blueprint.alt_response(422)
def post_feedback_erasure(feedback_id: str) -> Response:
    """Erase what you sent.

    Text, URL and e-mail address are erased at once; kind, state and decision stay public.
    """
    key = read_members(schemas.LINK_KEY)["key"]
    with database().write("directory feedback") as conn, conn.transaction():
        _find_own(conn, feedback_id, key)
        queries.erase_private(conn, feedback_id)
        return _private_response(_find_own(conn, feedback_id, key))


@blueprint.route("/feedback/queue")
@blueprint.arguments(schemas.QueueQuerySchema)
@blueprint.response(200, schemas.QueueSchema)
@blueprint.token("moderate")
def get_feedback_queue(query: schemas.QueueQuery) -> Response:
    """List the queue of moderators.

    Reports with what was sent, the oldest first, in the regions and departments of the token as they are today.
    """
    after = read_cursor(query.cursor, str, str)
    with database().write("directory feedback") as conn:
        token = authenticate(conn, read_token(), "moderate")
        wanted = FeedbackFilter(kinds=query.kind, states=query.state, region_path=read_region_path(conn, query.region))
        rows = queries.select_queue(
            conn, wanted, token, after=(after[0], after[1]) if after else None, limit=query.limit + 1
        )
    return without_storing(page_from_rows(rows, query.limit))


@blueprint.route("/feedback/<feedback_id>/decision", parameters=[_ID], methods=["POST"])
@blueprint.body(
    {JSON: {"schema": object_schema(schemas.DECISION), "example": {"state": "under_review"}}},
    "The next state, and what is said of it in public.",
)
@blueprint.response(200, schemas.TrackedFeedbackSchema)
@blueprint.token("moderate")
@blueprint.alt_response(409)
@blueprint.alt_response(415)
@blueprint.alt_response(422)
def post_feedback_decision(feedback_id: str) -> Response:
    """Decide a report.

    A step to the next state: under review, then accepted, rejected or duplicate with a reason, and back if a decision
    was wrong. Of two moderators who decide at once the second gets a conflict.
    """
    with database().write("directory feedback") as conn, conn.transaction():
        token = authenticate(conn, read_token(), "moderate")
        stored = queries.select_stored(conn, feedback_id)
        if stored is None:
            raise NotFound(f"No report has the id {feedback_id}.")
        require_place(conn, token, region=stored.region_code, department=stored.department_id)
        members: dict[str, Any] = dict(read_members(schemas.DECISION))
        revision = int(members.pop("revision")) if "revision" in members else None
        try:
            decide(conn, feedback_id, Decision(actor=token.name, revision=revision, **members))
        except DecisionError as error:
            if error.code in {"feedback-state", "feedback-steps"}:
                raise Conflict(
                    str(error), error.code, remedy="read the report again, and decide from its state"
                ) from error
            raise InvalidBody(_NOT_TAKEN, body_errors=[body_error(str(error), pointer="")]) from error
        document = queries.select_document(conn, feedback_id)
    return without_storing(json_response(document or ""))


def _find_own(conn: Connection[Any], feedback_id: str, key: str) -> StoredFeedback:
    stored = queries.select_stored(conn, feedback_id, private_data.digest_link_key(key))
    if stored is None:
        raise NotFound(f"No report has the id {feedback_id} and this key.")
    return stored


def _private_response(stored: StoredFeedback) -> Response:
    answer = {
        "id": stored.id,
        "kind": stored.kind,
        "state": stored.state,
        "url": stored.url,
        "text": stored.text,
        "has_email": stored.email is not None,
        "is_erased": stored.erased_at is not None,
    }
    return without_storing(json_response(json.dumps(answer, ensure_ascii=False)))


def _check_submission(conn: Connection[Any], members: dict[str, str]) -> Submission:
    """Return a submission; raise InvalidBody for an account or a region that the registry does not know."""
    account, region = members.get("account"), members.get("region")
    errors = []
    if account is not None and not queries.is_known_account(conn, account):
        errors.append(body_error(f"no account has the id {account}", pointer="/account"))
    if region is not None and select_region_by_code(conn, region) is None:
        errors.append(body_error(f"no region has the code {region}", pointer="/region"))
    if errors:
        raise InvalidBody(_NOT_TAKEN, body_errors=errors)
    return Submission(
        kind=members["kind"],
        account_id=account,
        region_code=region,
        url=members.get("url"),
        text=members.get("text"),
    )


def _judge_effort(members: dict[str, str]) -> challenges.Effort:
    """Return what was spent for a report; raise ChallengeFailed. It asks no database, and takes under a millisecond."""
    if "altcha" in members:
        effort = challenges.judge_solution(challenges.challenge_key(config()), members["altcha"])
    elif "ticket" in members:
        effort = challenges.judge_ticket(challenges.challenge_key(config()), members["ticket"])
    else:
        raise _failed("missing")
    if isinstance(effort, str):
        raise _failed(effort)
    return effort


def _failed(code: str) -> ChallengeFailed:
    return ChallengeFailed(_FLAWS[code], members={"code": code})
