"""Query parameters of the changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from directory.changes.filters import FILTERS, FilterValues
from directory.database.revisions import State
from directory.http.fields import Integer, String
from directory.http.pagination import MAX_PAGE_SIZE
from directory.http.parameters import Pairs, QuerySchema
from directory.http.revision_range import RevisionField

_MAX_FEED_SIZE: Final = 200
_BEGINNING: Final = State(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangesQuery:
    """The parameters of the changes, as the client wrote them."""

    since: State = _BEGINNING
    until: State | None = None
    # Those that are present; the same for all pages and all polls.
    filters: FilterValues = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangesPageQuery(ChangesQuery):
    """The parameters of one page of the changes."""

    limit: int = 100
    cursor: str | None = None


class ChangesQuerySchema(QuerySchema):
    """Which changes."""

    query_class: ClassVar[type[ChangesQuery]] = ChangesQuery

    since = RevisionField(
        "The revision that you have: only changes after it. 0, the default, begins with the first change. With its"
        " mark behind a hyphen (`17-0123456789ab`) it is an error if the registry has another revision of that number.",
        load_default=_BEGINNING,
        example=1,
    )
    until = RevisionField("The last revision to be told of, itself included; without it, the latest.", example=2)

    class Meta(QuerySchema.Meta):
        """Include a parameter for each filter."""

        include: ClassVar = {name: each.field for name, each in FILTERS.items()}

    def parse(self, pairs: Pairs) -> Any:  # noqa: ANN401 - `query_class` says what it is
        """Return the query of a query string; raise InvalidParameters that lists every error."""
        values = super().parse(pairs)
        filters = tuple((name, selection) for name in FILTERS if (selection := values.pop(name)))
        return self.query_class(filters=filters, **values)

    def cross_field_errors(self, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Yield an error for `since` above `until`."""
        until = values.get("until")
        if until is not None and values["since"].number > until.number:
            yield "since", "is above until; nothing can match both"


class ChangesPageQuerySchema(ChangesQuerySchema):
    """One page of the changes."""

    query_class: ClassVar[type[ChangesQuery]] = ChangesPageQuery

    limit = Integer("Most changes on a page.", minimum=1, maximum=MAX_PAGE_SIZE, load_default=100, example=25)
    cursor = String("Where the page begins: `page.next` of the page before it.", max_length=4000)


class FeedQuerySchema(ChangesQuerySchema):
    """One page of the feed, the newest change first."""

    query_class: ClassVar[type[ChangesQuery]] = ChangesPageQuery

    limit = Integer("Most entries.", minimum=1, maximum=_MAX_FEED_SIZE, load_default=50, example=25)
    cursor = String("Where the page begins: taken from the link to the page after it.", max_length=4000)
