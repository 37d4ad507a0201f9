"""Thread pools with a bounded queue: how many requests may wait, how long, and how long each may run.

A matter of robustness: without these limits all requests would be answered too late, instead of some being rejected. A
ThreadPoolExecutor has no such limits, and costs 6 µs a request more.
"""

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import BinaryIO, Final

from directory.http.middleware import DEFAULT_HEADERS
from directory.http.problems import InternalError, Problem, ServiceBusy
from directory.http.request import make_request_id
from directory.telemetry import logger
from directory.worker.response_cache import CacheKey
from directory.worker.rsgi import Headers, HTTPProtocol, Scope
from directory.worker.thread_scheduling import FairScheduler

# More could not be answered within MAX_QUEUE_SECONDS.
MAX_QUEUED: Final = 2000
# By then most clients have given up, and others wait behind.
MAX_QUEUE_SECONDS: Final = 10.0
# Behind so many others it pays to notice that a client has left: that takes a task on the event loop for each request.
_LONG_QUEUE: Final = 32
CLOSE: Final = ("Connection", "close")
_log = logger("thread-pools")


@dataclass(slots=True, eq=False)
class PendingRequest:
    """A request that is queued or running; times are of the monotonic clock."""

    scope: Scope
    protocol: HTTPProtocol
    body: bytes | BinaryIO = b""
    # What the coroutine of a request with a body waits for on the event loop.
    completion: "asyncio.Future[None] | None" = None
    cache_key: CacheKey | None = None
    queued_at: float = 0.0
    started_at: float = 0.0
    is_done: bool = False
    # Whether the client has disconnected, and the task that finds out.
    is_abandoned: bool = False
    disconnect_watch: "asyncio.Task[None] | None" = None


class ThreadPool:
    """A queue of requests and the threads that handle them."""

    def __init__(
        self,
        handle: Callable[[PendingRequest], None],
        timeout_seconds: float,
        call_on_loop: Callable[..., object],
        *,
        max_queued: int = MAX_QUEUED,
        max_queue_seconds: float = MAX_QUEUE_SECONDS,
    ) -> None:
        """Call `handle` with each request in a thread; a request is overdue after `timeout_seconds`."""
        self._handle = handle
        self._timeout_seconds = timeout_seconds
        self._call_on_loop = call_on_loop
        self._max_queued = max_queued
        self._max_queue_seconds = max_queue_seconds
        self._queue: SimpleQueue[PendingRequest] = SimpleQueue()
        self._scheduler = FairScheduler()
        self._running: dict[threading.Thread, PendingRequest] = {}
        self._unanswered: set[PendingRequest] = set()

    def start_thread(self, name: str) -> None:
        """Start one more thread."""
        threading.Thread(target=self._run, name=name, daemon=True).start()

    def submit(self, request: PendingRequest) -> None:
        """Queue a request, or reject it where too many are queued."""
        queued = self._queue.qsize()
        if queued >= self._max_queued:
            reject(request, ServiceBusy(f"{queued} requests are queued, which is the limit."))
            self._finish(request)
            return
        request.queued_at = time.monotonic()
        if queued > _LONG_QUEUE:
            self._call_on_loop(_watch_disconnect, request)
        self._unanswered.add(request)
        self._queue.put(request)

    def active_clients(self) -> Iterator[str]:
        """Yield the clients ("host:port") whose requests are queued or running."""
        # Other threads change the set meanwhile; `copy` holds the GIL.
        return (request.scope.client for request in self._unanswered.copy())

    def overdue_requests(
        self, timeout_seconds: float | None = None
    ) -> Iterator[tuple[threading.Thread, PendingRequest]]:
        """Yield the requests that run for longer than they may, or than `timeout_seconds`, with their threads."""
        limit = min(self._timeout_seconds, timeout_seconds or self._timeout_seconds)
        started_before = time.monotonic() - limit
        # Other threads change the dict meanwhile; `list` holds the GIL.
        for thread, request in list(self._running.items()):
            if request.started_at < started_before:
                yield thread, request

    def reject_all(self, problem: Problem) -> None:
        """Reject all requests that are queued or running; for the end of the process."""
        with contextlib.suppress(Empty):
            while True:
                reject(self._queue.get_nowait(), problem)
        for request in list(self._running.values()):
            reject(request, problem)

    def _run(self) -> None:
        thread = threading.current_thread()
        while True:
            request = self._queue.get()
            now = time.monotonic()
            if request.queued_at < now - self._max_queue_seconds:
                reject(request, ServiceBusy(f"The request was queued for {self._max_queue_seconds:g} seconds."))
            elif not request.is_abandoned:
                request.started_at = now
                self._running[thread] = request
                with self._scheduler.slot():
                    try:
                        self._handle(request)
                    except Exception:  # noqa: BLE001 - the thread has to survive it
                        _log.exception("%s %s could not be answered", request.scope.method, request.scope.path)
                        reject(request, InternalError("The request failed; the log has it."))
                del self._running[thread]
            self._finish(request)

    def _finish(self, request: PendingRequest) -> None:
        request.is_done = True
        self._unanswered.discard(request)
        if request.completion is not None:
            self._call_on_loop(_complete, request.completion)
        if request.disconnect_watch is not None:
            self._call_on_loop(request.disconnect_watch.cancel)


def reject(request: PendingRequest, problem: Problem) -> None:
    """Answer with a problem; does nothing where the request has its response already."""
    response = problem.to_response(make_request_id(request.scope.headers.get("x-request-id", "")))
    headers: Headers = [*response.headers, *DEFAULT_HEADERS]
    request.protocol.response_bytes(response.status_code, headers, response.get_data())


def _watch_disconnect(request: PendingRequest) -> None:
    """Start the task that notices, on the event loop, that the client of a queued request disconnects."""
    request.disconnect_watch = asyncio.ensure_future(_wait_for_disconnect(request))
    # A thread may have finished it before there was a watch to cancel.
    if request.is_done:
        request.disconnect_watch.cancel()


async def _wait_for_disconnect(request: PendingRequest) -> None:
    await request.protocol.client_disconnect()
    request.is_abandoned = True


def _complete(completion: "asyncio.Future[None]") -> None:
    # granian cancels the coroutine of a client that has left, and its future with it.
    if not completion.done():
        completion.set_result(None)
