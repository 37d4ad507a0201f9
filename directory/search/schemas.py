"""The parameters of suggestions, and the public shapes of suggestions and highlights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Final

from marshmallow import Schema, fields, validate

from directory.http.fields import Integer, String
from directory.http.parameters import QuerySchema
from directory.search.parsing import MAX_WORDS
from directory.search.tiers import TIERS

MAX_SUGGESTIONS: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestQuery:
    """The text typed so far, and the most suggestions to return."""

    q: str
    limit: int = 10


class SuggestQuerySchema(QuerySchema):
    """The parameters of suggestions."""

    result_class: ClassVar[type[Any] | None] = SuggestQuery

    q = String(
        "What was typed so far; the last word may be a beginning.", required=True, max_length=200, example="bjdt"
    )
    limit = Integer("Most suggestions.", minimum=1, maximum=MAX_SUGGESTIONS, load_default=10, example=5)


def _text(description: str, *, null: bool = False) -> fields.String:
    return fields.String(required=True, allow_none=null, metadata={"description": description})


def dropped_words(description: str) -> fields.List[str]:
    """Return the field of the words that were left out of a search."""
    return fields.List(
        fields.String(),
        validate=validate.Length(max=MAX_WORDS),
        metadata={"description": description, "example": ["official"]},
    )


class NameSchema(Schema):
    """A further name of an account."""

    name = _text("The name as displayed.")
    language = _text("Its language (RFC 5646); null if not known.", null=True)


class SuggestionSchema(Schema):
    """An account, as short as a choice in a list needs it."""

    id = _text("Its id; `/v1/accounts/{id}` has the rest.")
    name = _text("The name as displayed; null if not known.", null=True)
    names = fields.List(
        fields.Nested(NameSchema),
        required=True,
        metadata={"description": "Other names, in other languages."},
    )
    platform = _text("Slug of the platform.")
    handle = _text("The name in the profile's address; null if it has none.", null=True)
    url = _text("The profile's address; null where the platform has none.", null=True)
    department = _text("The name of the body that runs it; null if not known.", null=True)
    region = _text("The code of its region; null if not known.", null=True)
    status = _text("Its status, as in the full record.")
    rule = fields.String(
        required=True,
        validate=validate.OneOf(TIERS),
        metadata={"description": "The rule by which it matched; docs/api.md explains them."},
    )


class SuggestionListSchema(Schema):
    """Suggestions, the best first."""

    data = fields.List(fields.Nested(SuggestionSchema), required=True, validate=validate.Length(max=MAX_SUGGESTIONS))
    dropped = dropped_words("There where nothing has all words of `q`: those that were left out.")


class MatchSchema(Schema):
    """A text in which a match was found."""

    field = fields.String(
        required=True,
        validate=validate.OneOf(("name", "names", "handle", "department")),
        metadata={"description": "Where: `names` is one of the other names, `department` the department's name."},
    )
    text = _text("The text as it stands in the record.")
    ranges = fields.List(
        fields.List(fields.Integer(strict=True, validate=validate.Range(min=0)), validate=validate.Length(equal=2)),
        required=True,
        metadata={"description": "Pairs of positions in Unicode code points, from 0, the second one excluded."},
    )


class HighlightSchema(Schema):
    """Why a record matched a search."""

    rule = fields.String(
        required=True,
        validate=validate.OneOf(TIERS),
        metadata={"description": "The rule by which it matched; docs/api.md explains them."},
    )
    matches = fields.List(
        fields.Nested(MatchSchema),
        required=True,
        metadata={"description": "What matched; empty where it is no one place."},
    )
