"""The bodies of requests: each member with its JSON Schema and what reads it, so that both are one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from marshmallow import ValidationError

from directory.deletions.queries import CATEGORIES
from directory.http.fields import Date, DateTime
from directory.http.parameters import CONTROL
from directory.http.problem import body_error
from directory.http.problems import InvalidBody
from directory.http.request_body import JSON, parse_json, read_body

# No body has more values: that of a proposal has four members, and in one of them up to four more.
_VALUES_MAX: Final = 12
_TEXT_MAX: Final = 1000


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a body: its JSON Schema, and the function that reads a value or raises ValidationError."""

    schema: Mapping[str, object]
    read: Callable[[Any], Any]
    is_required: bool = False


def read_text(value: object) -> str:
    """Return a text, white space trimmed at both ends."""
    if not isinstance(value, str):
        raise ValidationError("is no string")
    text = value.strip()
    if not 0 < len(text) <= _TEXT_MAX:
        raise ValidationError(f"has {len(text)} characters; 1 to {_TEXT_MAX} are taken")
    # JSON can write half of a surrogate pair, which UTF-8 cannot.
    if CONTROL.search(text) or any("\ud800" <= character <= "\udfff" for character in text):
        raise ValidationError("has control characters or half of a surrogate pair")
    return text


def _read_text_or_null(value: object) -> str | None:
    return None if value is None else read_text(value)


def _read_time(value: object) -> dt.datetime:
    return DateTime("").parse_one(read_text(value))


def _read_day_or_null(value: object) -> dt.date | None:
    return None if value is None else Date("").parse_one(read_text(value))


def _read_category(value: object) -> str:
    if value not in CATEGORIES:
        raise ValidationError(f"expected one of {', '.join(CATEGORIES)}")
    return str(value)


def _text(description: str, *, null: bool = False) -> dict[str, object]:
    kind: object = ["string", "null"] if null else "string"
    return {"type": kind, "minLength": 1, "maxLength": _TEXT_MAX, "description": description}


REASON: Final = Member(_text("Why; everybody can read it in the history."), read_text, is_required=True)
HANDLE: Final = Member(_text("The new handle, or the URL of the profile."), read_text, is_required=True)
USER_ID: Final = Member(_text("The platform's own id, if the registry does not know it."), read_text)
AT: Final = Member(
    {"type": "string", "format": "date-time", "maxLength": 35, "description": "When it happened [now]."}, _read_time
)
ON: Final = Member(
    {
        "type": ["string", "null"],
        "format": "date",
        "maxLength": 10,
        "description": "The day on which it was closed [today]; null: it is not known.",
    },
    _read_day_or_null,
)
DEPARTMENT: Final = Member(
    _text("Id of the department that runs it now; null takes the last transfer back.", null=True), _read_text_or_null
)
SUCCESSOR: Final = Member(_text("Id of the account that took over; null: none did.", null=True), _read_text_or_null)

INTO: Final = Member(_text("Id of the account that it is."), read_text, is_required=True)
CATEGORY: Final = Member(
    {"type": "string", "enum": list(CATEGORIES), "description": "The category of the reason [other]."}, _read_category
)


def describe(members: Mapping[str, Member]) -> dict[str, object]:
    """Return the JSON Schema of a body."""
    return {
        "type": "object",
        "required": [name for name, member in members.items() if member.is_required],
        "properties": {name: member.schema for name, member in members.items()},
        "additionalProperties": False,
    }


def read(members: Mapping[str, Member]) -> dict[str, Any]:
    """Return the members of the body of this request; raise UnsupportedMediaType, MalformedBody or InvalidBody."""
    return check(members, parse_json(read_body((JSON,))[1], _VALUES_MAX))


def check(members: Mapping[str, Member], body: object, at: str = "") -> dict[str, Any]:
    """Return the members of an object, each read; raise InvalidBody. `at` is the pointer of the object in the body."""
    if not isinstance(body, dict):
        raise InvalidBody("The body was not taken: see errors.", body_errors=[body_error("is no object", pointer=at)])
    values: dict[str, Any] = {}
    errors = [
        body_error("is required", pointer=f"{at}/{name}")
        for name, member in members.items()
        if member.is_required and name not in body
    ]
    for name, value in body.items():
        pointer = f"{at}/" + name.replace("~", "~0").replace("/", "~1")
        if (member := members.get(name)) is None:
            known = f"known are {', '.join(members)}" if members else "there is none here"
            errors.append(body_error(f"is unknown; {known}", pointer=pointer))
            continue
        try:
            values[name] = member.read(value)
        except ValidationError as error:
            errors += [body_error(message, pointer=pointer) for message in error.messages]
    if errors:
        raise InvalidBody("The body was not taken: see errors.", body_errors=errors)
    return values
