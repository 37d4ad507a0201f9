"""Problems as HTML pages, for browsers; those of failures need no database."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit

from flask import Response, current_app, g, request
from rapidfuzz import fuzz, process, utils

from directory.http.problem_docs import explain
from directory.http.problems import Problem
from directory.http.request import config, public_url, request_id
from directory.web.languages import LANGUAGES, choose_language, current_language, gettext
from directory.web.policies import SITE_POLICY
from directory.web.site import invented_notice, render_template

if TYPE_CHECKING:
    from werkzeug.routing import Rule

# A request may have more wrong parameters, and longer ones, than anybody reads.
_ERRORS_SHOWN: Final = 20
_MAX_TEXT_LENGTH: Final = 600
_MAX_PATH_LENGTH: Final = 200
_SUGGESTIONS: Final = 4
# The least similarity (of 100) of a path that is suggested instead.
_LIKE: Final = 60


@dataclass(frozen=True, slots=True)
class ShownError:
    """One entry of a problem's `errors`: where, which value ("" for none), and what is wrong with it."""

    place: str
    value: str
    detail: str


def render_problem(problem: Problem) -> Response:
    """Return the page of a problem; the caller adds its status and headers."""
    # An error page can be at any depth.
    g.root = urlsplit(config().public_url or "").path.rstrip("/") + "/"
    prefix = request.path.split("/", 2)[1]
    g.language = prefix if prefix in LANGUAGES else choose_language(request.headers.get("Accept-Language", ""))
    explained = explain(type(problem))
    text = render_template(
        "failure.html",
        # A database that is down makes nobody wait twice.
        notice=invented_notice() if problem.status < HTTPStatus.INTERNAL_SERVER_ERROR else None,
        problem=problem,
        title=gettext(problem.title),
        remedy=gettext(explained.remedy),
        type=public_url(f"/problems/{problem.slug}"),
        detail=_cut(problem.detail),
        errors=_shown_errors(problem),
        more=max(0, len(problem.errors) + len(problem.body_errors) - _ERRORS_SHOWN),
        suggestions=_suggest() if problem.status == 404 else (),  # noqa: PLR2004 - not found
        request_id=request_id(),
    )
    response = Response(text, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = SITE_POLICY
    response.headers["Content-Language"] = current_language().tag
    return response


def _shown_errors(problem: Problem) -> list[ShownError]:
    errors = [ShownError(error["parameter"], error.get("value", ""), error["detail"]) for error in problem.errors]
    for place in problem.body_errors:
        where = place.get("pointer", "")
        line = gettext("line %(number)s", number=place["line"]) if "line" in place else ""
        errors.append(ShownError(" ".join(part for part in (line, where) if part), "", place["detail"]))
    return [ShownError(each.place, each.value, _cut(each.detail)) for each in errors[:_ERRORS_SHOWN]]


def _suggest() -> list[str]:
    """Return the paths most similar to the requested one, the most similar first."""
    if len(request.path) > _MAX_PATH_LENGTH:
        return []
    rules = [rule for rule in current_app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    known = sorted({path for rule in rules if (path := _path_of(rule)) is not None})
    requested = request.path.rstrip("/")
    # default_process ignores case and punctuation: /api/v1/account and /V1/Accounts are similar too.
    similar = process.extract(
        requested, known, scorer=fuzz.ratio, processor=utils.default_process, limit=_SUGGESTIONS, score_cutoff=_LIKE
    )
    last = requested.rpartition("/")[2].casefold()
    ends = [path for path in known if last and path.rpartition("/")[2].casefold() == last]
    return [quote(path) for path in dict.fromkeys([*ends, *(path for path, _, _ in similar)])][:_SUGGESTIONS]


def _path_of(rule: Rule) -> str | None:
    """Return the path of a rule, of a page in the language of the reader; None where it has other variables."""
    if not rule.arguments:
        return rule.rule
    if rule.arguments != {"language"}:
        return None
    built = rule.build({"language": current_language().code})
    return built[1] if built else None


def _cut(text: str) -> str:
    return text if len(text) <= _MAX_TEXT_LENGTH else f"{text[:_MAX_TEXT_LENGTH]}…"
