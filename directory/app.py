"""The application factory: every part, in one place."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from flask import Flask

import directory.accounts.routes
import directory.aggregates.routes
import directory.catalog.routes
import directory.changes.routes
import directory.charts.routes
import directory.departments.routes
import directory.editing.routes
import directory.feedback.routes
import directory.imports.routes
import directory.lifecycle.routes
import directory.observations.routes
import directory.openapi.routes
import directory.overview.routes
import directory.platforms.routes
import directory.proposals.routes
import directory.quality.routes
import directory.rankings.routes
import directory.regions.routes
import directory.reports.routes
import directory.resolve.routes
import directory.search.routes
import directory.snapshots.routes
import directory.sources.routes
import directory.verification.routes
import directory.web.routes
import directory.webhooks.routes
from directory.catalog import guides
from directory.config import Config
from directory.database.connections import Database
from directory.http import error_handlers, middleware
from directory.http.blueprint import JUDGE
from directory.http.files.download_cache import DownloadCache
from directory.http.request import BUILD, CONFIG, DATABASE, DIRECT_VIEWS, DOWNLOAD_CACHE, Application
from directory.openapi.document import OPENAPI, Contract, make_api
from directory.snapshots.storage.interface import open_storage
from directory.tokens.authentication import judge_request
from directory.web import problem_pages


def create_app(config: Config, database: Database) -> Flask:
    """Return the Flask application for a database and settings."""
    app = make_bare_app(config, database)
    app.extensions[directory.snapshots.routes.STORAGE] = open_storage(config.storage_url)
    api = make_api(app, config)
    for routes in (
        directory.overview.routes,
        directory.accounts.routes,
        directory.aggregates.routes,
        directory.rankings.routes,
        directory.charts.routes,
        directory.changes.routes,
        directory.lifecycle.routes,
        directory.observations.routes,
        directory.editing.routes,
        directory.proposals.routes,
        directory.feedback.routes,
        directory.imports.routes,
        directory.resolve.routes,
        directory.search.routes,
        directory.regions.routes,
        directory.departments.routes,
        directory.platforms.routes,
        directory.sources.routes,
        directory.reports.routes,
        directory.quality.routes,
        directory.verification.routes,
        directory.webhooks.routes,
        directory.catalog.routes,
        directory.snapshots.routes,
        directory.openapi.routes,
    ):
        api.register_blueprint(routes.blueprint)
        app.extensions[DIRECT_VIEWS] |= routes.blueprint.direct_views
    api.register_blueprint(directory.overview.routes.health)
    directory.web.routes.register(app)
    app.extensions[error_handlers.PAGE] = problem_pages.render_problem
    app.register_blueprint(directory.catalog.routes.texts)
    app.extensions[OPENAPI] = Contract(api)
    return app


def make_bare_app(config: Config, database: Database) -> Flask:
    """Return an application with its middleware and error handlers, without routes."""
    # Without it Flask adds a route /static, which is not in the contract.
    app = Application("directory", static_folder=None)
    # werkzeug would redirect `/v1//accounts`; a path that the API does not have is a 404.
    app.url_map.merge_slashes = False
    app.extensions[CONFIG] = config
    app.extensions[DATABASE] = database
    app.extensions[DIRECT_VIEWS] = {}
    app.extensions[JUDGE] = judge_request
    app.extensions[BUILD] = fingerprint_program(config)
    # One thread stays free for short responses while downloads are written.
    app.extensions[DOWNLOAD_CACHE] = DownloadCache(
        config.download_cache_dir, config.download_cache_bytes // config.workers, max(1, config.threads - 1)
    )
    app.before_request(middleware.check_request)
    app.before_request(middleware.describe_options)
    app.after_request(middleware.compress_text)
    error_handlers.register(app)
    app.wsgi_app = middleware.add_headers(app.wsgi_app)  # type: ignore[assignment, method-assign]  # as Flask wants it
    return app


@cache
def fingerprint_program(config: Config) -> str:
    """Return a short digest of the program's files and of the settings that pages show.

    It is part of ETags: another version, and another address of the operator, have others.
    """
    shown = (
        *(config.title, config.description, config.publisher, config.contact, config.security_contact),
        *(config.licence, config.public_url, *config.keywords, *config.languages),
        (config.feedback_days, config.feedback_undecided_days),
    )
    digest = hashlib.blake2b(repr(shown).encode(), digest_size=8)
    # Sorted: the order of a folder depends on the file system.
    for path in sorted((*Path(__file__).parent.rglob("*"), *guides.FOLDER.rglob("*.md"))):
        if path.suffix in {".py", ".html", ".css", ".js", ".json", ".md", ".mo", ".svg", ".txt"}:
            digest.update(path.read_bytes())
    return digest.hexdigest()
