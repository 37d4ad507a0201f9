"""The page of one account: who it is, what proves it, and everything that became of it."""

from __future__ import annotations

from http import HTTPStatus
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, cast

from directory.http.problems import Gone
from directory.web import api
from directory.web.account_references import badge_html, citation, permanent_url, profile_page
from directory.web.history_words import changed_values, listed_since
from directory.web.languages import gettext as _
from directory.web.site import page, page_pairs, render_page
from directory.web.standings import Record, name_of, report_address, source_of, standing_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Response

_CHANGES: Final = "20"
_INTERVALS_SHOWN: Final = "31"
_SIMILAR: Final = 6
_EVIDENCE: Final = "120"
INTERVALS: Final = ("day", "week", "month")
_FIELDS: Final = "id,platform,platform_user_id,handle,url,name,names,status,verification,replaced_by,followers"


@page("/accounts/<account_id>")
def get_account(account_id: str) -> Response:
    """Return the page of an account; of a deleted one, what is left of it."""
    path = f"/v1/accounts/{account_id}"
    try:
        account = api.get(path)
    except Gone as gone:
        return _render_tombstone(path, cast("Record", gone.members["tombstone"]))
    query = dict(page_pairs())
    history = _history(path, query)
    department = account["department"]
    if department is not None and department["id"] is not None:
        department = {**department, **api.get(f"/v1/departments/{department['id']}")}
    return render_page(
        "account.html",
        data=path,
        account=account,
        department=department,
        standing=standing_of(account),
        followers=_followers(path, account, query),
        interval=_interval(query),
        intervals=INTERVALS,
        history=history,
        evidence=_evidence(path),
        sources=_sources(account, history),
        similar=_similar(account, department),
        schema=profile_page(account, department if department and department["id"] else None),
        citation=citation(account),
        badge_html=badge_html(account),
        permanent_url=permanent_url(account),
        report=report_address(_("A mistake in the entry of %(name)s (%(id)s)", name=name_of(account), id=account_id)),
    )


def _render_tombstone(path: str, tombstone: Record) -> Response:
    response = render_page("account_gone.html", data=path, tombstone=tombstone)
    response.status_code = HTTPStatus.GONE
    # As problems are: it may be restored from a backup.
    response.headers["Cache-Control"] = "no-store"
    return response


def _interval(query: Mapping[str, str]) -> str:
    return query["interval"] if query.get("interval") in INTERVALS else "week"


def _followers(path: str, account: Record, query: Mapping[str, str]) -> dict[str, Any] | None:
    """Return the counts by interval, each with what came since the one before; None where nobody has counted."""
    if account["followers"] is None:
        return None
    pairs = [("interval", _interval(query)), ("limit", _INTERVALS_SHOWN)]
    if "older" in query:
        pairs.append(("cursor", query["older"]))
    answer = api.get(f"{path}/followers", tuple(pairs))
    rows = answer["data"]
    counted = [row for row in rows if row["followers"] is not None]
    for later, earlier in pairwise(counted):
        later["gained"] = later["followers"] - earlier["followers"]
    return {"rows": rows, "older": answer["page"]["next"]}


def _history(path: str, query: Mapping[str, str]) -> dict[str, Any]:
    pairs = [("limit", _CHANGES)]
    if "cursor" in query:
        pairs.append(("cursor", query["cursor"]))
    answer = api.get(f"{path}/history", tuple(pairs))
    for entry in answer["data"]:
        entry["differences"] = changed_values(entry)
    return {
        "entries": answer["data"],
        "next": answer["page"]["next"],
        "is_whole": answer["page"]["next"] is None and "cursor" not in query,
    }


def _evidence(path: str) -> list[Record]:
    """Return the latest evidence by each method."""
    latest: dict[str, Record] = {}
    for each in api.get(f"{path}/evidence", (("limit", _EVIDENCE),))["data"]:
        latest.setdefault(each["method"], each)
    return list(latest.values())


def _sources(account: Record, history: Record) -> list[dict[str, Any]]:
    """Return the sources that list an account; since when they do, where the page has the whole history."""
    entries = history["entries"] if history["is_whole"] else []
    return [{**source_of(source_id), "since": listed_since(entries, source_id)} for source_id in account["sources"]]


def _similar(account: Record, department: Record | None) -> list[Record]:
    """Return other accounts of the same department, those with the most followers first."""
    # Most departments have this account alone, which their record says without a list.
    if department is None or department["id"] is None or department["accounts"] == 1:
        return []
    pairs = (
        ("department", department["id"]),
        ("sort", "-followers"),
        ("limit", str(_SIMILAR + 1)),
        ("fields", _FIELDS),
    )
    others = [each for each in api.get("/v1/accounts", pairs)["data"] if each["id"] != account["id"]]
    return others[:_SIMILAR]
