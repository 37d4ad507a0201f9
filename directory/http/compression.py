"""Compressed answers, for clients that accept them."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Final

from directory.http.negotiation import preferred_encoding

if TYPE_CHECKING:
    from flask import Response

# Below this an answer fits into one packet, and compressing it saves no time.
_SMALLEST: Final = 1400
_LEVEL: Final = 5
_COMPRESSIBLE: Final = frozenset(
    {
        "application/atom+xml",
        "application/json",
        "application/ld+json",
        "application/linkset+json",
        "application/problem+json",
        "application/schema+json",
        "application/xml",
        "text/css",
        "text/html",
        "text/markdown",
        "text/plain",
    }
)


def compress(response: Response) -> Response:
    """Compress the body of a large text answer if the client accepts gzip; hook it after each request."""
    own = {name.lower(): value for name, value in response.headers}
    if (
        response.direct_passthrough
        or response.is_streamed
        or "content-encoding" in own
        or own.get("content-type", "").partition(";")[0] not in _COMPRESSIBLE
    ):
        return response
    if own.get("vary") != "Accept-Encoding":
        response.vary.add("Accept-Encoding")
    if preferred_encoding(("gzip",)) == "gzip" and len(body := response.get_data()) >= _SMALLEST:
        response.set_data(gzip.compress(body, _LEVEL, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    return response
