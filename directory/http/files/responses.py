"""Answers with files that stay as they are: whole or in part, by their tag and date, and from wherever they lie.

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

from directory.http.files.body import FileBody
from directory.http.files.conditional_requests import if_range_matches, is_not_modified
from directory.http.files.ranges import read_ranges
from directory.http.responses import Response

# Several parts are put together in memory, where they wait for a reader that takes its time; who wants more at once
# gets the whole file, from the disk.
MAX_PARTS: Final = 64
MAX_PART_BYTES: Final = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """What can be sent: `size` in bytes, a strong `tag` with its quotes, the time since when it is so.

    `content` are headers about the bytes, without those that follow from `size`; `caching` those that a 304 has too.
    """

    size: int
    tag: str
    modified: datetime
    content: Mapping[str, str]
    caching: Mapping[str, str]


def not_modified(file: StoredFile) -> Response | None:
    """Give the 304 for a client that has the file, None for any other; raise PreconditionFailed."""
    if not is_not_modified(file.tag, file.modified.replace(microsecond=0)):
        return None
    response = Response(status=HTTPStatus.NOT_MODIFIED, headers=_validators(file))
    response.headers.pop("Content-Type", None)
    return response


def send_from_disk(file: StoredFile, path: Path) -> Response:
    """Give the file at `path`, or the parts of it that are asked for; raise RangeNotSatisfiable."""
    parts = _parts(file)
    if len(parts) > 1:
        return _multipart(file, path, parts)
    if parts:
        (part,) = parts
        body = FileBody(path, size=len(part), start=part.start)
        response = Response(body, status=HTTPStatus.PARTIAL_CONTENT, headers=_headers(file), direct_passthrough=True)
        response.headers["Content-Range"] = _content_range(part, file.size)
    else:
        body = FileBody(path, size=file.size)
        response = Response(body, headers=_headers(file), direct_passthrough=True)
    response.headers["Content-Length"] = str(body.size)
    return response


def leave_to_proxy(file: StoredFile, location: str) -> Response:
    """Give an answer by which an nginx before us sends the file from `location`, a path of its own, range or not."""
    return Response(headers={**_headers(file), "X-Accel-Redirect": location}, direct_passthrough=True)


def leave_to_storage(file: StoredFile, find_address: Callable[[], str]) -> Response:
    """Redirect to where the file is to be had for a while; of what HEAD asks for, all is known here."""
    if request.method == "HEAD":
        response = Response(headers=_headers(file), direct_passthrough=True)
        response.headers["Content-Length"] = str(file.size)
        return response
    # How long that address is good is not ours to know.
    headers = {"Location": find_address(), "Cache-Control": "no-store"}
    response = Response(status=HTTPStatus.TEMPORARY_REDIRECT, headers=headers)
    response.headers.pop("Content-Type", None)
    return response


def _parts(file: StoredFile) -> list[range]:
    """Give the parts that are to be sent, none for the whole."""
    header = request.headers.get("Range")
    # Ranges have a meaning for GET alone.
    if header is None or request.method != "GET":
        return []
    if not if_range_matches(file.tag, file.modified.replace(microsecond=0)):
        return []
    parts = read_ranges(header, file.size)
    most = min(file.size, MAX_PART_BYTES)
    return [] if len(parts) > 1 and (len(parts) > MAX_PARTS or sum(map(len, parts)) > most) else parts


def _multipart(file: StoredFile, path: Path, parts: Sequence[range]) -> Response:
    """Give several parts in one body, in the order in which they are asked for."""
    boundary = secrets.token_hex(16)
    pieces: list[bytes] = []
    with path.open("rb") as opened:
        for part in parts:
            about = f"Content-Type: {file.content['Content-Type']}\r\nContent-Range: {_content_range(part, file.size)}"
            opened.seek(part.start)
            pieces += [f"\r\n--{boundary}\r\n{about}\r\n\r\n".encode("latin-1"), opened.read(len(part))]
    body = b"".join([*pieces, f"\r\n--{boundary}--\r\n".encode()])
    response = Response(body, status=HTTPStatus.PARTIAL_CONTENT, headers=_headers(file), direct_passthrough=True)
    response.headers["Content-Type"] = f"multipart/byteranges; boundary={boundary}"
    return response


def _content_range(part: range, size: int) -> str:
    return f"bytes {part.start}-{part.stop - 1}/{size}"


def _headers(file: StoredFile) -> dict[str, str]:
    return {**file.content, **_validators(file), "Accept-Ranges": "bytes"}


def _validators(file: StoredFile) -> dict[str, str]:
    return {**file.caching, "ETag": file.tag, "Last-Modified": http_date(file.modified)}
