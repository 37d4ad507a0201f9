"""The desk of editors and moderators: signing in by token, and what the token may do."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from flask import request

from directory.http.client_address import client_network
from directory.http.problems import Problem, Unauthorized
from directory.http.request import config
from directory.tokens.authentication import find_token
from directory.web import api
from directory.web.desk_attempts import attempts
from directory.web.desk_pages import Desk, desk_form, desk_page, go_to, render_login, too_old
from directory.web.desk_session import keep_session, make_session, read_session
from directory.web.formats import region_name
from directory.web.forms import read_form
from directory.web.languages import gettext as _
from directory.web.site import site

if TYPE_CHECKING:
    from flask import Response

# A token may be for more places than a page has to name.
_PLACES_MAX: Final = 50


@desk_page("")
def get_desk(desk: Desk) -> Response:
    """Return what the token may do, and the ways to it."""
    token = desk.token
    return desk.render(
        "desk.html",
        regions=[(code, _region(code)) for code in token.regions[:_PLACES_MAX]],
        departments=[(each, _department(each)) for each in token.departments[:_PLACES_MAX]],
        can_edit=token.allows("edit"),
        can_moderate=token.allows("moderate"),
    )


@site.post("/desk")
def post_desk() -> Response:
    """Sign in by a token, or say why not."""
    session, form = read_session(), read_form()
    if session is None or not session.has_sent(form):
        return render_login(too_old(), HTTPStatus.FORBIDDEN)
    network = client_network(request.environ, trusted_proxies=config().trusted_proxies)
    if attempts().is_blocked(network):
        return render_login(_("Too many wrong tokens came. Please try again in an hour."), HTTPStatus.TOO_MANY_REQUESTS)
    text = form.get("token", "").strip()
    try:
        find_token(text)
    except Unauthorized:
        attempts().count(network)
        # The same for all of them: nobody learns which tokens there were.
        wrong = _("This token is mistyped, unknown, expired, revoked or suspended.")
        return render_login(wrong, HTTPStatus.FORBIDDEN)
    response = go_to("desk")
    keep_session(response, make_session(text))
    return response


@desk_form("/leave")
def post_desk_leave(_desk: Desk) -> Response:
    """Sign out: the browser forgets the token."""
    response = go_to("desk")
    keep_session(response, make_session(""))
    return response


def _region(code: str) -> str:
    try:
        return region_name(api.get(f"/v1/regions/{code}"))
    except (Problem, api.MovedError):
        return code


def _department(department_id: str) -> str:
    try:
        return str(api.get(f"/v1/departments/{department_id}")["name"])
    except (Problem, api.MovedError):
        return department_id
