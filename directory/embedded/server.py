"""One PostgreSQL in one data folder: found running, or started; stopped when the last of its users ends."""

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
from directory.embedded.failures import EmbeddedError, explain
from directory.embedded.locks import lock_file, open_ours, try_alone
from directory.embedded.owner import find_owner
from directory.embedded.programs import find_programs

PORT: Final = files.PORT
SOCKET: Final = f".s.PGSQL.{PORT}"
# Recovery after a crash in a bulk load: up to max_wal_size has to be read again.
_RECOVERY_SECONDS: Final = 600
_START_SECONDS: Final = 60
_STOP_SECONDS: Final = 60
_ORPHAN_SECONDS: Final = 2
_SILENT_SECONDS: Final = 3
_PAUSE_SECONDS: Final = 0.02
_LOG_BYTES: Final = 10 * 1024 * 1024


class Postgres:
    """The PostgreSQL of one data folder. Call its methods only with start.lock in hand."""

    def __init__(self, data_dir: Path, start_lock: int, say: Callable[[str], None]) -> None:
        """Make the database's files in `data_dir` if there are none; raise EmbeddedError for files not ours."""
        self.pgdata = data_dir / "postgresql"
        self.log = data_dir / "postgresql.log"
        self._lock = data_dir / "server.lock"
        self._say = say
        self._process: subprocess.Popen[Any] | None = None
        if self.pgdata.is_dir() and not any(self.pgdata.iterdir()):
            self.pgdata.rmdir()
        self._owner = find_owner(self.pgdata)
        self._programs = find_programs(self._owner)
        if self.pgdata.exists():
            files.check_version(self.pgdata, self._programs)
        else:
            say(f"making a new database in {self.pgdata}")
            files.initialise(self.pgdata, self._owner, self._programs, [start_lock])

    def ensure_running(self, url: str) -> None:
        """Start PostgreSQL unless it runs, and return when it answers at `url`."""
        begun = time.monotonic()
        with lock_file(self._lock) as server_lock:
            while not try_alone(server_lock):
                refusal = _refusal(url)
                if refusal is None:
                    return
                if time.monotonic() > begun + _patience(refusal):
                    message = (
                        f"{self.pgdata}: PostgreSQL runs but does not let us in; end it and start again: {refusal}"
                    )
                    raise EmbeddedError(message)
                # It is starting or stopping, or its head was killed and the rest is still about.
                if not self._postmaster():
                    self._end_orphans()
                time.sleep(_PAUSE_SECONDS)
            self._start(server_lock)
        self._await(url)

    def is_running(self) -> bool:
        """Whether its first process lives."""
        return self._postmaster() is not None

    def was_stopped(self) -> bool:
        """Whether it was stopped in order, and not killed."""
        told = subprocess.run(  # noqa: S603
            [str(self._programs.folder / "pg_controldata"), "-D", self._owner.address_of(self.pgdata)],
            cwd=self.pgdata,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            check=False,
            **self._owner.popen(),
        )
        states = [line for line in told.stdout.splitlines() if line.startswith("Database cluster state:")]
        return bool(states) and states[0].split(":")[1].strip() == "shut down"

    def stop(self) -> None:
        """Stop PostgreSQL: ask it, then order it."""
        with lock_file(self._lock) as server_lock:
            for number, seconds in ((signal.SIGINT, _STOP_SECONDS), (signal.SIGQUIT, 10)):
                end = time.monotonic() + seconds
                if process := self._postmaster():
                    process.send_signal(number)
                while time.monotonic() < end:
                    if try_alone(server_lock):
                        if self._process is not None:
                            self._process.wait()
                        return
                    time.sleep(_PAUSE_SECONDS)
        self._say(f"PostgreSQL did not stop within a minute; see {self.log}")

    def leave_running(self) -> None:
        """Let PostgreSQL go on for its other users: the last of them stops it."""
        if self._process is not None and self._process.poll() is None:
            # Else Python warns of a child that nobody waited for.
            self._process.returncode = 0

    def _start(self, server_lock: int) -> None:
        # No process of ours has server.lock, so whatever these files say is of the past, even if another program
        # has the number in postmaster.pid by now. Unless somebody started PostgreSQL here by hand:
        if strangers := self._processes():
            message = (
                f"{self.pgdata}: a PostgreSQL that this program did not start runs there (process {strangers[0].pid}): "
                "stop it first"
            )
            raise EmbeddedError(message)
        for name in ("postmaster.pid", SOCKET, f"{SOCKET}.lock"):
            (self.pgdata / name).unlink(missing_ok=True)
        files.write_access(self.pgdata, self._owner)
        if self._process is not None:
            # One that was killed is still to be waited for.
            self._process.poll()
        log = open_ours(self.log, os.O_WRONLY | os.O_APPEND)
        try:
            if os.fstat(log).st_size > _LOG_BYTES:
                os.ftruncate(log, 0)
            self._log_offset = os.fstat(log).st_size
            self._process = subprocess.Popen(  # noqa: S603
                [
                    *[str(self._programs.folder / "postgres"), "-D", self._owner.address_of(self.pgdata)],
                    *files.settings(),
                ],
                cwd=self.pgdata,
                stdout=log,
                stderr=log,
                # Ctrl-C is for us: PostgreSQL is stopped after those who use it.
                start_new_session=True,
                pass_fds=[server_lock],
                **self._owner.popen(),
            )
        finally:
            os.close(log)

    def _await(self, url: str) -> None:
        begun = time.monotonic()
        told = False
        while refusal := _refusal(url):
            waited = time.monotonic() - begun
            if self._process is None or self._process.poll() is not None or waited > _patience(refusal):
                with self.log.open("rb") as log:
                    log.seek(self._log_offset)
                    raise explain(self.pgdata, log.read().decode(errors="replace") or refusal)
            if not told and waited > _SILENT_SECONDS:
                self._say("PostgreSQL is recovering from a crash; this can take a while")
                told = True
            time.sleep(_PAUSE_SECONDS)

    def _postmaster(self) -> psutil.Process | None:
        """Return PostgreSQL's first process if it lives; a number that another program has by now is none."""
        try:
            number = int((self.pgdata / "postmaster.pid").read_text().partition("\n")[0])
            process = psutil.Process(number)
            return process if self._is_ours(process) else None
        except (FileNotFoundError, ValueError, psutil.Error):
            return None

    def _processes(self) -> list[psutil.Process]:
        return [process for process in psutil.process_iter() if self._is_ours(process)]

    def _is_ours(self, process: psutil.Process) -> bool:
        """Tell whether this is a PostgreSQL of the owner that stands in our folder, as all of its processes do."""
        try:
            return (
                process.uids().real == self._owner.uid
                and process.name().startswith("postgres")
                and process.cwd() == str(self.pgdata)
            )
        except (psutil.Error, OSError):
            return False

    def _end_orphans(self) -> None:
        """End what outlived its postmaster: busy to the end of its query, it would keep a new one from starting."""
        time.sleep(_ORPHAN_SECONDS)
        if self._postmaster():
            return
        for process in self._processes():
            # It has nobody to answer to, and a new server recovers from the log whatever it leaves.
            process.kill()


def _patience(refusal: str) -> int:
    """Return the seconds that are worth waiting after such a refusal."""
    return _RECOVERY_SECONDS if "starting up" in refusal or "not yet accepting" in refusal else _START_SECONDS


def _refusal(url: str) -> str | None:
    """Return the words with which a connection to `url` is refused, None if it is not."""
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.OperationalError as error:
        return str(error)
    return None
