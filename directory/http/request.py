"""The request's surroundings: its database, its settings and its id."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING, cast

from flask import current_app, request

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

    from directory.config import Config
    from directory.database.connections import Database
    from directory.http.files.download_cache import DownloadCache

DATABASE = "directory.database"
CONFIG = "directory.config"
DOWNLOAD_CACHE = "directory.download_cache"
BUILD = "directory.build"
REQUEST_ID = "directory.request_id"

# An id that a proxy gave is kept if it can stand in a header and a log line as it is.
_SAFE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


def database() -> Database:
    """Give the database that the running application was made with."""
    return cast("Database", current_app.extensions[DATABASE])


def config() -> Config:
    """Give the settings that the running application was made with."""
    return cast("Config", current_app.extensions[CONFIG])


def download_cache() -> DownloadCache:
    """Give the place where downloads are written before they are sent."""
    return cast("DownloadCache", current_app.extensions[DOWNLOAD_CACHE])


def public_url(path: str) -> str:
    """Give the address of a path of ours as clients see it: whole where it is configured, else from the root."""
    return f"{config().public_url or ''}{path}"


def build_id() -> str:
    """Give what identifies the program that answers: another one may answer the same question otherwise."""
    return cast("str", current_app.extensions[BUILD])


def request_id() -> str:
    """Give the id of this request: the one in X-Request-ID if it is safe, else a new one."""
    return request_id_of(request.environ)


def request_id_of(environ: WSGIEnvironment) -> str:
    """Give the id of the request that has this environ, the same each time."""
    known: str | None = environ.get(REQUEST_ID)
    if known is None:
        known = environ[REQUEST_ID] = make_request_id(environ.get("HTTP_X_REQUEST_ID", ""))
    return known


def make_request_id(given: str) -> str:
    """Give an id for a request: `given` if it can stand in a header and a log line as it is, else a new one."""
    return given if _SAFE_ID.fullmatch(given) else secrets.token_hex(8)
