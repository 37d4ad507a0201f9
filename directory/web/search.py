"""The search page: accounts that match, facets to narrow them by, and the same accounts as files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from flask import redirect

from directory.http.parameters import encode_pairs
from directory.web import api
from directory.web.languages import gettext as _
from directory.web.search_doors import find_door
from directory.web.search_facets import BOXES, DIMENSIONS, list_facets, list_regions
from directory.web.search_query import DEFAULT_SORT, SORTS, SearchQuery
from directory.web.search_results import list_results
from directory.web.short_accounts import with_names
from directory.web.site import data_url, page, render_page, url, with_query
from directory.web.standings import report_address

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flask import Response

# An address with a scheme or of a host, or a handle with its mark, full width too, as Chinese keyboards write it.
_LINK: Final = re.compile(r"https?:|[^\s/]+\.[a-z]{2,}(/|$)|[@＠]\S", re.IGNORECASE)
_SIMILAR: Final = 6
# The longest `q` that the API searches for.
_LONGEST: Final = 200
_FORMATS: Final = (("csv", "CSV"), ("ndjson", "NDJSON"), ("json", "JSON"))


@dataclass(frozen=True, slots=True)
class Pager:
    """The addresses of the pages around one, "" where there is none."""

    first: str
    previous: str
    next: str
    number: int


@page("/accounts")
def get_accounts() -> Response:
    """Return the accounts that match, with facets, chips of the filters, and other ways on where nothing does."""
    query = SearchQuery.of_request()
    if len(query.q) > _LONGEST:
        # A long text is a link, from a box that leads to both.
        return redirect(url("check", q=query.q))  # type: ignore[return-value]
    pairs = (*query.api_pairs(), ("facets", ",".join(DIMENSIONS)))
    found = api.get("/v1/accounts", pairs)
    counts = found["facets"]
    return render_page(
        "accounts.html",
        data=with_query("/v1/accounts", pairs),
        query=query,
        found=found,
        results=list_results(found["data"]),
        chips=query.chips(),
        regions=list_regions(query, counts),
        facets=list_facets(query, counts),
        boxes_of=BOXES,
        sorts=_sorts(query),
        pager=_pager(query, found["page"]["next"]),
        downloads=[(name, data_url(f"/v1/accounts.{suffix}{_suffix(query, suffix)}")) for suffix, name in _FORMATS],
        is_link=is_link(query.q),
        similar=[] if found["data"] or is_link(query.q) else _similar(query.q),
        door=None if query.filters or _has_all_words(found) else find_door(query.q),
        without_filters=_without_filters(query, found["data"]),
        report=report_address(_("An account is missing: %(text)s", text=query.q)) or url("contact"),
    )


def _has_all_words(found: Mapping[str, Any]) -> bool:
    return bool(found["data"]) and not found["page"].get("dropped")


def is_link(text: str) -> bool:
    """Whether a text is an address or an @handle, which can be checked rather than searched for."""
    return _LINK.match(text.strip()) is not None


def _sorts(query: SearchQuery) -> list[tuple[str, str]]:
    """Return the orders to choose from, the one in force among them."""
    orders = {value: str(text) for value, text in SORTS.items()}
    if query.q:
        orders = {"": _("Best match")} | orders
    elif query.sort != DEFAULT_SORT:
        # Nothing is said of the default, or a search that is typed then would not begin with the best match.
        orders = {"": orders.pop(DEFAULT_SORT)} | orders
    if query.sort and query.sort not in orders:
        orders[query.sort] = query.sort
    return list(orders.items())


def _pager(query: SearchQuery, cursor: str | None) -> Pager:
    trail = query.trail
    return Pager(
        first=query.address_of_page(()) if trail else "",
        previous=query.address_of_page(trail[:-1]) if trail else "",
        next=query.address_of_page((*trail, cursor)) if cursor else "",
        number=len(trail) + 1,
    )


def _suffix(query: SearchQuery, suffix: str) -> str:
    # People open a table of this page in a spreadsheet, which shows no Chinese without the mark, and runs formulas.
    spreadsheet = (("spreadsheet", "true"),) if suffix == "csv" else ()
    pairs = (*query.download_pairs(), *spreadsheet)
    return f"?{encode_pairs(pairs)}" if pairs else ""


def _without_filters(query: SearchQuery, found: Sequence[object]) -> tuple[int, str] | None:
    """Return how many accounts the search finds without filters, and where; None if something is found with them."""
    if found or not query.filters or not query.q:
        return None
    pairs = (("q", query.q),)
    count = api.get("/v1/accounts", (*pairs, ("limit", "1"), ("fields", "id"), ("count", "estimated")))["page"]["count"]
    return (count["value"], query.address(pairs)) if count["value"] else None


def _similar(text: str) -> list[Mapping[str, Any]]:
    """Return accounts that are found by a part of a text that finds nothing: its words, else its beginnings."""
    words = [word for word in text.split() if not word.startswith("-")]
    word = "".join(words)
    beginnings = [word[: len(word) * part // 4] for part in (3, 2)] if len(words) == 1 else []
    for part in (*words[:3], *beginnings):
        # One letter finds thousands.
        if len(part) > 1:
            similar: list[Mapping[str, Any]] = api.get("/v1/suggest", (("q", part), ("limit", str(_SIMILAR))))["data"]
            if similar:
                return with_names(similar)
    return []
