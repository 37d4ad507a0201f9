import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from directory.worker.thread_scheduling import FairScheduler
from tests.worker.server import get, running

STARVED = 0.1
PAUSE = 0.2


@pytest.fixture
def scheduler() -> FairScheduler:
    return FairScheduler(STARVED, PAUSE)


@pytest.fixture
def long_slot(scheduler: FairScheduler) -> Iterator[None]:
    """Run another thread in a slot for so long that it counts as starved."""
    begun, over = threading.Event(), threading.Event()

    def work() -> None:
        with scheduler.slot():
            begun.set()
            over.wait()

    thread = threading.Thread(target=work)
    thread.start()
    begun.wait()
    time.sleep(STARVED)
    yield
    over.set()
    thread.join()


def _seconds_of_a_slot(scheduler: FairScheduler) -> float:
    begin = time.monotonic()
    with scheduler.slot():
        pass
    return time.monotonic() - begin


@pytest.mark.usefixtures("long_slot")
def test_a_thread_that_is_done_pauses_for_one_that_runs_for_long(scheduler: FairScheduler) -> None:
    assert _seconds_of_a_slot(scheduler) >= PAUSE


@pytest.mark.usefixtures("long_slot")
def test_pauses_do_not_follow_each_other_at_once(scheduler: FairScheduler) -> None:
    _seconds_of_a_slot(scheduler)
    assert _seconds_of_a_slot(scheduler) < PAUSE
    time.sleep(STARVED)
    assert _seconds_of_a_slot(scheduler) >= PAUSE


def test_no_thread_pauses_where_all_are_quick_or_one_runs_alone(scheduler: FairScheduler) -> None:
    with scheduler.slot():
        time.sleep(STARVED)
    assert _seconds_of_a_slot(scheduler) < PAUSE


def test_a_slot_that_failed_is_over(scheduler: FairScheduler) -> None:
    with pytest.raises(ValueError, match="no way"), scheduler.slot():
        raise ValueError("no way")
    time.sleep(STARVED)
    assert _seconds_of_a_slot(scheduler) < PAUSE


def test_requests_run_in_slots_of_the_scheduler(tmp_path: Path) -> None:
    with running(tmp_path) as port:
        assert get(port, "/slots")[1] == b"1"
