"""The public shape of an account and of what hangs on it. PostgreSQL writes the JSON; tests hold it to this."""

from __future__ import annotations

from typing import Any, Final

from marshmallow import Schema, fields, validate

from directory.followers.series import FLAGS
from directory.http.pagination import MAX_PAGE_SIZE, PageSchema, count_field
from directory.search.schemas import HighlightSchema, NameSchema, dropped_words

SUBJECTS: Final = ("body", "person")
STATUSES: Final = ("active", "dormant", "suspended", "closed", "unknown")
VERIFICATIONS: Final = ("platform", "registry", "source", "none")
# As the tables have them.
_ID: Final[dict[str, Any]] = {"pattern": "^[0-9b-z]{7}$", "maxLength": 7}
_SLUG: Final = 31
_HANDLE: Final = 320
_NAME: Final = 500
_DESCRIPTION: Final = 5000
_REGION: Final[dict[str, Any]] = {"pattern": "^[A-Z]{2}(-[A-Z0-9]{1,6})?$", "maxLength": 9}
# Of a facet this many values are given, the most frequent ones.
MAX_VALUES: Final = 1000


def _text(description: str, *, null: bool = False, **more: object) -> fields.String:
    return fields.String(required=True, allow_none=null, metadata={"description": description, **more})


def _moment(description: str, *, null: bool = True) -> fields.AwareDateTime:
    return fields.AwareDateTime("iso", required=True, allow_none=null, metadata={"description": description})


def _stated(description: str) -> fields.Integer:
    return fields.Integer(metadata={"description": description})


def _day(description: str) -> fields.Date:
    return fields.Date(required=True, allow_none=True, metadata={"description": description})


class AccountDepartmentSchema(Schema):
    """The government body that runs an account."""

    id = _text("Its id; `/v1/departments/{id}` has the rest. Null where no source names it.", null=True, **_ID)
    name = _text("Its name; null where no source names it, and its type alone is known.", null=True, maxLength=_NAME)
    type = _text("Its type; `/v1/department-types` has them all.", maxLength=_SLUG)


class AccountRegionSchema(Schema):
    """The region that an account speaks for."""

    code = _text("ISO 3166-1, ISO 3166-2, or `CN-` and six digits of GB/T 2260.", **_REGION)
    name = _text("Its name in Latin letters.")
    name_local = _text("Its name in its own script; null if not known.", null=True)


class WithdrawnSchema(Schema):
    """The source that listed the account last and does so no longer."""

    source = _text("Id of the source; `/v1/sources` has it.")
    listed_from = _moment("Since when it listed the account; null if not known.")
    listed_until = _moment("When it stopped listing it.", null=False)


class VerificationSchema(Schema):
    """How sure it is that the account is the body's own."""

    level = fields.String(
        required=True,
        validate=validate.OneOf(VERIFICATIONS),
        metadata={
            "description": "`platform`: the platform's own mark; `registry`: proved here;"
            " `source`: a named source lists it; `none`."
        },
    )
    method = _text("How it was proved.", null=True)
    checked_at = _moment("When it was last checked.")
    expires_at = _moment("Until when the proof holds.")
    withdrawn = fields.Nested(
        WithdrawnSchema,
        metadata={"description": "There where no source lists the account any more: which one did last."},
    )


class FollowersSchema(Schema):
    """How many follow the account, as last observed."""

    count = count_field("Followers.")
    observed_at = _moment("When they were counted.", null=False)


class AccountLinksSchema(Schema):
    """Where more is to be had."""

    self = _text("This record.")
    history = _text("Its changes.")
    followers = _text("Its observations.")


class HandleSchema(Schema):
    """A handle that the account holds or held."""

    handle = _text("The name in the profile's address, as it was.", maxLength=_HANDLE)
    valid_from = _moment("Since when it held it; null for since before the registry knew of it.")
    valid_to = _moment("When it gave it up: from then on the handle proves nothing; null for the current one.")


class AccountRecordSchema(Schema):
    """One official presence on one platform, as it is stored."""

    id = _text("Permanent id of seven characters, the last a check character.", **_ID)
    platform = _text("Slug of the platform; `/v1/platforms` has them all.", maxLength=_SLUG)
    platform_user_id = _text(
        "The platform's own immutable id of the account; null if not known.", null=True, maxLength=_HANDLE
    )
    handle = _text("The name in the profile's address; null if the account has none.", null=True, maxLength=_HANDLE)
    url = _text("The profile's address; null where the platform has none.", null=True)
    name = _text("The name as displayed; null if not known.", null=True, maxLength=_NAME)
    names = fields.List(
        fields.Nested(NameSchema), required=True, metadata={"description": "Other names, with their language."}
    )
    description = _text("What the account says of itself; null if not known.", null=True, maxLength=_DESCRIPTION)
    department = fields.Nested(
        AccountDepartmentSchema,
        required=True,
        allow_none=True,
        metadata={"description": "Who runs it; null if nothing is known of it, neither name nor type."},
    )
    region = fields.Nested(
        AccountRegionSchema, required=True, allow_none=True, metadata={"description": "Where; null if not known."}
    )
    subject = fields.String(
        required=True,
        validate=validate.OneOf(SUBJECTS),
        metadata={"description": "`body`: a department; `person`: one who holds an office."},
    )
    status = fields.String(
        required=True,
        validate=validate.OneOf(STATUSES),
        metadata={"description": "`dormant` is silent for long, `suspended` stopped, `closed` ended for good."},
    )
    verification = fields.Nested(VerificationSchema, required=True)
    followers = fields.Nested(
        FollowersSchema, required=True, allow_none=True, metadata={"description": "Null if never observed."}
    )
    opened_on = _day("Day of opening; null if not known.")
    closed_on = _day("Day of closing; null if open or not known.")
    last_post_at = _moment("Time of the last post that was seen; null if not known.")
    language = _text("Main language (RFC 5646); null if not known.", null=True)
    tags = fields.List(fields.String(), required=True, metadata={"description": "Free words of classification."})
    sources = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "Ids of the sources that list it; `/v1/sources` has them."},
    )
    replaced_by = _text("Id of the account that took over from this one.", null=True, **_ID)
    links = fields.Nested(AccountLinksSchema, required=True)
    revision = count_field("Revision of the registry that last changed this record.")
    created_at = _moment("When the record was made.", null=False)
    updated_at = _moment("When the record was last changed.", null=False)


FIELDS: Final = tuple(AccountRecordSchema._declared_fields)  # noqa: SLF001 - the only way to list them without an instance


class AccountSchema(AccountRecordSchema):
    """One official presence on one platform."""

    handles = fields.List(
        fields.Nested(HandleSchema),
        required=True,
        metadata={"description": "All its handles in the order of time, the current one last; in the single record."},
    )


class ListedAccountSchema(AccountRecordSchema):
    """An account in a list; all keys of an account, but for those that `fields` leaves out and for `handles`."""

    highlight = fields.Nested(HighlightSchema, metadata={"description": "There when `highlight` asks for it."})

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - marshmallow's own options
        """Require none of the keys."""
        super().__init__(**{**options, "partial": True})


class CountSchema(Schema):
    """How many match."""

    value = count_field("Number of matches.")
    kind = fields.String(required=True, validate=validate.OneOf(("exact", "estimated")))


class AccountPageSchema(PageSchema):
    """Where this page stands in the list, and how long the list is."""

    count = fields.Nested(CountSchema, metadata={"description": "There when `count` asks for it."})
    revision = fields.Integer(
        strict=True,
        validate=validate.Range(min=1),
        metadata={
            "format": "int64",
            "description": "There when `as_of` asks for it: the revision that the page shows.",
        },
    )
    mark = fields.String(metadata={"description": "There with `revision`: its mark, which `as_of` takes behind it."})
    dropped = dropped_words("There where nothing has all words of `q`: those that were left out of the search.")


class BucketSchema(Schema):
    """How many matches have one value."""

    value = _text("The value; null counts the accounts without one.", null=True)
    count = count_field("Number of matches.")


class AccountListSchema(Schema):
    """A page of accounts."""

    data = fields.List(fields.Nested(ListedAccountSchema), required=True, validate=validate.Length(max=MAX_PAGE_SIZE))
    page = fields.Nested(AccountPageSchema, required=True)
    facets = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.Nested(BucketSchema), validate=validate.Length(max=MAX_VALUES)),
        metadata={"description": "There when `facets` asks for it: by dimension, the most frequent value first."},
    )


class AccountDownloadSchema(Schema):
    """Every account that matches."""

    data = fields.List(fields.Nested(ListedAccountSchema), required=True)
    revision = count_field("Revision of the registry that the download shows: the one of `as_of`, else the latest.")
    dropped = dropped_words("There where nothing has all words of `q`: those that were left out of the search.")


class StatedSchema(Schema):
    """What was stated and is none of an observation's values; a member is there only where it says something."""

    followers = _stated("What was stated as followers and is no count, such as -1.")
    following = _stated("What was stated as following and is no count.")
    posts = _stated("What was stated as posts and is no count.")
    replaced = fields.Dict(metadata={"description": "The values that a later statement of the same source replaced."})


class ObservationSchema(Schema):
    """What was seen of an account at a time; of an interval that is a gap, nulls."""

    period = fields.Date(metadata={"description": "First day of the interval; there with `interval` alone."})
    observed_at = _moment("When; null for a gap.")
    source = _text("Id of the source that observed it; null for a gap.", null=True)
    followers = count_field("Followers; null if not counted.", null=True)
    following = count_field("How many accounts it follows; null if not counted.", null=True)
    posts = count_field("Posts; null if not counted.", null=True)
    last_post_at = _moment("Time of the last post then; null if not known.")
    verified = fields.Boolean(
        required=True,
        allow_none=True,
        metadata={"description": "Whether the platform showed its own mark of a verified account; null if not known."},
    )
    flags = fields.List(
        fields.String(validate=validate.OneOf(FLAGS)),
        required=True,
        validate=validate.Length(max=len(FLAGS)),
        metadata={
            "description": "`jump`: 1,000 times the followers that its source counted before, or a 1,000th."
            " `contradicted`: on that day (UTC) sources counted followers that differ by a factor of 2 or more."
            " `replaced`: its source stated other values before. `no_count`: a number was stated that is no count."
        },
    )
    stated = fields.Nested(
        StatedSchema,
        required=True,
        allow_none=True,
        metadata={"description": "What was stated and is none of the values above; mostly null."},
    )


class AccountFollowersSchema(Schema):
    """A page of observations, the newest first."""

    data = fields.List(fields.Nested(ObservationSchema), required=True, validate=validate.Length(max=MAX_PAGE_SIZE))
    page = fields.Nested(PageSchema, required=True)
