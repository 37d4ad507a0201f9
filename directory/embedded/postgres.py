"""The server process of the embedded PostgreSQL: start, stop, and whether it runs."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import psutil
import psycopg

from directory.embedded import files
from directory.embedded.errors import EmbeddedError, startup_error
from directory.embedded.locks import open_lock_file, open_owned, try_lock_exclusive
from directory.embedded.owner import find_owner
from directory.embedded.programs import find_programs

PORT: Final = files.PORT
SOCKET: Final = f".s.PGSQL.{PORT}"
# Crash recovery after a bulk import replays up to max_wal_size (2 GB).
_RECOVERY_SECONDS: Final = 600
_START_SECONDS: Final = 60
_STOP_SECONDS: Final = 60
_ORPHAN_SECONDS: Final = 2
_SILENT_SECONDS: Final = 3
_PAUSE_SECONDS: Final = 0.02
_LOG_BYTES: Final = 10 * 1024 * 1024


class Postgres:
    """The PostgreSQL of one data folder. Call its methods only while you hold start.lock."""

    def __init__(self, data_dir: Path, start_lock: int, log_line: Callable[[str], None]) -> None:
        """Create the cluster in `data_dir` if there is none; raise EmbeddedError for files of another origin."""
        self.pgdata = data_dir / "postgresql"
        self.log = data_dir / "postgresql.log"
        self._lock = data_dir / "server.lock"
        self._log_line = log_line
        self._process: subprocess.Popen[Any] | None = None
        if self.pgdata.is_dir() and not any(self.pgdata.iterdir()):
            self.pgdata.rmdir()
        self._owner = find_owner(self.pgdata)
        self._programs = find_programs(self._owner)
        if self.pgdata.exists():
            files.check_version(self.pgdata, self._programs)
        else:
            log_line(f"creating a new database in {self.pgdata}")
            files.initialize_cluster(self.pgdata, self._owner, self._programs, [start_lock])

    def ensure_running(self, url: str) -> None:
        """Start PostgreSQL unless it runs, and return when it accepts connections at `url`."""
        begun = time.monotonic()
        with open_lock_file(self._lock) as server_lock:
            while not try_lock_exclusive(server_lock):
                refusal = _connection_error(url)
                if refusal is None:
                    return
                if time.monotonic() > begun + _max_wait(refusal):
                    message = (
                        f"{self.pgdata}: PostgreSQL runs but refuses connections; stop it and start again: {refusal}"
                    )
                    raise EmbeddedError(message)
                # It is starting or stopping, or its postmaster was killed and other processes still run.
                if not self._postmaster():
                    self._kill_orphans()
                time.sleep(_PAUSE_SECONDS)
            self._start(server_lock)
        self._await(url)

    def is_running(self) -> bool:
        """Whether its postmaster runs."""
        return self._postmaster() is not None

    def was_shut_down(self) -> bool:
        """Whether it was shut down cleanly, and not killed."""
        result = subprocess.run(  # noqa: S603
            [str(self._programs.folder / "pg_controldata"), "-D", self._owner.path_for_child(self.pgdata)],
            cwd=self.pgdata,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            check=False,
            **self._owner.popen_options(),
        )
        states = [line for line in result.stdout.splitlines() if line.startswith("Database cluster state:")]
        return bool(states) and states[0].split(":")[1].strip() == "shut down"

    def stop(self) -> None:
        """Stop PostgreSQL: fast shutdown (SIGINT), then immediate shutdown (SIGQUIT)."""
        with open_lock_file(self._lock) as server_lock:
            for number, seconds in ((signal.SIGINT, _STOP_SECONDS), (signal.SIGQUIT, 10)):
                end = time.monotonic() + seconds
                if process := self._postmaster():
                    process.send_signal(number)
                while time.monotonic() < end:
                    if try_lock_exclusive(server_lock):
                        if self._process is not None:
                            self._process.wait()
                        return
                    time.sleep(_PAUSE_SECONDS)
        self._log_line(f"PostgreSQL did not stop within a minute; see {self.log}")

    def leave_running(self) -> None:
        """Leave PostgreSQL running for its other users: the last of them stops it."""
        if self._process is not None and self._process.poll() is None:
            # Otherwise Popen warns about a child process that is still running.
            self._process.returncode = 0

    def _start(self, server_lock: int) -> None:
        # No process that we started has server.lock, so these files are stale, even if another program now has the
        # number in postmaster.pid. The exception is a PostgreSQL that somebody started here by hand.
        if processes := self._processes():
            message = (
                f"{self.pgdata}: a PostgreSQL that this program did not start runs there (process {processes[0].pid}): "
                "stop it first"
            )
            raise EmbeddedError(message)
        for name in ("postmaster.pid", SOCKET, f"{SOCKET}.lock"):
            (self.pgdata / name).unlink(missing_ok=True)
        files.write_authentication(self.pgdata, self._owner)
        if self._process is not None:
            # Reap one that was killed.
            self._process.poll()
        log = open_owned(self.log, os.O_WRONLY | os.O_APPEND)
        try:
            if os.fstat(log).st_size > _LOG_BYTES:
                os.ftruncate(log, 0)
            self._log_offset = os.fstat(log).st_size
            self._process = subprocess.Popen(  # noqa: S603
                [
                    *[str(self._programs.folder / "postgres"), "-D", self._owner.path_for_child(self.pgdata)],
                    *files.server_settings(self._programs),
                ],
                cwd=self.pgdata,
                stdout=log,
                stderr=log,
                # Ctrl-C must reach this program only, which stops PostgreSQL after its users.
                start_new_session=True,
                pass_fds=[server_lock],
                **self._owner.popen_options(),
            )
        finally:
            os.close(log)

    def _await(self, url: str) -> None:
        begun = time.monotonic()
        is_announced = False
        while refusal := _connection_error(url):
            waited = time.monotonic() - begun
            if self._process is None or self._process.poll() is not None or waited > _max_wait(refusal):
                with self.log.open("rb") as log:
                    log.seek(self._log_offset)
                    raise startup_error(self.pgdata, log.read().decode(errors="replace") or refusal)
            if not is_announced and waited > _SILENT_SECONDS:
                self._log_line("PostgreSQL is recovering from a crash; this can take a while")
                is_announced = True
            time.sleep(_PAUSE_SECONDS)

    def _postmaster(self) -> psutil.Process | None:
        """Return the postmaster if it runs; None if another program now has its process id."""
        try:
            number = int((self.pgdata / "postmaster.pid").read_text().partition("\n")[0])
            process = psutil.Process(number)
            return process if self._is_ours(process) else None
        except (FileNotFoundError, ValueError, psutil.Error):
            return None

    def _processes(self) -> list[psutil.Process]:
        return [process for process in psutil.process_iter() if self._is_ours(process)]

    def _is_ours(self, process: psutil.Process) -> bool:
        """Whether this is a PostgreSQL process of the owner whose working directory is our cluster."""
        try:
            return (
                process.uids().real == self._owner.uid
                and process.name().startswith("postgres")
                and process.cwd() == str(self.pgdata)
            )
        except (psutil.Error, OSError):
            return False

    def _kill_orphans(self) -> None:
        """Kill backends that outlived their postmaster: until their query ends they keep a new one from starting."""
        time.sleep(_ORPHAN_SECONDS)
        if self._postmaster():
            return
        for process in self._processes():
            # Its client is lost anyway, and a new server recovers from the WAL.
            process.kill()


def _max_wait(refusal: str) -> int:
    """Return the seconds to wait after a refusal with this message."""
    return _RECOVERY_SECONDS if "starting up" in refusal or "not yet accepting" in refusal else _START_SECONDS


def _connection_error(url: str) -> str | None:
    """Return the error message of a connection to `url`, None if it succeeds."""
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.OperationalError as error:
        return str(error)
    return None
