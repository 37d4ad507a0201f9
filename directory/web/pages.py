"""The URLs of the HTML pages."""

from __future__ import annotations

import json
import re
from typing import Final, cast
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app
from markupsafe import Markup, escape

from directory.catalog import guides
from directory.http.conditional_requests import etag_from_body
from directory.http.problem_docs import explain, explain_all
from directory.http.problems import PROBLEMS, NotFound
from directory.http.request import config
from directory.openapi.document import OPENAPI, Contract
from directory.overview.links import Section, links_in
from directory.web.assets import send_asset
from directory.web.outline import outline_of
from directory.web.policies import SITE_POLICY
from directory.web.site import render_page

blueprint = Blueprint("pages", __name__, template_folder="templates")

# By heading, the section of the links that stand there.
_SECTIONS: Final[tuple[tuple[str, Section], ...]] = (
    ("Ask", "API"),
    ("Inspect", "Reports"),
    ("Take", "Data"),
    ("Read", "About"),
)
_STRONG: Final = re.compile(r"\*\*(.+?)\*\*", re.DOTALL)


@blueprint.app_template_filter()
def code_spans(text: str) -> Markup:
    """Return a text with the parts between backticks as code."""
    parts = text.split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if place % 2 else escape(part) for place, part in enumerate(parts)
    )


@blueprint.app_template_filter()
def paragraphs(text: str) -> Markup:
    """Return a text as paragraphs, with `**strong**` parts and code spans."""
    parts = (_STRONG.split(part) for part in text.strip().split("\n\n"))
    return Markup("\n").join(
        Markup("<p>{}</p>").format(
            Markup("").join(
                Markup("<strong>{}</strong>").format(piece) if place % 2 else code_spans(piece)
                for place, piece in enumerate(part)
            )
        )
        for part in parts
    )


@blueprint.app_template_filter()
def pretty_json(value: object) -> str:
    """Return a value as JSON for people to read."""
    return json.dumps(value, ensure_ascii=False, indent=2)


@blueprint.get("/docs")
def get_docs() -> Response:
    """Return the API documentation (Swagger UI)."""
    origin = urlsplit(config().public_url or "")
    tried = f" {origin.scheme}://{origin.netloc}" if origin.netloc else ""
    # Elsewhere than here only what the contract describes may be tried. Swagger UI 5 needs no exception for inline
    # styles: it sets them by script, property by property.
    policy = SITE_POLICY.replace("connect-src 'self'", f"connect-src 'self'{tried}")
    contract = cast("Contract", current_app.extensions[OPENAPI])
    return etag_from_body(
        _page(
            "docs.html",
            policy=policy,
            outline=outline_of(contract.text),
            guides=guides.guides().values(),
            sections=[(heading, links_in(section)) for heading, section in _SECTIONS],
        )
    )


@blueprint.get("/problems")
def get_problems() -> Response:
    """Return the list of problem types."""
    return _page("problems.html", problems=explain_all())


@blueprint.get("/problems/<slug>")
def get_problem(slug: str) -> Response:
    """Return the page of a problem type."""
    if slug not in PROBLEMS:
        raise NotFound(f"There is no type of problem {slug}.")
    return _page("problem.html", problem=explain(PROBLEMS[slug]))


@blueprint.get("/assets/<digest>/<name>")
def get_asset(digest: str, name: str) -> Response:
    """Return a style sheet or script."""
    return send_asset(digest, name)


def _page(template: str, *, policy: str = SITE_POLICY, **values: object) -> Response:
    """Return a rendered page that every browser validates again."""
    # None of them is one of the main pages, as their paths would have it: `/docs` is not `/en/docs`.
    response = render_page(template, data=None, policy=policy, here="", **values)
    response.headers["Cache-Control"] = "public, no-cache"
    return response
