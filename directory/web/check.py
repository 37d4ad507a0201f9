"""Is it official? The verdict on one link or name, and on a list of them."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from flask import Response
from markupsafe import Markup

from directory.accounts.csv import escape_formulas
from directory.http.parameters import Pairs
from directory.http.problems import InvalidParameters, parameter_error
from directory.http.request import config, database
from directory.resolve.schemas import MAX_QUERIES
from directory.web import api
from directory.web.formats import number, platform_choices
from directory.web.forms import read_form
from directory.web.languages import current_language
from directory.web.languages import gettext as _
from directory.web.site import page_pairs, render_page, site, with_query
from directory.web.standings import Record, report_address
from directory.web.verdict_words import (
    VERDICT_MARKS,
    compare_handles,
    likeness_of,
    reasons_of,
    strange_characters,
    words_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from directory.database.revisions import State

_PARAMETERS: Final = frozenset({"q", "platform"})
_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_SUBJECT_LENGTH: Final = 150
_CACHED: Final = 4
_COLUMNS: Final = (
    *("line", "query", "verdict", "standing", "meaning", "reasons", "platform", "handle", "valid_from", "valid_to"),
    *("account.id", "account.name", "account.department", "account.url", "account.page"),
    *("looks_like.id", "looks_like.name", "looks_like.url", "looks_like.page"),
)


@site.get("/check")
def get_check() -> Response:
    """Return the forms, and the verdict on what was asked; no cache keeps what somebody asked about.

    There is no `as_of`: a link to this page must not call an account official that was so once.
    """
    pairs = page_pairs()
    if unknown := [pair for pair in pairs if pair[0] not in _PARAMETERS]:
        raise InvalidParameters(
            "The request was not carried out: see errors.",
            errors=[parameter_error(name, value, "there is no such parameter here") for name, value in unknown],
        )
    asked = dict(pairs)
    if "q" not in asked:
        return _render(data=None, asked=asked)
    path = with_query("/v1/resolve", pairs)
    verdict = api.get("/v1/resolve", pairs)
    words, likeness = words_of(verdict), likeness_of(verdict)
    real = likeness["handle"] if likeness is not None else None
    subject = _("A report about: %(what)s", what=asked["q"][:_SUBJECT_LENGTH])
    others = verdict["candidates"][1:] if likeness is not None else verdict["candidates"]
    answer = _render(
        data=path,
        asked=asked,
        verdict=verdict,
        words=words,
        reasons=reasons_of(verdict),
        likeness=likeness,
        pieces=compare_handles(verdict["handle"], real),
        strange=strange_characters(verdict["handle"], real) if likeness is not None else (),
        others=[candidate["account"] for candidate in others],
        report=report_address(subject),
    )
    return _without_storing(answer, HTTPStatus.OK)


@site.post("/check")
def post_check() -> Response:
    """Return the verdicts on the lines of a list: a table, or a CSV file."""
    form = read_form()
    asked = {name: form[name] for name in ("list", "platform") if form.get(name)}
    lines = [
        (place, line.strip())
        for place, line in enumerate(_LINE_END.split(asked.get("list", "")), start=1)
        if line.strip()
    ]
    if error := _explain_unusable(len(lines)):
        return _without_storing(_render(data=None, asked=asked, error=error), HTTPStatus.UNPROCESSABLE_ENTITY)
    pairs: Pairs = (("platform", asked["platform"]),) if "platform" in asked else ()
    answer = api.post("/v1/resolve", {"queries": [line for _place, line in lines]}, pairs)
    joint = "" if current_language().code == "zh" else " "
    rows = [
        {
            "line": place,
            "verdict": verdict,
            "words": words_of(verdict),
            "reasons": joint.join(reasons_of(verdict)),
            "account": verdict["account"],
            "likeness": likeness_of(verdict),
        }
        for (place, _line), verdict in zip(lines, answer["data"], strict=True)
    ]
    if form.get("format") == "csv":
        return _without_storing(_send_csv(rows), HTTPStatus.OK)
    counts = Counter((row["words"].kind, row["words"].word) for row in rows)
    return _without_storing(_render(data=None, asked=asked, rows=rows, counts=counts.most_common()), HTTPStatus.OK)


def _render(*, data: str | None, **values: Any) -> Response:  # noqa: ANN401 - whatever the template shows
    return render_page(
        "check.html",
        data=data,
        options=_platform_options(database().state, current_language().code),
        most=MAX_QUERIES,
        most_bytes=config().body_bytes,
        verdict_marks=VERDICT_MARKS,
        **values,
    )


@lru_cache(_CACHED)
def _platform_options(latest: State, code: str) -> Markup:
    """Return the options of the field for a platform, made once: to render 88 twice took a third of the page."""
    option = Markup('<option value="{}">{}</option>')
    return Markup("\n").join(option.format(slug, name) for slug, name in platform_choices(latest, code))


def _without_storing(response: Response, status: HTTPStatus) -> Response:
    """Return a response that no cache keeps: it says whom somebody asked about."""
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    return response


def _explain_unusable(lines: int) -> str:
    """Return what is wrong with a list of so many lines, "" for nothing."""
    if lines == 0:
        return _("The list is empty. Paste at least one link or name.")
    if lines > MAX_QUERIES:
        return _(
            "The list has %(lines)s lines, and at most %(most)s are checked at a time. Nothing was checked: shorten it "
            "and send it again.",
            lines=number(lines),
            most=number(MAX_QUERIES),
        )
    return ""


def _send_csv(rows: Sequence[dict[str, Any]]) -> Response:
    """Return the rows as a CSV file for spreadsheets: with a byte order mark, and without cells that are formulas."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(_COLUMNS)
    writer.writerows([escape_formulas(cell) for cell in _cells(row)] for row in rows)
    return Response(
        file.getvalue().encode("utf-8-sig"),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="verdicts.csv"'},
    )


def _cells(row: dict[str, Any]) -> Iterator[str]:
    verdict = row["verdict"]
    yield from (
        str(row["line"]),
        verdict["query"],
        verdict["verdict"],
        row["words"].kind,
        row["words"].word,
        row["reasons"],
    )
    yield from (verdict[name] or "" for name in ("platform", "handle", "valid_from", "valid_to"))
    account = row["account"]
    department = (account or {}).get("department") or {}
    cells = _account_cells(account)
    # The profile of an account that is official no longer may be anybody's.
    shown_url = cells[2] if row["words"].kind in {"official", "shared"} else ""
    yield from (cells[0], cells[1], department.get("name") or "", shown_url, cells[3])
    yield from _account_cells(row["likeness"])


def _account_cells(account: Record | None) -> tuple[str, str, str, str]:
    if account is None:
        return "", "", "", ""
    path = f"{config().base_url}/{current_language().code}/accounts/{account['id']}"
    return account["id"], account["name"] or account["handle"] or "", account["url"] or "", path
