"""What all pages of the desk share: they need a token, their forms a key, and nothing keeps or lists them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import wraps
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec

from flask import Response, redirect

from directory.http.problems import Unauthorized
from directory.tokens.authentication import find_token
from directory.web import api
from directory.web.desk_session import HOURS, Session, keep_session, make_session, read_session
from directory.web.forms import read_form
from directory.web.languages import gettext as _
from directory.web.site import render_page, site, url

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from directory.http.parameters import Pairs
    from directory.tokens.queries import Token

P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Desk:
    """The desk of a token, and the form that was sent to it; a page that is read has none."""

    session: Session
    token: Token
    form: Mapping[str, str]

    def get(self, path: str, pairs: Pairs = ()) -> Any:  # noqa: ANN401 - the JSON of any resource
        """Return the JSON of a GET with the token."""
        return api.get(path, pairs, token=self.session.token)

    def post(self, path: str, content: object, pairs: Pairs = (), *, if_match: str = "") -> Any:  # noqa: ANN401 - the JSON of any resource
        """Return the JSON of a POST with the token; with a tag, of a record that is as it was read."""
        return api.post(path, content, pairs, token=self.session.token, if_match=if_match)

    def render(self, template: str, *, status: HTTPStatus = HTTPStatus.OK, **values: Any) -> Response:  # noqa: ANN401 - what the template reads
        """Return a page of the desk."""
        return without_trace(
            render_page(template, data=None, desk=self, form_key=self.session.form_key, **values), status
        )


def desk_page(rule: str) -> Callable[[Callable[Concatenate[Desk, P], Response]], Callable[P, Response]]:
    """Decorate a page with its path below `/desk`; it gets the desk of the token, and without one people sign in."""

    def decorate(view: Callable[Concatenate[Desk, P], Response]) -> Callable[P, Response]:
        @wraps(view)
        def signed_in(*args: P.args, **kwargs: P.kwargs) -> Response:
            return _with_token(lambda desk: view(desk, *args, **kwargs), {})

        site.get(f"/desk{rule}")(signed_in)
        return signed_in

    return decorate


def desk_form(rule: str) -> Callable[[Callable[Concatenate[Desk, P], Response]], Callable[P, Response]]:
    """Decorate what a form of the desk is sent to; the form is judged before the view is asked."""

    def decorate(view: Callable[Concatenate[Desk, P], Response]) -> Callable[P, Response]:
        @wraps(view)
        def signed_in(*args: P.args, **kwargs: P.kwargs) -> Response:
            session = read_session()
            if session is None or not session.token:
                return render_login(status=HTTPStatus.FORBIDDEN)
            form = read_form()
            if not session.has_sent(form):
                return render_login(too_old(), HTTPStatus.FORBIDDEN)
            return _with_token(lambda desk: view(desk, *args, **kwargs), form)

        site.post(f"/desk{rule}")(signed_in)
        return signed_in

    return decorate


def _with_token(view: Callable[[Desk], Response], form: Mapping[str, str]) -> Response:
    """Return a page for the token of the session, which is looked up each time; without a valid one, the login."""
    session = read_session()
    if session is None or not session.token:
        return render_login()
    try:
        return view(Desk(session, find_token(session.token), form))
    except Unauthorized:
        # Revoked or expired, perhaps while the page was made.
        return render_login(_("The token is not valid any more."), HTTPStatus.UNAUTHORIZED)


def render_login(error: str = "", status: HTTPStatus = HTTPStatus.OK) -> Response:
    """Return the form that asks for a token; it belongs to the session that there is, if there is one."""
    known = read_session()
    session = known or make_session("")
    response = render_page("desk_login.html", data=None, error=error, form_key=session.form_key, hours=HOURS)
    # A session stays: what another site sends must sign nobody out.
    if known is None:
        keep_session(response, session)
    return without_trace(response, status)


def too_old() -> str:
    """Return what is said of a form without the key of its cookie."""
    return _("The form is too old, or was not sent from here. Please sign in, and send it again.")


def go_to(path: str, **parameters: str) -> Response:
    """Return the redirect to a page of the desk after a form."""
    response = redirect(url(path, **parameters), HTTPStatus.SEE_OTHER)
    return without_trace(response, HTTPStatus.SEE_OTHER)  # type: ignore[arg-type]


def without_trace(response: Response, status: HTTPStatus) -> Response:
    """Return a response with a status, which no cache keeps and no search engine lists."""
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
