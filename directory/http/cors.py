"""Open for reads from any web page (CORS), and headers that keep our own pages safe."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from flask import Response, request
from flask.globals import request_ctx

from directory.http.request import request_id

if TYPE_CHECKING:
    from werkzeug.datastructures import Headers

_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
EXPOSED: Final = (
    "Content-Disposition, Content-Length, ETag, Link, RateLimit, RateLimit-Policy, Retry-After, X-Request-ID"
)
ALLOWED_HEADERS: Final = "Accept, Accept-Language, Content-Type, If-None-Match, X-Request-ID"
_DAY: Final = "86400"


def describe_options() -> Response | None:
    """Answer OPTIONS for any address that exists: its methods in Allow, and the CORS preflight."""
    if request.method != "OPTIONS" or request.url_rule is None:
        return None
    # Of all views at this address, which may be one for each method.
    adapter = request_ctx.url_adapter
    methods = sorted(adapter.allowed_methods() if adapter is not None else request.url_rule.methods or ())
    response = Response(status=204)
    response.headers.pop("Content-Type", None)
    response.headers["Allow"] = ", ".join(methods)
    response.headers["Cache-Control"] = f"public, max-age={_DAY}"
    response.headers["Access-Control-Allow-Methods"] = ", ".join(methods)
    response.headers["Access-Control-Allow-Headers"] = ALLOWED_HEADERS
    response.headers["Access-Control-Max-Age"] = _DAY
    return response


def add_headers(response: Response) -> Response:
    """Add to every response what all have: CORS, the id of the request, no guessing of types."""
    headers: Headers = response.headers
    headers["X-Content-Type-Options"] = "nosniff"
    headers.setdefault("Referrer-Policy", "no-referrer")
    if response.status_code != HTTPStatus.NOT_MODIFIED:
        # A browser takes the headers of a 304 over those it has: a page would lose its own policy.
        headers.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
    headers["X-Request-ID"] = request_id()
    if request.method in _READING or response.status_code >= HTTPStatus.BAD_REQUEST:
        open_to_all(response)
    return response


def open_to_all(response: Response) -> None:
    """Let any web page read an answer."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Expose-Headers"] = EXPOSED
