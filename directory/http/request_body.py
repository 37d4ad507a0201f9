"""The request body: a strict parser of JSON and NDJSON in UTF-8, with the place of each error.

The number of values is checked before parsing: a small value takes a hundred times its bytes in memory, so a body with
more values than the endpoint accepts is not parsed.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final, NoReturn

from flask import request

from directory.http.problem import MAX_ERRORS, body_error
from directory.http.problems import InvalidBody, MalformedBody, UnsupportedMediaType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from directory.http.problem import BodyError

JSON: Final = "application/json"
NDJSON: Final = "application/x-ndjson"
# The key of the WSGI environ that says that the client did not announce the length of the body.
CHUNKED: Final = "directory.http.chunked"


def read_body(offered: Sequence[str]) -> tuple[str, str]:
    """Return the media type and the text of the body; raise UnsupportedMediaType, MalformedBody.

    `offered` are the media types that the endpoint reads.
    """
    media_type = request.mimetype
    if media_type not in offered:
        actual = f"is {media_type}" if media_type else "has no Content-Type"
        raise UnsupportedMediaType(f"The body {actual}; {' or '.join(offered)} is read here.")
    if media_type == NDJSON and CHUNKED in request.environ:
        # granian ends a chunked body that breaks off like any other, and between two lines it looks whole.
        raise MalformedBody("NDJSON is read with Content-Length alone: without, half of it might look like all of it.")
    if request.mimetype_params.get("charset", "utf-8").lower() not in {"utf-8", "utf8"}:
        raise UnsupportedMediaType("The body is in another character set than UTF-8.")
    try:
        # utf-8-sig: Windows programs begin a file with a byte order mark. No cache: it would hold the body twice.
        return media_type, request.get_data(cache=False).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise MalformedBody(f"The body is not UTF-8: byte {error.start} is part of no character.") from error


def parse_json(text: str, most: int) -> Any:  # noqa: ANN401 - whatever JSON holds
    """Return the value of a JSON text; raise MalformedBody, and InvalidBody for far more than `most` values."""
    try:
        return _load(text, most)
    except _TooManyValuesError as error:
        raise InvalidBody(f"{_NOT_TAKEN}.", body_errors=[body_error(str(error), pointer="")]) from error
    except ValueError as error:
        raise MalformedBody(f"The body is not JSON: {error}.") from error


def parse_ndjson(text: str, most: int) -> list[Any]:
    """Return the values of the lines of NDJSON; raise MalformedBody with the lines that are not JSON.

    Raises InvalidBody for more than `most` lines, before any of them is read.
    """
    # Counted before any is read: a million blank lines took 4.7 s of the processor and 214 MB.
    lines = text.count("\n") + (not text.endswith("\n") and text != "")
    if lines > most:
        detail = f"has {lines} lines; at most {most} are taken"
        raise InvalidBody(f"{_NOT_TAKEN}.", body_errors=[body_error(detail, line=most + 1)])
    values: list[Any] = []
    errors: list[BodyError] = []
    # Not splitlines(): it also splits at U+2028 and others, which a JSON string may contain.
    for number, line in enumerate(text.removesuffix("\n").split("\n") if text else (), start=1):
        try:
            values.append(_load(line, _MAX_IN_LINE))
        except ValueError as error:
            errors.append(body_error(f"is not JSON: {error}" if line.strip() else "is blank", line=number))
            if len(errors) == MAX_ERRORS:
                break
    if errors:
        raise MalformedBody("Not every line is JSON: see errors.", body_errors=errors)
    return values


_NOT_TAKEN: Final = "The body was not taken: see errors"
# A line is one text, or an object with a few members.
_MAX_IN_LINE: Final = 20
_DEEPEST: Final = 500
_DECODER: Final = json.JSONDecoder()
_MARK: Final = re.compile(r'["\[\]{},]')
# Structural characters of one value at most: its own two, the comma behind it, and its name.
_MARKS_OF_VALUE: Final = 4


class _TooManyValuesError(ValueError):
    """It has more values than the endpoint accepts."""


def _check_size(text: str, most: int) -> None:
    """Raise ValueError for a JSON text with far more than `most` values; other errors are left to the parser.

    It scans the structural characters, skips strings, and stops after those of `most` values.
    """
    if text.count(",") + text.count("[") + text.count("{") < most:
        return
    at = depth = 0
    for _ in range(_MARKS_OF_VALUE * most + _MARKS_OF_VALUE):
        mark = _MARK.search(text, at)
        if mark is None:
            return
        at = mark.end()
        if mark[0] == '"':
            _, at = _DECODER.raw_decode(text, mark.start())
        elif mark[0] in "[{":
            depth += 1
            if depth > _DEEPEST:
                raise ValueError(_TOO_DEEP)
        elif mark[0] in "]}":
            depth -= 1
    raise _TooManyValuesError(f"has more than {most} values, which is most")


_TOO_DEEP: Final = "it is nested too deeply"


def _load(text: str, most: int) -> Any:  # noqa: ANN401 - see parse_json
    """Return the value of a JSON text; raise ValueError, also for NaN, Infinity and a duplicate name."""
    # A list of 500,000 numbers took 290 ms and 106 MB to parse, and takes 5 ms to refuse.
    _check_size(text, most)
    try:
        return json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_refuse_twice)
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a value of JSON")


def _refuse_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        raise ValueError("an object has one name twice")
    return value
