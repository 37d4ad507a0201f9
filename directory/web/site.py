"""What all pages of the site share: their blueprint, the frame around them, and the addresses in them."""

from __future__ import annotations

import json
from functools import wraps
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, ParamSpec

from flask import Blueprint, Response, g, redirect, request
from markupsafe import Markup

from directory.http.conditional_requests import etag_from_body, etag_from_day, etag_from_revision
from directory.http.parameters import Pairs, encode_pairs, query_pairs
from directory.http.request import config, database
from directory.overview.notice import find_notice
from directory.web import translated_templates
from directory.web.api import MovedError
from directory.web.assets import asset_path
from directory.web.languages import LANGUAGES, choose_language, current_language, gettext, lazy_gettext
from directory.web.policies import SITE_POLICY

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import flask

P = ParamSpec("P")

site = Blueprint("site", __name__, url_prefix=f"/<any({', '.join(LANGUAGES)}):language>", template_folder="templates")
# The title and description that the settings have by default: the catalogue takes its messages from the code.
_DEFAULT_TEXTS: Final = (
    lazy_gettext("Directory of official accounts"),
    lazy_gettext(
        "A public registry of official government accounts on social platforms, by region, department and platform, "
        "and all of it as open data."
    ),
)
# What other sites add to links to them, to follow their readers; the API would refuse it as unknown.
_TRACKING: Final = frozenset({"fbclid", "gclid", "dclid", "msclkid", "yclid", "igshid", "mc_cid", "mc_eid", "ref_src"})


@site.url_value_preprocessor
def read_language(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Take the language out of the path's values: it is that of the whole request."""
    g.language = (values or {}).pop("language", None)


def page(
    rule: str, *, by_day: bool = False, by_body: bool = False
) -> Callable[[Callable[P, flask.Response]], Callable[P, flask.Response]]:
    """Decorate a page with its path below the language; it is validated by the revision, like the API's answers.

    `by_day` also by the day (UTC), for what ages; `by_body` by its bytes, for what changes without a new revision. A
    record that was merged into another one redirects to the page of that.
    """

    def decorate(view: Callable[P, flask.Response]) -> Callable[P, flask.Response]:
        @wraps(view)
        def redirecting(*args: P.args, **kwargs: P.kwargs) -> flask.Response:
            try:
                return view(*args, **kwargs)
            except MovedError as moved:
                target = moved.location.partition("/v1/")[2]
                return redirect(f"{_root()}{current_language().code}/{target}", HTTPStatus.MOVED_PERMANENTLY)  # type: ignore[return-value]

        validated = (
            _tag_body(redirecting) if by_body else (etag_from_day if by_day else etag_from_revision)(redirecting)
        )
        site.get(rule, endpoint=view.__name__)(validated)
        return view

    return decorate


def _tag_body(view: Callable[P, flask.Response]) -> Callable[P, flask.Response]:
    """Return a view whose pages have a tag of their bytes."""

    @wraps(view)
    def tagged(*args: P.args, **kwargs: P.kwargs) -> flask.Response:
        response = view(*args, **kwargs)
        return etag_from_body(response) if response.status_code == HTTPStatus.OK else response

    return tagged


def page_pairs() -> Pairs:
    """Return the query parameters of a page for the API: without empty ones, which forms send, and without tracking."""
    return tuple(
        (name, value)
        for name, value in query_pairs()
        if value and name not in _TRACKING and not name.startswith("utm_")
    )


def render_page(template: str, *, data: str | None, policy: str = SITE_POLICY, **values: object) -> Response:
    """Return a rendered page; `data` is the path of the same content in the API, None where it has none."""
    text = render_template(template, data=data, notice=invented_notice(), **values)
    response = Response(text, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = policy
    response.headers["Content-Language"] = current_language().tag
    return response


def invented_notice() -> str | None:
    """Return the sentence that accounts are invented, None where none is."""
    return find_notice(database(), current_language().code)


def url(path: str = "", /, **parameters: str | int | None) -> str:
    """Return the address of a page in the current language, relative to the page that is rendered."""
    return _address(f"{_root()}{current_language().code}/{path}", parameters)


def with_query(path: str, pairs: Pairs) -> str:
    """Return a path with a query string, if there are any parameters."""
    return f"{path}?{encode_pairs(pairs)}" if pairs else path


def data_url(path: str) -> str:
    """Return the address of a path of the service, such as `/v1/accounts`, relative to the page that is rendered."""
    return f"{_root()}{path.removeprefix('/')}"


def asset_url(name: str) -> str:
    """Return the address of a style sheet, script or picture, relative to the page that is rendered."""
    return f"{_root()}{asset_path(name)}"


def script_json(value: object) -> Markup:
    """Return a value as JSON that is safe inside a script element."""
    return Markup(json.dumps(value, ensure_ascii=False).replace("<", "\\u003c"))  # noqa: S704 - no "<" is left in it


def in_language(code: str) -> str:
    """Return the address of the page that is rendered in another language, of the front page where it has only one."""
    if not g.get("language") or "root" in g:
        return f"{_root()}{code}/"
    inner = request.path.split("/", 2)[2]
    return with_query(f"{_root()}{code}/{inner}", query_pairs())


def absolute_url(code: str) -> str:
    """Return the absolute address of the page that is rendered in a language: for search engines.

    It has no parameters: of a list with all its filters they keep one page.
    """
    return f"{config().base_url}/{code}/{request.path.split('/', 2)[2]}"


def add_language(language: str) -> Response:
    """Return the redirect from `/en` to `/en/`: werkzeug's own names the Host that the client sent."""
    response = redirect(f"{language}/", HTTPStatus.PERMANENT_REDIRECT)
    response.headers["Cache-Control"] = "public, no-cache"
    return response  # type: ignore[return-value]


def choose_page_language() -> Response:
    """Return the redirect from `/` to the front page in the language that the reader prefers."""
    code = choose_language(request.headers.get("Accept-Language", ""))
    response = redirect(f"{code}/", HTTPStatus.FOUND)
    response.headers["Vary"] = "Accept-Language"
    response.headers["Cache-Control"] = "public, no-cache"
    return response  # type: ignore[return-value]


def render_template(template: str, **values: object) -> str:
    """Return a template, rendered with values and with what every template can use."""
    return translated_templates.render(template, {**_frame(), **values})


def _frame() -> dict[str, object]:
    # A page has a hundred addresses and more; the way to the root is the same for all of them.
    root, language = _root(), current_language()

    def page_url(path: str = "", /, **parameters: str | int | None) -> str:
        return _address(f"{root}{language.code}/{path}", parameters)

    return {
        "root": root,
        "site": gettext(config().title),
        "about": gettext(config().description),
        "base_url": config().base_url,
        "language": language,
        "languages": LANGUAGES.values(),
        "in_language": in_language,
        "absolute_url": absolute_url,
        "here": request.path.split("/", 2)[-1],
        "url": page_url,
        "data_url": lambda path: f"{root}{path.removeprefix('/')}",
        "asset_url": lambda name: f"{root}{asset_path(name)}",
        "script_json": script_json,
    }


def _address(path: str, parameters: Mapping[str, str | int | None]) -> str:
    return with_query(path, tuple((name, str(value)) for name, value in parameters.items() if value is not None))


def _root() -> str:
    """Return the way from the page that is rendered to the root of the service, which may be below a path.

    An error page is at any depth, and sets an absolute one.
    """
    root: str | None = g.get("root")
    return "../" * (request.path.count("/") - 1) if root is None else root
