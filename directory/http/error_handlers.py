"""Error handlers: every exception that leaves a view becomes a problem."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

import psycopg
from flask import Flask, Response, current_app, request
from werkzeug import exceptions

from directory.database.revision_listener import StaleRevisionError
from directory.http import problems
from directory.http.request import prefers_html, public_url, request_id

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger(__name__)

# In the extensions of the application: the function that renders a problem as HTML; without it every answer is JSON.
PAGE: Final = "directory.problem_page"
# Media types that clients accept which parse problem documents.
_FOR_PROGRAMS: Final = (problems.MEDIA_TYPE, "application/json")


def _not_allowed(error: exceptions.HTTPException) -> problems.MethodNotAllowed:
    allowed = sorted(getattr(error, "valid_methods", None) or ())
    return problems.MethodNotAllowed(
        f"{request.method} is not allowed here; {', '.join(allowed)} are.", headers=[("Allow", ", ".join(allowed))]
    )


_FRAMEWORK: Final[dict[int, Callable[[exceptions.HTTPException], problems.Problem]]] = {
    404: lambda _: problems.NotFound(f"Nothing is at the path {request.path}."),
    405: _not_allowed,
    406: lambda error: problems.NotAcceptable(error.description or ""),
    413: lambda error: problems.PayloadTooLarge(error.description or ""),
    414: lambda error: problems.UriTooLong(error.description or ""),
    415: lambda error: problems.UnsupportedMediaType(error.description or ""),
}


def register(app: Flask) -> None:
    """Register the handlers that answer every exception with a problem document."""
    app.register_error_handler(problems.Problem, _answer)
    app.register_error_handler(exceptions.HTTPException, _answer_framework)
    # A QueryCanceled is an OperationalError; Flask takes the handler of the nearest class.
    app.register_error_handler(psycopg.errors.QueryCanceled, _answer_slow)
    app.register_error_handler(psycopg.OperationalError, _answer_unavailable)
    app.register_error_handler(Exception, _answer_defect)


def is_too_slow(error: Exception) -> bool:
    """Whether an error is that of a query which was stopped when its time was over."""
    return isinstance(error, psycopg.errors.QueryCanceled)


def _answer(problem: problems.Problem) -> Response:
    """Return the problem as JSON, or as a page to a client that prefers HTML."""
    render: Callable[[problems.Problem], Response] | None = current_app.extensions.get(PAGE)
    if render is not None and prefers_html(request.environ.get("HTTP_ACCEPT", ""), _FOR_PROGRAMS):
        try:
            return problem.add_to(render(problem))
        except Exception:
            # The JSON document needs no template.
            logger.exception("request %s: the page of a problem could not be rendered", request_id())
    return problem.to_response(request_id(), base=public_url(""))


def _answer_framework(error: exceptions.HTTPException) -> Response:
    """Answer an exception of Flask or werkzeug; redirects pass as they are."""
    if error.code is None or error.code < 400:  # noqa: PLR2004 - first status of an error
        return error.get_response()  # type: ignore[return-value]
    if error.code in _FRAMEWORK:
        return _answer(_FRAMEWORK[error.code](error))
    if error.code < 500:  # noqa: PLR2004 - first status of a fault of ours
        return _answer(problems.BadRequest(error.description or error.name))
    return _answer_defect(error)


def _answer_slow(error: psycopg.errors.QueryCanceled) -> Response:
    logger.warning("request %s: %s %s: %s", request_id(), request.method, request.path, error)
    return _answer(problems.QueryTooSlow("The query was stopped when its time was over."))


def _answer_unavailable(error: psycopg.OperationalError) -> Response:
    if not isinstance(error, StaleRevisionError):
        # StaleRevisionError is logged once, when the connection is lost, and not for each of thousands of requests.
        logger.error("request %s: %s %s: %s", request_id(), request.method, request.path, error)
    return _answer(problems.DatabaseUnavailable("The database cannot be reached."))


def _answer_defect(error: Exception) -> Response:
    """Log an unexpected exception, and answer without any detail of it."""
    logger.error("request %s: %s %s failed", request_id(), request.method, request.path, exc_info=error)
    return _answer(problems.InternalError("The request failed; the log has it under the id in request_id."))
