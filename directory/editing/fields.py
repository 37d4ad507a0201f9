"""The fields of an account that editors set: the JSON Schema of each, and what reads it, as imports do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from directory.departments.names import fold
from directory.imports.errors import InvalidValue
from directory.imports.validate.fields import NAMES_MAX, TAGS_MAX, parse_names, parse_tags
from directory.imports.values.dates import parse_day
from directory.imports.values.parsing import NAME_MAX, TEXT_MAX, parse_text
from directory.imports.values.vocabulary import parse_language

Statement = dict[str, Any]
"""What an editor says of one field, in the keys of a statement; null, or an empty list: the account has none."""

SUBJECTS: Final = ("body", "person")
_TAG_MAX: Final = 100
_LANGUAGE_MAX: Final = 35
_DAY_LENGTH: Final = 10


@dataclass(frozen=True, slots=True)
class Field:
    """A field that editors set: the JSON Schema of its value, and what makes a statement of it, or raises InvalidValue.

    `is_nullable`: whether an account can be known to have none.
    """

    schema: Mapping[str, object]
    read: Callable[[Any], Statement]
    is_nullable: bool = True

    def json_schema(self) -> dict[str, object]:
        """Return the JSON Schema of the field in a patch."""
        kind = self.schema["type"]
        return {**self.schema, "type": [kind, "null"]} if self.is_nullable else dict(self.schema)


def _require(value: object, kind: type, name: str) -> None:
    if not isinstance(value, kind):
        raise InvalidValue("wrong-type", f"it is no {name}", f"write it as {name}")


def _known(value: Any) -> Any:  # noqa: ANN401 - what a parser of imports returns
    """Return a value that was read; raise InvalidValue for a mark for none, which imports take for nothing."""
    if value is None:
        raise InvalidValue("blank", "it is blank, or a mark for none", "send null where there is none")
    return value


def _read_name(value: object) -> Statement:
    _require(value, str, "a text")
    name = _known(parse_text(value))
    return {"name": name, "name_key": fold(name)}


def _read_names(value: object) -> Statement:
    _require(value, list, "a list")
    names: dict[str, Statement] = {}
    for item in _known(parse_names(value)) if value else []:
        names.setdefault(fold(item["name"]), item)
    return {"names": [{"language": None, **item, "key": key} for key, item in names.items()]}


def _read_description(value: object) -> Statement:
    _require(value, str, "a text")
    return {"description": _known(parse_text(value, longest=TEXT_MAX, lines=True))}


def _read_subject(value: object) -> Statement:
    if value not in SUBJECTS:
        raise InvalidValue("unknown-subject", "it is no subject", f"choose one of {', '.join(SUBJECTS)}")
    return {"subject": value}


def _read_language(value: object) -> Statement:
    _require(value, str, "a text")
    return {"language": _known(parse_language(value))}


def _read_tags(value: object) -> Statement:
    _require(value, list, "a list")
    for item in value if isinstance(value, list) else ():
        _require(item, str, "a text")
    return {"tags": parse_tags(value) or []}


def _read_opened_on(value: object) -> Statement:
    _require(value, str, "a text")
    return {"opened_on": _known(parse_day(value))}


def _reference(name: str, description: str, pattern: str) -> dict[str, object]:
    return {
        "type": "object",
        "required": [name],
        "additionalProperties": False,
        "properties": {name: {"type": "string", "pattern": pattern, "maxLength": _DAY_LENGTH}},
        "description": description,
    }


def _reader(field: str, name: str) -> Callable[[Any], Statement]:
    """Return what reads an object that has only the key of another record; whether there is one is asked later."""

    def read(value: object) -> Statement:
        _require(value, dict, "an object")
        if not isinstance(value, dict) or value.keys() != {name}:
            raise InvalidValue("wrong-type", f"it has other members than {name}", f"send {name} alone")
        _require(value[name], str, "a text")
        return {field: value[name]}

    return read


FIELDS: Final[Mapping[str, Field]] = {
    "name": Field(
        {"type": "string", "minLength": 1, "maxLength": NAME_MAX, "description": "The name that is shown."}, _read_name
    ),
    "names": Field(
        {
            "type": "array",
            "maxItems": NAMES_MAX,
            "description": "All other names, in place of those that it has.",
            "items": {
                "type": "object",
                "required": ["name"],
                "additionalProperties": False,
                "properties": {
                    "name": {"type": "string", "minLength": 1, "maxLength": NAME_MAX},
                    "language": {"type": ["string", "null"], "maxLength": _LANGUAGE_MAX},
                },
            },
        },
        _read_names,
    ),
    "description": Field(
        {"type": "string", "minLength": 1, "maxLength": TEXT_MAX, "description": "What it says of itself."},
        _read_description,
    ),
    "department": Field(
        _reference("id", "The department that runs it, which is a transfer.", "^[0-9b-z]{7}$"),
        _reader("department", "id"),
        is_nullable=False,
    ),
    "region": Field(
        _reference("code", "Its region.", "^[A-Z]{2}(-[A-Z0-9]{1,6})?$"),
        _reader("region", "code"),
    ),
    "subject": Field(
        {"type": "string", "enum": list(SUBJECTS), "description": "Whose account it is."},
        _read_subject,
        is_nullable=False,
    ),
    "language": Field(
        {"type": "string", "minLength": 2, "maxLength": _LANGUAGE_MAX, "description": "Its main language (BCP 47)."},
        _read_language,
    ),
    "tags": Field(
        {
            "type": "array",
            "maxItems": TAGS_MAX,
            "items": {"type": "string", "minLength": 1, "maxLength": _TAG_MAX},
            "description": "All tags, in place of those that it has.",
        },
        _read_tags,
    ),
    "opened_on": Field(
        {"type": "string", "format": "date", "maxLength": _DAY_LENGTH, "description": "When it was opened."},
        _read_opened_on,
    ),
}

_EMPTY: Final[Mapping[str, Statement]] = {
    "name": {"name": None, "name_key": None},
    "names": {"names": []},
    "tags": {"tags": []},
}
EMPTY: Final[Mapping[str, Statement]] = {field: _EMPTY.get(field, {field: None}) for field in FIELDS}
"""What null says of each field."""

ELSEWHERE: Final[Mapping[str, str]] = {
    **dict.fromkeys(("handle", "url"), "it changes by POST /v1/accounts/{id}/rename or /release"),
    **dict.fromkeys(
        ("status", "closed_on"), "it changes by POST /v1/accounts/{id}/suspend, /resume, /close or /reopen"
    ),
    "replaced_by": "it changes by POST /v1/accounts/{id}/transfer",
    "platform_user_id": "it is set by POST /v1/accounts/{id}/rename where it is not known",
    "platform": "an account never changes its platform",
    "followers": "send an observation to POST /v1/observations",
    "last_post_at": "send an observation to POST /v1/observations",
    "verification": "ask for a check by POST /v1/accounts/{id}/proofs",
    "sources": "it follows from imports",
}
"""Why an editor cannot set the other fields, and what changes them."""
