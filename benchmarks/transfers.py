"""The transfer of snapshot files: by nginx, by the service, and by nginx with X-Accel-Redirect.

Measured by `make bench`, and alone by `make bench BENCH=--transfers`. All three have
as many workers, and the files are in memory: what is compared is the way from there into the connection.
"""

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psycopg

from benchmarks import machine, servers
from benchmarks.measure import Figures
from benchmarks.servers import Server
from tests.snapshots.planted import plant
from tests.snapshots.served import ALONE, documented_server

MEBIBYTE = 1 << 20
REVISION = 1
UNIT = "MiB per second"
PROCESSOR = "processor seconds per GiB"
# The name of a file, its size in bytes, and the number of connections.
WORKS = (
    ("accounts.parquet", 1024 * MEBIBYTE, 1),
    ("accounts.parquet", 1024 * MEBIBYTE, 4),
    ("departments.parquet", 10 * MEBIBYTE, 16),
    ("platforms.parquet", MEBIBYTE // 8, 16),
)
_LIMITS = re.compile(r"^ *limit_(?:conn|req).*\n", re.MULTILINE)
_UNITS = {"B": 1 / MEBIBYTE, "KB": 1 / 1024, "MB": 1.0, "GB": 1024.0}


@dataclass(frozen=True, slots=True)
class Run:
    """The result of one run: MiB per second, and processor seconds of the server per GiB."""

    speed: float
    processor: float


def measure(url: str, folder: Path, port: int, *, rounds: int, seconds: float) -> Iterator[Figures]:
    """Yield speed and processor time of each work, for all servers in turn.

    `url` is of an empty registry, `port` the first of four; the files go into `folder`, and stay for the next time.
    """
    storage = folder / "storage"
    with psycopg.connect(url) as conn:
        plant(conn, storage, REVISION, _files(folder))
    registry = {"DATABASE_URL": url, "DIRECTORY_DATA_DIR": str(folder), "DIRECTORY_STORAGE_URL": storage.as_uri()}
    behind = {**registry, "DIRECTORY_ACCEL_PREFIX": "/snapshot-files"}
    with ExitStack() as stack:
        alone = stack.enter_context(servers.nginx("nginx", port, ALONE.format(storage=storage), _path("manifest.json")))
        service = stack.enter_context(servers.service("service", port + 1, registry))
        stack.enter_context(servers.service("service behind nginx", port + 2, behind))
        # One client here asks more often than the documented limits let it.
        unlimited = _LIMITS.sub("", documented_server(storage, port + 2))
        before = servers.nginx("behind nginx", port + 3, unlimited, _path("manifest.json"))
        yield from _measure((alone, service, stack.enter_context(before)), rounds, seconds)


def _measure(subjects: tuple[Server, ...], rounds: int, seconds: float) -> Iterator[Figures]:
    for name, size, connections in WORKS:
        work = f"{_size(size)} over {connections} connection{'s' if connections > 1 else ''}"
        speed, processor = Figures(work, UNIT), Figures(work, PROCESSOR)
        for server in subjects:
            _drive(server, _path(name), connections, 1)
        for _ in range(rounds):
            for server in subjects:
                run = _drive(server, _path(name), connections, seconds)
                speed.add(server.name, run.speed)
                processor.add(server.name, run.processor)
        yield speed
        yield processor


def _drive(server: Server, path: str, connections: int, seconds: float) -> Run:
    """Request a file repeatedly with wrk; a partial last transfer counts too."""
    before = machine.processor(server.pid)
    options = ["-t", str(min(2, connections)), "-c", str(connections), "-d", f"{max(1, round(seconds))}s"]
    command = ["wrk", *options, "--timeout", "60s", server.base + path]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    took = machine.processor(server.pid) - before
    rate, read = re.search(r"Transfer/sec:\s+([\d.]+)(\w+)", said), re.search(r", ([\d.]+)(\w+) read", said)
    if rate is None or read is None or "Non-2xx" in said:
        raise RuntimeError(f"{server.name} did not send {path}:\n{said}")
    return Run(float(rate[1]) * _UNITS[rate[2]], took / (float(read[1]) * _UNITS[read[2]] / 1024))


def _files(folder: Path) -> dict[str, bytes | Path]:
    """Return files of the sizes that are asked for, that no two parts of are alike."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(folder / "storage", ignore_errors=True)
    files: dict[str, bytes | Path] = {}
    for name, size, _ in WORKS:
        path = folder / name
        if not path.exists() or path.stat().st_size != size:
            with path.open("wb") as file:
                for place in range(0, size, 8192):
                    file.write(place.to_bytes(8, "big") * 1024)
        files[name] = path
    return files


def _path(name: str) -> str:
    return f"/v1/snapshots/{REVISION}/{name}"


def _size(size: int) -> str:
    return f"{size // MEBIBYTE} MiB" if size >= MEBIBYTE else f"{size // 1024} KiB"
