"""What can be asked of the changes, as query parameters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from marshmallow import ValidationError

from directory.changes.schemas import ACTIONS, KINDS
from directory.database.revisions import State
from directory.departments.schemas import read_id
from directory.http.fields import Integer, QueryField, Selection, String, ValueList
from directory.http.pagination import MAX_PAGE_SIZE
from directory.http.parameters import QuerySchema
from directory.regions.reading import spell_region

# More than can ever be counted, and little enough that every client holds it exactly.
MAX_REVISIONS: Final = 2**53 - 1
_MAX_FEED_SIZE: Final = 200
_BEGINNING: Final = State(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What records the changes are to be of, and what kinds of change they are to be."""

    region: Selection = Selection()
    department: Selection = Selection()
    platform: Selection = Selection()
    kind: Selection = Selection()
    action: Selection = Selection()

    def __bool__(self) -> bool:
        """Tell whether anything is left out."""
        return bool(self.region or self.department or self.platform or self.kind or self.action)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangesQuery(Filters):
    """What was asked of the changes, in the client's own words."""

    since: State = _BEGINNING
    until: State | None = None

    @property
    def filters(self) -> Filters:
        """The filters alone, the same for all pages and all polls."""
        return Filters(
            region=self.region,
            department=self.department,
            platform=self.platform,
            kind=self.kind,
            action=self.action,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PageQuery(ChangesQuery):
    """What was asked of one page of the changes."""

    limit: int = 100
    cursor: str | None = None


class Revised(QueryField[State]):
    """A revision by its number, or by its number and its mark."""

    def parse_one(self, text: str) -> State:
        """Return the revision."""
        state = State.read(text)
        if state is None or state.number > MAX_REVISIONS:
            raise ValidationError(
                f"expected a whole number from 0 to {MAX_REVISIONS}, in the digits 0 to 9, and perhaps - and a mark"
            )
        return state

    def json_schema(self) -> dict[str, object]:
        """Return a number, or a number with a mark."""
        return {
            "anyOf": [
                {"type": "integer", "format": "int64", "minimum": 0, "maximum": MAX_REVISIONS},
                {"type": "string", "pattern": "^(0|[1-9][0-9]{0,15})-[0-9a-f]{12}$", "maxLength": 29},
            ]
        }


class ChangesQuerySchema(QuerySchema):
    """Which changes."""

    result_class: ClassVar[type[Any] | None] = ChangesQuery
    since = Revised(
        "The revision that you have: only changes after it. 0, or none given, begins with the first change. With its"
        " mark behind a hyphen (`17-0123456789ab`) you are told if the registry has another revision of that number.",
        load_default=_BEGINNING,
        example=1,
    )
    until = Revised("The last revision to be told of, itself included; without it, the latest.", example=2)
    region = ValueList(
        "Regions by code, or by a name that means one now, each meaning itself and all below, as the tree was at the"
        " change: accounts, departments and handles that belong there, and the regions themselves.",
        spell_region,
        example="FR",
    )
    department = ValueList(
        "Ids of departments, also of such as went: their own changes, and those of their accounts and handles.",
        read_id,
        pattern="[0-9b-z]{7}",
    )
    platform = ValueList(
        "Slugs of platforms, or other spellings of theirs (`twitter`, `新浪微博`): accounts and handles there, and the"
        " platforms themselves.",
        example="weibo",
    )
    kind = ValueList("Kinds of records.", KINDS, example="account")
    action = ValueList("Kinds of change.", ACTIONS, example="create")

    def cross_field_errors(self, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Yield what is wrong with the revisions together: their numbers say which is later."""
        until = values.get("until")
        if until is not None and values["since"].number > until.number:
            yield "since", "is above until; nothing can match both"


class PageQuerySchema(ChangesQuerySchema):
    """One page of the changes."""

    result_class: ClassVar[type[Any] | None] = PageQuery

    limit = Integer("Most changes on a page.", minimum=1, maximum=MAX_PAGE_SIZE, load_default=100, example=25)
    cursor = String("Where the page begins: `page.next` of the page before it.", max_length=4000)


class FeedQuerySchema(ChangesQuerySchema):
    """One page of the feed, the newest change first."""

    result_class: ClassVar[type[Any] | None] = PageQuery

    limit = Integer("Most entries.", minimum=1, maximum=_MAX_FEED_SIZE, load_default=50, example=25)
    cursor = String("Where the page begins: taken from the link to the page after it.", max_length=4000)
