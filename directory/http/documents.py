"""Documents that change with more than the registry's revision: their ETag is of their own bytes."""

from __future__ import annotations

import hashlib
from http import HTTPStatus

from flask import Response, request

from directory.http.caching import cache_control, matches
from directory.http.request import config


def document_answer(text: str, media_type: str, *, vary: str = "Accept-Encoding") -> Response:
    """Give a text with its entity tag, or 304 if the client has it; `vary` names what it depends on."""
    tag = f'W/"{hashlib.blake2b(text.encode(), digest_size=8).hexdigest()}"'
    asked = request.headers.get("If-None-Match", "").strip()
    if asked == "*" or matches(asked, tag):
        response = Response(status=HTTPStatus.NOT_MODIFIED)
        response.headers.pop("Content-Type", None)
    else:
        response = Response(text, content_type=media_type)
    response.headers["ETag"] = tag
    response.headers["Cache-Control"] = cache_control(config().cache_seconds)
    response.headers["Vary"] = vary
    return response
