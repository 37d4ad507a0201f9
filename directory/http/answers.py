"""Answers made of text that is JSON already, or of a finished file."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from flask import Response, request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from directory.http.files import FileBody


def json_answer(text: str | bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Give a response whose body is the JSON text as it is."""
    response = Response(text, status=status, content_type="application/json")
    if headers:
        response.headers.update(headers)
    return response


def moved_answer(location: str) -> Response:
    """Give a permanent redirect to the record that took this one's place."""
    response = Response(status=301, headers={"Location": location})
    response.headers.pop("Content-Type", None)
    return response


def file_answer(body: FileBody, *, content_type: str, filename: str, encoding: str | None = None) -> Response:
    """Give a response that sends a finished file under a name to save it by; HEAD gives its length alone."""
    response = Response(body, content_type=content_type, direct_passthrough=True)
    response.headers["Content-Length"] = str(body.size)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(filename)}"
    if encoding is not None:
        response.headers["Content-Encoding"] = encoding
    if request.method == "HEAD":
        # The server is given no body for HEAD, so nobody else would close this one.
        body.close()
    return response
