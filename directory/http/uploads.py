"""A file that was sent: as the body itself, or as the one file of a form (RFC 7578).

A server has written a long body to the disk before the view is called, and werkzeug does so with the files of a form,
so neither is ever in memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, Final, NamedTuple

from flask import request
from werkzeug.exceptions import HTTPException

from directory.http.problem import body_error
from directory.http.problems import InvalidBody, MalformedBody, UnsupportedMediaType

if TYPE_CHECKING:
    from collections.abc import Collection

FORM: Final = "multipart/form-data"
FILE_MEMBER: Final = "file"
# A column of PostgreSQL takes a piece at once, and memory holds two.
PIECE_BYTES: Final = 1024 * 1024


class Upload(NamedTuple):
    """A file that was sent, and its name, None where it has none."""

    stream: IO[bytes]
    name: str | None

    def pieces(self) -> Iterator[bytes]:
        """Yield the content; raise MalformedBody where less came than was announced, or nothing."""
        size = 0
        while piece := self.stream.read(PIECE_BYTES):
            size += len(piece)
            yield piece
        if size == 0:
            raise MalformedBody("The file is empty.")
        announced = request.environ.get("CONTENT_LENGTH") or "0"
        if request.mimetype != FORM and size < int(announced):
            raise MalformedBody(f"The body has {size} bytes, and {announced} were announced.")


def read_upload(media_types: Collection[str]) -> Upload:
    """Return the file of the request; raise UnsupportedMediaType, MalformedBody, and InvalidBody for another form.

    `media_types` are those of a body that is the file itself.
    """
    if (request.environ.get("CONTENT_LENGTH") or "0") == "0":
        raise MalformedBody("There is no file: the body is empty, or its length was not announced (Content-Length).")
    if request.mimetype in media_types:
        return Upload(request.stream, None)
    if request.mimetype != FORM:
        actual = f"is {request.mimetype}" if request.mimetype else "has no Content-Type"
        raise UnsupportedMediaType(f"The body {actual}; {', '.join(media_types)} or {FORM} is read here.")
    try:
        files, members = request.files, request.form
    except (HTTPException, ValueError) as error:
        raise MalformedBody("The body is not a form, or has too many parts.") from error
    names = [*members, *files]
    if names != [FILE_MEMBER] or len(files.getlist(FILE_MEMBER)) != 1:
        detail = f"has the members {', '.join(names[:5]) or '(none)'}; one file under {FILE_MEMBER!r} is taken"
        raise InvalidBody("The body was not taken: see errors.", body_errors=[body_error(detail, pointer="")])
    file = files[FILE_MEMBER]
    return Upload(file.stream, file.filename or None)
