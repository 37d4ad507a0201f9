"""The queue of reports at the desk, and their decisions."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from directory.feedback.states import DECIDED, KINDS, STATES, STEPS
from directory.http.problems import Conflict, InvalidBody, Problem
from directory.web import api
from directory.web.desk_pages import Desk, desk_form, desk_page, go_to
from directory.web.filter_form import page_links
from directory.web.languages import gettext as _
from directory.web.site import page_pairs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Response

    from directory.http.parameters import Pairs

_ROWS: Final = "10"
_PATH: Final = "desk/reports"
_MEMBERS: Final = ("state", "reason", "summary", "duplicate_of", "revision")
_DONE: Final = "decided"


@desk_page("/reports")
def get_desk_reports(desk: Desk) -> Response:
    """Return the queue of the token's places, with its filters and a form for each report."""
    pairs = page_pairs()
    decided = dict(pairs).get(_DONE)
    return _render_queue(desk, tuple(pair for pair in pairs if pair[0] != _DONE), decided=_find(decided))


@desk_form("/reports/<feedback_id>")
def post_desk_report(desk: Desk, feedback_id: str) -> Response:
    """Take a report to its next state; return the queue, or the form with what is wrong."""
    decision = {name: desk.form[name].strip() for name in _MEMBERS if desk.form.get(name, "").strip()}
    try:
        desk.post(f"/v1/feedback/{feedback_id}/decision", decision)
    except (Conflict, InvalidBody) as problem:
        wrong = {"id": feedback_id, "said": _explain(problem), "form": decision}
        return _render_queue(desk, (("state", ",".join(STATES)),), wrong=wrong, status=HTTPStatus(problem.status))
    return go_to(_PATH, decided=feedback_id)


def _render_queue(
    desk: Desk,
    pairs: Pairs,
    *,
    decided: Mapping[str, object] | None = None,
    wrong: Mapping[str, object] | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    asked = dict(pairs)
    limited = pairs if "limit" in asked else (*pairs, ("limit", _ROWS))
    answer = desk.get("/v1/feedback/queue", limited)
    return desk.render(
        "desk_reports.html",
        status=status,
        asked=asked,
        rows=answer["data"],
        kinds=KINDS,
        states=STATES,
        steps=STEPS,
        decisions=DECIDED,
        decided=decided,
        wrong=wrong,
        pages=page_links(_PATH, pairs, answer["page"]["next"]),
    )


def _find(feedback_id: str | None) -> Mapping[str, object] | None:
    """Return the report that was decided, as everybody sees it."""
    if feedback_id is None:
        return None
    try:
        found: Mapping[str, object] = api.get(f"/v1/feedback/{feedback_id}")
    except Problem:
        return None
    return found


def _explain(problem: Problem) -> str:
    """Return why a decision was not taken, in the language of the page."""
    if isinstance(problem, Conflict):
        return _("Somebody else has decided meanwhile: see where the report stands now.")
    return _("The decision lacks something: a reason, the id of the report that it repeats, or a revision that exists.")
