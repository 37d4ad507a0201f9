"""The parameters and the public shape of observations of all accounts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Final

from marshmallow import Schema, fields, validate

from directory.accounts.schemas import ObservationSchema
from directory.database.revisions import State
from directory.followers.recording import NEW_SOURCES_MAX
from directory.http.fields import Integer, String
from directory.http.pagination import MAX_PAGE_SIZE, PageSchema, count_field
from directory.http.parameters import QuerySchema
from directory.http.revision_range import NO_REVISION, RevisionField

# The most observations in a request.
ROWS_MAX: Final = 100_000
_COUNT: Final = {"type": ["integer", "null"], "format": "int64", "minimum": -(2**63), "maximum": 2**63 - 1}
_TEXT: Final = {"type": ["string", "null"], "maxLength": 2048}
OBSERVED: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["observed_at"],
    "description": "What was seen of an account, named by id, by platform with handle or user id, or by URL.",
    "properties": {
        "account": {"type": ["string", "null"], "description": "The id of the account.", "maxLength": 7},
        "platform": _TEXT | {"description": "Slug or alias of the platform."},
        "handle": _TEXT | {"description": "The handle that the account has now."},
        "platform_user_id": _TEXT | {"description": "The immutable id of the platform."},
        "url": _TEXT | {"description": "The URL of the profile."},
        "observed_at": {
            "type": "string",
            "description": "When, with its zone; a day alone is its start in UTC.",
            "maxLength": 40,
        },
        "source": {"type": ["string", "null"], "description": "Who observed it.", "maxLength": 63},
        "followers": _COUNT | {"description": "Followers."},
        "following": _COUNT | {"description": "How many accounts it follows."},
        "posts": _COUNT | {"description": "Posts."},
        "last_post_at": _TEXT | {"description": "Time of the last post, with its zone."},
        "verified": {"type": ["boolean", "null"], "description": "Whether the platform showed its own mark."},
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservationsQuery:
    """Which observations, as the client wrote it."""

    since: State = NO_REVISION


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservationsPageQuery(ObservationsQuery):
    """The parameters of one page of observations."""

    limit: int = 100
    cursor: str | None = None


class ObservationsQuerySchema(QuerySchema):
    """Which observations."""

    result_class: ClassVar[type[Any] | None] = ObservationsQuery

    since = RevisionField(
        "The revision that you have: only what later ones wrote. 0, the default, begins with the first. With its mark"
        " behind a hyphen (`17-0123456789ab`) it is an error if the registry has another revision of that number.",
        load_default=NO_REVISION,
        example=1,
    )


class ObservationsPageQuerySchema(ObservationsQuerySchema):
    """One page of observations."""

    result_class: ClassVar[type[Any] | None] = ObservationsPageQuery

    limit = Integer("Most observations on a page.", minimum=1, maximum=MAX_PAGE_SIZE, load_default=100, example=25)
    cursor = String("Where the page begins: `page.next` of the page before it.", max_length=4000)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordQuery:
    """The parameters of a request that records observations."""

    source: str | None = None


class RecordQuerySchema(QuerySchema):
    """Whose observations they are."""

    result_class: ClassVar[type[Any] | None] = RecordQuery

    source = String("The source of observations that name none.", max_length=63, example="city-survey")


class WrittenObservationSchema(ObservationSchema):
    """What was seen of an account at a time."""

    class Meta:
        """Flags follow from a whole series, and intervals too."""

        exclude = ("flags", "period")

    account = fields.String(required=True, metadata={"description": "The id of the account."})
    revision = count_field("The revision that wrote it; 0: from before this was recorded.")


class EndSchema(Schema):
    """How far the observations were read, once `page.next` is null."""

    revision = count_field("The revision up to which all was read.")
    mark = fields.String(
        required=True,
        metadata={"description": "Its mark: `since` takes it behind the number and a hyphen. Empty at revision 0."},
    )


class ObservationListSchema(Schema):
    """A page of observations, in the order of the revisions that wrote them."""

    data = fields.List(
        fields.Nested(WrittenObservationSchema), required=True, validate=validate.Length(max=MAX_PAGE_SIZE)
    )
    page = fields.Nested(PageSchema, required=True)
    through = fields.Nested(EndSchema, required=True)


class RecordedBatchSchema(Schema):
    """What one source observed."""

    source = fields.String(required=True, metadata={"description": "Id of the source."})
    observations = count_field("How many observations.")
    accounts = count_field("How many accounts they are of.")


class RecordedSchema(Schema):
    """What became of the observations in a request."""

    rows = count_field("How many there were.")
    recorded = count_field("Those that are new, or say something else than before.")
    unchanged = count_field("Those that the registry had already, and repetitions.")
    batches = fields.List(
        fields.Nested(RecordedBatchSchema),
        required=True,
        validate=validate.Length(max=ROWS_MAX),
        metadata={"description": "The recorded ones by source."},
    )
    contradictions = count_field("Those that a later one about the same account, time and source replaced.")
    no_counts = count_field("Those with a number that is no count, such as -1.")
    successors = fields.Dict(
        required=True,
        keys=fields.String(),
        values=fields.String(),
        metadata={"description": "Ids of merged accounts, each with the account that has its observations."},
    )
    sources_created = fields.List(
        fields.String(),
        required=True,
        validate=validate.Length(max=NEW_SOURCES_MAX),
        metadata={"description": "Sources that are new, of unknown licence."},
    )
    revision = count_field("The revision that wrote them; null if there was nothing to write.", null=True)
