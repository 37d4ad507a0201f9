import asyncio
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from directory.worker.event_loop import WorkerEventLoop, build_loop
from directory.worker.rsgi import HTTPProtocol, Scope
from tests.worker.server import get, running

REQUEST = SimpleNamespace(scope="scope", proto="exchange")


@pytest.fixture
def loop() -> Iterator[WorkerEventLoop]:
    loop = WorkerEventLoop()
    yield loop
    loop.close()


def _hand_over(loop: WorkerEventLoop) -> bool:
    """Schedule a request as granian does; return whether it reached the loop."""
    begun: list[object] = []

    async def answer() -> None:
        begun.append("answer")

    async def run() -> None:
        loop.call_soon_threadsafe(lambda coroutine, _: loop.create_task(coroutine), answer(), REQUEST)
        await asyncio.sleep(0.01)

    loop.run_until_complete(run())
    return bool(begun)


def test_a_request_that_is_taken_does_not_reach_the_loop(loop: WorkerEventLoop) -> None:
    seen: list[tuple[object, object]] = []

    def take(scope: Scope, exchange: HTTPProtocol) -> bool:
        seen.append((scope, exchange))
        return True

    loop.set_request_handler(take)
    assert not _hand_over(loop)
    assert seen == [("scope", "exchange")]


def test_a_request_that_nobody_takes_reaches_the_loop(loop: WorkerEventLoop) -> None:
    assert _hand_over(loop)
    loop.set_request_handler(lambda _scope, _exchange: False)
    assert _hand_over(loop)


def test_a_request_that_could_not_be_taken_reaches_the_loop_and_the_log(
    loop: WorkerEventLoop, caplog: pytest.LogCaptureFixture
) -> None:
    def take(_scope: Scope, _exchange: HTTPProtocol) -> bool:
        raise ValueError("no way")

    loop.set_request_handler(take)
    assert _hand_over(loop)
    assert "no way" in caplog.text


def test_what_is_no_request_is_called_on_the_loop(loop: WorkerEventLoop) -> None:
    loop.set_request_handler(lambda _scope, _exchange: True)
    called: list[int] = []

    async def run() -> None:
        loop.call_soon_threadsafe(called.append, 1)
        loop.call_soon_threadsafe(lambda one, two: called.extend((one, two)), 2, 3)
        await asyncio.sleep(0.01)

    loop.run_until_complete(run())
    assert called == [1, 2, 3]


def test_granian_is_given_this_loop() -> None:
    loop = build_loop()
    assert isinstance(loop, WorkerEventLoop)
    assert asyncio.get_event_loop_policy().get_event_loop() is loop
    asyncio.set_event_loop(None)
    loop.close()


def test_granian_schedules_requests_in_the_way_that_the_hook_expects(tmp_path: Path) -> None:
    with running(tmp_path) as port:
        without_body = int(get(port, "/tasks")[1])
        with_body = int(get(port, "/tasks", "POST", b"x")[1])
    # Only the coroutine of a request with a body becomes a task of the loop.
    assert with_body == without_body + 1
