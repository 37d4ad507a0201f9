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
_COMPRESSIBLE: Final = frozenset({"application/json", "application/problem+json", "text/html", "text/css"})


def compress(response: Response) -> Response:
    """Compress the body of a large text answer if the client accepts gzip; hook it after each request."""
    if (
        response.direct_passthrough
        or response.is_streamed
        or "Content-Encoding" in response.headers
        or response.mimetype not in _COMPRESSIBLE
    ):
        return response
    response.vary.add("Accept-Encoding")
    body = response.get_data()
    if len(body) >= _SMALLEST and preferred_encoding(("gzip",)) == "gzip":
        response.set_data(gzip.compress(body, _LEVEL, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    return response
