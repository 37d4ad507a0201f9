"""The public shape of aggregates. PostgreSQL writes the JSON; tests hold it to this."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from directory.aggregates.parameters import DIMENSIONS
from directory.http.pagination import MAX_PAGE_SIZE, PageSchema, count_field
from directory.search.schemas import dropped_words


def _value(description: str) -> fields.String:
    return fields.String(allow_none=True, metadata={"description": description})


class CountedFollowersSchema(Schema):
    """Followers as last observed: `median` is there where `values` asks for it, the rest where it has `followers`."""

    known = count_field("Number of accounts whose followers are known: the others have no part in these figures.")
    sum = count_field("Sum of their followers; null where none is known.", null=True)
    share = fields.Float(
        allow_none=True,
        validate=validate.Range(min=0, max=1),
        metadata={"description": "Their share of the followers of all that match; null where these have none."},
    )
    median = fields.Float(
        allow_none=True, metadata={"description": "Median of their followers; null where none is known."}
    )

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - marshmallow's own options
        """Require none of the keys."""
        super().__init__(**{**options, "partial": True})


class TotalSchema(Schema):
    """All accounts that match, each once."""

    accounts = count_field("Number of accounts.")
    followers = fields.Nested(
        CountedFollowersSchema, metadata={"description": "There where `values` asks for followers or their median."}
    )


GroupKeySchema = Schema.from_dict(
    {
        name: _value(
            {
                "region": "Code of the region, at `region_level`.",
                "department": "Id of the department.",
                "opened_year": "Year of opening.",
                "source": "Id of the source.",
            }.get(name, f"The {name.replace('_', ' ')}.")
        )
        for name in DIMENSIONS
    },
    name="GroupKeySchema",
)
GroupKeySchema.__doc__ = (
    "The values that all accounts of the group have; null: without one. A dimension that is not there is added up."
)


class GroupNamesSchema(Schema):
    """Names of what the keys name by a code or id."""

    region = _value("Name of the region in Latin letters.")
    department = _value("Name of the department.")


class AggregateSchema(TotalSchema):
    """The accounts that have the same values; of several sources an account counts for each."""

    group = fields.Nested(GroupKeySchema, required=True)
    names = fields.Nested(
        GroupNamesSchema, metadata={"description": "There with `by=region` and `by=department`: their names today."}
    )


class AggregatePageSchema(PageSchema):
    """Where this page stands in the list of groups."""

    count = count_field("Number of groups on all pages.")
    revision = fields.Integer(
        strict=True,
        validate=validate.Range(min=1),
        metadata={"format": "int64", "description": "There when `as_of` asks for it: the revision that is counted."},
    )
    mark = fields.String(metadata={"description": "There with `revision`: its mark, which `as_of` takes behind it."})
    dropped = dropped_words("There where nothing has all words of `q`: those that were left out of the search.")


class AggregateListSchema(Schema):
    """A page of groups, and the total."""

    data = fields.List(fields.Nested(AggregateSchema), required=True, validate=validate.Length(max=MAX_PAGE_SIZE))
    total = fields.Nested(TotalSchema, required=True)
    page = fields.Nested(AggregatePageSchema, required=True)
