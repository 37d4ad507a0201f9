"""The front page: one box, and doors to everything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from directory.catalog import schema_org
from directory.catalog.description import describe_without_files
from directory.http.fields import Selection
from directory.http.request import config, database
from directory.web import api
from directory.web.formats import department_type_name, platform_name, region_name
from directory.web.languages import gettext as _
from directory.web.newest_changes import list_newest_changes, name_of_subject
from directory.web.region_tree import list_below, list_countries
from directory.web.site import page, render_page, url

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Response

_RANKED: Final = 10
_DAYS: Final = 7
_CHANGES: Final = 8
_DOORS: Final = 12
_CHANGED: Final = (("kind", Selection(("account", "department"))),)
# What the name of an account is made of, and where it is.
_FIELDS: Final = "id,platform,platform_user_id,handle,name,names"


@dataclass(frozen=True, slots=True)
class Door:
    """A part of the registry: its name, how many accounts it has, and its page."""

    name: str
    count: int
    address: str


@dataclass(frozen=True, slots=True)
class Change:
    """A change of an account or department: its day, what was done, and to what; `address` is "" for what is gone."""

    at: str
    action: str
    kind: str
    name: str
    platform: str | None
    address: str


@page("/")
def get_home() -> Response:
    """Return the front page: the search box, what the registry holds, and where to go from here."""
    with database().read() as conn:
        # The page is cached by its revision, so it shows nothing that changes without one.
        description = describe_without_files(conn, config())
    dataset = schema_org.dataset(description)
    return render_page(
        "home.html",
        data="/v1",
        overview=api.get("/v1"),
        dataset=dataset,
        since=dataset.get("datePublished"),
        counted=[
            ("accounts", _("accounts")),
            ("departments", _("departments")),
            ("regions", _("regions")),
            ("platforms", _("platforms")),
        ],
        followed=_ranks(),
        grown=_ranks(("by", "growth"), ("days", str(_DAYS))),
        days=_DAYS,
        changes=[_change(each) for each in list_newest_changes(_CHANGED, _CHANGES)],
        doors=_doors(),
    )


def _ranks(*pairs: tuple[str, str]) -> Mapping[str, Any]:
    asked = (*pairs, ("limit", str(_RANKED)), ("fields", _FIELDS))
    ranking: Mapping[str, Any] = api.get("/v1/rankings", asked)
    return ranking


def _doors() -> list[tuple[str, str, list[Door]]]:
    """Return the regions, types of departments and platforms with the most accounts, each list with its path."""
    facets = _count(("facets", "region,department_type,platform"))
    regions, named = facets["region"], list_countries()
    if len(regions) == 1:
        # A registry of one country is told apart by its provinces.
        ((country, _all),) = regions
        regions, named = _count(("facets", "region"), ("region", country))["region"], list_below(country)
    return [
        (
            "regions",
            _("Regions"),
            [Door(region_name(named[code]), count, url(f"regions/{code}")) for code, count in regions if code in named],
        ),
        (
            "departments",
            _("Departments"),
            [
                Door(department_type_name(slug), count, url("departments", type=slug))
                for slug, count in facets["department_type"]
            ],
        ),
        (
            "platforms",
            _("Platforms"),
            [Door(platform_name(slug), count, url(f"platforms/{slug}")) for slug, count in facets["platform"]],
        ),
    ]


def _count(*pairs: tuple[str, str]) -> Mapping[str, list[tuple[str, int]]]:
    """Return the values of dimensions that the most accounts have, with how many."""
    facets = api.get("/v1/accounts", (*pairs, ("limit", "1"), ("fields", "id")))["facets"]
    return {
        name: [(each["value"], each["count"]) for each in counts if each["value"] is not None][:_DOORS]
        for name, counts in facets.items()
    }


def _change(change: Mapping[str, Any]) -> Change:
    record = change["after"] or change["before"] or {}
    id_ = change.get("replaced_by", change["id"])
    is_there = change["after"] is not None or change["kind"] == "account"
    return Change(
        at=change["at"],
        action=change["action"],
        kind=change["kind"],
        name=name_of_subject(change),
        platform=record.get("platform"),
        # A deleted account has its history.
        address=url(f"{change['kind']}s/{id_}") if is_there else "",
    )
