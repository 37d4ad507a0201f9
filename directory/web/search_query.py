"""The query of the search page: its parameters are those of the list of accounts, and chips remove each of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Final

from directory.http.problems import Gone, NotFound
from directory.web import api
from directory.web.formats import day, department_type_name, instant, language_name, number, platform_name, region_name
from directory.web.labels import label
from directory.web.languages import gettext as _
from directory.web.languages import lazy_gettext
from directory.web.page_size import with_page_size
from directory.web.region_tree import look_up_region
from directory.web.site import page_pairs, url, with_query

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from directory.http.parameters import Pairs
    from directory.web.languages import LazyText

DEFAULT_LIMIT: Final = 25
# More steps back than these are forgotten, the oldest first; each is some 80 characters of the address.
_MAX_TRAIL: Final = 20
# Each name of a department or region is a request: those of more filters than anybody chooses stay ids and codes.
_MAX_NAMED: Final = 20
# The page shows whole records, counted and highlighted, whatever it is asked for.
_PRESENTATION: Final = frozenset({"fields", "facets", "count", "highlight"})
_NO_FILTER: Final = frozenset({"q", "sort", "limit"})
# Parameters that take several values; the others are one value, which may have a comma.
_LISTS: Final = frozenset(
    {
        *("region", "department", "department_type", "platform", "status", "verification"),
        *("language", "subject", "tag", "source", "external_id", "website"),
    }
)
# The id is no order to read in: without a search, the accounts that most people follow come first.
DEFAULT_SORT: Final = "-followers"
SORTS: Final[Mapping[str, LazyText]] = {
    DEFAULT_SORT: lazy_gettext("Most followers"),
    "name": lazy_gettext("Name"),
    "-opened_on": lazy_gettext("Most recently opened"),
    "-created_at": lazy_gettext("Most recently added"),
    "-updated_at": lazy_gettext("Most recently changed"),
}


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that is in force: what it is about, its value in words, and the address without it."""

    kind: str
    text: str
    without: str


@dataclass(frozen=True)
class SearchQuery:
    """What a search page was asked for: `pairs` without cursors, and the cursors of the pages that led here.

    The API has no way back from a page, so the address of each page has the cursors of those before it.
    """

    pairs: Pairs
    trail: tuple[str, ...]

    @classmethod
    def of_request(cls) -> SearchQuery:
        """Return the query of the current request."""
        pairs = page_pairs()
        trail = tuple(value for name, value in pairs if name == "cursor")
        return cls(tuple(_split(pairs)), trail[-_MAX_TRAIL:])

    @cached_property
    def q(self) -> str:
        """What was searched for, "" for nothing."""
        return next((value for name, value in self.pairs if name == "q"), "")

    @cached_property
    def sort(self) -> str:
        """The order that was asked for, "" for none."""
        return ",".join(value for name, value in self.pairs if name == "sort")

    @cached_property
    def filters(self) -> Pairs:
        """The parameters that choose accounts, but for the search."""
        return tuple(pair for pair in self.pairs if pair[0] not in _NO_FILTER)

    def values(self, name: str) -> list[str]:
        """Return the values of a parameter that include, in their order."""
        return [value for key, value in self.pairs if key == name and not value.startswith("-")]

    def api_pairs(self) -> Pairs:
        """Return the parameters of the page in the API."""
        chosen = (*with_page_size(self.pairs, DEFAULT_LIMIT), ("count", "estimated"))
        order = () if self.q or self.sort else (("sort", DEFAULT_SORT),)
        marked = (("highlight", "true"),) if self.q else ()
        return (*chosen, *order, *marked, *(("cursor", cursor) for cursor in self.trail[-1:]))

    def download_pairs(self) -> Pairs:
        """Return the parameters of a download of the same accounts."""
        return self.without("limit")

    def without(self, *names: str) -> Pairs:
        """Return the parameters without some of them."""
        return tuple(pair for pair in self.pairs if pair[0] not in names)

    def address(self, pairs: Pairs) -> str:
        """Return the address of the search page with other parameters."""
        return with_query(url("accounts"), pairs)

    def address_of_page(self, cursors: tuple[str, ...]) -> str:
        """Return the address of another page of this query, by the cursors that lead there."""
        return self.address((*self.pairs, *(("cursor", cursor) for cursor in cursors)))

    def chips(self) -> list[Chip]:
        """Return the filters in force, in the order of the address."""
        return [
            Chip(
                str(_KINDS.get(name, name)),
                _in_words(name, value) if place < _MAX_NAMED else value,
                self.address(_but(self.pairs, (name, value))),
            )
            for place, (name, value) in enumerate(self.filters)
        ]


_KINDS: Final[Mapping[str, LazyText]] = {
    "region": lazy_gettext("Region"),
    "department": lazy_gettext("Department"),
    "department_type": lazy_gettext("Type of department"),
    "platform": lazy_gettext("Platform"),
    "status": lazy_gettext("Status"),
    "verification": lazy_gettext("Verification"),
    "language": lazy_gettext("Language"),
    "subject": lazy_gettext("Run by"),
    "tag": lazy_gettext("Tag"),
    "source": lazy_gettext("Source"),
    "website": lazy_gettext("Website"),
    "external_id": lazy_gettext("Id elsewhere"),
    "followers_min": lazy_gettext("Followers at least"),
    "followers_max": lazy_gettext("Followers at most"),
    "opened_after": lazy_gettext("Opened since"),
    "opened_before": lazy_gettext("Opened until"),
    "updated_after": lazy_gettext("Changed since"),
    "as_of": lazy_gettext("As it was"),
}


def _in_words(name: str, value: str) -> str:
    """Return a value of a parameter as readers of the page call it; the value itself where it has no other name."""
    if name in _LISTS and value.startswith("-"):
        return _("not %(value)s", value=_in_words(name, value[1:]))
    return _WORDS[name](value) if name in _WORDS else value


def _region_name(code: str) -> str:
    region = look_up_region(code)
    return code if region is None else region_name(region)


def _department_name(department_id: str) -> str:
    try:
        department = api.get(f"/v1/departments/{department_id}")
    except (NotFound, Gone, api.MovedError):
        return department_id
    return str(department["name"] or department_type_name(department["type"]))


def _time(text: str) -> str:
    return instant(text) if "T" in text else day(text)


_WORDS: Final[Mapping[str, Callable[[str], str]]] = {
    "region": _region_name,
    "department": _department_name,
    "department_type": department_type_name,
    "platform": platform_name,
    "status": partial(label, "status"),
    "verification": partial(label, "verification"),
    "subject": partial(label, "subject"),
    "language": language_name,
    "followers_min": lambda text: number(int(text)),
    "followers_max": lambda text: number(int(text)),
    "opened_after": day,
    "opened_before": day,
    "updated_after": _time,
}


def _split(pairs: Pairs) -> Pairs:
    """Return parameters with one value each, without cursors and what the page decides itself."""
    return tuple(
        (name, part)
        for name, value in pairs
        if name != "cursor" and name not in _PRESENTATION
        for part in (value.split(",") if name in _LISTS else (value,))
        # Blanks alone are no search, as in the script of the page.
        if part.strip()
    )


def _but(pairs: Pairs, left_out: tuple[str, str]) -> Pairs:
    return tuple(pair for pair in pairs if pair != left_out)
