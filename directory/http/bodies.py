"""The body of a request: JSON or NDJSON in UTF-8, read strictly; what is wrong with it is named with its place."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, NoReturn

from flask import request

from directory.http.problem import body_error
from directory.http.problems import MalformedBody, UnsupportedMediaType

if TYPE_CHECKING:
    from collections.abc import Sequence

JSON: Final = "application/json"
NDJSON: Final = "application/x-ndjson"


def read_body(offered: Sequence[str]) -> tuple[str, str]:
    """Give the media type and the text of the body; raise UnsupportedMediaType, MalformedBody.

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


def parse_json(text: str) -> Any:  # noqa: ANN401 - whatever JSON holds
    """Give what a JSON text holds; raise MalformedBody."""
    try:
        return _load(text)
    except ValueError as error:
        raise MalformedBody(f"The body is not JSON: {error}.") from error


def parse_lines(text: str) -> list[Any]:
    """Give what each line of NDJSON holds; raise MalformedBody with every line that is not JSON."""
    lines = text.removesuffix("\n").split("\n") if text else []
    values: list[Any] = []
    errors = []
    for number, line in enumerate(lines, start=1):
        try:
            values.append(_load(line))
        except ValueError as error:
            errors.append(body_error(f"is not JSON: {error}" if line.strip() else "is blank", line=number))
    if errors:
        raise MalformedBody("Not every line is JSON: see errors.", places=errors[:_MOST_ERRORS])
    return values


_MOST_ERRORS: Final = 100


def _load(text: str) -> Any:  # noqa: ANN401 - see parse_json
    """Give what a JSON text holds; raise ValueError, also for what is JSON to Python alone and for a name twice."""
    try:
        return json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_refuse_twice)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a value of JSON")


def _refuse_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("an object has one name twice")
    return found
