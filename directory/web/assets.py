"""Style sheets and scripts of the pages, each at a path that changes with its bytes."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Final

from flask import Response

from directory.http.problems import NotFound
from directory.http.request import preferred_encoding

if TYPE_CHECKING:
    from collections.abc import Mapping

_SWAGGER_UI: Final = Path(str(resources.files("flask_swagger_ui"))) / "dist"
_STATIC: Final = Path(__file__).parent / "static"
_MEDIA_TYPES: Final[Mapping[str, str]] = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
# By name, the folder that has the file: ours, and those of installed packages.
_FOLDERS: Final[Mapping[str, Path]] = {
    **{path.name: _STATIC for path in _STATIC.iterdir() if path.suffix in _MEDIA_TYPES},
    "swagger-ui.css": _SWAGGER_UI,
    "swagger-ui-bundle.js": _SWAGGER_UI,
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
    path = _FOLDERS[name] / name
    body = path.read_bytes()
    digest = hashlib.blake2b(body, digest_size=8).hexdigest()
    return Asset(body, gzip.compress(body, 9, mtime=0), _MEDIA_TYPES[path.suffix], digest)


def asset_path(name: str) -> str:
    """Return the path of a file, relative to the root of the service."""
    # The digest of the bytes is in the path, so a browser can cache the file for a year.
    return f"assets/{load_asset(name).digest}/{name}"


def send_asset(digest: str, name: str) -> Response:
    """Return a file that may be cached for a year; raise NotFound for another name or digest."""
    if name not in _FOLDERS or load_asset(name).digest != digest:
        raise NotFound(f"There is no file {name} of this digest.")
    asset = load_asset(name)
    compressed = preferred_encoding(("gzip",)) == "gzip"
    response = Response(asset.compressed if compressed else asset.body, content_type=asset.media_type)
    if compressed:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable"
    response.headers["Vary"] = "Accept-Encoding"
    return response
