"""Query parameters of the change feed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from marshmallow import ValidationError

from directory.changes.schemas import ACTIONS, KINDS
from directory.database.revisions import State
from directory.departments.schemas import parse_id
from directory.http.fields import Integer, QueryField, Selection, String, ValueList
from directory.http.pagination import MAX_PAGE_SIZE
from directory.http.parameters import QuerySchema
from directory.regions.parsing import normalize_region

# The largest integer that every JSON client represents exactly (RFC 8259, section 6).
MAX_REVISIONS: Final = 2**53 - 1
_MAX_FEED_SIZE: Final = 200
_BEGINNING: Final = State(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeFilters:
    """The filters of the change feed: records and kinds of change."""

    region: Selection = Selection()
    department: Selection = Selection()
    platform: Selection = Selection()
    kind: Selection = Selection()
    action: Selection = Selection()

    def __bool__(self) -> bool:
        """Whether any filter is set."""
        return bool(self.region or self.department or self.platform or self.kind or self.action)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangesQuery(ChangeFilters):
    """The parameters of the change feed, as the client wrote them."""

    since: State = _BEGINNING
    until: State | None = None

    @property
    def filters(self) -> ChangeFilters:
        """The filters alone, the same for all pages and polls."""
        return ChangeFilters(
            region=self.region,
            department=self.department,
            platform=self.platform,
            kind=self.kind,
            action=self.action,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangesPageQuery(ChangesQuery):
    """The parameters of one page of the changes."""

    limit: int = 100
    cursor: str | None = None


class RevisionField(QueryField[State]):
    """A revision: its number, or its number and its mark."""

    def parse_one(self, text: str) -> State:
        """Return the revision; raise ValidationError."""
        state = State.read(text)
        if state is None or state.number > MAX_REVISIONS:
            raise ValidationError(
                f"expected a whole number from 0 to {MAX_REVISIONS}, in the digits 0 to 9, and perhaps - and a mark"
            )
        return state

    def json_schema(self) -> dict[str, object]:
        """Return the schema: a number, or a number with a mark."""
        return {
            "anyOf": [
                {"type": "integer", "format": "int64", "minimum": 0, "maximum": MAX_REVISIONS},
                {"type": "string", "pattern": "^(0|[1-9][0-9]{0,15})-[0-9a-f]{12}$", "maxLength": 29},
            ]
        }


class ChangesQuerySchema(QuerySchema):
    """Which changes."""

    result_class: ClassVar[type[Any] | None] = ChangesQuery
    since = RevisionField(
        "The revision that you have: only changes after it. 0, the default, begins with the first change. With its"
        " mark behind a hyphen (`17-0123456789ab`) it is an error if the registry has another revision of that number.",
        load_default=_BEGINNING,
        example=1,
    )
    until = RevisionField("The last revision, included; by default the latest.", example=2)
    region = ValueList(
        "Regions by code, or by a name that means one now, each meaning itself and all below, as the tree was at the"
        " change: accounts, departments and handles that belong there, and the regions themselves.",
        normalize_region,
        example="FR",
    )
    department = ValueList(
        "Ids of departments, also of deleted ones: their own changes, and those of their accounts and handles.",
        parse_id,
        pattern="[0-9b-z]{7}",
    )
    platform = ValueList(
        "Slugs of platforms, or other spellings of them (`twitter`, `新浪微博`): accounts and handles there, and the"
        " platforms themselves.",
        example="weibo",
    )
    kind = ValueList("Kinds of records.", KINDS, example="account")
    action = ValueList("Kinds of change.", ACTIONS, example="create")

    def cross_field_errors(self, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Yield an error for `since` above `until`."""
        until = values.get("until")
        if until is not None and values["since"].number > until.number:
            yield "since", "is above until; nothing can match both"


class ChangesPageQuerySchema(ChangesQuerySchema):
    """One page of the changes."""

    result_class: ClassVar[type[Any] | None] = ChangesPageQuery

    limit = Integer("Most changes on a page.", minimum=1, maximum=MAX_PAGE_SIZE, load_default=100, example=25)
    cursor = String("Where the page begins: `page.next` of the page before it.", max_length=4000)


class FeedQuerySchema(ChangesQuerySchema):
    """One page of the feed, the newest change first."""

    result_class: ClassVar[type[Any] | None] = ChangesPageQuery

    limit = Integer("Most entries.", minimum=1, maximum=_MAX_FEED_SIZE, load_default=50, example=25)
    cursor = String("Where the page begins: taken from the link to the page after it.", max_length=4000)
