"""Requests that a worker makes to itself once it has started, so that no visitor waits for what a first one loads.

The first page of a kind compiles its template, the first search loads tables of characters and words: up to half a
second each. One request follows the other, so that a visitor who comes meanwhile waits for one of them at most.
"""

import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote

from directory.telemetry import logger
from directory.worker.rsgi import Headers
from directory.worker.thread_pools import PendingRequest

# A Chinese word, which tells pinyin and forms of characters, and a Latin one, which tells spellings.
_QUERIES: Final = (f"q={quote('公安')}", "q=police")
WARM_UP: Final = (
    *(("/v1/suggest", query) for query in _QUERIES),
    *((f"/{language}/accounts", query) for language, query in zip(("zh", "en"), _QUERIES, strict=True)),
    *((f"/{language}/{page}", "") for language in ("en", "zh") for page in ("", "check", "rankings")),
    *((f"/{language}/check", f"q={quote('https://x.com/gov', safe='')}") for language in ("en", "zh")),
)
_log = logger("warm-up")


class NoHeaders:
    """The headers of a request that has none."""

    def __contains__(self, key: str) -> bool:
        """Whether there is a header: no."""
        return False

    def items(self) -> list[tuple[str, str]]:
        """Return no header."""
        return []

    def get(self, key: str, default: str) -> str:
        """Return the default."""
        del key
        return default

    def get_all(self, key: str) -> list[str]:
        """Return no header."""
        del key
        return []


@dataclass(slots=True, kw_only=True)
class OwnScope:
    """A request that nobody sent."""

    path: str
    query_string: str
    http_version: str = "1.1"
    server: str = "localhost:80"
    client: str = ""
    scheme: str = "http"
    method: str = "GET"
    authority: str | None = "localhost"
    headers: NoHeaders = field(default_factory=NoHeaders)


class Unsent:
    """Takes the response that nobody waits for, and says that it is there."""

    def __init__(self, is_done: Callable[[], object]) -> None:
        self._is_done = is_done

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Return no body; nothing reads it."""
        raise NotImplementedError

    async def client_disconnect(self) -> None:
        """Return at once: there is no client."""

    def response_bytes(self, status: int, headers: Headers, body: bytes) -> None:
        """Take a response."""
        del status, headers, body
        self._is_done()

    def response_empty(self, status: int, headers: Headers) -> None:
        """Take a response without a body."""
        del status, headers
        self._is_done()

    def response_file(self, status: int, headers: Headers, file: str) -> None:
        """Take a file."""
        del status, headers, file
        self._is_done()

    def response_file_range(self, status: int, headers: Headers, file: str, start: int, end: int) -> None:
        """Take a part of a file."""
        del status, headers, file, start, end
        self._is_done()


class WarmUp:
    """Makes requests one after the other; `submit` queues one for a thread."""

    def __init__(self, submit: Callable[[PendingRequest], None], requests: Sequence[tuple[str, str]] = WARM_UP) -> None:
        """Prepare the requests: each a path and a query string."""
        self._submit = submit
        self._requests = requests
        self._left = deque(requests)
        self._started_at = 0.0

    def start(self) -> None:
        """Submit the first request."""
        self._started_at = time.monotonic()
        self._go_on()

    def _go_on(self) -> None:
        """Submit the next request, whose response brings the one after it."""
        if self._left:
            path, query = self._left.popleft()
            self._submit(PendingRequest(OwnScope(path=path, query_string=query), Unsent(self._go_on)))
        else:
            seconds = time.monotonic() - self._started_at
            _log.info("%d requests of the worker's own took %.1f s", len(self._requests), seconds)
