"""What a command needs of the service: PostgreSQL, its schema, the reference data and the starter data.

Every command imports this, so it imports what most of them do not need only where it is needed.
"""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Final, TypeAlias

from psycopg import Connection

from directory.config import Config
from directory.database import advisory_locks
from directory.database.connections import connect
from directory.database.migrations import current, head, migrate
from directory.embedded import server as embedded
from directory.reference_digest import is_current, store_digest

if TYPE_CHECKING:
    from directory.imports.options import Progress
    from directory.imports.report import Report

# The advisory lock of the steps that only one start may take at a time.
_LOCK: Final = 7_233_192_046_137_041_782
_RETRY_SECONDS: Final = 5

Say: TypeAlias = Callable[[str], None]


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


def is_prepared(url: str, seed_data: str) -> bool:
    """Whether the registry has the schema and reference data of this program and, if it is to have some, accounts."""
    if current(url) != head():
        return False
    with connect(url, "directory start") as conn:
        return is_current(conn) and (seed_data != "bundled" or _has_accounts(conn))


def prepare(url: str, lock_wait: int | None = None) -> None:
    """Migrate the schema and sync the reference data; wait `lock_wait` seconds for other writers."""
    migrate(url)
    with connect(url, "directory start", lock_wait=lock_wait) as conn:
        if is_current(conn):
            return
    from directory.reference_data import sync_reference_data  # noqa: PLC0415 - see above

    with _start_lock(url, lock_wait) as conn:
        sync_reference_data(conn)
        store_digest(conn)


def load_starter_data(url: str, progress: Progress) -> Report | None:
    """Import the starter data if the registry has no accounts; return the import's report, None if it has."""
    with connect(url) as conn:
        if _has_accounts(conn):
            return None
    from directory.imports.pipeline import load_starter  # noqa: PLC0415 - see above

    with _start_lock(url) as conn:
        if _has_accounts(conn):
            return None
        return load_starter(conn, progress)


def _has_accounts(conn: Connection) -> bool:
    return conn.execute("SELECT EXISTS (SELECT FROM accounts)").fetchone() == (True,)


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
