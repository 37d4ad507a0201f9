"""Style sheets and scripts of the pages, each at a path that changes with its bytes."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Final

from flask import Response

from directory.http.problems import NotFound
from directory.http.request import preferred_encoding

if TYPE_CHECKING:
    from collections.abc import Mapping

# By name: the installed package and the folder in it, and the media type.
_FILES: Final[Mapping[str, tuple[str, str, str]]] = {
    "page.css": ("directory.web", "static", "text/css; charset=utf-8"),
    "docs.css": ("directory.web", "static", "text/css; charset=utf-8"),
    "docs.js": ("directory.web", "static", "text/javascript; charset=utf-8"),
    "icon.svg": ("directory.web", "static", "image/svg+xml"),
    "swagger-ui.css": ("flask_swagger_ui", "dist", "text/css; charset=utf-8"),
    "swagger-ui-bundle.js": ("flask_swagger_ui", "dist", "text/javascript; charset=utf-8"),
}
_YEAR: Final = 31_536_000


@dataclass(frozen=True, slots=True)
class Asset:
    """One file, plain and compressed, and the digest of its bytes."""

    body: bytes
    compressed: bytes
    media_type: str
    digest: str


@cache
def load_asset(name: str) -> Asset:
    """Return a file, read once a process; raise KeyError for an unknown name."""
    package, folder, media_type = _FILES[name]
    body = resources.files(package).joinpath(folder, name).read_bytes()
    digest = hashlib.blake2b(body, digest_size=8).hexdigest()
    return Asset(body, gzip.compress(body, 9, mtime=0), media_type, digest)


def asset_path(name: str) -> str:
    """Return the path of a file, relative to the root of the service."""
    # The digest of the bytes is in the path, so a browser can cache the file for a year.
    return f"assets/{load_asset(name).digest}/{name}"


def send_asset(digest: str, name: str) -> Response:
    """Return a file that may be cached for a year; raise NotFound for another name or digest."""
    if name not in _FILES or load_asset(name).digest != digest:
        raise NotFound(f"There is no file {name} of this digest.")
    asset = load_asset(name)
    compressed = preferred_encoding(("gzip",)) == "gzip"
    response = Response(asset.compressed if compressed else asset.body, content_type=asset.media_type)
    if compressed:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable"
    response.headers["Vary"] = "Accept-Encoding"
    return response
