"""The URLs of the HTML pages."""

from __future__ import annotations

import json
import re
from typing import Final, cast
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, render_template
from markupsafe import Markup, escape

from directory.catalog import guides, schema_org
from directory.catalog.description import describe_without_files
from directory.http.conditional_requests import etag_from_body, etag_from_revision
from directory.http.problem_docs import explain, explain_all
from directory.http.problems import PROBLEMS, NotFound
from directory.http.request import config, database
from directory.openapi.document import OPENAPI, Contract
from directory.overview.links import Section, links_in
from directory.overview.notice import find_notice
from directory.overview.queries import select_overview
from directory.web.assets import asset_path, send_asset
from directory.web.outline import outline_of
from directory.web.policies import PAGE_POLICY

blueprint = Blueprint("pages", __name__, template_folder="templates")

# By heading of the front page, the section of the links that stand there.
_SECTIONS: Final[tuple[tuple[str, Section], ...]] = (
    ("Ask", "API"),
    ("Inspect", "Reports"),
    ("Take", "Data"),
    ("Read", "About"),
)
_STRONG: Final = re.compile(r"\*\*(.+?)\*\*", re.DOTALL)


@blueprint.app_template_global()
def asset(name: str) -> str:
    """Return the path of a style sheet or script, from the root of the service."""
    return asset_path(name)


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


@blueprint.app_template_filter()
def script_json(value: object) -> Markup:
    """Return a value as JSON that is safe inside a script element."""
    return Markup(json.dumps(value, ensure_ascii=False).replace("<", "\\u003c"))  # noqa: S704 - no "<" is left in it


@blueprint.get("/")
@etag_from_revision
def get_front_page() -> Response:
    """Return the front page: the registry in short, and links."""
    with database().read() as conn:
        overview = select_overview(conn)
        # The page is cached by its revision, so it shows nothing that changes without one.
        description = describe_without_files(conn, config())
    return _page(
        "front.html",
        overview=overview,
        base_url=config().base_url,
        dataset=schema_org.dataset(description),
        sections=[(heading, links_in(section)) for heading, section in _SECTIONS],
    )


@blueprint.get("/docs")
def get_docs() -> Response:
    """Return the API documentation (Swagger UI)."""
    origin = urlsplit(config().public_url or "")
    tried = f" {origin.scheme}://{origin.netloc}" if origin.netloc else ""
    # Swagger UI draws its icons from data: URLs and sets styles on its elements.
    policy = (
        f"default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        f"connect-src 'self'{tried}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    contract = cast("Contract", current_app.extensions[OPENAPI])
    return etag_from_body(
        _page("docs.html", policy=policy, outline=outline_of(contract.text), guides=guides.guides().values())
    )


@blueprint.get("/problems")
def get_problems() -> Response:
    """Return the list of problem types."""
    return _page("problems.html", root="", problems=explain_all())


@blueprint.get("/problems/<slug>")
def get_problem(slug: str) -> Response:
    """Return the page of a problem type."""
    if slug not in PROBLEMS:
        raise NotFound(f"There is no type of problem {slug}.")
    return _page("problem.html", root="../", problem=explain(PROBLEMS[slug]))


@blueprint.get("/assets/<digest>/<name>")
def get_asset(digest: str, name: str) -> Response:
    """Return a style sheet or script."""
    return send_asset(digest, name)


def _page(template: str, *, policy: str = PAGE_POLICY, root: str = "", **values: object) -> Response:
    """Return a rendered page; `root` is the relative path to the front page."""
    response = Response(
        render_template(
            template,
            root=root,
            site=config().title,
            about=config().description,
            notice=find_notice(database()),
            **values,
        ),
        content_type="text/html; charset=utf-8",
    )
    response.headers["Content-Security-Policy"] = policy
    response.headers["Cache-Control"] = "public, no-cache"
    return response
