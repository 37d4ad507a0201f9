"""Reports by readers: the form, the page of one report, and the list of all."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from directory.feedback.challenges import TICKET_DELAY, challenge_key, make_ticket
from directory.feedback.states import KINDS, STATES
from directory.http.problems import ChallengeFailed, InvalidBody, NotFound, Problem, TooManyRequests
from directory.http.request import config
from directory.web import api
from directory.web.filter_form import page_links
from directory.web.forms import read_form
from directory.web.languages import current_language
from directory.web.languages import gettext as _
from directory.web.site import page, page_pairs, render_page, site, with_query

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Response

_SENT: Final = ("kind", "account", "url", "text", "email", "altcha", "ticket")
_FILLED: Final = ("kind", "account", "url", "text")
# Programs fill in what looks like a field; people do not see it.
_TRAP: Final = "website"
_ROWS: Final = 25


@site.get("/feedback")
def get_feedback_form() -> Response:
    """Return the form; an account or an address may be in the link to it."""
    asked = dict(page_pairs())
    return _render_form({name: asked[name] for name in _FILLED if name in asked})


@site.post("/feedback")
def post_feedback_form() -> Response:
    """Send a report; return its page with the secret link, or the form with what is wrong."""
    form = read_form()
    if form.get(_TRAP):
        return _render_form(form, _("Leave the last field empty: only programs fill it in."), HTTPStatus.FORBIDDEN)
    report = {name: form[name] for name in _SENT if form.get(name, "").strip()}
    try:
        receipt = api.post("/v1/feedback", report)
    except (ChallengeFailed, InvalidBody, TooManyRequests) as problem:
        return _render_form(form, _explain(problem), HTTPStatus(problem.status))
    link = f"{config().base_url}/{current_language().code}/feedback/{receipt['id']}?key={receipt['key']}"
    return _without_storing(render_page("feedback_sent.html", data=None, receipt=receipt, link=link))


@page("/feedback/reports", by_body=True)
def get_feedback_reports() -> Response:
    """Return the list of all reports, with its filters."""
    pairs = page_pairs()
    asked = dict(pairs)
    limited = pairs if "limit" in asked else (*pairs, ("limit", str(_ROWS)))
    answer = api.get("/v1/feedback", limited)
    return render_page(
        "feedback_reports.html",
        data=with_query("/v1/feedback", limited),
        asked=asked,
        rows=answer["data"],
        kinds=KINDS,
        states=STATES,
        pages=page_links("feedback/reports", pairs, answer["page"]["next"]),
    )


@site.get("/feedback/<feedback_id>")
def get_feedback_page(feedback_id: str) -> Response:
    """Return the page of a report; with the key of its secret link, what was sent too."""
    report = api.get(f"/v1/feedback/{feedback_id}")
    key = dict(page_pairs()).get("key")
    return _render_report(report, key, _read_own(feedback_id, key))


@site.post("/feedback/<feedback_id>")
def post_feedback_page(feedback_id: str) -> Response:
    """Erase what was sent with a report."""
    key = read_form().get("key", "")
    own = _ask_own(f"/v1/feedback/{feedback_id}/erasure", key)
    return _render_report(api.get(f"/v1/feedback/{feedback_id}"), key, own)


def _read_own(feedback_id: str, key: str | None) -> dict[str, Any] | None:
    return None if key is None else _ask_own(f"/v1/feedback/{feedback_id}/submission", key)


def _ask_own(path: str, key: str) -> dict[str, Any]:
    try:
        own: dict[str, Any] = api.post(path, {"key": key})
    except InvalidBody as error:
        # A key that was cut when it was copied.
        raise NotFound("No report has this id and this key.") from error
    return own


def _render_report(report: Mapping[str, Any], key: str | None, own: Mapping[str, Any] | None) -> Response:
    answer = render_page("feedback_report.html", data=f"/v1/feedback/{report['id']}", report=report, key=key, own=own)
    return _without_storing(answer)


def _render_form(form: Mapping[str, str], error: str = "", status: HTTPStatus = HTTPStatus.OK) -> Response:
    account = None
    if form.get("account"):
        try:
            account = api.get(f"/v1/accounts/{form['account']}")
        except Problem:
            # Deleted, or no id: the API says so when the form is sent.
            account = None
    # What was sent too early may be sent again, and then has waited long enough.
    ticket = form.get("ticket") if error else None
    answer = render_page(
        "feedback.html",
        data=None,
        form=form,
        error=error,
        account=account,
        kinds=KINDS,
        ticket=ticket or make_ticket(challenge_key(config())),
        delay=TICKET_DELAY,
    )
    answer.status_code = status
    return _without_storing(answer)


def _explain(problem: Problem) -> str:
    """Return what is wrong with a report, in the language of the page."""
    if isinstance(problem, TooManyRequests):
        return _("Too many reports came within an hour. Please try again in an hour.")
    if isinstance(problem, ChallengeFailed):
        if problem.members.get("code") == "too-early":
            return _("That was quick. Without JavaScript please wait a moment, and send the form again.")
        return _("The form is too old, or was sent before. Please load the page again, and send it once.")
    names = {str(error.get("pointer", "")).strip("/") for error in problem.body_errors}
    if "email" in names:
        return _("The e-mail address is not one.")
    if "url" in names:
        return _("The address has to begin with https:// or http://.")
    if "account" in names:
        return _("There is no account of this id.")
    if "text" in names:
        return _("The text is too long, or has characters that cannot be stored.")
    return _("State what is wrong: an account, an address or a text.")


def _without_storing(response: Response) -> Response:
    """Return a response that no cache keeps: it has a ticket, or what somebody sent."""
    response.headers["Cache-Control"] = "no-store"
    return response
