"""Which requests the response cache answers, what is cached of a response, and how a cached response is sent."""

import contextlib
import os
import time
from typing import Final

from directory.http.conditional_requests import FILE_CONDITIONS, not_modified_headers
from directory.http.files.body import FileBody
from directory.http.request import make_request_id
from directory.http.validators import is_not_modified
from directory.worker.response_cache import CachedResponse, CacheKey
from directory.worker.rsgi import Headers, HTTPProtocol, RequestHeaders, Scope, has_body

_REQUEST_ID: Final = "x-request-id"
_CACHEABLE_METHODS: Final = frozenset({"GET", "HEAD"})
# A snapshot's file can be pruned without a new revision, so after this time the application looks it up again.
STORED_FILE_SECONDS: Final = 5.0
# A file of up to this size is sent sooner from memory; a larger one takes less of the processor from the disk.
_MAX_BYTES_IN_MEMORY: Final = 256 * 1024


def build_cache_key(scope: Scope) -> CacheKey | None:
    """Return the cache key of a request, None where its response is never cached."""
    headers = scope.headers
    if scope.method not in _CACHEABLE_METHODS or has_body(headers):
        return None
    return CacheKey(scope.path, scope.query_string, headers.get("accept-encoding", ""))


def build_cached_response(
    status: int, headers: Headers, body: bytes | FileBody, *, is_stored: bool, expires_at: float | None = None
) -> CachedResponse:
    """Return what is cached of a response to GET; `is_stored`: it is a snapshot's file."""
    cached_headers = [(key, value) for key, value in headers if key.lower() != _REQUEST_ID]
    content = _read_if_small(body) if isinstance(body, FileBody) else body
    made_at = time.monotonic() if is_stored else 0.0
    return CachedResponse(status, cached_headers, content, is_stored, made_at, expires_at)


def _read_if_small(body: FileBody) -> bytes | str:
    """Return the bytes of a small file, the path of a large one."""
    if body.size <= _MAX_BYTES_IN_MEMORY:
        with contextlib.suppress(OSError):
            contents = body.path.read_bytes()
            if len(contents) == body.size:
                return contents
    return str(body.path)


def send_cached(response: CachedResponse, scope: Scope, protocol: HTTPProtocol, *, close: bool = False) -> bool:
    """Send a cached response, or 304 where If-None-Match has its ETag; return False where it cannot be used.

    `close` adds `Connection: close`.
    """
    if response.is_stored and not _is_usable(response, scope.headers):
        return False
    if response.expires_at is not None and time.time() >= response.expires_at:
        return False
    request_id = make_request_id(scope.headers.get("x-request-id", ""))
    headers = [*response.headers, ("X-Request-ID", request_id)]
    if close:
        headers.append(("Connection", "close"))
    if is_not_modified(scope.headers.get("if-none-match", ""), response.header("etag")):
        protocol.response_empty(304, not_modified_headers(headers))
    elif isinstance(response.body, bytes):
        protocol.response_bytes(response.status, headers, response.body)
    elif scope.method == "HEAD":
        protocol.response_empty(response.status, headers)
    elif not os.path.exists(response.body):  # noqa: PTH110 - building a Path takes longer than the look-up
        # Pruned meanwhile: granian would answer 404 with a text of its own.
        return False
    else:
        protocol.response_file(response.status, headers, response.body)
    return True


def _is_usable(response: CachedResponse, headers: RequestHeaders) -> bool:
    """Whether a cached file answers this request: it is fresh, and the request has no condition or range."""
    is_fresh = response.made_at + STORED_FILE_SECONDS > time.monotonic()
    return is_fresh and not any(name in headers for name in FILE_CONDITIONS)
