"""The bodies of changes: JSON Merge Patch (RFC 7396) of an account, and an account to create.

A member is the value of a field; null says that the account is known to have none.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from directory.editing.fields import ELSEWHERE, EMPTY, FIELDS
from directory.http.problem import MAX_ERRORS, body_error
from directory.http.problems import InvalidBody
from directory.http.request_body import parse_json, read_body
from directory.imports.errors import InvalidValue
from directory.imports.validate.profiles import parse_profile
from directory.imports.values.parsing import NAME_MAX

if TYPE_CHECKING:
    from directory.editing.fields import Statement
    from directory.http.problem import BodyError
    from directory.imports.errors import RowError
    from directory.platforms.addresses import Address

MERGE_PATCH: Final = "application/merge-patch+json"
NOT_TAKEN: Final = "The body was not taken: see errors."
_IDENTITY: Final = {
    "platform": "The platform; a URL names it too.",
    "handle": "The handle, without @.",
    "url": "The URL of the profile, in place of platform and handle or next to them.",
    "platform_user_id": "The platform's own id, which never changes.",
}
# 50 names of two members, 50 tags, and each field.
_VALUES_MAX: Final = 250


class Creation(NamedTuple):
    """An account to create: where it is, and what its editor states of it."""

    address: Address
    stated: dict[str, Statement]


def describe() -> dict[str, object]:
    """Return the JSON Schema of a patch."""
    return {
        "type": "object",
        "minProperties": 1,
        "additionalProperties": False,
        "properties": {name: field.json_schema() for name, field in FIELDS.items()},
    }


def read_patch() -> dict[str, Statement]:
    """Return what the body of this request states of each field; raise InvalidBody with all that is wrong."""
    stated, errors = _read_fields(_read_object(read_body((MERGE_PATCH,))[1]))
    if errors:
        raise InvalidBody(NOT_TAKEN, body_errors=errors[:MAX_ERRORS])
    return stated


def describe_creation() -> dict[str, object]:
    """Return the JSON Schema of an account to create."""
    identity = {
        name: {"type": "string", "maxLength": NAME_MAX, "description": text} for name, text in _IDENTITY.items()
    }
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {**identity, **{name: field.json_schema() for name, field in FIELDS.items()}},
    }


def parse_creation(text: str) -> Creation:
    """Return the account that a JSON text asks to create; raise MalformedBody, InvalidBody with all that is wrong."""
    body = _read_object(text)
    record = {name: body.pop(name) for name in _IDENTITY if name in body}
    stated, errors = _read_fields(body)
    errors += [
        body_error(f"is no text of up to {NAME_MAX} characters", pointer=f"/{name}")
        for name, value in record.items()
        if not (isinstance(value, str) and len(value) <= NAME_MAX and is_encodable(value))
    ]
    address = None
    if not errors:
        found: list[RowError] = []
        # As a row of an import; a handle that is doubtful there is refused here.
        address = parse_profile(record, found, [], strict=True)
        errors += [body_error(f"{error.message}; {error.remedy}", pointer=f"/{error.field}") for error in found]
    if address is None:
        raise InvalidBody(NOT_TAKEN, body_errors=errors[:MAX_ERRORS])
    return Creation(address, stated)


def is_encodable(value: object) -> bool:
    """Whether a value of JSON has whole characters only: an escape can be half of one, which UTF-8 does not have."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _read_object(text: str) -> dict[str, Any]:
    body = parse_json(text, _VALUES_MAX)
    if not isinstance(body, dict) or not body:
        detail = "is no object" if not isinstance(body, dict) else "has no member"
        raise InvalidBody(NOT_TAKEN, body_errors=[body_error(detail, pointer="")])
    return body


def _read_fields(body: dict[str, Any]) -> tuple[dict[str, Statement], list[BodyError]]:
    """Return what members state of fields, and what is wrong with the others."""
    stated: dict[str, Statement] = {}
    errors: list[BodyError] = []
    for name, value in body.items():
        try:
            stated[name] = _read_member(name, value)
        except InvalidValue as invalid:
            pointer = "/" + name.replace("~", "~0").replace("/", "~1")
            errors.append(body_error(f"{invalid.message}; {invalid.remedy}", pointer=pointer))
    return stated, errors


def _read_member(name: str, value: Any) -> Statement:  # noqa: ANN401 - whatever JSON holds
    field = FIELDS.get(name)
    if field is None:
        known = f"known are {', '.join(FIELDS)}"
        raise InvalidValue("unknown-field", "it is no field that an editor sets", ELSEWHERE.get(name, known))
    if value is None:
        if not field.is_nullable:
            raise InvalidValue("null", "every account has one", "send another one")
        return EMPTY[name]
    if not is_encodable(value):
        raise InvalidValue("surrogate", "it has half of a character", "send whole characters")
    return field.read(value)
