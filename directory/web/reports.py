"""The pages of reports: what the registry lacks, and where its records fall short."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from directory.http.problems import NotFound
from directory.web import api
from directory.web.filter_form import address, file_links, limited, make_form, page_links, replaced, value_of, without
from directory.web.formats import department_type_name, platform_name, region_name
from directory.web.languages import gettext as _
from directory.web.page_size import MAX_SIZE, with_page_size
from directory.web.report_list import KINDS, PROBLEMS, REPORTS
from directory.web.short_accounts import with_names
from directory.web.site import page, page_pairs, render_page, url, with_query

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Response

    from directory.http.parameters import Pairs

PATH: Final = "reports"


@page("/reports")
def get_reports() -> Response:
    """Return the list of reports."""
    return render_page("reports.html", data="/v1", reports=REPORTS)


# Reports whose rows are accounts, or have some.
_OF_ACCOUNTS: Final = frozenset({"dormant-accounts", "duplicates", "names", "closed-platforms", "verification"})


@page("/reports/<name>", by_day=True)
def get_report(name: str) -> Response:
    """Return a page of a report, with its form and its files."""
    report = REPORTS.get(name)
    if report is None:
        raise NotFound(f"There is no report {name}: the reports are {', '.join(REPORTS)}.")
    pairs, path = page_pairs(), f"{PATH}/{name}"
    answer = api.get(f"/v1/reports/{report.path}", limited(pairs))
    rows = answer["data"]
    if name == "dormancy":
        rows = [_dormancy_row(row, pairs) for row in rows]
    elif name == "coverage":
        rows = [{**row, "missing_page": _missing_page(row, pairs)} for row in rows]
    elif name in _OF_ACCOUNTS:
        rows = with_names(rows)
    return render_page(
        "report.html",
        data=with_query(f"/v1/reports/{report.path}", limited(pairs)),
        files=file_links(f"/v1/reports/{report.path}", limited(pairs)),
        name=name,
        report=report,
        rows=rows,
        page=answer["page"],
        by=value_of(pairs, "by", "region"),
        kinds=KINDS,
        problems=PROBLEMS,
        form=make_form(path, pairs, report.fields(pairs), report.filters(pairs)),
        pages=page_links(path, pairs, answer["page"]["next"]),
    )


@page("/reports/coverage/<code>/<kind>")
def get_missing(code: str, kind: str) -> Response:
    """Return the bodies of a row of the coverage report that have no account."""
    pairs = page_pairs()
    source = f"/v1/reports/coverage/{code}/{kind}/missing"
    sized = with_page_size(pairs, MAX_SIZE)
    answer = api.get(source, sized)
    return render_page(
        "missing.html",
        data=with_query(source, sized),
        rows=answer["data"],
        region=api.get(f"/v1/regions/{code}"),
        name=str(KINDS[kind]) if kind in KINDS else department_type_name(kind),
        pages=page_links(f"{PATH}/coverage/{code}/{kind}", pairs, answer["page"]["next"]),
    )


def _dormancy_row(row: Mapping[str, Any], pairs: Pairs) -> Mapping[str, Any]:
    """Return a row with its name on this page, and where its accounts and the regions below it are listed."""
    by, value = value_of(pairs, "by", "region"), row["value"]
    match by:
        case _ if by == "none":
            name = _("All accounts")
        case _ if value is None:
            name = _("Not stated")
        case "region":
            name = region_name({"code": value, "name": row["name"] or value, "name_local": row["name_local"]})
        case "platform":
            name = platform_name(value)
        case "department_type":
            name = department_type_name(value)
        case _:
            name = row["name"] or value
    narrowed = without(pairs, "by", "cursor", "limit")
    if by != "none":
        narrowed = replaced(narrowed, **{by: value}) if value is not None else ()
    has_accounts = by == "none" or value is not None
    return {
        **row,
        "label": name,
        "accounts_page": address(f"{PATH}/dormant-accounts", narrowed) if has_accounts and row["dormant"] else None,
        "below": address(f"{PATH}/dormancy", narrowed) if by == "region" and value is not None else None,
    }


def _missing_page(row: Mapping[str, Any], pairs: Pairs) -> str | None:
    """Return the address of the list of missing bodies of a row, None where none is known by name."""
    if not row["missing"]["named"]:
        return None
    kind = row["kind"] or row["department_type"]
    platforms = tuple(pair for pair in pairs if pair[0] == "platform")
    return with_query(url(f"{PATH}/coverage/{row['region']['code']}/{kind}"), platforms)
