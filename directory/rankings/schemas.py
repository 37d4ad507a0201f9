"""The public shape of rankings. PostgreSQL writes the JSON; tests hold it to this."""

from __future__ import annotations

from typing import Final

from marshmallow import Schema, fields, validate

from directory.accounts.schemas import ListedAccountSchema
from directory.http.field_bounds import MAX_INTEGER
from directory.http.pagination import MAX_PAGE_SIZE, PageSchema, count_field
from directory.rankings.parameters import BY, OF
from directory.search.schemas import dropped_words

# Of what may fall too: integers of the contract are not negative unless they say so.
_CHANGE: Final = validate.Range(min=-MAX_INTEGER, max=MAX_INTEGER)


class FigureSchema(Schema):
    """A count with its age; of a department or region the sum of its accounts' counts."""

    count = count_field("The count.")
    observed_at = fields.AwareDateTime(
        "iso", required=True, metadata={"description": "When it was observed; of a sum, the oldest count in it."}
    )


class RankedDepartmentSchema(Schema):
    """A department."""

    id = fields.String(required=True, metadata={"description": "Its id; `/v1/departments/{id}` has the rest."})
    name = fields.String(required=True, allow_none=True, metadata={"description": "Its name."})


class RankedRegionSchema(Schema):
    """A region."""

    code = fields.String(required=True, metadata={"description": "Its code; `/v1/regions/{code}` has the rest."})
    name = fields.String(required=True, allow_none=True, metadata={"description": "Its name in Latin letters."})


class RankSchema(Schema):
    """A rank: of an account, a department or a region, as `of` says."""

    rank = count_field("Its rank: one more than the number of those with a greater value.")
    previous_rank = fields.Integer(
        required=True,
        strict=True,
        allow_none=True,
        validate=validate.Range(min=1),
        metadata={
            "format": "int64",
            "description": "Its rank `days` before, among the same; null if it had none, or nothing is compared.",
        },
    )
    movement = fields.Integer(
        required=True,
        strict=True,
        allow_none=True,
        validate=_CHANGE,
        metadata={"format": "int64", "description": "How many ranks it rose; negative: fell."},
    )
    value = fields.Float(required=True, metadata={"description": "What it is ranked by."})
    account = fields.Nested(ListedAccountSchema, metadata={"description": "With `of=accounts`: the account."})
    department = fields.Nested(RankedDepartmentSchema, metadata={"description": "With `of=departments`."})
    region = fields.Nested(RankedRegionSchema, metadata={"description": "With `of=regions`."})
    accounts = fields.Integer(
        strict=True, metadata={"description": "Of a department or region: number of its accounts that match."}
    )
    counted = fields.Integer(
        strict=True, metadata={"description": "Of a department or region: number of these that are counted."}
    )
    figure = fields.Nested(FigureSchema, required=True, metadata={"description": "The count on `date`."})
    earlier = fields.Nested(
        FigureSchema,
        required=True,
        allow_none=True,
        metadata={"description": "The count `days` before; null if there is none, or nothing is compared."},
    )
    growth = fields.Integer(
        strict=True,
        validate=_CHANGE,
        metadata={"format": "int64", "description": "With growth: `figure` less `earlier`."},
    )
    growth_rate = fields.Float(
        allow_none=True, metadata={"description": "With growth: `growth` by `earlier`; null where that is 0."}
    )


class InsufficientDataSchema(Schema):
    """Accounts that match and have no part in the ranking."""

    accounts = count_field("Their number.")
    reasons = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(strict=True),
        required=True,
        metadata={
            "description": "By reason: `never_observed`; `no_count_at_end`, `no_count_at_start`: not observed near that"
            " end of the window; `implausible`: 1,000 times another count; `started_at_zero`: no rate; `no_department`,"
            " `no_region`."
        },
    )


class RankingInfoSchema(Schema):
    """What the ranking is of."""

    by = fields.String(required=True, validate=validate.OneOf(BY), metadata={"description": "As asked for."})
    of = fields.String(required=True, validate=validate.OneOf(OF), metadata={"description": "As asked for."})
    date = fields.Date(
        required=True,
        allow_none=True,
        metadata={"description": "The day at whose end is ranked; null: no observations."},
    )
    days = fields.Integer(
        required=True, allow_none=True, strict=True, metadata={"description": "The days compared with; null: none."}
    )
    ranked = count_field("How many are ranked; null where it was not counted: see `count`.", null=True)
    insufficient_data = fields.Nested(
        InsufficientDataSchema,
        required=True,
        allow_none=True,
        metadata={"description": "What is not ranked, and why; null where it was not counted: see `count`."},
    )


class RankingPageSchema(PageSchema):
    """Where this page stands in the ranking."""

    dropped = dropped_words("There where nothing has all words of `q`: those that were left out of the search.")


class RankedListSchema(Schema):
    """A page of a ranking."""

    data = fields.List(fields.Nested(RankSchema), required=True, validate=validate.Length(max=MAX_PAGE_SIZE))
    ranking = fields.Nested(RankingInfoSchema, required=True)
    page = fields.Nested(RankingPageSchema, required=True)
