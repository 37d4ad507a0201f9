"""The cost of the worst requests: `python -m benchmarks.bodies OLD NEW`, with the URLs of two services.

Every request of `benchmarks.worst_cases` is sent to both in turn, until its cost is measurable. It prints the processor
time of one request (of the service and of the PostgreSQL that it started) and the largest growth of a process's memory,
then the maximum of all. Linux only, and as a user that may read both services' processes.
"""

import argparse
import http.client
import itertools
import os
import sys
import time
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from benchmarks.worst_cases import Case, cases

_TICK: Final = 1 / os.sysconf("SC_CLK_TCK")
# A tick is ten milliseconds, so cheaper requests are repeated.
_ENOUGH_SECONDS: Final = 0.4
_MAX_ROUNDS: Final = 20


def main() -> None:
    """Measure each case on both services and print its line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old")
    parser.add_argument("new")
    parser.add_argument("--cases", default="", metavar="TEXT", help="only those with this in their name")
    chosen = parser.parse_args()
    services = [Service(chosen.old), Service(chosen.new)]
    print("| request | status | old, ms | new, ms | old : new | old, MB | new, MB |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: |")
    worst: dict[bool, list[tuple[float, float]]] = {False: [], True: []}
    for case in cases():
        if chosen.cases not in case.name:
            continue
        (status, old, old_memory), (new_status, new, new_memory) = (service.measure(case) for service in services)
        shown = f"{status}, {new_status}" if status != new_status else status
        print(
            f"| {case.name} | {shown} | {old * 1000:.0f} | {new * 1000:.1f} | {old / max(new, 0.0005):.1f} "
            f"| {old_memory:.0f} | {new_memory:.1f} |",
            flush=True,
        )
        worst[case.is_honest].append((old, new))
    for is_honest, figures in worst.items():
        if figures:
            old, new = (max(each) for each in zip(*figures, strict=True))
            name = "with texts that are looked up" if is_honest else "refused, or read for nothing"
            print(f"\nworst of those {name}: {old * 1000:.0f} ms, {new * 1000:.1f} ms: {old / max(new, 0.0005):.1f}")


class Service:
    """A running service and its processes."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        self._rounds = itertools.count(1)

    def measure(self, case: Case) -> tuple[str, float, float]:
        """Return the status of the responses, the processor seconds of one, and the growth of memory in MB."""
        status = self._send(case)
        processes = self._processes()
        before = {pid: _memory(pid, "VmRSS") for pid in processes}
        for pid in processes:
            _reset_peak(pid)
        spent, rounds, began = _processor_seconds(processes), 0, time.monotonic()
        while rounds < _MAX_ROUNDS and time.monotonic() - began < _ENOUGH_SECONDS:
            self._send(case)
            rounds += 1
        spent = (_processor_seconds(self._processes()) - spent) / rounds
        # PostgreSQL counts shared memory at its first touch, so its processes are left out.
        grown = max(
            _memory(pid, "VmHWM") - before[pid]
            for pid in processes
            if Path(f"/proc/{pid}").exists() and _is_python(pid)
        )
        return status, spent, grown / 1000

    def _send(self, case: Case) -> str:
        path, body = case.make(next(self._rounds))
        connection = http.client.HTTPConnection(self._host, self._port, timeout=120)
        try:
            method = "GET" if body is None else "POST"
            connection.request(method, path, body, {"Connection": "close", **case.headers})
            answer = connection.getresponse()
            answer.read()
        except OSError as error:
            return type(error).__name__
        finally:
            connection.close()
        return str(answer.status)

    def _processes(self) -> list[int]:
        """Return the process ids: those that listen, their parents, and all descendants of these."""
        parents: dict[int, int] = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                except OSError:
                    continue
        sockets = _listening(self._port)
        workers = [pid for pid in parents if sockets & _sockets(pid)]
        if not workers:
            sys.exit(f"no process listens on port {self._port}")
        roots = {pid for pid in workers if parents[pid] not in workers}
        roots = {parents[pid] if parents[pid] > 1 else pid for pid in roots}
        found = set(roots)
        while more := {pid for pid, parent in parents.items() if parent in found} - found:
            found |= more
        return sorted(found)


def _listening(port: int) -> set[str]:
    found = set()
    for name in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and int(fields[1].rpartition(":")[2], 16) == port:
                found.add(f"socket:[{fields[9]}]")
    return found


def _sockets(pid: int) -> set[str]:
    found = set()
    try:
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            found.add(str(entry.readlink()))
    except OSError:
        pass
    return found


def _processor_seconds(processes: list[int]) -> float:
    ticks = 0
    for pid in processes:
        try:
            ticks += sum(map(int, Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:15]))
        except OSError:
            continue
    return ticks * _TICK


def _memory(pid: int, name: str) -> int:
    """Return a memory figure of a process from /proc, in kB."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(f"{name}:")), 0)


def _reset_peak(pid: int) -> None:
    try:
        Path(f"/proc/{pid}/clear_refs").write_text("5")
    except OSError as error:
        sys.exit(f"the peak of process {pid} cannot be measured: {error}")


def _is_python(pid: int) -> bool:
    return b"python" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0]


if __name__ == "__main__":
    main()
