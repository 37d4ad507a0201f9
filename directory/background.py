"""Work of a running service in a process of its own, where it does not take Python's lock from requests."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from directory.config import Config

# What runs in such a process can be killed at any point: the next run goes on.
_STOP_SECONDS: Final = 0.5
_NICENESS: Final = 10


@contextmanager
def running_thread(
    work: Callable[[Config, str, threading.Event], None], config: Config, url: str, *, name: str, stop_seconds: float
) -> Iterator[threading.Event]:
    """Run `work` in a thread while the block does; yield the event that ends it.

    At the end the event is set, and the thread gets `stop_seconds` to return: what it started can be killed.
    """
    ended = threading.Event()
    thread = threading.Thread(target=work, args=(config, url, ended), name=name, daemon=True)
    thread.start()
    try:
        yield ended
    finally:
        ended.set()
        thread.join(stop_seconds)


def run_in_process(work: Callable[[Config, str], None], config: Config, url: str, ended: threading.Event) -> None:
    """Run `work` in a new process until it is done; terminate it when `ended` is set."""
    # "spawn": a fork inherits the locks of threads that it does not have, and may deadlock on one.
    process = multiprocessing.get_context("spawn").Process(target=work, args=(config, url), daemon=True)
    process.start()
    while process.is_alive() and not ended.is_set():
        process.join(0.2)
    if process.is_alive():
        process.terminate()
        process.join(_STOP_SECONDS)
    if process.is_alive():
        process.kill()
    process.join()


def lower_priority() -> None:
    """Set a high niceness, so that requests get the processor first."""
    os.nice(_NICENESS)
