import threading
import time
from collections.abc import Iterator

import pytest

from directory.worker.thread_scheduling import Turns

PATIENCE = 0.1
PAUSE = 0.2


@pytest.fixture
def turns() -> Turns:
    return Turns(PATIENCE, PAUSE)


@pytest.fixture
def long_turn(turns: Turns) -> Iterator[None]:
    """Have another thread at work for longer than one waits for."""
    begun, over = threading.Event(), threading.Event()

    def work() -> None:
        with turns.turn():
            begun.set()
            over.wait()

    thread = threading.Thread(target=work)
    thread.start()
    begun.wait()
    time.sleep(PATIENCE)
    yield
    over.set()
    thread.join()


def _seconds_of_a_turn(turns: Turns) -> float:
    begin = time.monotonic()
    with turns.turn():
        pass
    return time.monotonic() - begin


@pytest.mark.usefixtures("long_turn")
def test_who_is_done_pauses_for_a_thread_that_has_been_at_work_for_long(turns: Turns) -> None:
    assert _seconds_of_a_turn(turns) >= PAUSE


@pytest.mark.usefixtures("long_turn")
def test_pauses_do_not_follow_each_other_at_once(turns: Turns) -> None:
    _seconds_of_a_turn(turns)
    assert _seconds_of_a_turn(turns) < PAUSE
    time.sleep(PATIENCE)
    assert _seconds_of_a_turn(turns) >= PAUSE


def test_nobody_pauses_where_all_are_quick_or_one_works_alone(turns: Turns) -> None:
    with turns.turn():
        time.sleep(PATIENCE)
    assert _seconds_of_a_turn(turns) < PAUSE


def test_a_turn_that_failed_is_over(turns: Turns) -> None:
    with pytest.raises(ValueError, match="no way"), turns.turn():
        raise ValueError("no way")
    time.sleep(PATIENCE)
    assert _seconds_of_a_turn(turns) < PAUSE
