"""Start and stop the embedded PostgreSQL: `running` yields it, and the last process that uses it stops it."""

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

from directory.embedded.errors import unusable_path_error
from directory.embedded.files import ROLE, SUPERUSER
from directory.embedded.locks import lock_exclusive, lock_shared, open_lock_file, try_lock_exclusive
from directory.embedded.postgres import PORT, SOCKET, Postgres
from directory.embedded.supervisor import Supervisor

# sun_path of a Unix socket is 108 bytes on Linux and 104 on macOS, with a zero byte at the end.
_SOCKET_BYTES: Final = 103


@dataclass(frozen=True, slots=True)
class Server:
    """A running PostgreSQL: its connection URLs for the registry and for its administration, and its log."""

    url: str
    superuser_url: str
    log: Path
    folder: Path
    postgres: Postgres

    def supervisor(self, on_failure: Callable[[], None]) -> Supervisor:
        """Return a supervisor for use under a service; it calls `on_failure` if the service cannot continue."""
        return Supervisor(self.folder, self.postgres, self.superuser_url, on_failure)


@contextmanager
def running(data_dir: Path, log_line: Callable[[str], None] = lambda _: None) -> Iterator[Server]:
    """Yield the PostgreSQL of `data_dir`, started if necessary; raise EmbeddedError naming the path and the remedy."""
    with ExitStack() as stack:
        try:
            server = _enter(stack, data_dir, log_line)
        except OSError as error:
            raise unusable_path_error(error) from error
        yield server


def _enter(stack: ExitStack, data_dir: Path, log_line: Callable[[str], None]) -> Server:
    # Another start may create it at the same time.
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = data_dir.resolve()

    def waiting() -> None:
        log_line(f"waiting for another start or stop in {folder}")

    def leave() -> None:
        with lock_exclusive(folder / "start.lock", waiting):
            if try_lock_exclusive(users):
                postgres.stop()
            else:
                postgres.leave_running()

    users = stack.enter_context(open_lock_file(folder / "users.lock"))
    with lock_exclusive(folder / "start.lock", waiting) as start_lock:
        lock_shared(users)
        postgres = Postgres(folder, start_lock, log_line)
        socket_folder = stack.enter_context(_short_socket_folder(postgres.pgdata))
        superuser_url = _url(socket_folder, SUPERUSER, "postgres")
        server = Server(_url(socket_folder, ROLE, ROLE), superuser_url, postgres.log, folder, postgres)
        try:
            postgres.ensure_running(server.superuser_url)
            _create_database(server.superuser_url)
        except BaseException:
            if try_lock_exclusive(users):
                postgres.stop()
            raise
        stack.callback(leave)
    return server


@contextmanager
def _short_socket_folder(pgdata: Path) -> Iterator[str]:
    """Yield a path by which clients find the socket in `pgdata`: a symlink if the path itself is not usable."""
    name = str(pgdata)
    # libpq splits the `host` parameter at commas.
    if len(os.fsencode(pgdata / SOCKET)) <= _SOCKET_BYTES and "," not in name:
        yield name
        return
    with tempfile.TemporaryDirectory(prefix="directory-") as folder:
        link = Path(folder) / "s"
        link.symlink_to(pgdata)
        yield str(link)


def _url(socket_folder: str, role: str, database: str) -> str:
    # The port is explicit because a PGPORT in the environment is meant for another server.
    return f"postgresql://{role}@/{database}?host={quote(socket_folder, safe='')}&port={PORT}"


def _create_database(superuser_url: str) -> None:
    """Create the role that owns the registry, which is not a superuser, and its database."""
    name = sql.Identifier(ROLE)
    with psycopg.connect(superuser_url, autocommit=True) as conn:
        if not conn.execute("SELECT FROM pg_roles WHERE rolname = %s", [ROLE]).fetchall():
            conn.execute(sql.SQL("CREATE ROLE {} LOGIN").format(name))
        if not conn.execute("SELECT FROM pg_database WHERE datname = %s", [ROLE]).fetchall():
            conn.execute(sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0").format(name, name))
