"""The front of a worker: HTTP as granian hands it over (RSGI) on one side, the Flask application (WSGI) on the other.

Why not granian's own WSGI: there a client that reads slowly holds a thread. Here a thread works on a request and is
free; what it gave is sent without one, a file from the disk even without Python.
"""

import asyncio
import contextlib
import gc
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from queue import SimpleQueue
from typing import TYPE_CHECKING, Final

from directory.answers import AnswerCache, Question
from directory.app import create_app
from directory.config import Config
from directory.database import Database
from directory.http.caching import CACHEABLE, STORED
from directory.http.files import FileBody, is_download
from directory.kept import has_body, make_answer, question_of, send_kept
from directory.loop import Loop
from directory.rsgi import Exchange, Headers, Scope, make_environ
from directory.telemetry import logger
from directory.transfers import GRACE_SECONDS, Transfers, open_files
from directory.turns import Turns

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

_BODY_SECONDS: Final = 30.0
# Objects made, beyond those that went, before the next search for garbage in cycles. At Python's own 700 that took a
# sixth of a batch to resolve: it makes some 20,000, which stay until it is answered and are in no cycle.
_COLLECTED: Final = 10_000
_INTERNAL_ERROR: Final[tuple[int, Headers, bytes]] = (
    500,
    [("Content-Type", "application/problem+json"), ("Cache-Control", "no-store")],
    b'{"type":"/problems/internal-error","title":"Internal error","status":500}',
)
_log = logger("server")


@dataclass(slots=True)
class _Task:
    """A request to answer; `answered` is what waits for it on the loop, if anything does."""

    scope: Scope
    exchange: Exchange
    body: bytes = b""
    answered: "asyncio.Future[None] | None" = None
    question: Question | None = None


class Front:
    """An RSGI application that answers by a WSGI application, in a few threads, and by what it answered before."""

    def __init__(
        self,
        application: "WSGIApplication",
        *,
        threads: int,
        body_bytes: int,
        cache_bytes: int,
        revision: Callable[[], int],
        grace_seconds: float = GRACE_SECONDS,
    ) -> None:
        """Work on `threads` requests at a time; keep `cache_bytes` bytes of answers that hold for a revision."""
        self._application = application
        self._body_bytes = body_bytes
        self._revision = revision
        self._cache = AnswerCache(cache_bytes)
        self._thread_count = threads
        # Not an executor of the standard library: its own futures and locks cost a fifth of a short answer.
        self._work_queue: SimpleQueue[_Task] = SimpleQueue()
        # Downloads wait for their turn here, where they hold no thread that a short answer needs.
        self._download_queue: SimpleQueue[_Task] = SimpleQueue()
        self._transfers = Transfers(open_files, grace_seconds)

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin: granian calls this in its worker, once."""
        self._loop = loop
        threading.Thread(target=_end_without_parent, name="parent-watcher", daemon=True).start()
        turns = Turns()
        for number in range(self._thread_count):
            self._start_thread(f"request-{number}", self._work_queue, turns)
        # It has turns of its own: for a file that takes minutes nobody is to pause all the time.
        self._start_thread("download", self._download_queue, Turns())
        if isinstance(loop, Loop):
            loop.let_take(self.take)

    def take(self, scope: Scope, exchange: Exchange) -> bool:
        """Answer a request or have it answered; False, and nothing is done, where its body is to be read first."""
        if has_body(scope.headers):
            return False
        self._begin(_Task(scope, exchange))
        return True

    async def __rsgi__(self, scope: Scope, exchange: Exchange) -> None:
        """Answer one request."""
        try:
            body = await self._read(scope, exchange)
        except TimeoutError:
            exchange.response_empty(408, [("Connection", "close")])
            return
        # granian answers by itself where none is given until this ends.
        answered: asyncio.Future[None] = self._loop.create_future()
        self._begin(_Task(scope, exchange, body, answered))
        await answered

    def _begin(self, task: _Task) -> None:
        """Answer by what is kept, or leave the task to a thread."""
        scope = task.scope
        task.question = question_of(scope)
        # A kept answer is from a revision that was asked for before: asking again takes no query.
        if task.question is not None and len(self._cache):
            kept = self._cache.get(task.question, self._revision())
            if kept is not None and send_kept(kept, scope, task.exchange):
                return
        queue = self._download_queue if is_download(scope.path) else self._work_queue
        queue.put(task)

    async def _read(self, scope: Scope, exchange: Exchange) -> bytes:
        """Give the request's body, or a little more of it than is taken: the application then refuses it."""
        headers = scope.headers
        if not has_body(headers):
            return b""
        declared = headers.get("content-length", "0")
        if declared.isdigit() and int(declared) > self._body_bytes:
            return b""
        body = bytearray()
        async with asyncio.timeout(_BODY_SECONDS):
            async for chunk in exchange:
                body += chunk
                if len(body) > self._body_bytes:
                    break
        return bytes(body)

    def _start_thread(self, name: str, queue: "SimpleQueue[_Task]", turns: Turns) -> None:
        threading.Thread(target=self._work_on, args=(queue, turns), name=name, daemon=True).start()

    def _work_on(self, queue: "SimpleQueue[_Task]", turns: Turns) -> None:
        while True:
            task = queue.get()
            with turns.turn():
                self._work(task)
            if task.answered is not None:
                self._call_loop(_resolve, task.answered)

    def _work(self, task: _Task) -> None:
        """Run the application and send what it gives, in a thread: the loop would only be one more stop on the way."""
        environ = make_environ(task.scope, task.body)
        try:
            status, headers, body = run(self._application, environ)
        except Exception:  # noqa: BLE001 - whatever it is, the client gets an answer and the log the rest
            # The application answers for its own failures: this is one of its outermost parts.
            _log.exception("%s %s failed", environ["REQUEST_METHOD"], environ["PATH_INFO"])
            status, headers, body = _INTERNAL_ERROR
        if isinstance(body, FileBody):
            # With its length declared, a file that falls short breaks the transfer where the client sees it.
            headers = [*((key, value) for key, value in headers if key.lower() != "content-length")]
            headers.append(("Content-Length", str(body.size)))
            self._send_file(task.exchange, status, headers, body)
        else:
            task.exchange.response_bytes(status, headers, body)
        revision = environ.get(CACHEABLE)
        # The answer to HEAD has no body, so it is none to GET.
        if task.question is not None and isinstance(revision, int) and task.scope.method == "GET":
            answer = make_answer(status, headers, body, stored=STORED in environ)
            self._cache.put(task.question, revision, answer)

    def _send_file(self, exchange: Exchange, status: int, headers: Headers, body: FileBody) -> None:
        if body.start is None:
            exchange.response_file(status, headers, str(body.path))
        else:
            exchange.response_file_range(status, headers, str(body.path), body.start, body.start + body.size)
        if body.is_awaited:
            self._call_loop(self._transfers.add, str(body.path), body)

    def _call_loop(self, callback: Callable[..., object], *args: object) -> None:
        with contextlib.suppress(RuntimeError):
            # The loop is closed: the process is ending.
            self._loop.call_soon_threadsafe(callback, *args)


def _resolve(answered: "asyncio.Future[None]") -> None:
    if not answered.done():
        answered.set_result(None)


def run(application: "WSGIApplication", environ: "WSGIEnvironment") -> tuple[int, Headers, bytes | FileBody]:
    """Give what a WSGI application answers: a file as it is, anything else read to its end."""
    begun: list[tuple[int, Headers]] = []

    def start_response(status: str, headers: Headers, exc_info: object = None) -> Callable[[bytes], object]:
        del exc_info
        begun[:] = [(int(status[:3]), headers)]
        return lambda _: None

    iterable: Iterable[bytes] = application(environ, start_response)
    if isinstance(iterable, FileBody) and begun:
        return (*begun[0], iterable)
    try:
        body = b"".join(iterable)
    finally:
        if (close := getattr(iterable, "close", None)) is not None:
            close()
    return (*begun[0], body)


def _end_without_parent() -> None:
    """End this worker when the process that started it is gone, even by `kill -9`."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        # At once: nobody is left to end a worker that takes its time.
        os._exit(1)


def make_front(config: Config) -> Front:
    """Give the front of one worker; granian calls this in the worker's process."""
    # Until granian sets its own, the ones of the parent stand here, and do nothing but in the parent.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    if config.database_url is None:
        message = "a worker needs a database_url"
        raise ValueError(message)
    database = Database(config.database_url, statement_timeout_ms=config.statement_timeout_ms)
    application = create_app(config, database)
    # What is here by now stays, and is not searched again and again.
    gc.freeze()
    gc.set_threshold(_COLLECTED)
    return Front(
        application,
        threads=config.threads,
        body_bytes=config.body_bytes,
        cache_bytes=config.answer_cache_bytes,
        revision=lambda: database.revision,
    )
