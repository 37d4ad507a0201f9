import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from directory.http.problems import ServiceBusy
from directory.worker.thread_pools import Lane, Task


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

    def task(self) -> Task:
        """Return its request."""
        exchange: Any = self
        return Task(self.scope, exchange)


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


def _waiting(goes_on: threading.Event) -> Callable[[Task], None]:
    def wait(_: Task) -> None:
        goes_on.wait(20)

    return wait


def test_more_than_may_wait_are_refused_with_a_time_to_ask_again(call_loop: Callable[..., object]) -> None:
    lane = Lane(lambda _: None, seconds=1, call_loop=call_loop, most_waiting=2)
    clients = [Client() for _ in range(3)]
    for client in clients:
        lane.put(client.task())
    assert [len(client.answers) for client in clients] == [0, 0, 1]
    status, headers, body = clients[2].answers[0]
    assert status == 503
    assert headers["Retry-After"] == "2"
    assert headers["Content-Type"] == "application/problem+json"
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert json.loads(body)["type"] == "/problems/service-busy"


def test_what_waited_too_long_is_refused_and_never_begun(call_loop: Callable[..., object]) -> None:
    begun: list[Task] = []
    lane = Lane(begun.append, seconds=1, call_loop=call_loop, wait_seconds=0.05)
    late = Client()
    lane.put(late.task())
    time.sleep(0.1)
    lane.start("test")
    assert _within(5, lambda: bool(late.answers))
    assert late.answers[0][0] == 503
    assert not begun
    lane.put(Client().task())
    assert _within(5, lambda: len(begun) == 1)


def test_requests_of_clients_that_left_are_not_begun(call_loop: Callable[..., object]) -> None:
    begun: list[Task] = []
    lane = Lane(begun.append, seconds=1, call_loop=call_loop)
    clients = [Client(f"192.0.2.1:{number}") for number in range(100)]
    tasks = [client.task() for client in clients]
    for task in tasks:
        lane.put(task)
    assert len(set(lane.clients())) == 100
    for client in clients[50:]:
        call_loop(client.left.set)
    assert _within(5, lambda: all(task.is_left for task in tasks[50:]))
    lane.start("test")
    assert _within(5, lambda: all(task.is_done for task in tasks))
    assert begun == tasks[:50]
    assert not list(lane.clients())


def test_what_takes_too_long_is_told_with_its_thread(call_loop: Callable[..., object]) -> None:
    goes_on = threading.Event()
    lane = Lane(_waiting(goes_on), seconds=0.2, call_loop=call_loop)
    lane.start("slow")
    task = Client().task()
    lane.put(task)
    assert not list(lane.overdue())
    assert _within(5, lambda: [found for _, found in lane.overdue()] == [task])
    assert [thread.name for thread, _ in lane.overdue()] == ["slow"]
    goes_on.set()
    assert _within(5, lambda: not list(lane.overdue()))


def test_a_thread_outlives_whatever_a_request_does_to_it(call_loop: Callable[..., object]) -> None:
    def fail(_: Task) -> None:
        raise ValueError("no way")

    lane = Lane(fail, seconds=1, call_loop=call_loop)
    lane.start("test")
    clients = [Client(), Client()]
    for client in clients:
        lane.put(client.task())
        assert _within(5, lambda client=client: bool(client.answers))  # type: ignore[misc]
    assert [client.answers[0][0] for client in clients] == [500, 500]


def test_what_is_left_at_the_end_is_refused(call_loop: Callable[..., object]) -> None:
    goes_on = threading.Event()
    lane = Lane(_waiting(goes_on), seconds=10, call_loop=call_loop)
    lane.start("slow")
    clients = [Client(), Client()]
    for client in clients:
        lane.put(client.task())
    time.sleep(0.1)
    lane.give_up(ServiceBusy("The service is being stopped."))
    goes_on.set()
    assert [client.answers[0][0] for client in clients] == [503, 503]
