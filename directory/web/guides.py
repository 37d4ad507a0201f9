"""The guides of `docs/` as pages, and the texts about the site."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from directory.catalog import security
from directory.catalog.guides import guides
from directory.http.problem_docs import explain_all
from directory.http.problems import NotFound
from directory.http.request import config
from directory.web.languages import current_language
from directory.web.languages import gettext as _
from directory.web.markdown import heading_ids, render
from directory.web.site import page, render_page, render_template

if TYPE_CHECKING:
    from flask import Response

# The texts about the site; each is a template of Markdown in every language.
TEXTS: Final = ("about", "official", "terms", "privacy", "contact", "accessibility", "feeds")


@page("/docs")
def get_guides() -> Response:
    """Return the list of the guides, of the other documentation and of the problem types."""
    listed = guides(current_language().code).values()
    return render_page("guides.html", data=None, guides=listed, problems=explain_all())


@page("/docs/<name>")
def get_guide_page(name: str) -> Response:
    """Return a guide, in English where the language of the page lacks it."""
    guide = guides(current_language().code).get(f"{name}.md")
    if guide is None:
        raise NotFound(
            f"There is no guide {name}; there are {', '.join(known.removesuffix('.md') for known in guides())}."
        )
    # The fragments of links are the ids of the English headings, in every language.
    ids = heading_ids(guides()[guide.name].text)
    document = render(guide.text, _link_of_guide, _("Table"), _("Try:"), ids)
    return render_page("guide.html", data=None, guide=guide, document=document)


def _link_of_guide(target: str) -> str:
    """Return the address, relative to the page of a guide, of what a guide links to."""
    path, hash_mark, fragment = target.partition("#")
    folder, _slash, name = path.rpartition("/")
    if name.endswith(".md") and folder in {"", ".."}:
        return f"{name.removesuffix('.md')}{hash_mark}{fragment}"
    # `../v1` is the service itself, as it is for the texts in Markdown at /docs/NAME.md; those at /docs/zh/NAME.md are
    # as deep as their pages.
    return f"../{target}" if path.startswith("../") and not path.startswith("../../") else target


def _add_text(name: str) -> None:
    def get_text() -> Response:
        contact = config().contact
        text = render_template(
            f"texts/{current_language().code}/{name}.md",
            licence=config().licence,
            contact=contact,
            contact_link=f"<mailto:{contact}>" if config().mail_address else f"<{contact}>",
            security=security.contact(config()),
            feedback_days=config().feedback_days,
            feedback_undecided_days=config().feedback_undecided_days,
        )
        return render_page("text.html", data=None, name=name, document=render(text, str, _("Table"), _("Try:")))

    get_text.__name__ = f"get_{name}"
    get_text.__doc__ = f"Return the page `{name}` about the site."
    page(f"/{name}")(get_text)


for _name in TEXTS:
    _add_text(_name)
