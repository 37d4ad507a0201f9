"""The pages of departments: their list, and each with the accounts that it runs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from directory.changes.differences import list_differences
from directory.departments.external_ids import BY_NAME
from directory.http.fields import Selection
from directory.http.problems import InvalidParameters
from directory.http.request import database
from directory.web import api
from directory.web.formats import department_type_name
from directory.web.history_words import ChangedValue, changed_values
from directory.web.languages import current_language
from directory.web.newest_changes import list_newest_changes, name_of_subject
from directory.web.organizations import government_organization
from directory.web.page_size import with_page_size
from directory.web.region_tree import list_path
from directory.web.short_accounts import with_names
from directory.web.site import page, page_pairs, render_page, url, with_query
from directory.web.slices import Record, Slice

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flask import Response

    from directory.database.revisions import State
    from directory.http.parameters import Pairs
    from directory.http.problems import ParameterError

_PAGE: Final = 50
_MOST_ACCOUNTS: Final = 200
_CHILDREN: Final = "200"
_CHANGES_SHOWN: Final = 20
_CACHED: Final = 4
# Registers whose pages a stranger can read; the others have no address that ends in the id.
_WEB: Final = "https://"


@dataclass(frozen=True, slots=True)
class ExternalId:
    """An id in another register: the register's name, the value, and its page there, "" where it has none."""

    register: str
    value: str
    address: str


@dataclass(frozen=True, slots=True)
class Change:
    """A change of a department or of one of its accounts, and the values that it changed."""

    record: Mapping[str, Any]
    fields: Sequence[ChangedValue]

    @property
    def subject(self) -> Mapping[str, Any]:
        """Return the record that changed, as it was before where it is gone."""
        subject: Mapping[str, Any] = self.record["after"] or self.record["before"] or {}
        return subject

    @property
    def name(self) -> str:
        """Return what the record is called."""
        return name_of_subject(self.record)


@page("/departments")
def get_departments() -> Response:
    """Return a page of the list of departments, with the filters of the API; with what is wrong with them."""
    pairs = page_pairs()
    asked = dict(pairs)
    sized = with_page_size(pairs, _PAGE)
    faults: Sequence[ParameterError] = ()
    listed: Record = {"data": (), "page": {"next": None}}
    try:
        listed = api.get("/v1/departments", sized)
    except InvalidParameters as problem:
        faults = problem.errors
    options = _list_types(database().state, current_language().code)
    chosen = asked.get("type", "")
    if chosen and chosen not in dict(options):
        options = [(chosen, chosen), *options]
    rest: Pairs = tuple(pair for pair in pairs if pair[0] != "cursor")
    following = listed["page"]["next"]
    response = render_page(
        "departments.html",
        data=with_query("/v1/departments", sized) if not faults else "/v1/departments",
        departments=listed["data"],
        asked=asked,
        faults=faults,
        types=options,
        # What the form has no field for stays in the query.
        kept=[pair for pair in rest if pair[0] not in {"q", "type", "region"}],
        first=with_query(url("departments"), rest) if "cursor" in asked else None,
        following=with_query(url("departments"), (*rest, ("cursor", following))) if following else None,
    )
    if faults:
        response.status_code = HTTPStatus.BAD_REQUEST
    return response


@page("/departments/<department_id>")
def get_department(department_id: str) -> Response:
    """Return the page of a department: what it is, its accounts with their verdicts, duplicates and changes."""
    department = api.get(f"/v1/departments/{department_id}")
    where = ("department", department["id"])
    page_of_ids = api.get("/v1/accounts", (where, ("fields", "id"), ("limit", str(_MOST_ACCOUNTS)), ("count", "exact")))
    ids = [account["id"] for account in page_of_ids["data"]]
    verdicts = api.post("/v1/resolve", {"queries": ids})["data"] if ids else []
    # One more than is shown: whether these are all.
    changes = list_newest_changes(
        (("department", Selection((department["id"],))), ("kind", Selection((), ("handle",)))), _CHANGES_SHOWN + 1
    )
    external_ids = [_external_id(each) for each in department.get("external_ids", ())]
    return render_page(
        "department.html",
        data=f"/v1/departments/{department['id']}",
        department=department,
        path=list_path(department["region"]["code"]) if department["region"] else [],
        children=api.get("/v1/departments", (("parent", department["id"]), ("limit", _CHILDREN)))["data"],
        external_ids=external_ids,
        schema=government_organization(department, verdicts, [each.address for each in external_ids]),
        slice=Slice(*where, page_of_ids["page"]["count"]["value"], (), {}),
        platforms=_by_platform(verdicts),
        shown=len(ids),
        duplicates=with_names(api.get("/v1/reports/duplicates", (where,))["data"]),
        changes=[Change(record, _changed_values(record)) for record in changes[:_CHANGES_SHOWN]],
        is_whole=len(changes) <= _CHANGES_SHOWN,
    )


@lru_cache(_CACHED)
# Their numbers of accounts, which the page does not show, take PostgreSQL as long as the list of departments.
def _list_types(_latest: State, _language: str) -> list[tuple[str, str]]:
    """Return the types of departments, each with its name, in the order of names."""
    types = api.get("/v1/department-types", (("limit", "1000"),))["data"]
    return sorted(((each["slug"], department_type_name(each["slug"])) for each in types), key=lambda each: each[1])


def _by_platform(verdicts: Sequence[Record]) -> dict[str, list[Record]]:
    """Return verdicts by platform, the platform with the most accounts first."""
    platforms: dict[str, list[Record]] = {}
    for verdict in verdicts:
        if verdict["account"] is not None:
            platforms.setdefault(verdict["account"]["platform"], []).append(verdict)
    return dict(sorted(platforms.items(), key=lambda each: -len(each[1])))


def _external_id(text: str) -> ExternalId:
    slug, _colon, value = text.partition(":")
    scheme = BY_NAME.get(slug)
    if scheme is None:
        return ExternalId(slug, value, "")
    return ExternalId(scheme.name, value, f"{_WEB}{scheme.prefixes[0]}{value}" if scheme.prefixes else "")


def _changed_values(record: Record) -> Sequence[ChangedValue]:
    """Return what a change of a record changed, in words; nothing for one that came or went."""
    if record["action"] != "update":
        return ()
    fields = list_differences(record["before"], record["after"])
    return changed_values({"changes": [{"field": each.field, "old": each.old, "new": each.new} for each in fields]})
