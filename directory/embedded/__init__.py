"""The PostgreSQL that starts by itself when no DATABASE_URL is given, and stops when the last of its users ends."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

import psycopg
from psycopg import sql

from directory.embedded.failures import EmbeddedError, unusable
from directory.embedded.files import ROLE, SUPERUSER
from directory.embedded.keeper import Keeper, keeping
from directory.embedded.locks import alone, lock_file, share, try_alone
from directory.embedded.server import PORT, SOCKET, Postgres

__all__ = ["EmbeddedError", "Keeper", "Server", "keeping", "running"]

# What a Unix socket's address holds: 108 bytes on Linux, 104 on macOS, with a zero at the end.
_SOCKET_BYTES: Final = 103


@dataclass(frozen=True, slots=True)
class Server:
    """A running PostgreSQL: its addresses for the registry and for its administration, and its log."""

    url: str
    superuser_url: str
    log: Path
    folder: Path
    postgres: Postgres

    def keeper(self, say: Callable[[], None]) -> Keeper:
        """Return who looks after it under a service; `say` is called if the service cannot go on."""
        return Keeper(self.folder, self.postgres, self.superuser_url, say)


@contextmanager
def running(data_dir: Path, say: Callable[[str], None] = lambda _: None) -> Iterator[Server]:
    """Yield the PostgreSQL of `data_dir`, started unless it runs; raise EmbeddedError naming place and remedy."""
    with ExitStack() as stack:
        try:
            server = _enter(stack, data_dir, say)
        except OSError as error:
            raise unusable(error) from error
        yield server


def _enter(stack: ExitStack, data_dir: Path, say: Callable[[str], None]) -> Server:
    # It may be there, or another start makes it at the same time.
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = data_dir.resolve()

    def waiting() -> None:
        say(f"waiting for another start or stop in {folder}")

    def leave() -> None:
        with alone(folder / "start.lock", waiting):
            if try_alone(users):
                postgres.stop()
            else:
                postgres.leave_running()

    users = stack.enter_context(lock_file(folder / "users.lock"))
    with alone(folder / "start.lock", waiting) as start_lock:
        share(users)
        postgres = Postgres(folder, start_lock, say)
        address = stack.enter_context(_short_address(postgres.pgdata))
        superuser_url = _url(address, SUPERUSER, "postgres")
        server = Server(_url(address, ROLE, ROLE), superuser_url, postgres.log, folder, postgres)
        try:
            postgres.ensure_running(server.superuser_url)
            _make_database(server.superuser_url)
        except BaseException:
            if try_alone(users):
                postgres.stop()
            raise
        stack.callback(leave)
    return server


@contextmanager
def _short_address(pgdata: Path) -> Iterator[str]:
    """Yield a folder's name by which clients find the socket in `pgdata`: a link, where its own name will not do."""
    name = str(pgdata)
    # libpq takes a comma for the end of a host's name.
    if len(os.fsencode(pgdata / SOCKET)) <= _SOCKET_BYTES and "," not in name:
        yield name
        return
    with tempfile.TemporaryDirectory(prefix="directory-") as folder:
        link = Path(folder) / "s"
        link.symlink_to(pgdata)
        yield str(link)


def _url(address: str, role: str, database: str) -> str:
    # The port is said too: a PGPORT in the environment is meant for another server.
    return f"postgresql://{role}@/{database}?host={quote(address, safe='')}&port={PORT}"


def _make_database(superuser_url: str) -> None:
    """Make the role that owns the registry and is no superuser, and its database."""
    name = sql.Identifier(ROLE)
    with psycopg.connect(superuser_url, autocommit=True) as conn:
        if not conn.execute("SELECT FROM pg_roles WHERE rolname = %s", [ROLE]).fetchall():
            conn.execute(sql.SQL("CREATE ROLE {} LOGIN").format(name))
        if not conn.execute("SELECT FROM pg_database WHERE datname = %s", [ROLE]).fetchall():
            conn.execute(sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0").format(name, name))
