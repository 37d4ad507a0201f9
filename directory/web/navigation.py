"""The links in the frame of every page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from directory.web.languages import gettext as _
from directory.web.site import data_url, url

if TYPE_CHECKING:
    from flask import Flask


def navigation() -> list[tuple[str, str]]:
    """Return the main pages: their paths below the language, and their names."""
    return [
        ("accounts", _("Search")),
        ("check", _("Check")),
        ("regions", _("Regions")),
        ("departments", _("Departments")),
        ("platforms", _("Platforms")),
        ("rankings", _("Rankings")),
        ("reports", _("Reports")),
        ("downloads", _("Downloads")),
        ("docs", _("Docs")),
    ]


def footer_links() -> list[tuple[str, str]]:
    """Return the pages about the site: their addresses and names."""
    return [
        (url("about"), _("About")),
        (url("official"), _("What official means here")),
        (url("terms"), _("Terms of use")),
        (url("privacy"), _("Privacy")),
        (url("contact"), _("Contact")),
        (url("feedback"), _("Report something")),
        (url("accessibility"), _("Accessibility")),
        (url("feeds"), _("Feeds")),
        (data_url("/docs"), _("API docs")),
    ]


def register(app: Flask) -> None:
    """Add the links to the templates of an application."""
    app.jinja_env.globals.update(navigation=navigation, footer_links=footer_links)
