"""The pages of platforms: all of them, and each with what is recognized as a profile of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from directory.web import api
from directory.web.formats import region_name
from directory.web.handle_rules import describe_handles
from directory.web.languages import gettext as _
from directory.web.page_size import with_page_size
from directory.web.region_tree import list_countries
from directory.web.site import page, page_pairs, render_page, with_query
from directory.web.slices import read_dormancy, read_slice

if TYPE_CHECKING:
    from flask import Response

_FACETS: Final = ("region", "department_type", "status", "verification")
_MOST: Final = 1000


@page("/platforms")
def get_platforms() -> Response:
    """Return the page of all platforms, those with the most accounts first, with the filters of the API."""
    pairs = page_pairs()
    asked = dict(pairs)
    sized = with_page_size(pairs, _MOST)
    platforms = api.get("/v1/platforms", sized)
    countries = list_countries()
    every = api.get("/v1/platforms", (("limit", str(_MOST)),))["data"] if pairs else platforms["data"]
    return render_page(
        "platforms.html",
        data=with_query("/v1/platforms", sized),
        platforms=sorted(platforms["data"], key=lambda platform: (-platform["accounts"], platform["name"].casefold())),
        most=max((platform["accounts"] for platform in every), default=0) or 1,
        asked=asked,
        countries=countries,
        country_options=sorted(
            ((code, region_name(countries[code])) for code in {platform["country"] for platform in every}),
            key=lambda option: option[1],
        ),
        states=[("open", _("open")), ("closed", _("closed down"))],
    )


@page("/platforms/<slug>", by_day=True)
def get_platform(slug: str) -> Response:
    """Return the page of a platform: its addresses and handles, its accounts, their dormancy, and its files."""
    platform = api.get(f"/v1/platforms/{slug}")
    where = ("platform", platform["slug"])
    return render_page(
        "platform.html",
        data=f"/v1/platforms/{platform['slug']}",
        platform=platform,
        country=list_countries().get(platform["country"]),
        rules=describe_handles(platform["handle_pattern"], is_case_sensitive=platform["case_sensitive"]),
        slice=read_slice(*where, _FACETS),
        dormancy=read_dormancy(*where, "department_type"),
    )
