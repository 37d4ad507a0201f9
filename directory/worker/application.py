"""The RSGI application of a worker: it answers from the response cache, or runs the Flask application in a thread.

granian could run the Flask application itself (`--interface wsgi`). There a client that reads slowly holds a thread
until it has everything: with four slow readers of a download nobody else was answered within 10 s. Here a thread
computes a response and is free: granian sends the bytes, and files without Python. Of the processor, uncached responses
take about the same either way (0.9 to 1.2 times as much under WSGI), cached ones a thirtieth.
"""

import asyncio
import contextlib
import gc
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Final, Protocol

import psycopg

from directory.app import create_app
from directory.config import Config
from directory.database.connections import Database
from directory.database.revision_listener import STALE_AFTER_SECONDS
from directory.database.revisions import State
from directory.http.body_limits import is_upload
from directory.http.conditional_requests import CACHEABLE, EXPIRES_AT, STORED
from directory.http.files.body import FileBody, UnwrittenFileBody, is_download
from directory.http.middleware import DEFAULT_HEADERS, SERVER
from directory.http.problems import DatabaseUnavailable, ServiceBusy
from directory.http.registry_request import services_of
from directory.http.request import DIRECT_VIEWS, DOWNLOAD_CACHE
from directory.http.responses import RAISED, SENDS_UNWRITTEN_FILES
from directory.telemetry import logger
from directory.tokens.authentication import is_allowed
from directory.worker import connection_limits
from directory.worker.cached_responses import build_cache_key, build_cached_response, send_cached
from directory.worker.direct_responses import DirectResponses
from directory.worker.event_loop import WorkerEventLoop
from directory.worker.file_responses import FileResponses, TransferBrokenError
from directory.worker.file_transfers import GRACE_SECONDS, STALLED_SECONDS, FileTransfers
from directory.worker.growing_files import can_send_growing_file
from directory.worker.request_bodies import (
    TIMEOUT_SECONDS,
    BodyIncompleteError,
    BodyMemoryError,
    BodyReader,
    UploadsBusyError,
)
from directory.worker.response_cache import ResponseCache
from directory.worker.rsgi import Headers, HTTPProtocol, Scope, has_body, make_environ, run_wsgi
from directory.worker.shutdown import Shutdown, exit_with_parent
from directory.worker.thread_pools import CLOSE, PendingRequest, ThreadPool, reject
from directory.worker.warm_up import WarmUp

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

    from directory.http.files.download_cache import DownloadCache

# A download is one COPY into a file, which PostgreSQL may take half an hour for (`Database.export`).
_DOWNLOAD_SECONDS: Final = 1_860.0
_HEALTH_PATH: Final = "/healthz"
_HEALTH_SECONDS: Final = 2.0
# Added to the statement timeout, so that PostgreSQL cancels a slow statement before we cut its connection.
_OVERHEAD_SECONDS: Final = 5.0
# No revision has this number, so nothing is cached for it.
_UNKNOWN_STATE: Final = State(-1)
# Of who may send a file.
_UPLOAD_SCOPE: Final = "edit"
_CHECK_SECONDS: Final = 0.25
# After the start: those who wait for it, such as an orchestrator, are answered first.
_WARM_UP_SECONDS: Final = 0.5
_INTERNAL_ERROR: Final[tuple[int, Headers, bytes]] = (
    500,
    [("Content-Type", "application/problem+json"), ("Cache-Control", "no-store"), *DEFAULT_HEADERS],
    b'{"type":"/problems/internal-error","title":"Internal error","status":500}',
)
_log = logger("server")


class MonitoredDatabase(Protocol):
    """What the worker needs to know about the database besides the WSGI application's own queries."""

    @property
    def is_stale(self) -> bool:
        """Whether PostgreSQL has not reported the revision for so long that cached responses may be out of date."""
        ...

    @property
    def restore_count(self) -> int:
        """How often the registry was restored from a backup: a restore may bring back a revision with other rows."""
        ...

    def check_freshness(self) -> None:
        """Update `is_stale`; called a few times a second."""

    def interrupt(self, thread: threading.Thread) -> None:
        """Cut the connections that `thread` may be waiting on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one worker may use: threads, bytes, seconds and, where they are limited here, connections."""

    threads: int
    body_bytes: int
    cache_bytes: int
    body_seconds: float = TIMEOUT_SECONDS
    request_seconds: float = 15.0
    grace_seconds: float = GRACE_SECONDS
    stalled_seconds: float = STALLED_SECONDS
    idle_seconds: int = 30
    connections: int | None = None
    warms_up: bool = False


class RsgiApplication:
    """An RSGI application that answers from a response cache, or by a WSGI application in a few threads."""

    def __init__(
        self,
        application: "WSGIApplication",
        limits: Limits,
        *,
        get_state: Callable[[], State],
        database: MonitoredDatabase | None = None,
        direct: DirectResponses | None = None,
        clean_up: Callable[[], None] = lambda: None,
        may_upload: Callable[[str], bool] = lambda _: False,
    ) -> None:
        """Cache responses for as long as `get_state` returns the same; call `clean_up` before the process exits.

        What `direct` answers does not go through the WSGI application. `may_upload` judges the header Authorization of
        a request whose body is a file, before any of it is read.
        """
        self._application = application
        self._direct = direct
        self._get_state = get_state
        self._may_upload = may_upload
        self._database = database
        self._cache = ResponseCache(limits.cache_bytes)
        self._restore_count = 0
        self._body_reader = BodyReader(limits.body_bytes, limits.body_seconds)
        self._limits = limits
        self._transfers = FileTransfers(limits.grace_seconds, limits.stalled_seconds)
        self._requests = ThreadPool(self._respond, limits.request_seconds, self._call_on_loop)
        # A thread of their own: a COPY of all accounts takes seconds, in which short requests would wait.
        self._downloads = ThreadPool(self._respond, _DOWNLOAD_SECONDS, self._call_on_loop)
        # Not behind other requests: an orchestrator must not take a busy worker for a dead one.
        self._health = ThreadPool(self._respond, _HEALTH_SECONDS, self._call_on_loop)
        self._pools = (self._requests, self._downloads, self._health)
        self._shutdown = Shutdown(self._pools, clean_up)

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Start the threads; granian calls this once, in the worker's process."""
        self._loop = loop
        self._files = FileResponses(self._transfers, loop, self._call_on_loop)
        threading.Thread(target=exit_with_parent, name="parent-watcher", daemon=True).start()
        for number in range(self._limits.threads):
            self._requests.start_thread(f"request-{number}")
        self._downloads.start_thread("download")
        self._health.start_thread("health")
        if self._database is not None:
            threading.Thread(target=self._monitor, args=[self._database], name="monitor", daemon=True).start()
        if isinstance(loop, WorkerEventLoop):
            loop.set_request_handler(self.try_handle)
            loop.set_shutdown_handler(self._shutdown.begin)
        if self._limits.warms_up:
            loop.call_later(_WARM_UP_SECONDS, WarmUp(self._requests.submit).start)
        if (limit := self._limits.connections) is not None:
            # granian listens only once the loop runs, and the listening sockets are looked up.
            arguments = (limit, self._limits.idle_seconds, self._active_clients)
            loop.call_soon(connection_limits.start_limiting, *arguments)

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Exit; granian calls this when all connections are closed."""
        del loop
        self._shutdown.finish()

    def try_handle(self, scope: Scope, protocol: HTTPProtocol) -> bool:
        """Answer or queue a request without a body; return False, and do nothing, for one with a body."""
        if has_body(scope.headers):
            return False
        self._dispatch(PendingRequest(scope, protocol))
        return True

    async def __rsgi__(self, scope: Scope, protocol: HTTPProtocol) -> None:
        """Answer one request that `try_handle` left to the event loop."""
        # granian answers 500 by itself if this coroutine ends before a response was sent.
        completion: asyncio.Future[None] = self._loop.create_future()
        request = PendingRequest(scope, protocol, completion=completion)
        try:
            async with await self._read_body(scope, protocol) as body:
                request.body = body
                self._dispatch(request)
                await completion
        except TimeoutError:
            protocol.response_empty(408, [CLOSE, SERVER])
        except BodyIncompleteError:
            protocol.response_empty(400, [CLOSE, SERVER])
        except UploadsBusyError:
            reject(request, ServiceBusy("As many files are being sent as may be at a time."))
        except BodyMemoryError:
            reject(request, ServiceBusy("The bodies of other requests take all the memory that they may."))

    async def _read_body(
        self, scope: Scope, protocol: HTTPProtocol
    ) -> "contextlib.AbstractAsyncContextManager[bytes | BinaryIO]":
        """Return the reading of a body: of a file whose sender may not send it, of nothing."""
        if not is_upload(scope.path, scope.method):
            return self._body_reader.read(protocol, scope.headers, scope.path)
        if await asyncio.to_thread(self._may_upload, scope.headers.get("authorization", "")):
            return self._body_reader.read_file(protocol, scope.headers)
        # The view says why.
        return contextlib.nullcontext(b"")

    def _dispatch(self, request: PendingRequest) -> None:
        """Answer from the cache, or queue the request for a thread."""
        scope = request.scope
        request.cache_key = build_cache_key(scope)
        # An empty cache says that the state may never have been read: reading it first would query the database here,
        # where no thread may wait.
        if request.cache_key is not None and len(self._cache):
            cached = self._cache.get(request.cache_key, self._get_state())
            if cached is not None and send_cached(cached, scope, request.protocol, close=self._shutdown.has_begun):
                return
        if is_download(scope.path):
            self._downloads.submit(request)
        elif scope.path == _HEALTH_PATH:
            self._health.submit(request)
        else:
            self._requests.submit(request)

    def _active_clients(self) -> set[str]:
        """Return the clients ("host:port") whose requests are queued or running."""
        return {client for pool in self._pools for client in pool.active_clients()}

    def _monitor(self, database: MonitoredDatabase) -> None:
        """Reject what the database does not answer in time and interrupt its thread; clear the cache on a restore."""
        while True:
            time.sleep(_CHECK_SECONDS)
            database.check_freshness()
            if database.restore_count != self._restore_count:
                self._restore_count = database.restore_count
                self._cache.clear()
            timeout = STALE_AFTER_SECONDS if database.is_stale else None
            for pool in self._pools:
                for thread, request in pool.overdue_requests(timeout):
                    reject(request, DatabaseUnavailable("The database did not answer in time."))
                    database.interrupt(thread)

    def _respond(self, request: PendingRequest) -> None:
        """Make the response of a request and send it, in a thread of a pool."""
        restore_count = self._restore_count
        found = self._direct.find(request.scope) if self._direct is not None else None
        if self._direct is None or found is None:
            self._respond_by_wsgi(request, restore_count)
            return
        try:
            response, headers = self._direct.respond(request.scope, *found)
        except Exception as error:  # noqa: BLE001 - Flask answers it
            self._respond_by_wsgi(request, restore_count, error)
            return
        body = response.body if request.scope.method == "GET" else b""
        request.protocol.response_bytes(response.status, self._with_close(headers), body)
        self._cache_response(request, restore_count, {CACHEABLE: response.made_at}, response.status, headers, body)

    def _respond_by_wsgi(self, request: PendingRequest, restore_count: int, raised: Exception | None = None) -> None:
        """Run the WSGI application and send its response; `raised` is what a direct view has raised."""
        scope, protocol = request.scope, request.protocol
        environ: WSGIEnvironment = {}
        try:
            environ = make_environ(scope, request.body)
            environ[RAISED] = raised
            if raised is None and can_send_growing_file(scope):
                environ[SENDS_UNWRITTEN_FILES] = True
            status, headers, body = run_wsgi(self._application, environ)
        except Exception:  # noqa: BLE001 - the client gets a response, and the log gets the error
            # Flask answers for the failures of views: this is one of its own, or of ours around it.
            _log.exception("%s %s failed", scope.method, scope.path)
            status, headers, body = _INTERNAL_ERROR
        is_sent = False
        if isinstance(body, UnwrittenFileBody):
            try:
                is_sent = self._files.write_and_send(request, status, self._with_close(headers), body)
            except TransferBrokenError:
                _log.exception("%s %s broke off", scope.method, scope.path)
                return
            except Exception as error:  # noqa: BLE001 - Flask answers it
                self._respond_by_wsgi(request, restore_count, error)
                return
        if not isinstance(body, FileBody):
            # Sent from this thread and not from the loop, which would be one more switch between threads.
            protocol.response_bytes(status, self._with_close(headers), body)
        else:
            # With its length declared, a file that turns out shorter breaks the transfer where the client sees it.
            headers = [*((key, value) for key, value in headers if key.lower() != "content-length")]
            headers.append(("Content-Length", str(body.size)))
            if not is_sent and not self._files.send(request, status, self._with_close(headers), body):
                return
        self._cache_response(request, restore_count, environ, status, headers, body)

    def _with_close(self, headers: Headers) -> Headers:
        return [*headers, CLOSE] if self._shutdown.has_begun else headers

    def _cache_response(
        self,
        request: PendingRequest,
        restore_count: int,
        environ: "WSGIEnvironment",
        status: int,
        headers: Headers,
        body: bytes | FileBody,
    ) -> None:
        """Cache a response whose `environ` allows it, if it is of the latest revision, and no restore began since."""
        made_at = environ.get(CACHEABLE)
        # A response to HEAD has no body that GET could be answered with. What an earlier revision was is not cached:
        # nobody asks for it again. During a restore, rows of both registries may have been read.
        is_cacheable = request.scope.method == "GET" and restore_count == self._restore_count
        if request.cache_key is not None and is_cacheable and made_at and made_at == self._get_state():
            is_stored, expires_at = STORED in environ, environ.get(EXPIRES_AT)
            cached = build_cached_response(status, headers, body, is_stored=is_stored, expires_at=expires_at)
            self._cache.put(request.cache_key, made_at, cached)

    def _call_on_loop(self, callback: Callable[..., object], *args: object) -> None:
        # RuntimeError: the loop is closed, as the process is exiting.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(callback, *args)


def create_rsgi_application(config: Config) -> RsgiApplication:
    """Return the application of one worker; granian calls this in the worker's process."""
    # Until granian sets its own handlers, the parent's are in place, which do nothing in this process. Ctrl-C reaches
    # all processes of a terminal, and the parent alone acts on it.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if config.database_url is None:
        message = "a worker needs a database_url"
        raise ValueError(message)
    database = Database(config.database_url, statement_timeout_ms=config.statement_timeout_ms)
    application = create_app(config, database)
    downloads: DownloadCache = application.extensions[DOWNLOAD_CACHE]

    def get_state() -> State:
        try:
            return database.state
        except psycopg.OperationalError:
            return _UNKNOWN_STATE

    def may_upload(authorization: str) -> bool:
        try:
            with database.read() as conn:
                return is_allowed(conn, authorization, _UPLOAD_SCOPE)
        except (psycopg.Error, DatabaseUnavailable):
            return False

    # Modules, routes and schemas stay until the process exits, so no collection has to go through them. Without this,
    # batches of 1,000 texts to resolve, which make 20,000 objects each, take 1.2 to 1.5 times the processor time, and a
    # full collection stops all requests for 125 ms instead of 7.
    gc.freeze()
    limits = Limits(
        threads=config.threads,
        body_bytes=config.body_bytes,
        cache_bytes=config.response_cache_bytes,
        request_seconds=config.statement_timeout_ms / 1000 + _OVERHEAD_SECONDS,
        idle_seconds=config.idle_seconds,
        connections=connection_limits.connections_per_worker(config.connections, config.workers),
        warms_up=bool(config.warm_up),
    )
    direct = DirectResponses(application.extensions[DIRECT_VIEWS], services_of(application.extensions))
    return RsgiApplication(
        application,
        limits,
        get_state=get_state,
        database=database,
        direct=direct,
        clean_up=downloads.close,
        may_upload=may_upload,
    )
