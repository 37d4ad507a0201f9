"""The files of the embedded PostgreSQL: made whole or not at all, let in only whom they belong to."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from directory.embedded.failures import ELSEWHERE, EmbeddedError, explain
from directory.embedded.owner import Owner, name_of
from directory.embedded.programs import Programs

SUPERUSER: Final = "postgres"
ROLE: Final = "directory"
# Only a part of the socket's name: several data folders do not meet.
PORT: Final = 5432
_LEAST_FREE_MB: Final = 200
# Stated, never inherited: the same order and the same case rules on every machine.
_LOCALE: Final = ("--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C")


def check_version(pgdata: Path, programs: Programs) -> None:
    """Raise EmbeddedError unless `pgdata` holds a database of the programs' own major version."""
    try:
        major = (pgdata / "PG_VERSION").read_text().strip()
    except FileNotFoundError as error:
        message = (
            f"{pgdata} holds files, but not a whole PostgreSQL database: move it away, "
            "or set DIRECTORY_DATA_DIR to another folder"
        )
        raise EmbeddedError(message) from error
    if major != programs.major:
        message = (
            f"{pgdata} was made by PostgreSQL {major}, this program brings {programs.major}: take the data out by "
            "`directory export` of the version that made it, or set DIRECTORY_DATA_DIR to another folder"
        )
        raise EmbeddedError(message)


def initialise(pgdata: Path, owner: Owner, programs: Programs, keep_open: Sequence[int]) -> None:
    """Make a new, empty database in `pgdata`, whole or not at all; initdb keeps the files `keep_open` open."""
    free_mb = shutil.disk_usage(pgdata.parent).free // 2**20
    if free_mb < _LEAST_FREE_MB:
        message = f"{pgdata.parent}: {free_mb} MB are free, {_LEAST_FREE_MB} MB are needed: make room, or {ELSEWHERE}"
        raise EmbeddedError(message)
    # A start that was killed in the middle leaves this; the rename below is what makes a database of it.
    unfinished = pgdata.with_name(f"{pgdata.name}.unfinished")
    if unfinished.exists():
        shutil.rmtree(unfinished)
    unfinished.mkdir(mode=0o700)
    if owner.is_other:
        os.chown(unfinished, owner.uid, owner.gid)
    initdb = [str(programs.folder / "initdb"), "-D", owner.address_of(unfinished), "-U", SUPERUSER]
    made = subprocess.run(  # noqa: S603
        [*initdb, "--auth-local=peer", "--auth-host=reject", "--no-instructions", *_LOCALE],
        cwd=unfinished,
        pass_fds=keep_open,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        **owner.popen(),
    )
    if made.returncode != 0:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise explain(pgdata, made.stdout)
    unfinished.rename(pgdata)


def write_access(pgdata: Path, owner: Owner) -> None:
    """Let in ourselves, the owner and root by the system's own word of who is calling, and nobody else."""
    names = sorted({owner.name, name_of(os.geteuid()), "root"})
    _write(pgdata, "pg_hba.conf", "local all all peer map=owner\n", owner)
    lines = [f'owner "{name}" {role}\n' for name in names for role in (SUPERUSER, ROLE)]
    _write(pgdata, "pg_ident.conf", "".join(lines), owner)


def _write(folder: Path, name: str, text: str, owner: Owner) -> None:
    # The folder is another user's when we are root: made anew by O_EXCL, the file is never somebody's link elsewhere.
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name, dir_fd=handle)
        with os.fdopen(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600, dir_fd=handle), "w") as file:
            file.write(text)
            if owner.is_other:  # an ordinary user may be in none of the groups that the system has for it
                os.fchown(file.fileno(), owner.uid, owner.gid)
    finally:
        os.close(handle)


def settings() -> list[str]:
    """Give the server's settings as arguments: a registry that is read all day and written in bulk now and then."""
    memory_mb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    chosen = {
        "listen_addresses": "",
        # The folder that the server stands in: whatever its name's length, this one is short enough.
        "unix_socket_directories": ".",
        "port": str(PORT),
        "max_connections": "200",
        "shared_buffers": f"{max(16, min(256, memory_mb // 8))}MB",
        "maintenance_work_mem": f"{max(16, min(128, memory_mb // 16))}MB",
        "work_mem": "16MB",
        "effective_cache_size": f"{max(64, memory_mb // 2)}MB",
        # A load of the whole registry fits between two checkpoints.
        "max_wal_size": "2GB",
        "checkpoint_timeout": "15min",
        "wal_compression": "on",
        "random_page_cost": "1.1",
        "jit": "off",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_checkpoints": "off",
        "lc_messages": "C",
    }
    return [part for name, value in chosen.items() for part in ("-c", f"{name}={value}")]
