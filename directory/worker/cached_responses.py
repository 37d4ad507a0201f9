"""Answers that a worker keeps: what they are made of, whom they answer, and how they are sent."""

import contextlib
import os
import time
from typing import Final

from directory.http.caching import SELECTING, matches
from directory.http.files.body import FileBody
from directory.http.request import make_request_id
from directory.worker.response_cache import Answer, Question
from directory.worker.rsgi import Exchange, Headers, RequestHeaders, Scope

_OF_ONE_REQUEST: Final = "x-request-id"
_ABOUT_BODIES: Final = ("content-", "x-accel-redirect")
_READING: Final = frozenset({"GET", "HEAD"})
# What is stored is looked after again so often; a burst of requests for it is answered without.
STORED_SECONDS: Final = 5.0
# A file of so many bytes is sent sooner out of memory; a larger one costs the server less from the disk.
_SMALL: Final = 256 * 1024


def has_body(headers: RequestHeaders) -> bool:
    """Tell whether a request has a body."""
    return "content-length" in headers or "transfer-encoding" in headers


def question_of(scope: Scope) -> Question | None:
    """Return what is asked, None where an answer cannot be one that was kept."""
    headers = scope.headers
    if scope.method not in _READING or has_body(headers):
        return None
    return Question(scope.path, scope.query_string, headers.get("accept-encoding", ""))


def make_answer(status: int, headers: Headers, body: bytes | FileBody, *, stored: bool) -> Answer:
    """Return what is kept of an answer to GET."""
    kept = [(key, value) for key, value in headers if key.lower() != _OF_ONE_REQUEST]
    content = _contents(body) if isinstance(body, FileBody) else body
    return Answer(status, kept, content, stored=stored, made=time.monotonic() if stored else 0.0)


def _contents(body: FileBody) -> bytes | str:
    """Return the bytes of a small file, the path of a large one."""
    if body.size <= _SMALL:
        with contextlib.suppress(OSError):
            contents = body.path.read_bytes()
            if len(contents) == body.size:
                return contents
    return str(body.path)


def send_kept(answer: Answer, scope: Scope, exchange: Exchange, *, is_last: bool = False) -> bool:
    """Answer from what was kept, or by 304 to a client that has it too; False, and nothing is sent, if it is unfit.

    The last answer on a connection says so.
    """
    if answer.stored and not _is_fit(answer, scope.headers):
        return False
    request_id = make_request_id(scope.headers.get("x-request-id", ""))
    asked = scope.headers.get("if-none-match", "").strip()
    headers = [*answer.headers, ("X-Request-ID", request_id)]
    if is_last:
        headers.append(("Connection", "close"))
    if asked == "*" or (asked and matches(asked, answer.header("etag"))):
        # A client takes these headers over those it has: none of them may be about a body, or have a proxy send one.
        exchange.response_empty(304, [header for header in headers if not header[0].lower().startswith(_ABOUT_BODIES)])
    elif isinstance(answer.body, bytes):
        exchange.response_bytes(answer.status, headers, answer.body)
    elif scope.method == "HEAD":
        exchange.response_empty(answer.status, headers)
    elif not os.path.exists(answer.body):  # noqa: PTH110 - a path would be made for every answer
        # It was removed meanwhile: granian would say so in words of its own.
        return False
    else:
        exchange.response_file(answer.status, headers, answer.body)
    return True


def _is_fit(answer: Answer, headers: RequestHeaders) -> bool:
    """Return whether a kept answer with something stored is what the application would give to this request."""
    return answer.made + STORED_SECONDS > time.monotonic() and not any(name in headers for name in SELECTING)
