"""The front of a worker: HTTP as granian hands it over (RSGI) on one side, the Flask application (WSGI) on the other.

Why not granian's own WSGI: there a client that reads slowly holds a thread. Here a thread works on a request and is
free; what it gave is sent without one, a file from the disk even without Python.
"""

import asyncio
import contextlib
import gc
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

import psycopg

from directory.app import create_app
from directory.config import Config
from directory.database.connections import Database
from directory.database.revision_listener import BLIND_SECONDS
from directory.database.revisions import State
from directory.http.caching import CACHEABLE, STORED
from directory.http.files.body import FileBody, is_download
from directory.http.middleware import OUTERMOST, SERVER
from directory.http.problems import DatabaseUnavailable, ServiceBusy, StorageUnavailable
from directory.http.request import DOWNLOAD_CACHE
from directory.telemetry import logger
from directory.worker import connection_limits
from directory.worker.cached_responses import has_body, make_answer, question_of, send_kept
from directory.worker.event_loop import Loop
from directory.worker.file_transfers import GRACE_SECONDS, Transfers, open_files
from directory.worker.request_bodies import Bodies, NoRoomError
from directory.worker.response_cache import AnswerCache
from directory.worker.rsgi import Exchange, Headers, Scope, make_environ, run
from directory.worker.shutdown import Ending, end_without_parent
from directory.worker.thread_pools import CLOSE, Lane, Task, refuse

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

    from directory.http.files.download_cache import DownloadCache

# A download is one COPY into a file, for which the server has half an hour.
_DOWNLOAD_SECONDS: Final = 1_860.0
_HEALTH: Final = "/healthz"
_HEALTH_SECONDS: Final = 2.0
# A request may take what one query may, and a little more.
_MORE_SECONDS: Final = 5.0
# No answer is kept for it.
_UNKNOWN: Final = State(-1)
_GUARD_SECONDS: Final = 0.25
# Objects made, beyond those that went, before the next search for garbage in cycles. At Python's own 700 that took a
# sixth of a batch to resolve: it makes some 20,000, which stay until it is answered and are in no cycle.
_COLLECTED: Final = 10_000
_INTERNAL_ERROR: Final[tuple[int, Headers, bytes]] = (
    500,
    [("Content-Type", "application/problem+json"), ("Cache-Control", "no-store"), *OUTERMOST],
    b'{"type":"/problems/internal-error","title":"Internal error","status":500}',
)
_log = logger("server")


class Registry(Protocol):
    """What the front asks of the registry's database beside the application."""

    @property
    def is_blind(self) -> bool:
        """Whether it has not answered for so long that nobody knows what holds."""
        ...

    @property
    def restores(self) -> int:
        """How often it was restored: what was read of it meanwhile may be of no state, though the state is the same."""
        ...

    def look(self) -> None:
        """Notice whether it still answers; called a few times a second."""

    def interrupt(self, thread: threading.Thread) -> None:
        """End what `thread` waits for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What one worker may take: threads, bytes, seconds, and places for connections where these are bounded here."""

    threads: int
    body_bytes: int
    cache_bytes: int
    request_seconds: float = 15.0
    grace_seconds: float = GRACE_SECONDS
    idle_seconds: int = 30
    places: int | None = None


class Front:
    """An RSGI application that answers by a WSGI application, in a few threads, and by what it answered before."""

    def __init__(
        self,
        application: "WSGIApplication",
        bounds: Bounds,
        *,
        revision: Callable[[], State],
        registry: Registry | None = None,
        end: Callable[[], None] = lambda: None,
    ) -> None:
        """Answer within `bounds`; what is kept holds for a revision. `end` is called when the worker ends."""
        self._application = application
        self._revision = revision
        self._registry = registry
        self._cache = AnswerCache(bounds.cache_bytes)
        self._restores = 0
        self._bodies = Bodies(bounds.body_bytes)
        self._bounds = bounds
        self._transfers = Transfers(open_files, bounds.grace_seconds)
        self._requests = Lane(self._work, seconds=bounds.request_seconds, call_loop=self._call_loop)
        # Downloads wait for their turn here, where they hold no thread that a short answer needs.
        self._downloads = Lane(self._work, seconds=_DOWNLOAD_SECONDS, call_loop=self._call_loop)
        # So a service with much to do is not taken for a dead one.
        self._health = Lane(self._work, seconds=_HEALTH_SECONDS, call_loop=self._call_loop)
        self._lanes = (self._requests, self._downloads, self._health)
        self._ending = Ending(self._lanes, end)

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin: granian calls this in its worker, once."""
        self._loop = loop
        threading.Thread(target=end_without_parent, name="parent-watcher", daemon=True).start()
        for number in range(self._bounds.threads):
            self._requests.start(f"request-{number}")
        self._downloads.start("download")
        self._health.start("health")
        if self._registry is not None:
            threading.Thread(target=self._guard, args=[self._registry], name="guard", daemon=True).start()
        if isinstance(loop, Loop):
            loop.let_take(self.take)
            loop.let_end(self._ending.begin)
        if self._bounds.places is not None:
            # Once the loop runs, granian listens.
            loop.call_soon(connection_limits.bound, self._bounds.places, self._bounds.idle_seconds, self._clients)

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        """End: granian calls this when all connections are closed."""
        del loop
        self._ending.finish()

    def take(self, scope: Scope, exchange: Exchange) -> bool:
        """Answer a request or have it answered; False, and nothing is done, where its body is to be read first."""
        if has_body(scope.headers):
            return False
        self._begin(Task(scope, exchange))
        return True

    async def __rsgi__(self, scope: Scope, exchange: Exchange) -> None:
        """Answer one request."""
        # granian answers by itself where none is given until this ends.
        answered: asyncio.Future[None] = self._loop.create_future()
        task = Task(scope, exchange, answered=answered)
        with self._bodies.reading(scope.headers) as body:
            try:
                await body.read(exchange)
            except TimeoutError:
                exchange.response_empty(408, [CLOSE, SERVER])
                return
            except NoRoomError:
                refuse(task, ServiceBusy("There is no room for the body beside those of other requests."))
                return
            task.body = bytes(body.contents)
            self._begin(task)
            await answered

    def _begin(self, task: Task) -> None:
        """Answer by what is kept, or leave the task to a thread."""
        scope = task.scope
        task.question = question_of(scope)
        # A kept answer is from a revision that was asked for before: asking again takes no query.
        if task.question is not None and len(self._cache):
            kept = self._cache.get(task.question, self._revision())
            if kept is not None and send_kept(kept, scope, task.exchange, is_last=self._ending.has_begun):
                return
        if is_download(scope.path):
            self._downloads.put(task)
        elif scope.path == _HEALTH:
            self._health.put(task)
        else:
            self._requests.put(task)

    def _clients(self) -> set[str]:
        """Return the clients whose requests are under way."""
        return {client for lane in self._lanes for client in lane.clients()}

    def _guard(self, registry: Registry) -> None:
        """Refuse what the registry does not answer in time, and have its thread back."""
        while True:
            time.sleep(_GUARD_SECONDS)
            registry.look()
            if registry.restores != self._restores:
                self._restores = registry.restores
                self._cache.clear()
            seconds = BLIND_SECONDS if registry.is_blind else None
            for lane in self._lanes:
                for thread, task in lane.overdue(seconds):
                    refuse(task, DatabaseUnavailable("The database did not answer in time."))
                    registry.interrupt(thread)

    def _work(self, task: Task) -> None:
        """Run the application and send what it gives, in a thread: the loop would only be one more stop on the way."""
        environ: WSGIEnvironment = {}
        restores = self._restores
        try:
            environ = make_environ(task.scope, task.body)
            status, headers, body = run(self._application, environ)
        except Exception:  # noqa: BLE001 - whatever it is, the client gets an answer and the log the rest
            # The application answers for its own failures: this is one of its outermost parts.
            _log.exception("%s %s failed", task.scope.method, task.scope.path)
            status, headers, body = _INTERNAL_ERROR
        if isinstance(body, FileBody):
            # With its length declared, a file that falls short breaks the transfer where the client sees it.
            headers = [*((key, value) for key, value in headers if key.lower() != "content-length")]
            headers.append(("Content-Length", str(body.size)))
            # Its last reader may have seen it removed meanwhile; granian would say so without a word of ours.
            if not body.path.is_file():
                body.close()
                refuse(task, StorageUnavailable("The file was removed while it was about to be sent."))
                return
        sent = [*headers, CLOSE] if self._ending.has_begun else headers
        if isinstance(body, FileBody):
            self._send_file(task, status, sent, body)
        else:
            task.exchange.response_bytes(status, sent, body)
        made_at = environ.get(CACHEABLE)
        # The answer to HEAD has no body, so it is none to GET. What a revision was that is over is not asked again.
        may_be_kept = task.scope.method == "GET" and restores == self._restores
        if task.question is not None and may_be_kept and made_at and made_at == self._revision():
            answer = make_answer(status, headers, body, stored=STORED in environ)
            self._cache.put(task.question, made_at, answer)

    def _send_file(self, task: Task, status: int, headers: Headers, body: FileBody) -> None:
        exchange = task.exchange
        if body.start is None:
            exchange.response_file(status, headers, str(body.path))
        else:
            exchange.response_file_range(status, headers, str(body.path), body.start, body.start + body.size)
        if body.is_awaited:
            self._call_loop(self._transfers.add, str(body.path), body, task.scope.client)

    def _call_loop(self, callback: Callable[..., object], *args: object) -> None:
        with contextlib.suppress(RuntimeError):
            # The loop is closed: the process is ending.
            self._loop.call_soon_threadsafe(callback, *args)


def make_front(config: Config) -> Front:
    """Return the front of one worker; granian calls this in the worker's process."""
    # Until granian sets its own, the ones of the parent stand here, and do nothing but in the parent. Ctrl-C is for
    # the parent alone.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if config.database_url is None:
        message = "a worker needs a database_url"
        raise ValueError(message)
    database = Database(config.database_url, statement_timeout_ms=config.statement_timeout_ms)
    application = create_app(config, database)
    spool: DownloadCache = application.extensions[DOWNLOAD_CACHE]

    def revision() -> State:
        try:
            return database.state
        except psycopg.OperationalError:
            return _UNKNOWN

    # What is here by now stays, and is not searched again and again.
    gc.freeze()
    gc.set_threshold(_COLLECTED)
    bounds = Bounds(
        threads=config.threads,
        body_bytes=config.body_bytes,
        cache_bytes=config.answer_cache_bytes,
        request_seconds=config.statement_timeout_ms / 1000 + _MORE_SECONDS,
        idle_seconds=config.idle_seconds,
        places=connection_limits.places_of_worker(config.connections, config.workers),
    )
    return Front(application, bounds, revision=revision, registry=database, end=spool.close)
