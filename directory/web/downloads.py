"""The page of downloads: snapshots, with how to check, load, cite and mirror them, and parts of the registry."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from babel.numbers import format_decimal

from directory.http.request import config
from directory.web import api
from directory.web.data_dictionary import FIELDS, TABLES
from directory.web.filter_form import account_filters, address, make_form, value_of, without
from directory.web.languages import current_locale
from directory.web.site import data_url, page, page_pairs, render_page, url, with_query

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flask import Response

    from directory.http.parameters import Pairs

PATH: Final = "downloads"
# The forms of a table, the one that most people open first.
FORMS: Final = ("csv", "parquet", "ndjson", "json")
_KILO: Final = 1000


@page("/downloads", by_body=True)
def get_downloads() -> Response:
    """Return the page of downloads, also where there is no snapshot yet."""
    pairs = page_pairs()
    filters = without(pairs, "cursor")
    listed = api.get("/v1/snapshots", tuple(pair for pair in pairs if pair[0] == "cursor"))
    manifest = api.get("/v1/snapshots/latest") if listed["data"] else None
    following = listed["page"]["next"]
    return render_page(
        "downloads.html",
        data="/v1/snapshots",
        manifest=manifest,
        folder=_folder(manifest) if manifest else None,
        files={file["name"]: file for file in manifest["files"]} if manifest else {},
        periods=_periods(manifest) if manifest else {},
        deltas=_deltas(manifest) if manifest else [],
        snapshots=listed["data"],
        pages={
            "first": address(PATH, filters) if value_of(pairs, "cursor") else None,
            "next": address(PATH, (*filters, ("cursor", following))) if following else None,
        },
        overview=api.get("/v1"),
        sources=manifest["sources"] if manifest else api.get("/v1/sources", (("limit", "1000"),))["data"],
        citation=_citation(manifest) if manifest else None,
        tables=TABLES,
        fields=FIELDS,
        forms=FORMS,
        size=file_size,
        # Back to where the form stands.
        form=replace(make_form(PATH, filters, [], account_filters(filters)), action=f"{url(PATH)}#part"),
        part=_part(filters),
    )


def file_size(number: int) -> str:
    """Return a number of bytes for people, in units of 1,000."""
    size, units = float(number), iter(("B", "kB", "MB", "GB"))
    unit = next(units)
    while size >= _KILO and unit != "GB":
        size, unit = size / _KILO, next(units)
    return f"{format_decimal(size, '#,##0.#', locale=current_locale())}\N{NO-BREAK SPACE}{unit}"


def _folder(manifest: Mapping[str, Any]) -> str:
    """Return the path of a snapshot in the API: with the mark of its revision, it never means another one."""
    mark = f"-{manifest['mark']}" if "mark" in manifest else ""
    return f"/v1/snapshots/{manifest['revision']}{mark}"


def _periods(manifest: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    """Return the files of observations by year or month, the latest first, each by its suffix."""
    found: dict[str, dict[str, Any]] = {}
    for file in manifest["files"]:
        name, _, suffix = file["name"].partition(".")
        if name.startswith("observations-"):
            found.setdefault(name.removeprefix("observations-"), {})[suffix] = file
    return dict(sorted(found.items(), reverse=True))


def _deltas(manifest: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Return the files of changes since earlier snapshots, the newest first."""
    names = [file for file in manifest["files"] if file["name"].startswith("delta-from-")]
    return sorted((file for file in names if file["name"].endswith(".ndjson")), key=_earlier, reverse=True)


def _earlier(file: Mapping[str, Any]) -> int:
    return int(file["name"].removeprefix("delta-from-").partition(".")[0])


def _citation(manifest: Mapping[str, Any]) -> Mapping[str, str]:
    """Return what a citation of a snapshot consists of."""
    return {
        "publisher": manifest["publisher"] or "",
        "year": manifest["at"][:4],
        "day": manifest["at"][:10],
        "revision": str(manifest["revision"]),
        "url": f"{config().base_url}{_folder(manifest)}",
    }


def _part(filters: Pairs) -> Mapping[str, Any] | None:
    """Return how many accounts match the filters and where they are as files, None without any filter."""
    if not filters:
        return None
    count = api.get("/v1/accounts", (*filters, ("limit", "1"), ("count", "exact"), ("fields", "id")))["page"]["count"]
    addresses = {form: data_url(with_query(f"/v1/accounts.{form}", filters)) for form in ("csv", "ndjson", "json")}
    spreadsheet = data_url(with_query("/v1/accounts.csv", (*filters, ("spreadsheet", "true"))))
    return {"count": count["value"], "spreadsheet": spreadsheet, **addresses}
