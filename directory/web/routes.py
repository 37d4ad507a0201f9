"""The URLs of the HTML pages: the modules that declare them, and what their templates use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from directory.web import (
    account,
    aggregates,
    check,
    departments,
    desk,
    desk_accounts,
    desk_attempts,
    desk_reports,
    downloads,
    feedback,
    formats,
    guides,
    home,
    labels,
    languages,
    navigation,
    pages,
    platforms,
    rankings,
    regions,
    reports,
    search,
    source_titles,
    standings,
    translated_templates,
)
from directory.web.site import add_language, choose_page_language, site
from directory.web.translated_templates import TranslatedEnvironment

if TYPE_CHECKING:
    from types import ModuleType

    from flask import Flask

# Each declares its pages on `site` when it is imported.
PAGES: tuple[ModuleType, ...] = (
    account,
    aggregates,
    check,
    departments,
    desk,
    desk_accounts,
    desk_reports,
    downloads,
    feedback,
    guides,
    home,
    platforms,
    rankings,
    regions,
    reports,
    search,
)


def register(app: Flask) -> None:
    """Add all pages to an application."""
    app.jinja_environment = TranslatedEnvironment
    # Lines that hold nothing but a block leave no empty line in a page.
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    languages.register(app)
    for part in (desk_attempts, formats, labels, navigation, source_titles, standings):
        part.register(app)
    translated_templates.register(app)
    app.add_url_rule("/", endpoint="home", view_func=choose_page_language)
    app.add_url_rule(f"/<any({', '.join(languages.LANGUAGES)}):language>", endpoint="language", view_func=add_language)
    app.register_blueprint(site)
    app.register_blueprint(pages.blueprint)
