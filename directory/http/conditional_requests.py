"""Conditional requests and caching: entity tags, the decision on 304 and 412, and Cache-Control.

An answer of a view with `etag_from_revision` depends on the revision, the method, the path, the query string and
Accept-Encoding, and on nothing else of the request. The WSGI environ passes that to the cache of the worker:
`environ[CACHEABLE]` is the revision (a State) that the answer was made at, absent where it must not be cached. A
revision is its number and its mark: after a restore the number alone comes again. `environ[STORED]` is set where the
answer depends on the headers in `FILE_CONDITIONS` too.

Source: RFC 9110, section 13 (conditional requests), and RFC 9111 (caching). werkzeug's `is_resource_modified` has no
If-Unmodified-Since, and its `parse_etags` takes tags without quotes, which match nothing here.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import wraps
from http import HTTPStatus
from typing import Final, ParamSpec

import flask
from flask import request
from werkzeug.http import parse_date

from directory.database.revisions import State
from directory.http.compression import ENCODINGS
from directory.http.parameters import canonical_query, query_pairs
from directory.http.problems import PreconditionFailed
from directory.http.request import build_id, config, database, preferred_encoding
from directory.http.responses import Response

CACHEABLE: Final = "directory.cacheable"
STORED: Final = "directory.stored"
CONDITIONAL: Final = "conditional"
# Only the view of a file evaluates these, so a cached file does not answer a request that has one.
FILE_CONDITIONS: Final = ("range", "if-match", "if-modified-since", "if-unmodified-since")
# Max-age of an answer that no later revision changes.
FINAL_SECONDS: Final = 86_400


P = ParamSpec("P")

# An opaque-tag with its quotes (RFC 9110, 8.8.3); without W/ in front of it, the comparison is weak.
_OPAQUE_TAG = re.compile(r'"[\x21\x23-\x7e\x80-\xff]*"')
# A client takes the headers of a 304 over those that it has: none may describe a body, or make nginx send one.
_ABOUT_BODIES: Final = ("content-", "x-accel-redirect")


def is_not_modified(
    if_none_match: str | None,
    etag: str,
    *,
    if_modified_since: str | None = None,
    last_modified: datetime | None = None,
) -> bool:
    """Whether a client has the current representation, so that the answer to its GET or HEAD is 304.

    `etag` has its quotes and is compared weakly. If-Modified-Since counts only without If-None-Match, and where
    `last_modified` is passed, in whole seconds (RFC 9110, 13.2.2).
    """
    if if_none_match is not None:
        return if_none_match.strip() == "*" or etag.removeprefix("W/") in _OPAQUE_TAG.findall(if_none_match)
    since = parse_date(if_modified_since) if last_modified is not None else None
    return since is not None and last_modified is not None and last_modified <= since


def not_modified_headers(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the headers of a 304 for an answer with these headers: those that are not about its body."""
    return [header for header in headers if not header[0].lower().startswith(_ABOUT_BODIES)]


def make_not_modified(headers: Iterable[tuple[str, str]] = ()) -> Response:
    """Return the 304 for an answer with these headers."""
    response = Response(status=HTTPStatus.NOT_MODIFIED, headers=not_modified_headers(headers))
    # Flask adds a type to every response, also to one without content.
    response.headers.pop("Content-Type", None)
    return response


def check_preconditions(etag: str, last_modified: datetime) -> None:
    """Raise PreconditionFailed where the request is for another state: If-Match, else If-Unmodified-Since.

    `etag` is strong and has its quotes; `last_modified` is in whole seconds.
    """
    if "If-Match" in request.headers:
        if not (request.if_match.star_tag or request.if_match.contains(etag.strip('"'))):
            raise PreconditionFailed("If-Match names another state than this, which has the tag in ETag.", etag)
        return
    unmodified_since = parse_date(request.headers.get("If-Unmodified-Since"))
    if unmodified_since is not None and last_modified > unmodified_since:
        raise PreconditionFailed("It was modified after the date in If-Unmodified-Since.", etag)


def has_preconditions() -> bool:
    """Whether the request is for one state alone: a proxy that makes its own tags must not evaluate it."""
    return "If-Match" in request.headers or "If-Unmodified-Since" in request.headers


def if_range_matches(etag: str, last_modified: datetime) -> bool:
    """Whether a range applies: there is no If-Range, or it names this state."""
    condition = request.headers.get("If-Range")
    # RFC 9110, 13.1.5: a strong comparison. A tag that a proxy made weak no longer vouches for each byte.
    return condition is None or condition.strip() == etag or parse_date(condition) == last_modified


def is_range_without_if_range(etag: str) -> bool:
    """Whether a range is requested whose If-Range does not name this tag."""
    return "Range" in request.headers and request.headers.get("If-Range", "").strip() != etag


def etag_from_revision(view: Callable[P, flask.Response]) -> Callable[P, flask.Response]:
    """Decorate a view of the registry: 304 before it runs if the client has its answer, and an ETag on its answer."""

    @wraps(view)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> flask.Response:
        # Read before the query: data that is newer than its tag is fetched once more, never cached too long.
        revision = database().state
        as_of = getattr(args[0], "as_of", None) if args else None
        earlier = _find_written(as_of, revision) if isinstance(as_of, State) else None
        # An erasure changes earlier revisions too: no copy that still has the erased record is validated.
        etag = make_revision_etag(revision) if earlier is None else make_revision_etag(earlier, database().erasure)
        # A number with its mark never has another answer, whatever backup is restored.
        is_final = earlier is not None and isinstance(as_of, State) and as_of.mark != ""
        if_none_match = request.environ.get("HTTP_IF_NONE_MATCH", "").strip()
        if if_none_match not in {"", "*"} and is_not_modified(if_none_match, etag):
            return _add_validators(make_not_modified(), etag, is_final=is_final)
        response = view(*args, **kwargs)
        if response.status_code != HTTPStatus.OK:
            return response
        if if_none_match == "*":
            # Any answer will do, and only the view could say whether there is one.
            response.close()
            return _add_validators(make_not_modified(), etag, is_final=is_final)
        if not response.direct_passthrough:
            request.environ[CACHEABLE] = revision
        return _add_validators(response, etag, is_final=is_final)

    return document_conditional(wrapper)


def etag_from_body(response: flask.Response) -> flask.Response:
    """Return a response with a weak tag of its bytes, or its 304: for what changes without a new revision."""
    digest = hashlib.blake2b(response.get_data(), digest_size=16)
    digest.update(preferred_encoding(ENCODINGS).encode())
    return with_etag(response, f'W/"{digest.hexdigest()}"')


def with_etag(response: flask.Response, etag: str) -> flask.Response:
    """Return a response with its tag, or the 304 for a client that has it."""
    if is_not_modified(request.environ.get("HTTP_IF_NONE_MATCH"), etag):
        response = make_not_modified(response.headers)
    return _add_validators(response, etag)


def allow_caching(response: Response) -> Response:
    """Mark a response for the worker's cache, if it is the whole of a file that stays as it is, and return it."""
    if response.status_code == HTTPStatus.OK and not any(name in request.headers for name in FILE_CONDITIONS):
        request.environ[CACHEABLE] = database().state
        request.environ[STORED] = True
    return response


def document_conditional(view: Callable[P, flask.Response]) -> Callable[P, flask.Response]:
    """Decorate a view that compares ETags, so that directory.http.blueprint documents its 304."""
    view._apidoc = {**getattr(view, "_apidoc", {}), CONDITIONAL: True}  # type: ignore[attr-defined]  # noqa: SLF001 - where flask-smorest looks
    return view


def make_revision_etag(revision: State, erasure: State | None = None) -> str:
    """Return the weak tag of this request's answer at a revision; a later `erasure` has changed that answer."""
    # The build is in it because another program may write the same data differently.
    text = (
        f"{request.path}?{canonical_query(query_pairs())} {preferred_encoding(ENCODINGS)} {build_id()} {revision.mark}"
    )
    if erasure is not None and erasure.number > revision.number:
        text += f" {erasure.name}"
    return f'W/"{revision.number}-{hashlib.blake2b(text.encode(), digest_size=8).hexdigest()}"'


def cache_control(seconds: int) -> str:
    """Return the Cache-Control that lets any cache store an answer for so many seconds, then validate it."""
    return f"public, max-age={seconds}" if seconds else "public, no-cache"


def _find_written(as_of: State, latest: State) -> State | None:
    """Return the revision that `as_of` names with its mark here, None where it is not written or has another mark.

    The view refuses those. A time has no tag of its own: what it means may be about to change.
    """
    mark = database().mark_of(as_of.number) if as_of.number <= latest.number else None
    return State(as_of.number, mark) if mark is not None and as_of.mark in {"", mark} else None


def _add_validators(response: flask.Response, etag: str, *, is_final: bool = False) -> flask.Response:
    """Add ETag, and Cache-Control and Vary where the response has none."""
    headers = response.headers
    # One pass over the list: `name in headers` reads it for each name.
    names = {name.lower() for name, _ in headers}
    headers["ETag"] = etag
    if "cache-control" not in names:
        # Not for longer: the program may learn to write it better, or the revision may be pruned.
        final = f"public, max-age={FINAL_SECONDS}, immutable"
        headers.add("Cache-Control", final if is_final else cache_control(config().cache_seconds))
    if "vary" not in names:
        headers.add("Vary", "Accept-Encoding")
    return response
