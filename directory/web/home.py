"""The front page: one box, and doors to everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from directory.catalog import schema_org
from directory.catalog.description import describe_without_files
from directory.http.request import config, database
from directory.web import api
from directory.web.languages import gettext as _
from directory.web.site import page, render_page

if TYPE_CHECKING:
    from flask import Response


@page("/")
def get_home() -> Response:
    """Return the front page: the search box, what the registry holds, and where to go from here."""
    with database().read() as conn:
        # The page is cached by its revision, so it shows nothing that changes without one.
        description = describe_without_files(conn, config())
    return render_page(
        "home.html",
        data="/v1",
        overview=api.get("/v1"),
        dataset=schema_org.dataset(description),
        counted=[
            ("accounts", _("accounts")),
            ("departments", _("departments")),
            ("regions", _("regions")),
            ("platforms", _("platforms")),
        ],
    )
