"""The machine: its hardware and versions, and the memory and processor time of a server's processes."""

import contextlib
import os
import platform
import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from psycopg import Connection

MEBIBYTE = 1024
PACKAGES = ("flask", "flask-smorest", "granian", "psycopg")


@dataclass(slots=True)
class Cost:
    """Seconds that a work took on the clock, and of the processor by Python and PostgreSQL; Python's peak in MiB."""

    wall: float
    python: float
    postgres: float = 0.0
    peak: float = 0.0

    def seconds(self) -> tuple[float, float, float]:
        """Return the seconds on the clock, of Python and of PostgreSQL."""
        return self.wall, self.python, self.postgres

    def line(self) -> str:
        """Return it as a line of progress."""
        seconds = f"wall {self.wall:.2f} s, Python {self.python:.2f}, PostgreSQL {self.postgres:.2f}"
        return f"{seconds}, peak {self.peak:.0f} MiB"


def describe() -> list[str]:
    """Return the hardware and versions for the report."""
    model = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    cores = f"{os.cpu_count()} cores ({model[1] if model else platform.machine()})"
    packages = [f"{package} {version(package)}" for package in PACKAGES]
    return [cores, f"Python {platform.python_version()}", *packages]


def tree(pid: int) -> list[int]:
    """Return a process id and those of all its descendants."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            after_name = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended
            continue
        children.setdefault(int(after_name[1]), []).append(int(stat.parent.name))
    found = [pid]
    for process in found:
        found += children.get(process, [])
    return found


def peak(pid: int) -> float:
    """Return the sum of the largest resident sizes that a process and its descendants ever had, in MiB.

    Pages that processes share count for each, so the sum is an upper bound. PostgreSQL's processes are left out.
    """
    return sum(_status(process, "VmHWM") for process in tree(pid) if _name(process) != "postgres") / MEBIBYTE


def processor(pid: int) -> float:
    """Return the seconds that a process and its descendants have spent on processors, the system's part included."""
    ticks = 0
    for process in tree(pid):
        try:
            fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        except OSError:  # it has ended
            continue
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def spent(pids: Iterable[int]) -> int:
    """Return the nanoseconds that all threads of these processes have spent on processors so far.

    Of threads that have ended since nothing is known: compare what lives on.
    """
    total = 0
    for pid in pids:
        for task in Path(f"/proc/{pid}/task").glob("*/schedstat"):
            with contextlib.suppress(OSError):  # it has ended
                total += int(task.read_text().split()[0])
    return total


def proportional(pid: int) -> float:
    """Return the memory of a process and its descendants in MiB; pages that they share count once (PSS)."""
    total = 0
    for process in tree(pid):
        with contextlib.suppress(OSError):  # it has ended
            found = re.search(r"^Pss:\s+(\d+) kB", Path(f"/proc/{process}/smaps_rollup").read_text(), re.MULTILINE)
            total += int(found[1]) if found else 0
    return total / MEBIBYTE


def backends(conn: Connection[Any], database: str) -> list[int]:
    """Return the processes of PostgreSQL that serve clients of a database."""
    rows = conn.execute(
        "SELECT pid FROM pg_stat_activity WHERE datname = %s AND backend_type = 'client backend'", [database]
    )
    return [pid for (pid,) in rows]


def postmaster(conn: Connection[Any]) -> int:
    """Return the process id of the first process of the PostgreSQL that `conn` is connected to."""
    return int(Path(f"/proc/{conn.info.backend_pid}/stat").read_text().rpartition(")")[2].split()[1])


def processor_of_postgres(postmaster: int) -> float:
    """Return the processor seconds of the postmaster and of all below it, those that have ended included."""
    total = 0
    for process in tree(postmaster):
        with contextlib.suppress(OSError):  # it has ended: then it counts for the postmaster
            fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
            # Of the postmaster also the time of the children that it waited for.
            total += sum(map(int, fields[11 : 15 if process == postmaster else 13]))
    return total / os.sysconf("SC_CLK_TCK")


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def _status(pid: int, key: str) -> int:
    try:
        found = re.search(rf"^{key}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    except OSError:
        return 0
    return int(found[1]) if found else 0
