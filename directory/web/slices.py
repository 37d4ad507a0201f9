"""Slices of the registry: the accounts of a region, department or platform, counted, and as files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from urllib.parse import quote

from directory.http.error_handlers import is_too_slow
from directory.web import api
from directory.web.formats import department_type_name, platform_name, region_name
from directory.web.labels import label
from directory.web.languages import gettext as _
from directory.web.region_tree import list_countries
from directory.web.site import data_url, url, with_query

if TYPE_CHECKING:
    from directory.http.parameters import Pairs

Record: TypeAlias = Mapping[str, Any]
"""A record of the API."""

_TOP: Final = 10
_FIELDS: Final = "id,platform,platform_user_id,handle,url,name,names,department,region,status,language,followers"


@dataclass(frozen=True, slots=True)
class CountRow:
    """The accounts of one value: its name, their number, their share of the largest row, and where they are listed."""

    name: str
    accounts: int
    width: float
    address: str


@dataclass(frozen=True, slots=True)
class CountTable:
    """Accounts counted by one dimension, the most first."""

    title: str
    rows: Sequence[CountRow]


@dataclass(frozen=True, slots=True)
class Slice:
    """The accounts of one value of a filter: their number, those with the most followers, and counts by dimension."""

    name: str
    value: str
    accounts: int
    top: Sequence[Record]
    facets: Mapping[str, Sequence[Record]]

    def tables(self) -> list[CountTable]:
        """Return the counts by each dimension."""
        titles = {
            "region": _("By country"),
            "platform": _("By platform"),
            "department_type": _("By type of department"),
            "status": _("By status"),
            "verification": _("By verification"),
        }
        return [CountTable(titles[dimension], self._rows(dimension)) for dimension in self.facets]

    def search_url(self, **parameters: str) -> str:
        """Return the address of the search page with this filter."""
        return url("accounts", **{self.name: self.value}, **parameters)

    def ranking_url(self, **parameters: str) -> str:
        """Return the address of the page of rankings with this filter."""
        return url("rankings", **{self.name: self.value}, **parameters)

    def report_url(self, report: str) -> str:
        """Return the address of the page of a report with this filter."""
        return url(f"reports/{report}", **{self.name: self.value})

    def data_url(self, path: str, **parameters: str) -> str:
        """Return the address of a path of the API with this filter."""
        return data_url(with_query(path, ((self.name, self.value), *parameters.items())))

    def feed_url(self) -> str:
        """Return the address of the feed of its changes; an account and its handle are one entry."""
        return self.data_url("/v1/changes.atom", kind="-handle")

    @property
    def has_followers(self) -> bool:
        """Whether anybody counted the followers of an account of it."""
        return any(account["followers"] for account in self.top)

    @property
    def without_department(self) -> int:
        """Number of accounts of which no department is known."""
        return self.accounts - sum(
            int(each["count"]) for each in self.facets["department_type"] if each["value"] is not None
        )

    def _rows(self, dimension: str) -> list[CountRow]:
        counts = self.facets[dimension]
        most = max((each["count"] for each in counts), default=1)
        # The address of each value differs in the end alone: a platform has a hundred countries.
        begin = f"{self.search_url()}&{dimension}="
        return [
            CountRow(
                name_value(dimension, each["value"]),
                each["count"],
                round(100 * each["count"] / most, 1),
                f"{begin}{quote(each['value'], safe='')}" if each["value"] is not None else "",
            )
            for each in counts
        ]


@dataclass(frozen=True, slots=True)
class Dormancy:
    """Silent accounts on a day, after a number of days, by one dimension and in all; each row has its name."""

    day: str
    days: int
    rows: Sequence[Record]
    total: Record


def read_slice(name: str, value: str, facets: Sequence[str]) -> Slice:
    """Return the slice of a value of a filter, counted by some dimensions: one request for all of them."""
    pairs: Pairs = (
        (name, value),
        ("sort", "-followers"),
        ("limit", str(_TOP)),
        ("fields", _FIELDS),
        ("facets", ",".join(facets)),
        ("count", "exact"),
    )
    page = api.get("/v1/accounts", pairs)
    counted = {facet: page["facets"][facet] for facet in facets}
    return Slice(name, value, page["page"]["count"]["value"], page["data"], counted)


def read_if_quick(path: str, pairs: Pairs) -> Any:  # noqa: ANN401 - the JSON of any resource
    """Return the JSON of a part of a page; None where counting it took longer than one request may take.

    A country of a million accounts is counted by departments in seconds: its page is worth more than that part.
    """
    try:
        return api.get(path, pairs)
    except Exception as error:
        if is_too_slow(error):
            return None
        raise


def read_dormancy(name: str, value: str, by: str) -> Dormancy | None:
    """Return how many accounts of a slice are silent, by one dimension, the most first; None: see `read_if_quick`."""
    report = read_if_quick("/v1/reports/dormancy", ((name, value), ("by", by), ("limit", "1000")))
    if report is None:
        return None
    rows = sorted(report["data"], key=lambda row: -row["accounts"])
    total = {key: sum(row[key] for row in rows) for key in ("active", "dormant", "unknown")}
    known = total["active"] + total["dormant"]
    named = [{**row, "name": name_value(by, row["value"])} for row in rows]
    share = total["dormant"] / known if known else None
    return Dormancy(report["page"]["day"], report["page"]["days"], named, {**total, "share": share})


def name_value(dimension: str, value: str | None) -> str:
    """Return what a value of a dimension is called on the page."""
    if value is None:
        return _("not known")
    match dimension:
        case "platform":
            return platform_name(value)
        case "department_type":
            return department_type_name(value)
        case "region":
            country = list_countries().get(value)
            return region_name(country) if country else value
        case _:
            return label(dimension, value)
