"""Conditional requests and caching: entity tags, the decision on 304 and 412, and Cache-Control.

An answer of a view with `etag_from_revision` depends on the revision, the method, the path, the query string and
Accept-Encoding, and on nothing else of the request. The WSGI environ passes that to the cache of the worker:
`environ[CACHEABLE]` is the revision (a State) that the answer was made at, absent where it must not be cached. A
revision is its number and its mark: after a restore the number alone comes again. `environ[EXPIRES_AT]` is the Unix
time from which the cache must not answer, absent for never. `environ[STORED]` is set where the answer depends on the
headers in `FILE_CONDITIONS` too.

Source: RFC 9110, section 13 (conditional requests), and RFC 9111 (caching). werkzeug's `is_resource_modified` has no
If-Unmodified-Since, and its `parse_etags` takes tags without quotes, which match nothing here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, time, timedelta
from functools import wraps
from http import HTTPStatus
from typing import Final, ParamSpec

import flask
from flask import request
from werkzeug.http import parse_date

from directory.http.compression import ENCODINGS
from directory.http.problems import PreconditionFailed
from directory.http.registry_request import current_registry_request
from directory.http.request import config, database, preferred_encoding
from directory.http.responses import Response
from directory.http.validators import Validators, cache_control, is_not_modified

CACHEABLE: Final = "directory.cacheable"
EXPIRES_AT: Final = "directory.expires_at"
STORED: Final = "directory.stored"
CONDITIONAL: Final = "conditional"
# Only the view of a file evaluates these, so a cached file does not answer a request that has one.
FILE_CONDITIONS: Final = ("range", "if-match", "if-modified-since", "if-unmodified-since")

P = ParamSpec("P")

# A client takes the headers of a 304 over those that it has: none may describe a body, or make nginx send one.
_ABOUT_BODIES: Final = ("content-", "x-accel-redirect")


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
        validators = Validators.of(current_registry_request(), getattr(args[0], "as_of", None) if args else None)
        if_none_match = request.environ.get("HTTP_IF_NONE_MATCH", "").strip()
        if if_none_match not in {"", "*"} and is_not_modified(if_none_match, validators.etag):
            return _add_validators(make_not_modified(), validators.headers)
        response = view(*args, **kwargs)
        if response.status_code != HTTPStatus.OK:
            return response
        if if_none_match == "*":
            # Any answer will do, and only the view could say whether there is one.
            response.close()
            return _add_validators(make_not_modified(), validators.headers)
        if not response.direct_passthrough:
            request.environ[CACHEABLE] = validators.revision
        return _add_validators(response, validators.headers)

    return document_conditional(wrapper)


def etag_from_day(view: Callable[P, flask.Response]) -> Callable[P, flask.Response]:
    """Decorate a view whose answer depends on the day (UTC), too: its tag has that, and no cache has it tomorrow."""

    @wraps(view)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> flask.Response:
        now = datetime.now(UTC)
        validators = Validators.of(current_registry_request(), None)
        tag = f'{validators.etag[:-1]}-{now:%Y%m%d}"'
        midnight = datetime.combine(now.date() + timedelta(days=1), time(), UTC)
        seconds = min(config().cache_seconds, int((midnight - now).total_seconds()))
        headers = (("ETag", tag), ("Cache-Control", cache_control(seconds)))
        if_none_match = request.environ.get("HTTP_IF_NONE_MATCH", "").strip()
        if if_none_match not in {"", "*"} and is_not_modified(if_none_match, tag):
            return _add_validators(make_not_modified(), headers)
        response = view(*args, **kwargs)
        if response.status_code != HTTPStatus.OK:
            return response
        if if_none_match == "*":
            response.close()
            response = make_not_modified()
        elif not response.direct_passthrough:
            request.environ[CACHEABLE] = validators.revision
            # Its `max-age` is counted from when it is sent, and is then as long as this was sent before midnight.
            request.environ[EXPIRES_AT] = midnight.timestamp() - config().cache_seconds
        return _add_validators(response, headers)

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
    return _add_validators(response, (("ETag", etag), ("Cache-Control", cache_control(config().cache_seconds))))


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


def _add_validators(response: flask.Response, validators: Iterable[tuple[str, str]]) -> flask.Response:
    """Add headers of `Validators`, and Vary, where the response has none of these names."""
    headers = response.headers
    # One pass over the list: `name in headers` reads it for each name.
    names = {name.lower() for name, _ in headers}
    for name, value in (*validators, ("Vary", "Accept-Encoding")):
        if name.lower() not in names:
            headers.add(name, value)
    return response
