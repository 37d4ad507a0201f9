"""From settings to a running service: a PostgreSQL, its schema, its first data, and granian in front of them."""

import contextlib
import functools
import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from typing import Any, Final, cast

from psycopg import Connection

from directory import embedded, reference_data
from directory.config import Config
from directory.database import advisory_locks
from directory.database.connections import connect
from directory.database.migrations import migrate
from directory.http.files.download_cache import remove_leftovers
from directory.imports.load import load_starter
from directory.imports.merge.merge import Progress
from directory.imports.report import Report
from directory.snapshots.publish.schedule import scheduled
from directory.worker import connection_limits
from directory.worker.application import create_rsgi_application
from directory.worker.processes import WorkerProcesses

# What a start may still have to do is done by one start at a time: the next finds it done.
_LOCK: Final = 7_233_192_046_137_041_782
_RETRY_SECONDS: Final = 5

Say = Callable[[str], None]


class AddressInUseError(Exception):
    """Another program listens where this one is to; the message names the address and the remedy."""


@contextmanager
def running_database(config: Config, say: Say) -> Iterator[str]:
    """Yield the address of the registry's database: the one that is set, else an embedded one while the block runs."""
    with running_database_and_server(config, say) as (url, _):
        yield url


@contextmanager
def running_database_and_server(config: Config, say: Say) -> Iterator[tuple[str, embedded.Server | None]]:
    """Yield the address of the registry's database, and the embedded PostgreSQL if it is in one."""
    if config.database_url is not None:
        yield config.database_url, None
        return
    with embedded.running(config.data_dir, say) as server:
        yield server.url, server


def prepare(url: str, lock_wait: int | None = None) -> None:
    """Bring the database up to this program: its schema, then its reference data; wait so long for other writers."""
    migrate(url)
    with connect(url, "directory start", lock_wait=lock_wait) as conn:
        if reference_data.is_current(conn):
            return
    with _start_lock(url, lock_wait) as conn:
        reference_data.sync_reference_data(conn)


def load_starter_data(url: str, progress: Progress) -> Report | None:
    """Load the starter data if the registry holds no account; give what came of it, None if there was nothing to do."""
    with _start_lock(url) as conn:
        if conn.execute("SELECT EXISTS (SELECT FROM accounts)").fetchone() == (True,):
            return None
        return load_starter(conn, progress)


@contextmanager
def _start_lock(url: str, lock_wait: int | None = None) -> Iterator[Connection]:
    with connect(url, "directory start", lock_wait=lock_wait) as conn:
        advisory_locks.acquire_for_session(conn, _LOCK, "bring the registry up to this program")
        yield conn


@contextmanager
def reserved_address(config: Config) -> Iterator[None]:
    """Keep the address to serve on from other starts while the block runs; raise AddressTakenError if it is in use."""
    end = time.monotonic() + _RETRY_SECONDS
    while True:
        try:
            with ExitStack() as stack:
                _reserve(config, stack)
                keep = stack.pop_all()
            break
        except OSError as error:
            # Workers of a service that was killed notice it when they are done with starting.
            if time.monotonic() > end:
                message = (
                    f"{config.host}:{config.port} cannot be served on ({error.strerror}): "
                    "end the program that does, or choose another PORT"
                )
                raise AddressInUseError(message) from error
            time.sleep(0.1)
    with keep:
        yield


def _reserve(config: Config, stack: ExitStack) -> None:
    if sys.platform == "linux":
        # granian's workers listen by SO_REUSEPORT, so the system would let a second service in between them.
        # A name in the abstract space belongs to one socket, and goes with it.
        name = stack.enter_context(socket.socket(socket.AF_UNIX))
        name.bind(f"\0official-directory {config.host} {config.port}")
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As the server itself will: connections that just ended do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((config.host, config.port))


def serve(config: Config, url: str, server: embedded.Server | None, ready: Callable[[], None]) -> None:
    """Serve the registry at `url` until SIGINT or SIGTERM; `ready` is called once a worker listens.

    An embedded `server` is started again if it is killed; raise EmbeddedError if that is of no use.
    """
    # A forked worker would begin with whatever our threads were at, half an import or a held lock among it.
    multiprocessing.set_start_method("spawn", force=True)
    places = connection_limits.allow_open_files(config.connections, config.workers)
    config = replace(config, database_url=url, connections=places)
    with scheduled(config, url) as ended, _supervised(server, ended):
        workers = WorkerProcesses(config, ended.set)
        workers.on_startup(threading.Thread(target=_call_when_listening, args=(config, ready), daemon=True).start)
        # granian types what it calls as plain functions; what it wants of RSGI is an object with `__rsgi__`.
        loader = cast("Callable[[], Callable[..., Any]]", functools.partial(create_rsgi_application, config))
        try:
            workers.serve(target_loader=loader, wrap_loader=False)
        except SystemExit:
            # So it ends for a worker that did not wait to be told.
            if not workers.interrupt_signal:
                raise
        finally:
            # The workers are gone, and nobody reads their downloads any more.
            remove_leftovers(config.spool_dir)


def _supervised(server: embedded.Server | None, ended: threading.Event) -> AbstractContextManager[None]:
    """Look after an embedded PostgreSQL while the block runs."""
    if server is None:
        return contextlib.nullcontext()
    # As anybody would end the service: workers answer what they are at.
    return embedded.keeping(server.keeper(lambda: os.kill(os.getpid(), signal.SIGTERM)), ended)


def _call_when_listening(config: Config, ready: Callable[[], None]) -> None:
    while True:
        # A host of all zeros is every address of this machine, and cannot be called by that name everywhere.
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(config.host, config.host)  # noqa: S104 - not bound here
        with contextlib.suppress(OSError), socket.create_connection((host, config.port), timeout=1):
            ready()
            return
        time.sleep(0.02)
