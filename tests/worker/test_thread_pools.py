import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from directory.http.problems import ServiceBusy
from directory.worker.thread_pools import PendingRequest, ThreadPool


class Client:
    """A client as granian passes it on: its responses, and whether it has disconnected."""

    def __init__(self, name: str = "192.0.2.1:1") -> None:
        self.scope: Any = SimpleNamespace(client=name, headers={}, method="GET", path="/")
        self.answers: list[tuple[int, dict[str, str], bytes]] = []
        self.left = asyncio.Event()

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        """Note a response."""
        self.answers.append((status, dict(headers), body))

    async def client_disconnect(self) -> None:
        """Return when it has disconnected."""
        await self.left.wait()

    def task(self) -> PendingRequest:
        """Return its request."""
        exchange: Any = self
        return PendingRequest(self.scope, exchange)


@pytest.fixture
def call_loop() -> Iterator[Callable[..., object]]:
    """Yield what calls a function on an event loop in a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield loop.call_soon_threadsafe
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    for task in asyncio.all_tasks(loop):
        task.cancel()
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()


def _within(seconds: float, holds: Callable[[], bool]) -> bool:
    end = time.monotonic() + seconds
    while not holds() and time.monotonic() < end:
        time.sleep(0.01)
    return holds()


def _waiting(goes_on: threading.Event) -> Callable[[PendingRequest], None]:
    def wait(_: PendingRequest) -> None:
        goes_on.wait(20)

    return wait


def test_requests_beyond_the_queue_are_rejected_with_retry_after(call_loop: Callable[..., object]) -> None:
    pool = ThreadPool(lambda _: None, timeout_seconds=1, call_on_loop=call_loop, max_queued=2)
    clients = [Client() for _ in range(3)]
    for client in clients:
        pool.submit(client.task())
    assert [len(client.answers) for client in clients] == [0, 0, 1]
    status, headers, body = clients[2].answers[0]
    assert status == 503
    assert headers["Retry-After"] == "2"
    assert headers["Content-Type"] == "application/problem+json"
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert json.loads(body)["type"] == "/problems/service-busy"


def test_a_request_that_was_queued_too_long_is_rejected_and_never_started(call_loop: Callable[..., object]) -> None:
    begun: list[PendingRequest] = []
    pool = ThreadPool(begun.append, timeout_seconds=1, call_on_loop=call_loop, max_queue_seconds=0.05)
    late = Client()
    pool.submit(late.task())
    time.sleep(0.1)
    pool.start_thread("test")
    assert _within(5, lambda: bool(late.answers))
    assert late.answers[0][0] == 503
    assert not begun
    pool.submit(Client().task())
    assert _within(5, lambda: len(begun) == 1)


def test_requests_of_clients_that_left_are_not_started(call_loop: Callable[..., object]) -> None:
    begun: list[PendingRequest] = []
    pool = ThreadPool(begun.append, timeout_seconds=1, call_on_loop=call_loop)
    clients = [Client(f"192.0.2.1:{number}") for number in range(100)]
    tasks = [client.task() for client in clients]
    for task in tasks:
        pool.submit(task)
    assert len(set(pool.active_clients())) == 100
    for client in clients[50:]:
        call_loop(client.left.set)
    assert _within(5, lambda: all(task.is_abandoned for task in tasks[50:]))
    pool.start_thread("test")
    assert _within(5, lambda: all(task.is_done for task in tasks))
    assert begun == tasks[:50]
    assert not list(pool.active_clients())


def test_overdue_requests_are_listed_with_their_threads(call_loop: Callable[..., object]) -> None:
    goes_on = threading.Event()
    pool = ThreadPool(_waiting(goes_on), timeout_seconds=0.2, call_on_loop=call_loop)
    pool.start_thread("slow")
    task = Client().task()
    pool.submit(task)
    assert not list(pool.overdue_requests())
    assert _within(5, lambda: [found for _, found in pool.overdue_requests()] == [task])
    assert [thread.name for thread, _ in pool.overdue_requests()] == ["slow"]
    goes_on.set()
    assert _within(5, lambda: not list(pool.overdue_requests()))


def test_a_thread_survives_a_request_that_fails(call_loop: Callable[..., object]) -> None:
    def fail(_: PendingRequest) -> None:
        raise ValueError("no way")

    pool = ThreadPool(fail, timeout_seconds=1, call_on_loop=call_loop)
    pool.start_thread("test")
    clients = [Client(), Client()]
    for client in clients:
        pool.submit(client.task())
        assert _within(5, lambda client=client: bool(client.answers))  # type: ignore[misc]
    assert [client.answers[0][0] for client in clients] == [500, 500]


def test_requests_that_are_left_at_shutdown_are_rejected(call_loop: Callable[..., object]) -> None:
    goes_on = threading.Event()
    pool = ThreadPool(_waiting(goes_on), timeout_seconds=10, call_on_loop=call_loop)
    pool.start_thread("slow")
    clients = [Client(), Client()]
    for client in clients:
        pool.submit(client.task())
    time.sleep(0.1)
    pool.reject_all(ServiceBusy("The service is being stopped."))
    goes_on.set()
    assert [client.answers[0][0] for client in clients] == [503, 503]
