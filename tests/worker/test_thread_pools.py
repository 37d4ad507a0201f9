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
    """A client as granian hands it over: what it was answered, and whether it has left."""

    def __init__(self, name: str = "192.0.2.1:1") -> None:
        self.scope: Any = SimpleNamespace(client=name, headers={}, method="GET", path="/")
        self.answers: list[tuple[int, dict[str, str], bytes]] = []
        self.left = asyncio.Event()

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        """Note an answer."""
        self.answers.append((status, dict(headers), body))

    async def client_disconnect(self) -> None:
        """Return when it has left."""
        await self.left.wait()

    def task(self) -> PendingRequest:
        """Return its request."""
        exchange: Any = self
        return PendingRequest(self.scope, exchange)


@pytest.fixture
def call_loop() -> Iterator[Callable[..., object]]:
    """Give what calls a function on a loop that runs in a thread of its own."""
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


def test_more_than_may_wait_are_refused_with_a_time_to_ask_again(call_loop: Callable[..., object]) -> None:
    lane = ThreadPool(lambda _: None, timeout_seconds=1, call_on_loop=call_loop, max_queued=2)
    clients = [Client() for _ in range(3)]
    for client in clients:
        lane.submit(client.task())
    assert [len(client.answers) for client in clients] == [0, 0, 1]
    status, headers, body = clients[2].answers[0]
    assert status == 503
    assert headers["Retry-After"] == "2"
    assert headers["Content-Type"] == "application/problem+json"
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert json.loads(body)["type"] == "/problems/service-busy"


def test_what_waited_too_long_is_refused_and_never_begun(call_loop: Callable[..., object]) -> None:
    begun: list[PendingRequest] = []
    lane = ThreadPool(begun.append, timeout_seconds=1, call_on_loop=call_loop, max_queue_seconds=0.05)
    late = Client()
    lane.submit(late.task())
    time.sleep(0.1)
    lane.start_thread("test")
    assert _within(5, lambda: bool(late.answers))
    assert late.answers[0][0] == 503
    assert not begun
    lane.submit(Client().task())
    assert _within(5, lambda: len(begun) == 1)


def test_requests_of_clients_that_left_are_not_begun(call_loop: Callable[..., object]) -> None:
    begun: list[PendingRequest] = []
    lane = ThreadPool(begun.append, timeout_seconds=1, call_on_loop=call_loop)
    clients = [Client(f"192.0.2.1:{number}") for number in range(100)]
    tasks = [client.task() for client in clients]
    for task in tasks:
        lane.submit(task)
    assert len(set(lane.active_clients())) == 100
    for client in clients[50:]:
        call_loop(client.left.set)
    assert _within(5, lambda: all(task.is_abandoned for task in tasks[50:]))
    lane.start_thread("test")
    assert _within(5, lambda: all(task.is_done for task in tasks))
    assert begun == tasks[:50]
    assert not list(lane.active_clients())


def test_what_takes_too_long_is_told_with_its_thread(call_loop: Callable[..., object]) -> None:
    goes_on = threading.Event()
    lane = ThreadPool(_waiting(goes_on), timeout_seconds=0.2, call_on_loop=call_loop)
    lane.start_thread("slow")
    task = Client().task()
    lane.submit(task)
    assert not list(lane.overdue_requests())
    assert _within(5, lambda: [found for _, found in lane.overdue_requests()] == [task])
    assert [thread.name for thread, _ in lane.overdue_requests()] == ["slow"]
    goes_on.set()
    assert _within(5, lambda: not list(lane.overdue_requests()))


def test_a_thread_outlives_whatever_a_request_does_to_it(call_loop: Callable[..., object]) -> None:
    def fail(_: PendingRequest) -> None:
        raise ValueError("no way")

    lane = ThreadPool(fail, timeout_seconds=1, call_on_loop=call_loop)
    lane.start_thread("test")
    clients = [Client(), Client()]
    for client in clients:
        lane.submit(client.task())
        assert _within(5, lambda client=client: bool(client.answers))  # type: ignore[misc]
    assert [client.answers[0][0] for client in clients] == [500, 500]


def test_what_is_left_at_the_end_is_refused(call_loop: Callable[..., object]) -> None:
    goes_on = threading.Event()
    lane = ThreadPool(_waiting(goes_on), timeout_seconds=10, call_on_loop=call_loop)
    lane.start_thread("slow")
    clients = [Client(), Client()]
    for client in clients:
        lane.submit(client.task())
    time.sleep(0.1)
    lane.reject_all(ServiceBusy("The service is being stopped."))
    goes_on.set()
    assert [client.answers[0][0] for client in clients] == [503, 503]
