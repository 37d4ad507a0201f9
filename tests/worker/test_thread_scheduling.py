import threading
import time
from collections.abc import Iterator

import pytest

from directory.worker.thread_scheduling import FairScheduler

PATIENCE = 0.1
PAUSE = 0.2


@pytest.fixture
def turns() -> FairScheduler:
    return FairScheduler(PATIENCE, PAUSE)


@pytest.fixture
def long_turn(turns: FairScheduler) -> Iterator[None]:
    """Have another thread at work for longer than one waits for."""
    begun, over = threading.Event(), threading.Event()

    def work() -> None:
        with turns.slot():
            begun.set()
            over.wait()

    thread = threading.Thread(target=work)
    thread.start()
    begun.wait()
    time.sleep(PATIENCE)
    yield
    over.set()
    thread.join()


def _seconds_of_a_turn(turns: FairScheduler) -> float:
    begin = time.monotonic()
    with turns.slot():
        pass
    return time.monotonic() - begin


@pytest.mark.usefixtures("long_turn")
def test_who_is_done_pauses_for_a_thread_that_has_been_at_work_for_long(turns: FairScheduler) -> None:
    assert _seconds_of_a_turn(turns) >= PAUSE


@pytest.mark.usefixtures("long_turn")
def test_pauses_do_not_follow_each_other_at_once(turns: FairScheduler) -> None:
    _seconds_of_a_turn(turns)
    assert _seconds_of_a_turn(turns) < PAUSE
    time.sleep(PATIENCE)
    assert _seconds_of_a_turn(turns) >= PAUSE


def test_nobody_pauses_where_all_are_quick_or_one_works_alone(turns: FairScheduler) -> None:
    with turns.slot():
        time.sleep(PATIENCE)
    assert _seconds_of_a_turn(turns) < PAUSE


def test_a_turn_that_failed_is_over(turns: FairScheduler) -> None:
    with pytest.raises(ValueError, match="no way"), turns.slot():
        raise ValueError("no way")
    time.sleep(PATIENCE)
    assert _seconds_of_a_turn(turns) < PAUSE
