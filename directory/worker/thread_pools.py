"""Lanes of requests: threads that work on them, and bounds on how many wait, how long, and how long each may take."""

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Final

from directory.http.middleware import OUTERMOST
from directory.http.problems import InternalError, Problem, ServiceBusy
from directory.http.request import make_request_id
from directory.telemetry import logger
from directory.worker.response_cache import Question
from directory.worker.rsgi import Exchange, Headers, Scope
from directory.worker.thread_scheduling import Turns

# Requests of one lane that may wait: more could not be answered in time.
MAX_WAITING: Final = 2000
# A request that waited so long is refused: its client has likely left, and others wait behind it.
WAIT_SECONDS: Final = 10.0
# With so many before it, somebody looks out for its client leaving. For all requests that would cost too much.
_LONG_QUEUE: Final = 32
CLOSE: Final = ("Connection", "close")
_log = logger("lanes")


@dataclass(slots=True, eq=False)
class Task:
    """A request to answer; `answered` is what waits for it on the loop, if anything does."""

    scope: Scope
    exchange: Exchange
    body: bytes = b""
    answered: "asyncio.Future[None] | None" = None
    question: Question | None = None
    # When it came, then when work on it began, by the monotonic clock.
    since: float = 0.0
    # Whether nobody waits for the answer any more, and what finds out.
    is_left: bool = False
    is_done: bool = False
    departure: "asyncio.Task[None] | None" = None


class Lane:
    """A queue of requests and the threads that work on them."""

    def __init__(
        self,
        work: Callable[[Task], None],
        *,
        seconds: float,
        call_loop: Callable[..., object],
        most_waiting: int = MAX_WAITING,
        wait_seconds: float = WAIT_SECONDS,
    ) -> None:
        """Work on each request by `work`; it is overdue after `seconds`."""
        self._work = work
        self._seconds = seconds
        self._call_loop = call_loop
        self._most_waiting = most_waiting
        self._wait_seconds = wait_seconds
        # Not an executor of the standard library: its own futures and locks cost a fifth of a short answer.
        self._queue: SimpleQueue[Task] = SimpleQueue()
        self._turns = Turns()
        self._at_work: dict[threading.Thread, Task] = {}
        # Those that wait and those at work.
        self._under_way: set[Task] = set()

    def start(self, name: str) -> None:
        """Start one more thread."""
        threading.Thread(target=self._run, name=name, daemon=True).start()

    def put(self, task: Task) -> None:
        """Have a request answered, or refuse it where too many wait."""
        waiting = self._queue.qsize()
        if waiting >= self._most_waiting:
            refuse(task, ServiceBusy(f"{waiting} requests wait; that is as many as may."))
            self._finish(task)
            return
        task.since = time.monotonic()
        if waiting > _LONG_QUEUE:
            self._call_loop(_look_out, task)
        self._under_way.add(task)
        self._queue.put(task)

    def clients(self) -> Iterator[str]:
        """Yield the clients whose requests are under way."""
        # A copy, made in one step: others come and go meanwhile.
        return (task.scope.client for task in self._under_way.copy())

    def overdue(self, seconds: float | None = None) -> Iterator[tuple[threading.Thread, Task]]:
        """Yield the requests that are worked on for longer than they may be, or than `seconds`, with their threads."""
        before = time.monotonic() - min(self._seconds, seconds or self._seconds)
        # A copy, made in one step: others come and go meanwhile.
        for thread, task in list(self._at_work.items()):
            if task.since < before:
                yield thread, task

    def give_up(self, problem: Problem) -> None:
        """Refuse all requests that wait or are worked on, for when the process ends."""
        with contextlib.suppress(Empty):
            while True:
                refuse(self._queue.get_nowait(), problem)
        for task in list(self._at_work.values()):
            refuse(task, problem)

    def _run(self) -> None:
        me = threading.current_thread()
        while True:
            task = self._queue.get()
            now = time.monotonic()
            if task.since < now - self._wait_seconds:
                refuse(task, ServiceBusy(f"The request waited for {self._wait_seconds:g} seconds and was not begun."))
            elif not task.is_left:
                task.since = now
                self._at_work[me] = task
                with self._turns.turn():
                    self._try(task)
                del self._at_work[me]
            self._finish(task)

    def _try(self, task: Task) -> None:
        try:
            self._work(task)
        except Exception:  # noqa: BLE001 - whatever it is, the thread is needed for others
            _log.exception("%s %s could not be answered", task.scope.method, task.scope.path)
            refuse(task, InternalError("The request failed; the log has it."))

    def _finish(self, task: Task) -> None:
        task.is_done = True
        self._under_way.discard(task)
        if task.answered is not None:
            self._call_loop(_resolve, task.answered)
        if task.departure is not None:
            self._call_loop(task.departure.cancel)


def refuse(task: Task, problem: Problem) -> None:
    """Answer with a problem in place of the application; does nothing where the request has its answer."""
    response = problem.answer(make_request_id(task.scope.headers.get("x-request-id", "")))
    headers: Headers = [*response.headers, *OUTERMOST]
    task.exchange.response_bytes(response.status_code, headers, response.get_data())


def _look_out(task: Task) -> None:
    """Note on the loop if the client of a waiting request leaves."""
    task.departure = asyncio.ensure_future(_note_departure(task))
    # It may have been answered by a thread before, which saw nothing to end.
    if task.is_done:
        task.departure.cancel()


async def _note_departure(task: Task) -> None:
    await task.exchange.client_disconnect()
    task.is_left = True


def _resolve(answered: "asyncio.Future[None]") -> None:
    if not answered.done():
        answered.set_result(None)
