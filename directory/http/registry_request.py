"""What the response to a GET or HEAD of the registry depends on, apart from any framework.

The worker makes one from what granian passes (directory/worker/direct_responses.py), and Flask's views from Flask's
request. So the content of a response, its tag and its links have one source, and each is computed once a request.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, cast

from flask import current_app, request

from directory.http.compression import ENCODINGS
from directory.http.parameters import Pairs, encode_each, join_sorted, parse_pairs
from directory.http.request import BUILD, CONFIG, DATABASE, choose_encoding

if TYPE_CHECKING:
    from collections.abc import Mapping

    from directory.config import Config
    from directory.database.connections import Database
    from directory.database.revisions import State

# Parameters that may change from page to page without changing which records follow.
_PRESENTATION: Final = frozenset({"cursor", "limit", "count", "facets", "fields", "highlight"})
_FINGERPRINT_BYTES: Final = 6
_CURRENT: Final = "directory.registry_request"


@dataclass(frozen=True, slots=True)
class Services:
    """What the views of one process share: the settings, the database, and the digest of the program."""

    config: Config
    database: Database
    build_id: str


@dataclass
class RegistryRequest:
    """A GET or HEAD of the registry; `query_string` is percent-encoded."""

    services: Services
    path: str
    query_string: bytes
    accept_encoding: str = ""
    if_none_match: str = ""

    @property
    def database(self) -> Database:
        """The database of the registry."""
        return self.services.database

    @cached_property
    def pairs(self) -> Pairs:
        """The names and values of the query string, decoded; raises InvalidParameters."""
        return parse_pairs(self.query_string)

    @cached_property
    def encoded_pairs(self) -> Pairs:
        """The names and values of the query string, encoded as the rules of URLs need it and no further."""
        return encode_each(self.pairs)

    @cached_property
    def fingerprint(self) -> str:
        """The fingerprint of this list with its filters and order; a cursor is valid only for an equal one."""
        return list_fingerprint(self.path, self.encoded_pairs)

    def revision_etag(self, revision: State, erasure: State | None = None) -> str:
        """Return the weak tag of the response at a revision; a later `erasure` has changed that response."""
        query = join_sorted(self.encoded_pairs)
        encoding = choose_encoding(self.accept_encoding, ENCODINGS)
        # The build is in it because another program may write the same data differently.
        text = f"{self.path}?{query} {encoding} {self.services.build_id} {revision.mark}"
        if erasure is not None and erasure.number > revision.number:
            text += f" {erasure.name}"
        return f'W/"{revision.number}-{hashlib.blake2b(text.encode(), digest_size=8).hexdigest()}"'

    def page_links(self, next_cursor: str | None) -> str:
        """Return the Link header (RFC 8288) of a page: its first and next page, all other parameters as they are."""
        others = "&".join([f"{name}={value}" for name, value in self.encoded_pairs if name != "cursor"])
        path = f"{self.services.config.public_url or ''}{self.path}"
        first = f'<{path}{"?" if others else ""}{others}>; rel="first"'
        if next_cursor is None:
            return first
        # A cursor is of base64url, and needs no encoding.
        return f'{first}, <{path}?{others}{"&" if others else ""}cursor={next_cursor}>; rel="next"'


def list_fingerprint(path: str, encoded_pairs: Pairs) -> str:
    """Return the fingerprint of a list: the same for requests that differ in what is shown of its records alone."""
    text = f"{path}?{join_sorted(encoded_pairs, exclude=_PRESENTATION)}"
    return hashlib.blake2b(text.encode(), digest_size=_FINGERPRINT_BYTES).hexdigest()


def services_of(extensions: Mapping[str, object]) -> Services:
    """Return the services of an application with these extensions."""
    return Services(
        cast("Config", extensions[CONFIG]),
        cast("Database", extensions[DATABASE]),
        cast("str", extensions[BUILD]),
    )


def current_registry_request() -> RegistryRequest:
    """Return the request that Flask handles, always the same one."""
    environ = request.environ
    known: RegistryRequest | None = environ.get(_CURRENT)
    if known is None:
        known = environ[_CURRENT] = RegistryRequest(
            services_of(current_app.extensions),
            request.path,
            environ.get("QUERY_STRING", "").encode("latin-1"),
            environ.get("HTTP_ACCEPT_ENCODING", ""),
            environ.get("HTTP_IF_NONE_MATCH", "").strip(),
        )
    return known
