"""The page of rankings: who has the most followers or posts, and who gains."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from directory.web import api
from directory.web.filter_form import (
    Field,
    account_filters,
    address,
    file_links,
    make_form,
    page_links,
    replaced,
    select,
    value_of,
    without,
)
from directory.web.languages import current_language, lazy_gettext, ngettext
from directory.web.languages import gettext as _
from directory.web.page_size import MAX_SIZE, with_page_size
from directory.web.region_names import with_local_name
from directory.web.site import data_url, page, page_pairs, render_page, with_query

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from flask import Response

    from directory.http.parameters import Pairs
    from directory.web.languages import LazyText

PATH: Final = "rankings"
# "Movement since last time" needs a last time; the API compares with none unless it is asked to.
DEFAULT_DAYS: Final = "7"
_FIELDS: Final = "id,platform,platform_user_id,handle,name,names,department,region"
# A row of the picture is 26 pixels high.
_BARS: Final = 20
_BAR_HEIGHT: Final = 26
BY: Final[Mapping[str, LazyText]] = {
    "followers": lazy_gettext("Followers"),
    "growth": lazy_gettext("Growth"),
    "growth_rate": lazy_gettext("Growth rate"),
    "posts": lazy_gettext("Posts"),
}
OF: Final[Mapping[str, LazyText]] = {
    "accounts": lazy_gettext("Accounts"),
    "departments": lazy_gettext("Departments"),
    "regions": lazy_gettext("Regions"),
}
REASONS: Final[Mapping[str, LazyText]] = {
    "never_observed": lazy_gettext("nobody has counted them yet"),
    "no_count_at_end": lazy_gettext("no count near the end of the period"),
    "no_count_at_start": lazy_gettext("no count near the beginning of the period"),
    "implausible": lazy_gettext("a count a thousand times another one, which nothing has confirmed yet"),
    "started_at_zero": lazy_gettext("they began at zero, so there is no rate"),
    "no_department": lazy_gettext("no department is known"),
    "no_region": lazy_gettext("no region is known"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the API with what the page says of it: whether it shares its rank, and the age of its count in days."""

    record: Mapping[str, Any]
    is_tied: bool
    age: int


@page("/rankings")
def get_rankings() -> Response:
    """Return a page of a ranking, with its picture and the form that asks for another one."""
    pairs = _asked(page_pairs())
    sized = with_page_size(pairs, MAX_SIZE)
    # With all names of an account, of which `name_of` chooses.
    named = () if value_of(pairs, "of") in {"departments", "regions"} else (("fields", _FIELDS),)
    answer = api.get("/v1/rankings", (*sized, ("count", "exact"), *named))
    ranking, data = answer["ranking"], answer["data"]
    return render_page(
        "rankings.html",
        data=with_query("/v1/rankings", sized),
        files=file_links("/v1/rankings", sized),
        ranking=ranking,
        rows=list(_rows(data, ranking["date"])),
        tabs=[(str(name), address(PATH, replaced(pairs, by=by)), by == ranking["by"]) for by, name in BY.items()],
        form=_form(pairs, ranking),
        heading=_heading(ranking),
        reasons=_reasons(ranking),
        pictures=_pictures(without(pairs, "limit"), len(data)) if data and not value_of(pairs, "cursor") else None,
        pages=page_links(PATH, pairs, answer["page"]["next"]),
    )


def _asked(pairs: Pairs) -> Pairs:
    """Return the parameters for the API: a period is always compared, and a level goes with regions alone."""
    # What a client of the API chooses of its answer, the page chooses itself.
    pairs = without(pairs, "fields", "count")
    if value_of(pairs, "of") != "regions":
        # The form sends it with whatever is chosen.
        pairs = without(pairs, "region_level")
    return pairs if value_of(pairs, "days") else (*pairs, ("days", DEFAULT_DAYS))


def _form(pairs: Pairs, ranking: Mapping[str, Any]) -> Any:  # noqa: ANN401 - Form, for the template
    levels = [
        ("", _("Countries")),
        ("2", _("Provinces and states")),
        ("3", _("Prefectures")),
        ("4", _("Counties and districts")),
    ]
    periods = [(str(days), ngettext("%(num)s day", "%(num)s days", days)) for days in (7, 30, 90, 365)]
    own = [
        select(pairs, "of", _("Rank what"), [(of if of != "accounts" else "", str(name)) for of, name in OF.items()]),
        select(pairs, "region_level", _("Level of regions"), levels, hint=_("Where regions are ranked")),
        select(pairs, "days", _("Period"), periods, default=DEFAULT_DAYS),
        Field(
            "date",
            "date",
            _("At the end of"),
            value_of(pairs, "date"),
            hint=_("Empty: the last day with counts"),
            least="1990-01-01",
            most=ranking["date"] or "" if not value_of(pairs, "date") else "",
        ),
    ]
    filters = [
        *account_filters(pairs),
        Field("number", "followers_min", _("Followers at least"), value_of(pairs, "followers_min"), least="0"),
    ]
    return make_form(PATH, pairs, own, filters, kept=("by",))


def _heading(ranking: Mapping[str, Any]) -> str:
    """Return what is ranked by what, without its day."""
    what, by, days = str(OF[ranking["of"]]), ranking["by"], ranking["days"]
    match by:
        case "followers":
            return _("%(what)s by followers", what=what)
        case "posts":
            return _("%(what)s by posts", what=what)
        case "growth":
            return ngettext(
                "%(what)s by growth within %(num)s day", "%(what)s by growth within %(num)s days", days, what=what
            )
        case _:
            return ngettext(
                "%(what)s by growth rate within %(num)s day",
                "%(what)s by growth rate within %(num)s days",
                days,
                what=what,
            )


def _rows(data: Sequence[Mapping[str, Any]], date: str | None) -> Iterator[Row]:
    day = dt.date.fromisoformat(date) if date else None
    for place, record in enumerate(data):
        near = data[max(place - 1, 0) : place + 2]
        is_tied = sum(each["rank"] == record["rank"] for each in near) > 1
        if "region" in record:
            record = {**record, "region": with_local_name(record["region"])}  # noqa: PLW2901 - the same with a name more
        counted = dt.datetime.fromisoformat(record["figure"]["observed_at"]).date()
        yield Row(record, is_tied, (day - counted).days if day else 0)


def _reasons(ranking: Mapping[str, Any]) -> list[tuple[str, int]]:
    """Return why accounts are not ranked, the most frequent reason first, and how many each holds for."""
    left_out = ranking["insufficient_data"] or {"reasons": {}}
    numbers = sorted(left_out["reasons"].items(), key=lambda item: (-item[1], item[0]))
    return [(str(REASONS.get(reason, reason)), number) for reason, number in numbers]


def _pictures(pairs: Pairs, rows: int) -> Mapping[str, object]:
    """Return the addresses of the picture of the first ranks, for light and dark pages, and its height in pixels."""
    bars = min(rows, _BARS)
    addresses = {
        theme: data_url(
            with_query(
                "/v1/rankings.svg", (*pairs, ("limit", str(bars)), ("lang", current_language().code), ("theme", theme))
            )
        )
        for theme in ("light", "dark")
    }
    return {**addresses, "height": bars * _BAR_HEIGHT, "bars": bars}
