"""Responses with stored files: whole or byte ranges, with validators, from the disk, a proxy or the storage.

Source: RFC 9110, sections 13 to 15; where that leaves a choice, nginx's.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Final

from flask import request
from werkzeug.http import http_date

from directory.http.conditional_requests import (
    check_preconditions,
    if_range_matches,
    make_not_modified,
)
from directory.http.files.body import FileBody
from directory.http.files.ranges import parse_range_header
from directory.http.responses import Response
from directory.http.validators import is_not_modified

# A multipart body is built in memory and stays there as long as a slow client reads it. A client that requests more
# parts or bytes gets the whole file, which is sent from the disk.
MAX_PARTS: Final = 64
MAX_PART_BYTES: Final = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRepresentation:
    """A file that can be sent, with its validators.

    `size` is in bytes, `etag` strong and in quotes. `content_headers` describe the bytes, without those that follow
    from `size`; `cache_headers` are those that a 304 has too.
    """

    size: int
    etag: str
    last_modified: datetime
    content_headers: Mapping[str, str]
    cache_headers: Mapping[str, str]

    @property
    def last_modified_second(self) -> datetime:
        """Return the time of the last change in whole seconds, as Last-Modified has it."""
        return self.last_modified.replace(microsecond=0)

    @property
    def headers(self) -> dict[str, str]:
        """Return all headers of a 200."""
        return {**self.content_headers, **self.validators, "Accept-Ranges": "bytes"}

    @property
    def validators(self) -> dict[str, str]:
        """Return the headers of a 304."""
        return {**self.cache_headers, "ETag": self.etag, "Last-Modified": http_date(self.last_modified)}


def evaluate_conditions(file: FileRepresentation) -> Response | None:
    """Return the 304 for a client that has the file, None for any other; raise PreconditionFailed."""
    check_preconditions(file.etag, file.last_modified_second)
    has_it = is_not_modified(
        request.headers.get("If-None-Match"),
        file.etag,
        if_modified_since=request.headers.get("If-Modified-Since"),
        last_modified=file.last_modified_second,
    )
    return make_not_modified(file.validators.items()) if has_it else None


def send_from_disk(file: FileRepresentation, path: Path) -> Response:
    """Return the file at `path`, or the requested ranges of it; raise RangeNotSatisfiable."""
    parts = _requested_ranges(file)
    if len(parts) > 1:
        return _multipart_byteranges(file, path, parts)
    if parts:
        (part,) = parts
        body = FileBody(path, size=len(part), start=part.start)
        response = Response(body, status=HTTPStatus.PARTIAL_CONTENT, headers=file.headers, direct_passthrough=True)
        response.headers["Content-Range"] = _content_range(part, file.size)
    else:
        body = FileBody(path, size=file.size)
        response = Response(body, headers=file.headers, direct_passthrough=True)
    response.headers["Content-Length"] = str(body.size)
    return response


def accel_redirect(file: FileRepresentation, location: str) -> Response:
    """Return a response by which nginx sends the file or a range of it from `location`, an internal path of nginx."""
    return Response(headers={**file.headers, "X-Accel-Redirect": location}, direct_passthrough=True)


def redirect_to_storage(file: FileRepresentation, make_url: Callable[[], str]) -> Response:
    """Return a redirect to a presigned URL of the file, which is made only for GET."""
    if request.method == "HEAD":
        response = Response(headers=file.headers, direct_passthrough=True)
        response.headers["Content-Length"] = str(file.size)
        return response
    # The storage decides how long that URL works.
    headers = {"Location": make_url(), "Cache-Control": "no-store"}
    response = Response(status=HTTPStatus.TEMPORARY_REDIRECT, headers=headers)
    response.headers.pop("Content-Type", None)
    return response


def _requested_ranges(file: FileRepresentation) -> list[range]:
    """Return the ranges to send, none for the whole file."""
    header = request.headers.get("Range")
    # RFC 9110, 14.2: Range is defined for GET only.
    if header is None or request.method != "GET":
        return []
    if not if_range_matches(file.etag, file.last_modified_second):
        return []
    parts = parse_range_header(header, file.size)
    most = min(file.size, MAX_PART_BYTES)
    return [] if len(parts) > 1 and (len(parts) > MAX_PARTS or sum(map(len, parts)) > most) else parts


def _multipart_byteranges(file: FileRepresentation, path: Path, parts: Sequence[range]) -> Response:
    """Return several ranges in one body, in the requested order (multipart/byteranges; RFC 9110, 14.6)."""
    # Random, so that no file has it in its bytes.
    boundary, content_type = secrets.token_hex(16), file.content_headers["Content-Type"]
    pieces: list[bytes] = []
    with path.open("rb") as opened:
        for part in parts:
            head = f"Content-Type: {content_type}\r\nContent-Range: {_content_range(part, file.size)}"
            opened.seek(part.start)
            pieces += [f"\r\n--{boundary}\r\n{head}\r\n\r\n".encode("latin-1"), opened.read(len(part))]
    body = b"".join([*pieces, f"\r\n--{boundary}--\r\n".encode()])
    response = Response(body, status=HTTPStatus.PARTIAL_CONTENT, headers=file.headers, direct_passthrough=True)
    response.headers["Content-Type"] = f"multipart/byteranges; boundary={boundary}"
    return response


def _content_range(part: range, size: int) -> str:
    return f"bytes {part.start}-{part.stop - 1}/{size}"
