"""Answers made of text that is JSON already, or of a finished file."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import flask
from flask import request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from _typeshed.wsgi import WSGIEnvironment
    from werkzeug.datastructures import Headers

    from directory.http.files.body import FileBody


_NOT_PLAIN: Final = re.compile(r"[^A-Za-z0-9._]+")


class Response(flask.Response):
    """A response of the framework's, without its second look at headers that are right."""

    def get_wsgi_headers(self, environ: WSGIEnvironment) -> Headers:
        """Give the headers to send; those of a 200 whose length is known are sent as they are."""
        if self.status_code == HTTPStatus.OK and self.headers.get("Content-Length") is not None:
            return self.headers
        return super().get_wsgi_headers(environ)


def json_response(text: str | bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Give a response whose body is the JSON text as it is."""
    return Response(text, status=status, headers=headers, content_type="application/json")


def redirect_response(location: str) -> Response:
    """Give a permanent redirect to the record that took this one's place."""
    response = Response(status=301, headers={"Location": location})
    response.headers.pop("Content-Type", None)
    return response


def content_disposition(filename: str) -> str:
    """Give the Content-Disposition that names what to save an answer as, in any script (RFC 6266)."""
    plain = _NOT_PLAIN.sub("-", filename).lstrip("-.")
    # Every program that takes a name from an answer understands the first form; not all of them know the second.
    shown = f'attachment; filename="{plain}"'
    return shown if plain == filename else f"{shown}; filename*=UTF-8''{quote(filename)}"


def file_response(body: FileBody, *, content_type: str, filename: str, encoding: str | None = None) -> Response:
    """Give a response that sends a finished file under a name to save it by; HEAD gives its length alone."""
    response = Response(body, content_type=content_type, direct_passthrough=True)
    response.headers["Content-Length"] = str(body.size)
    response.headers["Content-Disposition"] = content_disposition(filename)
    if encoding is not None:
        response.headers["Content-Encoding"] = encoding
    if request.method == "HEAD":
        # The server is given no body for HEAD, so nobody else would close this one.
        body.close()
    return response
