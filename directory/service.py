"""The service from settings to requests: PostgreSQL, its schema, starter data, and granian in front of them."""

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

from directory import reference_data
from directory.config import Config
from directory.database import advisory_locks
from directory.database.connections import connect
from directory.database.migrations import migrate
from directory.embedded import server as embedded
from directory.embedded.supervisor import supervise
from directory.http.files.download_cache import remove_leftovers
from directory.imports.options import Progress
from directory.imports.pipeline import load_starter
from directory.imports.report import Report
from directory.snapshots.publish.schedule import scheduled_builds
from directory.worker import connection_limits
from directory.worker.application import create_rsgi_application
from directory.worker.processes import WorkerProcesses

# The advisory lock of the steps that only one start may take at a time.
_LOCK: Final = 7_233_192_046_137_041_782
_RETRY_SECONDS: Final = 5

Say = Callable[[str], None]


class AddressInUseError(Exception):
    """Another program listens on this address; the message names it and the remedy."""


@contextmanager
def running_database(config: Config, say: Say) -> Iterator[str]:
    """Yield the URL of the database: of DATABASE_URL, else of an embedded PostgreSQL that runs while the block does."""
    with running_database_and_server(config, say) as (url, _):
        yield url


@contextmanager
def running_database_and_server(config: Config, say: Say) -> Iterator[tuple[str, embedded.Server | None]]:
    """Yield the URL of the database, and the embedded PostgreSQL if it is in one."""
    if config.database_url is not None:
        yield config.database_url, None
        return
    with embedded.running(config.data_dir, say) as server:
        yield server.url, server


def prepare(url: str, lock_wait: int | None = None) -> None:
    """Migrate the schema and sync the reference data; wait `lock_wait` seconds for other writers."""
    migrate(url)
    with connect(url, "directory start", lock_wait=lock_wait) as conn:
        if reference_data.is_current(conn):
            return
    with _start_lock(url, lock_wait) as conn:
        reference_data.sync_reference_data(conn)


def load_starter_data(url: str, progress: Progress) -> Report | None:
    """Import the starter data if the registry has no accounts; return the import's report, None if it has."""
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
    """Reserve the host and port to serve on while the block runs; raise AddressInUseError if they are in use."""
    end = time.monotonic() + _RETRY_SECONDS
    while True:
        try:
            with ExitStack() as stack:
                _reserve(config, stack)
                keep = stack.pop_all()
            break
        except OSError as error:
            # Workers of a service that was killed while they started exit a moment later.
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
        # granian's workers listen with SO_REUSEPORT, so a second service could bind the same port and would get part
        # of the connections. A name in the abstract namespace (unix(7)) has one owner, and vanishes with it.
        name = stack.enter_context(socket.socket(socket.AF_UNIX))
        name.bind(f"\0official-directory {config.host} {config.port}")
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As granian does: connections in TIME_WAIT do not block the port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((config.host, config.port))


def serve(config: Config, url: str, server: embedded.Server | None, ready: Callable[[], None]) -> None:
    """Serve the registry at `url` until SIGINT or SIGTERM; call `ready` once a worker listens.

    Restart an embedded `server` that is killed; raise EmbeddedError if that does not help.
    """
    # A forked worker would inherit the state of our threads: locks that are never released, half an import.
    multiprocessing.set_start_method("spawn", force=True)
    places = connection_limits.allow_open_files(config.connections, config.workers)
    config = replace(config, database_url=url, connections=places)
    with scheduled_builds(config, url) as ended, _supervised(server, ended):
        workers = WorkerProcesses(config, ended.set)
        workers.on_startup(threading.Thread(target=_call_when_listening, args=(config, ready), daemon=True).start)
        # granian declares functions here; of an RSGI application it needs an object with `__rsgi__`.
        loader = cast("Callable[[], Callable[..., Any]]", functools.partial(create_rsgi_application, config))
        try:
            workers.serve(target_loader=loader, wrap_loader=False)
        except SystemExit:
            # granian exits with an error where a worker exited before the parent stopped it, as after Ctrl-C.
            if not workers.interrupt_signal:
                raise
        finally:
            # The workers have exited, so nobody reads their downloads.
            remove_leftovers(config.download_cache_dir)


def _supervised(server: embedded.Server | None, ended: threading.Event) -> AbstractContextManager[None]:
    """Return a context in which an embedded PostgreSQL is restarted if it is killed."""
    if server is None:
        return contextlib.nullcontext()
    # An orderly stop of the whole service: workers finish their requests.
    return supervise(server.supervisor(lambda: os.kill(os.getpid(), signal.SIGTERM)), ended)


def _call_when_listening(config: Config, ready: Callable[[], None]) -> None:
    while True:
        # A host of all zeros stands for every address of this machine; not every system can connect to it.
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(config.host, config.host)  # noqa: S104 - not bound here
        with contextlib.suppress(OSError), socket.create_connection((host, config.port), timeout=1):
            ready()
            return
        time.sleep(0.02)
