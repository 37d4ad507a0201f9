"""Open for reads from any web page (CORS), and headers that keep our own pages safe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask import Response, request
from flask.globals import request_ctx

from directory.http.request import id_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import TracebackType

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    Headers = list[tuple[str, str]]
    ExceptionInfo = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]

_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
EXPOSED: Final = (
    "Accept-Ranges, Content-Disposition, Content-Encoding, Content-Length, Content-Location, Content-Range, ETag, "
    "Link, RateLimit, RateLimit-Policy, Retry-After, Search-Dropped, X-Request-ID"
)
ALLOWED_HEADERS: Final = (
    "Accept, Accept-Language, Content-Type, If-Match, If-Modified-Since, If-None-Match, If-Range, If-Unmodified-Since, "
    "Range, X-Request-ID"
)
_DAY: Final = "86400"
_DEFAULTS_WITHOUT_CONTENT: Final = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
)
_DEFAULTS: Final = (
    *_DEFAULTS_WITHOUT_CONTENT,
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
)
# Else granian writes its own name there, by which its weaknesses are looked up.
SERVER: Final = ("Server", "official-directory")
_READABLE_ANYWHERE: Final = (("Access-Control-Allow-Origin", "*"), ("Access-Control-Expose-Headers", EXPOSED))
# What a failure that is answered outside of the application has beside its own.
OUTERMOST: Final = (*_DEFAULTS, *_READABLE_ANYWHERE, SERVER)


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


def add_headers(application: WSGIApplication) -> WSGIApplication:
    """Return an application whose answers all have CORS, the id of the request, and no guessing of types."""

    def describe(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: Headers, exc_info: ExceptionInfo | None = None) -> Callable[[bytes], object]:
            return start_response(status, headers + _further(status, headers, environ), exc_info)

        return application(environ, start)

    return describe


def _further(status: str, headers: Headers, environ: WSGIEnvironment) -> Headers:
    """Return the headers that an answer has beside its own."""
    own = {name.lower() for name, _ in headers}
    # A browser takes the headers of a 304 over those it has: a page would lose its own policy.
    defaults = _DEFAULTS_WITHOUT_CONTENT if status.startswith("304") else _DEFAULTS
    further = [header for header in defaults if header[0].lower() not in own]
    further += [SERVER, ("X-Request-ID", id_in(environ))]
    if environ["REQUEST_METHOD"] in _READING or status >= "400":
        further += _READABLE_ANYWHERE
    return further


def open_to_all(response: Response) -> None:
    """Let any web page read an answer."""
    for name, value in _READABLE_ANYWHERE:
        response.headers[name] = value
