"""Run the tests on a PostgreSQL of their own: the oldest that Debian installed here, 15 or newer.

Usage: `python -m tests.postgres15 pytest -q`: the command finds the server in `DIRECTORY_TEST_DATABASE_URL`. It lives
in a temporary folder, listens on a free port of 127.0.0.1 only, and is gone with its data when the command ends.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

OLDEST = 15
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "100",
    "fsync": "off",  # the data are thrown away: speed is all that counts
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "256MB",
    "jit": "off",  # as the service sets it: compiling costs more than the tests' own queries take
    # A checkpoint would only write what is dropped a moment later.
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
}


def main(command: list[str]) -> int:
    """Run the command with its own PostgreSQL and return the command's exit status."""
    for name in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, lambda number, _frame: sys.exit(128 + number))
    with server(binaries()) as url:
        print(f"PostgreSQL {version(binaries())} at {url}", flush=True)  # noqa: T201 - tells which one was tested
        return subprocess.run(command, check=False, env={**os.environ, "DIRECTORY_TEST_DATABASE_URL": url}).returncode


def binaries() -> Path:
    """Return the folder of the oldest PostgreSQL programs that will do; leave with a remedy where there are none."""
    found = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if (path / "initdb").exists()]
    fit = sorted((path for path in found if version(path) >= OLDEST), key=version)
    if not fit:
        sys.exit(f"No PostgreSQL {OLDEST} or newer under /usr/lib/postgresql; apt-get install postgresql")
    return fit[0]


def version(programs: Path) -> int:
    """Return the major version of the programs in Debian's folder for them."""
    return int(programs.parent.name)


@contextmanager
def server(programs: Path) -> Iterator[str]:
    """Start a fresh server and give its URL; stop it and remove its data afterwards."""
    home = Path(tempfile.mkdtemp(prefix="directory-postgres-"))
    user = "postgres" if os.geteuid() == 0 else None  # PostgreSQL refuses to run as root
    if user:
        shutil.chown(home, user)
    data, port = home / "data", free_port()
    initdb: list[str | Path] = [
        programs / "initdb",
        "-D",
        data,
        "-U",
        "directory",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale",
        "C.UTF-8",
    ]
    try:
        subprocess.run(initdb, check=True, user=user, cwd=home, stdout=subprocess.DEVNULL)
        control: list[str | Path] = [programs / "pg_ctl", "-D", data, "-w", "-s", "-l", home / "log"]
        options = " ".join(f"-c {name}={value}" for name, value in SETTINGS.items())
        options += f" -c port={port} -c unix_socket_directories={home}"
        subprocess.run([*control, "-o", options, "start"], check=True, user=user, cwd=home)
        try:
            yield f"postgresql://directory@127.0.0.1:{port}/postgres"
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], check=False, user=user, cwd=home)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def free_port() -> int:
    """Return a TCP port that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
