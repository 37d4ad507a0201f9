"""The public shapes of the reports on quality."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from directory.http.pagination import MAX_PAGE_SIZE, PageSchema, count_field
from directory.quality.queries.fragments import ACCOUNTS_MAX


def _text(description: str, *, null: bool = False) -> fields.String:
    return fields.String(required=True, allow_none=null, metadata={"description": description})


def _moment(description: str) -> fields.DateTime:
    return fields.DateTime(required=True, allow_none=True, metadata={"description": description})


class ReportDepartmentSchema(Schema):
    """A department."""

    id = _text("Its id, `/v1/departments/{id}`.")
    name = _text("Its name.")
    type = _text("Its type.")


class ReportRegionSchema(Schema):
    """A region."""

    code = _text("Its code; `/v1/regions/{code}` has the rest.")
    name = _text("Its name in Latin letters.")
    name_local = _text("Its name in its own script; null if not known.", null=True)


class ReportMemberSchema(Schema):
    """An account behind a row."""

    id = _text("Its id.")
    platform = _text("Slug of the platform.")
    handle = _text("Its handle.", null=True)
    url = _text("The profile's address.", null=True)
    name = _text("The name as displayed.", null=True)
    status = _text("Its status.")


class ReportAccountSchema(ReportMemberSchema):
    """An account that a report lists."""

    department = fields.Nested(
        ReportDepartmentSchema, required=True, allow_none=True, metadata={"description": "Null if none is named."}
    )
    region = fields.Nested(
        ReportRegionSchema, required=True, allow_none=True, metadata={"description": "Null if not known."}
    )


class ReportLinksSchema(Schema):
    """Where more is to be had."""

    accounts = _text("The list of accounts that has those of the row.")


class DormancySchema(Schema):
    """How many accounts are silent, of those that have not ended and that a source lists."""

    value = _text("The region, platform, type or department; null for accounts without one, and for all.", null=True)
    name = _text("Its name.", null=True)
    name_local = _text("Its name in its own script, or in Chinese; null if not known.", null=True)
    accounts = count_field("Number of accounts.")
    active = count_field("Those whose last known post is no more than `days` days old.")
    dormant = count_field("Those whose last known post is older.")
    unconfirmed = count_field(
        "Of the dormant ones, those whose last post nobody has looked at since: they may have posted."
    )
    # marshmallow moves declared fields out of the class, so this name and its own option do not meet.
    unknown = count_field(  # type: ignore[assignment]
        "Those of which no post is known. They are neither active nor dormant."
    )
    share = fields.Float(
        required=True,
        allow_none=True,
        validate=validate.Range(min=0, max=1),
        metadata={"description": "Share of dormant ones among those of which a post is known; null if none is."},
    )


class ReportPageSchema(PageSchema):
    """Where this page stands in the report, and for which day it is made."""

    day = fields.Date(required=True, metadata={"description": "The day (UTC) on which ages are counted: today."})


class DormancyPageSchema(ReportPageSchema):
    """Where this page stands in the report, for which day and threshold it is made."""

    days = count_field("After how many days without a post an account is dormant.")


class DormancyListSchema(Schema):
    """A page of counts of silent accounts."""

    data = fields.List(fields.Nested(DormancySchema), required=True, validate=validate.Length(max=MAX_PAGE_SIZE))
    page = fields.Nested(DormancyPageSchema, required=True)


class ReportFollowersSchema(Schema):
    """The latest count of followers."""

    count = count_field("Followers.")
    observed_at = _moment("When they were counted.")


class DormantAccountSchema(ReportAccountSchema):
    """A silent account."""

    last_post_at = _moment("Time of the last post that is known.")
    days = count_field("Whole days since then.")
    followers = fields.Nested(ReportFollowersSchema, required=True, allow_none=True)


class DormantAccountListSchema(Schema):
    """A page of silent accounts."""

    data = fields.List(fields.Nested(DormantAccountSchema), required=True, validate=validate.Length(max=MAX_PAGE_SIZE))
    page = fields.Nested(DormancyPageSchema, required=True)


class _RowSchema(Schema):
    """What a row on several accounts has."""

    region = fields.Nested(
        ReportRegionSchema,
        required=True,
        allow_none=True,
        metadata={"description": "That of the department, or of the name; null if not known."},
    )
    count = count_field("Number of accounts.")
    accounts = fields.List(
        fields.Nested(ReportMemberSchema),
        required=True,
        validate=validate.Length(max=ACCOUNTS_MAX),
        metadata={"description": f"The first {ACCOUNTS_MAX} of them, by id."},
    )
    links = fields.Nested(ReportLinksSchema, required=True)


class DuplicateSchema(_RowSchema):
    """A department with several accounts on one platform."""

    department = fields.Nested(ReportDepartmentSchema, required=True)
    platform = _text("Slug of the platform.")


class DuplicateListSchema(Schema):
    """A page of duplicates."""

    data = fields.List(fields.Nested(DuplicateSchema), required=True, validate=validate.Length(max=MAX_PAGE_SIZE))
    page = fields.Nested(ReportPageSchema, required=True)


class NameConflictSchema(_RowSchema):
    """Names that contradict each other."""

    kind = fields.String(
        required=True,
        validate=validate.OneOf(("different_names", "shared_name")),
        metadata={"description": "Different names of one department, or one name of different departments."},
    )
    department = fields.Nested(
        ReportDepartmentSchema, required=True, allow_none=True, metadata={"description": "Null for a shared name."}
    )
    names = fields.List(
        fields.String(),
        required=True,
        validate=validate.Length(max=ACCOUNTS_MAX),
        metadata={"description": "The names that `accounts` show, each once."},
    )


class NameConflictListSchema(Schema):
    """A page of contradicting names."""

    data = fields.List(fields.Nested(NameConflictSchema), required=True, validate=validate.Length(max=MAX_PAGE_SIZE))
    page = fields.Nested(ReportPageSchema, required=True)


class ClosedPlatformAccountSchema(ReportAccountSchema):
    """An account that has not ended although its platform has."""

    platform_closed_on = fields.Date(required=True, metadata={"description": "The day on which the platform closed."})
    last_post_at = _moment("Time of the last post that is known.")


class ClosedPlatformListSchema(Schema):
    """A page of accounts on closed platforms."""

    data = fields.List(
        fields.Nested(ClosedPlatformAccountSchema), required=True, validate=validate.Length(max=MAX_PAGE_SIZE)
    )
    page = fields.Nested(ReportPageSchema, required=True)


class ReportVerificationSchema(Schema):
    """The proof of an account."""

    level = _text("Its level.")
    method = _text("How it was proved.", null=True)
    checked_at = _moment("When it was last checked.")
    expires_at = _moment("Until when the proof holds.")


class ReportWithdrawnSchema(Schema):
    """The source that stopped listing an account."""

    source = _text("Its id.")
    listed_until = _moment("When it stopped.")


class UnprovenAccountSchema(ReportAccountSchema):
    """An account without a valid proof."""

    problem = fields.String(
        required=True,
        validate=validate.OneOf(("missing", "withdrawn", "expired", "expiring")),
        metadata={
            "description": "`missing`: none; `withdrawn`: no source lists it any more; `expired`: it held until"
            " `expires_at`; `expiring`: it still holds, for `days` or less."
        },
    )
    verification = fields.Nested(ReportVerificationSchema, required=True)
    withdrawn = fields.Nested(ReportWithdrawnSchema, required=True, allow_none=True)


class UnprovenListSchema(Schema):
    """A page of accounts without a valid proof."""

    data = fields.List(fields.Nested(UnprovenAccountSchema), required=True, validate=validate.Length(max=MAX_PAGE_SIZE))
    page = fields.Nested(ReportPageSchema, required=True)


class SourceCountsSchema(Schema):
    """The latest counts of followers that are of a source."""

    accounts = count_field("Number of accounts whose latest count is of the source.")
    oldest = _moment("The oldest of these counts.")
    newest = _moment("The newest.")


class SourceFreshnessSchema(Schema):
    """How old a source is."""

    source = _text("Its id, `/v1/sources/{id}`.")
    title = _text("Its title.")
    accounts = count_field("Number of accounts that it lists.")
    retrieved = _text("Year, month or day at which it was retrieved, as it states.", null=True)
    list_date = _moment("Time of its newest list, where its lists are dated.")
    imported_at = _moment("When anything was last imported or observed as its own; null if that is not known.")
    days = count_field("Whole days since then.", null=True)
    counts = fields.Nested(SourceCountsSchema, required=True)


class SourceFreshnessListSchema(Schema):
    """A page of sources with their age."""

    data = fields.List(fields.Nested(SourceFreshnessSchema), required=True, validate=validate.Length(max=MAX_PAGE_SIZE))
    page = fields.Nested(ReportPageSchema, required=True)


class AgeSchema(Schema):
    """How many accounts were counted no longer ago."""

    day = count_field("A day before `page.day` began.")
    week = count_field("7 days.")
    month = count_field("30 days.")
    year = count_field("365 days.")


class CountFreshnessSchema(Schema):
    """How old the latest counts of followers on a platform are."""

    platform = _text("Its slug.")
    accounts = count_field("Number of accounts that have not ended and that a source lists.")
    never = count_field("Those whose followers were never counted.")
    within = fields.Nested(AgeSchema, required=True)
    with_last_post = count_field("Those of which a post is known.")
    oldest = _moment("The oldest of the latest counts.")
    newest = _moment("The newest.")


class CountFreshnessListSchema(Schema):
    """A page of platforms with the age of their counts."""

    data = fields.List(fields.Nested(CountFreshnessSchema), required=True, validate=validate.Length(max=MAX_PAGE_SIZE))
    page = fields.Nested(ReportPageSchema, required=True)
