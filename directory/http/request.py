"""The request: the application that answers it, its id, and the media types and encodings that it accepts.

Content negotiation follows RFC 9110, section 12, and not werkzeug's `accept_mimetypes` and `accept_encodings`: there
`application/json; charset=utf-8` does not accept JSON, and an element with a malformed weight is dropped. Results are
cached by header, as clients send few different ones: 0.6 µs instead of 40 for a browser's Accept-Encoding.
"""

from __future__ import annotations

import re
import secrets
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, cast

from flask import Flask, current_app, request

from directory.http.problems import NotAcceptable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from _typeshed.wsgi import WSGIEnvironment

    from directory.config import Config
    from directory.database.connections import Database
    from directory.http.files.download_cache import DownloadCache

DATABASE = "directory.database"
CONFIG = "directory.config"
DOWNLOAD_CACHE = "directory.download_cache"
BUILD = "directory.build"
DIRECT_VIEWS = "directory.direct_views"
REQUEST_ID = "directory.request_id"

# An id from a client or proxy is used if it is safe in a header and a log line.
_SAFE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


# Clients send few different headers, each with every request.
_MAX_HEADERS: Final = 256


class Application(Flask):
    """A Flask without coroutines."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function as it is; Flask tests it at each call, 2 µs for each of five functions a request."""
        return func


def database() -> Database:
    """Return the database of the current application."""
    return cast("Database", current_app.extensions[DATABASE])


def config() -> Config:
    """Return the settings of the current application."""
    return cast("Config", current_app.extensions[CONFIG])


def download_cache() -> DownloadCache:
    """Return the cache of generated downloads of the current application."""
    return cast("DownloadCache", current_app.extensions[DOWNLOAD_CACHE])


def public_url(path: str) -> str:
    """Return the URL of a path of this service: absolute where DIRECTORY_PUBLIC_URL is set, else the path."""
    return f"{config().public_url or ''}{path}"


def build_id() -> str:
    """Return the digest of the running program: another version may answer the same request differently."""
    return cast("str", current_app.extensions[BUILD])


def request_id() -> str:
    """Return the id of this request: the one in X-Request-ID if it is safe, else a new one."""
    return request_id_of(request.environ)


def request_id_of(environ: WSGIEnvironment) -> str:
    """Return the id of the request with this environ, always the same one."""
    known: str | None = environ.get(REQUEST_ID)
    if known is None:
        known = environ[REQUEST_ID] = make_request_id(environ.get("HTTP_X_REQUEST_ID", ""))
    return known


def make_request_id(header: str) -> str:
    """Return the id of a request: the value of X-Request-ID if it is safe in a header and a log, else a new one."""
    return header if _SAFE_ID.fullmatch(header) else secrets.token_hex(8)


def require_acceptable(offered: Sequence[str]) -> None:
    """Raise NotAcceptable if the Accept header of this request excludes all the media types offered.

    For an endpoint with several representations. With one, a refusal helps nobody: generated clients send all the
    types in the contract, and a server may disregard Accept (RFC 9110, 12.5.1).
    """
    header = request.environ.get("HTTP_ACCEPT")
    if not header or any(accepts(header, media_type) for media_type in offered):
        return
    raise NotAcceptable(
        f"This endpoint answers as {' or '.join(offered)}, and Accept excludes that.",
        members={"available": list(offered)},
    )


@lru_cache(_MAX_HEADERS)
def accepts(header: str, media_type: str) -> bool:
    """Whether an Accept header accepts a media type; the most specific range decides, parameters are ignored."""
    return quality(header, media_type) > 0


def prefers_html(header: str, others: Sequence[str]) -> bool:
    """Whether an Accept header prefers HTML to each of `others`; `*/*` and no header do not."""
    # Most clients do not name it, and skip the parsing.
    if "text/html" not in header.lower():
        return False
    html = quality(header, "text/html")
    return all(html > quality(header, other) for other in others)


def quality(header: str, media_type: str) -> float:
    """Return the quality of a media type in an Accept header, 0 where it is not accepted."""
    main, _, sub = media_type.partition(";")[0].partition("/")
    quality = -1.0
    closeness = -1
    for name, value in weighted_elements(header):
        range_main, _, range_sub = name.partition("/")
        if range_main not in {main, "*"} or range_sub not in {sub, "*"}:
            continue
        specific = (range_main != "*") + (range_sub != "*")
        if specific > closeness or (specific == closeness and value > quality):
            quality, closeness = value, specific
    return max(quality, 0.0)


def preferred_type(offered: Sequence[str]) -> str:
    """Return the media type that Accept names with the greatest weight, the first offered where it names none."""
    weights = dict(weighted_elements(request.headers.get("Accept", "")))
    return max(offered, key=lambda media_type: weights.get(media_type, 0.0))


def preferred_encoding(offered: tuple[str, ...]) -> str:
    """Return the best content encoding of those offered that the client accepts, else `identity`.

    The client's weight decides, then the order of `offered`.
    """
    return choose_encoding(request.environ.get("HTTP_ACCEPT_ENCODING", ""), offered)


@lru_cache(_MAX_HEADERS)
def choose_encoding(header: str, offered: tuple[str, ...]) -> str:
    """Return the best content encoding of those offered that an Accept-Encoding header accepts, else `identity`."""
    weights = dict(weighted_elements(header))
    best, best_weight = "identity", 0.0
    for encoding in offered:
        weight = weights.get(encoding, weights.get("*", 0.0))
        if weight > best_weight:
            best, best_weight = encoding, weight
    return best if best_weight >= weights.get("identity", 0.0) else "identity"


def weighted_elements(header: str) -> list[tuple[str, float]]:
    """Return the elements of a header with their weights; a malformed weight counts as 0.001."""
    elements: list[tuple[str, float]] = []
    for element in header.lower().split(","):
        name, *parameters = (part.strip() for part in element.split(";"))
        weight = 1.0
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip() == "q":
                try:
                    weight = min(max(float(value), 0.0), 1.0)
                except ValueError:
                    # The least weight that is not a refusal (RFC 9110, 12.4.2).
                    weight = 0.001
        if name:
            elements.append((name, weight))
    return elements
