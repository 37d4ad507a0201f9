"""Middleware of every request: limits, OPTIONS, CORS, security headers, compression."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final, TypeVar

from flask import Response, request
from flask.globals import request_ctx
from werkzeug.exceptions import MethodNotAllowed

from directory.http.body_limits import UPLOAD_BYTES, body_limit, is_upload
from directory.http.compression import compress, is_compressible
from directory.http.parameters import CONTROL
from directory.http.problems import BadRequest, MalformedPath, NotFound, PayloadTooLarge, UnexpectedBody, UriTooLong
from directory.http.request import config, request_id_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import TracebackType

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    Headers = list[tuple[str, str]]
    ExceptionInfo = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]


# RFC 9110, section 4.1, recommends at least 8,000; two hundred names in Chinese take four times as much.
MAX_URI_LENGTH: Final = 32_768
ResponseT = TypeVar("ResponseT", bound=Response)


def check_request() -> None:
    """Raise the problem of a request that is too long, not UTF-8, or has a body that its method does not allow."""
    environ = request.environ
    # WSGI passes bytes as texts in Latin-1 (PEP 3333).
    path = environ.get("PATH_INFO", "").encode("latin-1")
    size = len(path) + len(environ.get("QUERY_STRING", ""))
    if size > MAX_URI_LENGTH:
        raise UriTooLong(f"The path and query are {size} bytes; {MAX_URI_LENGTH} is most.")
    try:
        text = path.decode("utf-8")
    except UnicodeDecodeError:
        raise MalformedPath("The path is not UTF-8.") from None
    if CONTROL.search(text):
        raise MalformedPath("The path holds a control character.")
    if text.startswith("//"):
        # werkzeug takes slashes at the start of a path for one, and one resource would have many URLs.
        raise NotFound(f"Nothing is at the path {text}.")
    # Not request.content_length: it is None for a chunked body, whose length the server has set in the environ.
    declared = environ.get("CONTENT_LENGTH") or "0"
    if not (declared.isascii() and declared.isdigit()):
        raise BadRequest("Content-Length is not one whole number.")
    length = int(declared)
    most = UPLOAD_BYTES if is_upload(text, environ["REQUEST_METHOD"]) else config().body_bytes
    if length > most:
        most = body_limit(text, environ.get("HTTP_AUTHORIZATION", ""), most)
        if length > most:
            raise PayloadTooLarge(
                f"The body is {length} bytes; at most {most} are taken.", members={"limit_bytes": most}
            )
    method = environ["REQUEST_METHOD"]
    if isinstance(request.routing_exception, MethodNotAllowed):
        # The routing raises 405, whatever the body is.
        return
    if method in _SAFE_METHODS and (length or "HTTP_TRANSFER_ENCODING" in environ):
        raise UnexpectedBody(f"{method} takes no body here.")


_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
EXPOSED_HEADERS: Final = (
    "Accept-Ranges, Content-Disposition, Content-Encoding, Content-Length, Content-Location, Content-Range, ETag, "
    "Link, Location, RateLimit, RateLimit-Policy, Retry-After, Search-Dropped, X-Request-ID"
)
ALLOWED_HEADERS: Final = (
    "Accept, Accept-Language, Authorization, Content-Type, Idempotency-Key, If-Match, If-Modified-Since, "
    "If-None-Match, If-Range, If-Unmodified-Since, Range, X-Request-ID"
)
# Firefox caches a preflight no longer than this, and Chromium no longer than two hours.
_DAY: Final = "86400"
_DEFAULTS_WITHOUT_CONTENT: Final = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
)
_DEFAULTS: Final = (
    *_DEFAULTS_WITHOUT_CONTENT,
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
)
# Without it granian sends its own name, by which an attacker looks up its vulnerabilities.
SERVER: Final = ("Server", "official-directory")
_READABLE_ANYWHERE: Final = (("Access-Control-Allow-Origin", "*"), ("Access-Control-Expose-Headers", EXPOSED_HEADERS))
# Of every response to GET and HEAD, and of errors that are answered outside of the application.
DEFAULT_HEADERS: Final = (*_DEFAULTS, *_READABLE_ANYWHERE, SERVER)
_DEFAULT_HEADERS_OF_304: Final = (*_DEFAULTS_WITHOUT_CONTENT, *_READABLE_ANYWHERE, SERVER)


def describe_options() -> Response | None:
    """Answer OPTIONS for any path that exists: its methods in Allow, and the CORS preflight."""
    if request.method != "OPTIONS" or request.url_rule is None:
        return None
    # The rule has the methods of one view; the adapter those of all views at this path.
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
    """Return a WSGI application that adds security headers, CORS and X-Request-ID to all responses of another."""

    def describe(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: Headers, exc_info: ExceptionInfo | None = None) -> Callable[[bytes], object]:
            return start_response(status, headers + _missing_headers(status, headers, environ), exc_info)

        return application(environ, start)

    return describe


def default_headers(status: int) -> tuple[tuple[str, str], ...]:
    """Return the headers of every response to GET and HEAD, without X-Request-ID."""
    # A browser updates its cached headers from a 304: a page would lose its own Content-Security-Policy.
    return _DEFAULT_HEADERS_OF_304 if status == HTTPStatus.NOT_MODIFIED else DEFAULT_HEADERS


def _missing_headers(status: str, headers: Headers, environ: WSGIEnvironment) -> Headers:
    """Return the default headers that a response does not set itself."""
    own = {name.lower() for name, _ in headers}
    is_readable = environ["REQUEST_METHOD"] in _SAFE_METHODS or status >= "400"
    defaults = default_headers(int(status[:3]))
    missing = [
        header
        for header in defaults
        if header[0].lower() not in own and (is_readable or header not in _READABLE_ANYWHERE)
    ]
    return [*missing, ("X-Request-ID", request_id_of(environ))]


def allow_any_origin(response: Response) -> None:
    """Add the CORS headers by which any web page may read a response."""
    for name, value in _READABLE_ANYWHERE:
        response.headers[name] = value


def without_storing(response: ResponseT) -> ResponseT:
    """Return a response that no cache keeps, and that any web page may read."""
    response.headers["Cache-Control"] = "no-store"
    allow_any_origin(response)
    return response


def compress_text(response: Response) -> Response:
    """Compress the body of a large text response if the client accepts it (after_request)."""
    own = {name.lower(): value for name, value in response.headers}
    if (
        response.direct_passthrough
        or response.is_streamed
        or "content-encoding" in own
        or not is_compressible(own.get("content-type", ""))
    ):
        return response
    # response.vary parses and writes the header, which most responses have as it should be.
    if own.get("vary") != "Accept-Encoding":
        response.vary.add("Accept-Encoding")
    body, encoding = compress(response.get_data(), request.environ.get("HTTP_ACCEPT_ENCODING", ""))
    if encoding is not None:
        response.set_data(body)
        response.headers["Content-Encoding"] = encoding
    return response
