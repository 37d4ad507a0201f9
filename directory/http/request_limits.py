"""Bounds on every request, checked before its route is looked for."""

from __future__ import annotations

from typing import Final

from flask import request
from werkzeug.exceptions import MethodNotAllowed

from directory.http.problems import BadRequest, MalformedPath, NotFound, PayloadTooLarge, UnexpectedBody, UriTooLong
from directory.http.query_string import CONTROL
from directory.http.request import config

# RFC 9110, section 4.1, asks for 8,000 at least; two hundred names in Chinese take four times as much.
LONGEST_URI: Final = 32_768
_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})


def check_request() -> None:
    """Raise the problem of a request that is too long, not text, or has a body where none is read."""
    environ = request.environ
    path = environ.get("PATH_INFO", "").encode("latin-1")
    size = len(path) + len(environ.get("QUERY_STRING", ""))
    if size > LONGEST_URI:
        raise UriTooLong(f"The path and query are {size} bytes; {LONGEST_URI} is most.")
    try:
        text = path.decode("utf-8")
    except UnicodeDecodeError:
        raise MalformedPath("The path is not UTF-8.") from None
    if CONTROL.search(text):
        raise MalformedPath("The path holds a control character.")
    if text.startswith("//"):
        # The framework takes the slashes for one, and one address would answer under many.
        raise NotFound(f"Nothing has the address {text}.")
    most = config().body_bytes
    # Read from the environ: the framework gives no length where the body came in chunks, the server does.
    declared = environ.get("CONTENT_LENGTH") or "0"
    if not (declared.isascii() and declared.isdigit()):
        raise BadRequest("Content-Length is not one whole number.")
    length = int(declared)
    if length > most:
        raise PayloadTooLarge(f"The body is {length} bytes; at most {most} are taken.", members={"limit_bytes": most})
    method = environ["REQUEST_METHOD"]
    if isinstance(request.routing_exception, MethodNotAllowed):
        # That is what is wrong with it, whatever it carries; the routing raises it.
        return
    if method in _READING and (length or "HTTP_TRANSFER_ENCODING" in environ):
        raise UnexpectedBody(f"{method} takes no body here.")
