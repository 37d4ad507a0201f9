"""The table of all routes that need a token, written by hand: the scope of each, and a request to it about a place.

A new route needs a row here. `tests/tokens/test_authorization.py` sends each with every scope, inside and outside of
the token's regions and departments.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from tests.tokens.conftest import PROPOSALS, REPORTS, Place


class Request(NamedTuple):
    """What is sent: the URL, and the body with its media type and further headers."""

    url: str
    body: str = ""
    content_type: str = "application/json"
    headers: dict[str, str] = {}  # noqa: RUF012 - nobody changes it


class Route(NamedTuple):
    """The rule of an operation: its method, the scope that it needs, and a request about a place.

    `has_place`: a narrowed token is refused elsewhere. One that has none refuses nobody for a place.
    """

    method: str
    scope: str
    request: Callable[[Place], Request]
    has_place: bool = True


def _observation(place: Place) -> dict[str, Any]:
    return {"account": place.account, "observed_at": "2024-07-01", "followers": 1}


def _operation(name: str, scope: str = "edit", **members: object) -> Route:
    """Return the row of an operation on the account of a place, which changes nothing (`dry_run`)."""

    def request(place: Place) -> Request:
        body = json.dumps({"reason": "test", **members})
        return Request(f"/v1/accounts/{place.account}/{name}?dry_run=true", body)

    return Route("POST", scope, request)


def _webhook(method: str, path: str) -> Route:
    """Return the row of an operation on webhooks, or on one that there is not."""
    return Route(method, "admin", lambda _: Request(f"/v1/webhooks{path}"), has_place=False)


# What changes records without a proposal needs `edit`, but for these: the first set needs another scope, the second
# changes nothing that an editor states.
DIRECT_WRITES_OF_MODERATORS: Final = {"post_delete", "post_restore", "post_merge", "post_unmerge"}
NO_DIRECT_WRITES: Final = {"post_account_proofs"}

ROUTES: Final[dict[str, Route]] = {
    "delete_account": Route(
        "DELETE",
        "edit",
        lambda place: Request(f"/v1/accounts/{place.account}?reason=test&dry_run=true", headers={"If-Match": "*"}),
    ),
    "patch_account": Route(
        "PATCH",
        "edit",
        lambda place: Request(
            f"/v1/accounts/{place.account}?reason=test&dry_run=true",
            '{"language": "zh"}',
            "application/merge-patch+json",
            {"If-Match": "*"},
        ),
    ),
    "delete_correction": Route(
        "DELETE",
        "edit",
        lambda place: Request(
            f"/v1/accounts/{place.account}/corrections/name?reason=test&dry_run=true", headers={"If-Match": "*"}
        ),
    ),
    "post_account_proofs": Route(
        "POST", "edit", lambda place: Request(f"/v1/accounts/{place.account}/proofs", '{"methods": []}')
    ),
    "post_observations": Route(
        "POST",
        "observe",
        lambda place: Request("/v1/observations?source=s1", json.dumps({"data": [_observation(place)]})),
    ),
    "post_observations_ndjson": Route(
        "POST",
        "observe",
        lambda place: Request(
            "/v1/observations.ndjson?source=s1", json.dumps(_observation(place)), "application/x-ndjson"
        ),
    ),
    "post_suspend": _operation("suspend"),
    "post_resume": _operation("resume"),
    "post_close": _operation("close", on="2020-05-01"),
    "post_reopen": _operation("reopen"),
    "post_rename": _operation("rename", handle="other"),
    "post_release": _operation("release"),
    "post_transfer": _operation("transfer", department=None),
    "post_delete": _operation("delete", "moderate"),
    "post_restore": _operation("restore", "moderate"),
    "post_merge": _operation("merge", "moderate", into="0000000"),
    "post_unmerge": _operation("unmerge", "moderate"),
    "post_proposals": Route(
        "POST",
        "propose",
        lambda place: Request(
            "/v1/proposals?dry_run=true",
            json.dumps({"account": place.account, "operation": "suspend", "reason": "test"}),
        ),
    ),
    "post_acceptance": Route(
        "POST",
        "moderate",
        lambda place: Request(f"/v1/proposals/{PROPOSALS[place.region]}/acceptance?dry_run=true", '{"reason": "test"}'),
    ),
    "post_rejection": Route(
        "POST",
        "moderate",
        lambda place: Request(f"/v1/proposals/{PROPOSALS[place.region]}/rejection", '{"reason": "test"}'),
    ),
    # A proposal is its proposer's, wherever its account is.
    "delete_proposal": Route("DELETE", "propose", lambda _: Request("/v1/proposals/0000000"), has_place=False),
    "get_feedback_queue": Route("GET", "moderate", lambda _: Request("/v1/feedback/queue"), has_place=False),
    "post_feedback_decision": Route(
        "POST",
        "moderate",
        lambda place: Request(f"/v1/feedback/{REPORTS[place.region]}/decision", json.dumps({"state": "under_review"})),
    ),
    # What webhooks send is public; a narrowed token manages those that it made, and finds no other.
    "get_webhooks": _webhook("GET", ""),
    "post_webhooks": Route(
        "POST",
        "admin",
        lambda _: Request(
            "/v1/webhooks", json.dumps({"url": "https://receiver.example", "events": ["registry.changed"]})
        ),
        has_place=False,
    ),
    "get_webhook": _webhook("GET", "/0000000"),
    "delete_webhook": _webhook("DELETE", "/0000000"),
    "get_webhook_deliveries": _webhook("GET", "/0000000/deliveries"),
    "post_webhook_test": _webhook("POST", "/0000000/test"),
    "post_webhook_secret": _webhook("POST", "/0000000/secret"),
    "post_webhook_resume": _webhook("POST", "/0000000/resume"),
}
