"""The parameters and the public shape of observations of all accounts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from marshmallow import Schema, fields, validate

from directory.accounts.schemas import ObservationSchema
from directory.database.revisions import State
from directory.http.fields import Integer, String
from directory.http.pagination import MAX_PAGE_SIZE, PageSchema, count_field
from directory.http.parameters import QuerySchema
from directory.http.revision_range import NO_REVISION, RevisionField


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
