"""Conditional requests: an ETag from the registry's revision and the request, compared before any query.

An answer of a `conditional` view depends on the revision, the method, the path, the query string and
Accept-Encoding, and on nothing else of the request. The WSGI environ says so to whoever keeps finished answers:
`environ[CACHEABLE]` is the revision (a State) that the answer was made at, absent where it may not be kept. A revision
is known by its number and its mark: after a restore the number alone comes again. `environ[STORED]` is there where it
depends on the headers in `SELECTING` too.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Final, ParamSpec

from flask import Response, request

from directory.database.revisions import State
from directory.http.negotiation import preferred_encoding
from directory.http.parameters import canonical_query, query_pairs
from directory.http.request import build, config, database

CACHEABLE: Final = "directory.cacheable"
STORED: Final = "directory.stored"
CONDITIONAL: Final = "conditional"
# By these a client says which part of something stored it wants, and in which state alone.
SELECTING: Final = ("range", "if-match", "if-modified-since", "if-unmodified-since")
# How long an answer may be kept that no later revision changes.
FINAL_SECONDS: Final = 86_400

# Every encoding that any address offers; which one an answer has is part of its tag.
ENCODINGS: Final = ("zstd", "gzip")

P = ParamSpec("P")

# An entity tag with its quotes; what stands between tags is not looked at.
_OPAQUE_TAG = re.compile(r'"[\x21\x23-\x7e\x80-\xff]*"')


def etag_from_revision(view: Callable[P, Response]) -> Callable[P, Response]:
    """Decorate a view of the registry: 304 before it runs if the client has this answer, ETag on what it gives."""

    @wraps(view)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> Response:
        # Read before the query: data that is newer than its tag is fetched once more, never kept too long.
        revision = database().state
        asked_for = _asked_revision(args, revision.number)
        # What was erased is gone from earlier revisions too: nobody is told that a copy which has it is still good.
        tag = entity_tag(asked_for, database().erasure) if asked_for is not None else entity_tag(revision)
        is_final = asked_for is not None and _is_marked(args)
        asked = request.environ.get("HTTP_IF_NONE_MATCH", "").strip()
        if asked and matches(asked, tag):
            return _describe(Response(status=304), tag, is_final=is_final)
        response = view(*args, **kwargs)
        if response.status_code != HTTPStatus.OK:
            return response
        if asked == "*":
            # It means "any answer that there is"; that there is one is known only now.
            response.close()
            return _describe(Response(status=304), tag, is_final=is_final)
        if not response.direct_passthrough:
            request.environ[CACHEABLE] = revision
        return _describe(response, tag, is_final=is_final)

    return document_conditional(wrapper)


def etag_from_body(response: Response) -> Response:
    """Return an answer a weak tag made of its bytes, or 304 for it: for what changes without a new revision."""
    digest = hashlib.blake2b(response.get_data(), digest_size=16)
    digest.update(preferred_encoding(ENCODINGS).encode())
    tag = f'W/"{digest.hexdigest()}"'
    asked = request.environ.get("HTTP_IF_NONE_MATCH", "").strip()
    if not (asked == "*" or (asked and matches(asked, tag))):
        return _describe(response, tag)
    kept = {name: value for name, value in response.headers if not name.lower().startswith("content-")}
    return _describe(Response(status=304, headers=kept), tag)


def allow_caching(response: Response) -> Response:
    """Let whoever keeps answers keep this one, if it is all of something that stays stored as it is."""
    if response.status_code == HTTPStatus.OK and not any(name in request.headers for name in SELECTING):
        request.environ[CACHEABLE] = database().state
        request.environ[STORED] = True
    return response


def document_conditional(view: Callable[P, Response]) -> Callable[P, Response]:
    """Decorate a view that compares ETags, so that directory.http.blueprint documents it."""
    view._apidoc = {**getattr(view, "_apidoc", {}), CONDITIONAL: True}  # type: ignore[attr-defined]  # noqa: SLF001 - where flask-smorest looks
    return view


def entity_tag(revision: State, erasure: State | None = None) -> str:
    """Return the weak entity tag of this request's answer at a revision, as a later `erasure` has left that."""
    asked = f"{request.path}?{canonical_query(query_pairs())} {preferred_encoding(ENCODINGS)} {build()} {revision.mark}"
    if erasure is not None and erasure.number > revision.number:
        asked += f" {erasure.name}"
    return f'W/"{revision.number}-{hashlib.blake2b(asked.encode(), digest_size=8).hexdigest()}"'


def matches(if_none_match: str, tag: str) -> bool:
    """Tell whether an If-None-Match header names the tag, weakly compared (RFC 9110, 13.1.2)."""
    return tag.removeprefix("W/") in _OPAQUE_TAG.findall(if_none_match)


def cache_control(seconds: int) -> str:
    """Return a Cache-Control that lets anybody keep the answer so long, then ask whether it is still good."""
    return f"public, max-age={seconds}" if seconds else "public, no-cache"


def _asked_revision(arguments: tuple[object, ...], latest: int) -> State | None:
    """Return the revision that a query names, if it is written; that of a time may be about to come.

    Its mark is the one that it has here: the view refuses a query with another one.
    """
    as_of = getattr(arguments[0], "as_of", None) if arguments else None
    if not isinstance(as_of, State) or as_of.number > latest:
        return None
    mark = database().mark_of(as_of.number)
    return State(as_of.number, mark) if mark is not None and as_of.mark in {"", mark} else None


def _is_marked(arguments: tuple[object, ...]) -> bool:
    """Whether a query names a revision with its mark: whatever is restored, it never has another answer."""
    as_of = getattr(arguments[0], "as_of", None) if arguments else None
    return isinstance(as_of, State) and as_of.mark != ""


def _describe(response: Response, tag: str, *, is_final: bool = False) -> Response:
    headers = response.headers
    own = {name.lower() for name, _ in headers}
    headers["ETag"] = tag
    if "cache-control" not in own:
        # What a revision was stays so. Not for ever: the program may learn to say it better, or it may be dropped.
        final = f"public, max-age={FINAL_SECONDS}, immutable"
        headers.add("Cache-Control", final if is_final else cache_control(config().cache_seconds))
    if "vary" not in own:
        headers.add("Vary", "Accept-Encoding")
    if response.status_code == HTTPStatus.NOT_MODIFIED:
        # It has no content, so no type of it.
        headers.pop("Content-Type", None)
    return response
