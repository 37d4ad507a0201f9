"""The cluster of the embedded PostgreSQL: initdb, its client authentication and its settings."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from directory.embedded.errors import ELSEWHERE, EmbeddedError, startup_error
from directory.embedded.owner import Owner, user_name
from directory.embedded.programs import Programs

SUPERUSER: Final = "postgres"
ROLE: Final = "directory"
# Only part of the socket's file name: several data folders do not conflict.
PORT: Final = 5432
_LEAST_FREE_MB: Final = 200
# The pages of some 1,000,000 accounts that requests read.
_MAX_SHARED_BUFFERS_MB: Final = 4096
# A container sees its limit here, by versions 2 and 1, and the whole machine's memory everywhere else. PostgreSQL would
# fill shared_buffers until the kernel kills it.
_CGROUP_LIMITS: Final = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)
# Explicit, never inherited from the environment: the same collation and case rules on every machine.
_LOCALE: Final = ("--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C")


def check_version(pgdata: Path, programs: Programs) -> None:
    """Raise EmbeddedError unless `pgdata` holds a database of the programs' own major version."""
    try:
        major = (pgdata / "PG_VERSION").read_text().strip()
    except FileNotFoundError as error:
        message = (
            f"{pgdata} contains files, but not a complete PostgreSQL database: move it away, "
            "or set DIRECTORY_DATA_DIR to another folder"
        )
        raise EmbeddedError(message) from error
    if major != programs.major:
        message = (
            f"{pgdata} was created by PostgreSQL {major}, this program includes {programs.major}: export the data with "
            "`directory export` of the version that created it, or set DIRECTORY_DATA_DIR to another folder"
        )
        raise EmbeddedError(message)


def initialize_cluster(pgdata: Path, owner: Owner, programs: Programs, keep_open: Sequence[int]) -> None:
    """Create an empty cluster in `pgdata` atomically; initdb inherits the file descriptors `keep_open`."""
    free_mb = shutil.disk_usage(pgdata.parent).free // 2**20
    if free_mb < _LEAST_FREE_MB:
        message = f"{pgdata.parent}: {free_mb} MB are free, {_LEAST_FREE_MB} MB are needed: make room, or {ELSEWHERE}"
        raise EmbeddedError(message)
    # A killed start leaves this folder behind; only the rename below turns it into a cluster.
    unfinished = pgdata.with_name(f"{pgdata.name}.unfinished")
    if unfinished.exists():
        shutil.rmtree(unfinished)
    unfinished.mkdir(mode=0o700)
    if owner.is_other:
        os.chown(unfinished, owner.uid, owner.gid)
    initdb = [str(programs.folder / "initdb"), "-D", owner.path_for_child(unfinished), "-U", SUPERUSER]
    result = subprocess.run(  # noqa: S603
        [*initdb, "--auth-local=peer", "--auth-host=reject", "--no-instructions", *_LOCALE],
        cwd=unfinished,
        pass_fds=keep_open,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        **owner.popen_options(),
    )
    if result.returncode != 0:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise startup_error(pgdata, result.stdout)
    unfinished.rename(pgdata)


def write_authentication(pgdata: Path, owner: Owner) -> None:
    """Write pg_hba.conf and pg_ident.conf: peer authentication for this user, the owner and root, nobody else."""
    names = sorted({owner.name, user_name(os.geteuid()), "root"})
    _write(pgdata, "pg_hba.conf", "local all all peer map=owner\n", owner)
    lines = [f'owner "{name}" {role}\n' for name in names for role in (SUPERUSER, ROLE)]
    _write(pgdata, "pg_ident.conf", "".join(lines), owner)


def _write(folder: Path, name: str, text: str, owner: Owner) -> None:
    # As root we write into another user's folder: O_EXCL and O_NOFOLLOW keep that user from redirecting the write
    # through a symlink.
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


def _memory_mb(limits: Sequence[Path]) -> int:
    """Return the memory that this process may use, in MB: that of the machine, or the limit of its container."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for limit in limits:
        # There is no such file outside of Linux, and `max` in it where nothing is limited.
        with contextlib.suppress(OSError, ValueError):
            memory = min(memory, int(limit.read_text()))
    return memory // 2**20


def server_settings(programs: Programs) -> list[str]:
    """Return the server's settings as arguments, tuned for constant reads and occasional bulk writes."""
    memory_mb = _memory_mb(_CGROUP_LIMITS)
    settings = {
        "listen_addresses": "",
        # The server's working directory: never longer than a socket path may be.
        "unix_socket_directories": ".",
        "port": str(PORT),
        "max_connections": "200",
        # A quarter of memory, as PostgreSQL's manual recommends: a search reads some 60 pages that have no order, and
        # those that are not in here cost more than all the rest of it.
        "shared_buffers": f"{max(16, min(_MAX_SHARED_BUFFERS_MB, memory_mb // 4))}MB",
        "maintenance_work_mem": f"{max(16, min(128, memory_mb // 16))}MB",
        "work_mem": "16MB",
        "effective_cache_size": f"{max(64, memory_mb // 2)}MB",
        # An import of the whole registry fits between two checkpoints.
        "max_wal_size": "2GB",
        "checkpoint_timeout": "15min",
        # To compress a page that is first written after a checkpoint takes 70 us: 40,000 observations, which touch
        # pages all over the indexes, would take 4.0 s of the processor instead of 1.9, for 0.12 GB of WAL, not 0.22.
        "wal_compression": "off",
        # The default of 4 is that of disks which seek.
        "random_page_cost": "1.1",
        # Compiling pays off for long queries only (PostgreSQL's manual, "When to JIT").
        "jit": "off",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_checkpoints": "off",
        # Messages are compared with English ones, in `startup_error` and `_max_wait`.
        "lc_messages": "C",
    }
    if programs.has_library("pg_prewarm"):
        # At a stop and every five minutes it writes down which pages are in shared_buffers. At a start a background
        # worker reads them again, in the order of the disk, so nobody's first search waits for them one by one.
        settings["shared_preload_libraries"] = "pg_prewarm"
    return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
