"""The body of a request: JSON or NDJSON in UTF-8, read strictly; what is wrong with it is named with its place.

What is read is bounded before it is read: of many small values each takes a hundred times the bytes that it has in the
body, so nobody's body is taken apart further than one that is taken needs.
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


def read_body(offered: Sequence[str]) -> tuple[str, str]:
    """Return the media type and the text of the body; raise UnsupportedMediaType, MalformedBody.

    `offered` are the media types that are read here.
    """
    media_type = request.mimetype
    if media_type not in offered:
        given = f"is {media_type}" if media_type else "has no Content-Type"
        raise UnsupportedMediaType(f"The body {given}; {' or '.join(offered)} is read here.")
    if request.mimetype_params.get("charset", "utf-8").lower() not in {"utf-8", "utf8"}:
        raise UnsupportedMediaType("The body is in another character set than UTF-8.")
    try:
        return media_type, request.get_data(cache=False).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise MalformedBody(f"The body is not UTF-8: byte {error.start} is part of no character.") from error


def parse_json(text: str, most: int) -> Any:  # noqa: ANN401 - whatever JSON holds
    """Return what a JSON text holds; raise MalformedBody, and InvalidBody for far more than `most` values."""
    try:
        return _load(text, most)
    except _TooManyValuesError as error:
        raise InvalidBody(f"{_NOT_TAKEN}.", body_errors=[body_error(str(error), pointer="")]) from error
    except ValueError as error:
        raise MalformedBody(f"The body is not JSON: {error}.") from error


def parse_ndjson(text: str, most: int) -> list[Any]:
    """Return what each line of NDJSON holds; raise MalformedBody with the lines that are not JSON.

    Raises InvalidBody for more than `most` lines, before any of them is read.
    """
    lines = text.count("\n") + (not text.endswith("\n") and text != "")
    if lines > most:
        told = f"has {lines} lines; at most {most} are taken"
        raise InvalidBody(f"{_NOT_TAKEN}.", body_errors=[body_error(told, line=most + 1)])
    values: list[Any] = []
    errors: list[BodyError] = []
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
# Marks that one value has at most: its own two, the comma behind it, and its name.
_MARKS_OF_VALUE: Final = 4


class _TooManyValuesError(ValueError):
    """It holds more values than are read."""


def _check_size(text: str, most: int) -> None:
    """Raise ValueError for a JSON text of far more than `most` values; whatever else is wrong with it is not looked at.

    It goes from mark to mark, past strings as they stand, no further than the marks of `most` values.
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
    """Return what a JSON text holds; raise ValueError, also for what is JSON to Python alone and for a name twice."""
    _check_size(text, most)
    try:
        return json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_refuse_twice)
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a value of JSON")


def _refuse_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("an object has one name twice")
    return found
