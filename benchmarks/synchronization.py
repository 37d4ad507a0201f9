"""`directory sync` next to `directory import` of the same rows: `python -m benchmarks.synchronization`.

A server on this machine has the rows as a dataset of a Socrata portal. In each round an empty registry is filled from
it, and another one from the file; then both do the same again, where nothing has changed. It prints seconds on the
clock, of processor time of Python and of PostgreSQL, the peak memory of Python's processes, and the requests that the
server saw, and fails where the two registries differ in anything but ids, revisions and times.

With `--sync-only` the file is not imported: for the memory of a source of 1,000,000 rows.
"""

import argparse
import functools
import http.server
import itertools
import json
import multiprocessing
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import psycopg

from benchmarks import imports, machine, registries, servers
from directory.embedded.server import running

FOLDER: Final = servers.ROOT / ".cache" / "benchmarks" / "synchronization"
SOURCE: Final = "measured"
PORT: Final = 8560
# What a dataset has as texts.
COLUMNS: Final = (
    *("platform", "handle", "platform_user_id", "name", "department", "department_type", "region", "subject"),
    *("status", "language", "opened_on", "last_post_at"),
)


def main() -> None:
    """Measure, print the table, and fail where the registries differ."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=40_000, help="rows of `directory sample` [40000]")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sync-only", action="store_true")
    parser.add_argument("--port", type=int, default=PORT, help="the first of two free ports")
    chosen = parser.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    rows = _write_rows(chosen.rows)
    requests = multiprocessing.Value("i", 0)
    server = multiprocessing.Process(target=_serve, args=(rows, chosen.port, requests), daemon=True)
    server.start()
    try:
        report, differences = _measure(chosen, rows, requests)
    finally:
        server.terminate()
        server.join()
    print(f"{report.table()}\n\n{chosen.rows:,} rows, {chosen.rounds} rounds.")
    if differences:
        sys.exit("\n".join(["the registries differ:", *differences]))


def _measure(chosen: argparse.Namespace, rows: Path, requests: "Synchronized[int]") -> tuple[imports.Report, list[str]]:
    settings = {"DIRECTORY_SEED_DATA": "none", "DIRECTORY_SNAPSHOT_EVERY": "0", "DIRECTORY_CONTACT": "desk@example.org"}
    report, differences = imports.Report(), list[str]()
    with running(FOLDER / "postgres") as postgres, psycopg.connect(postgres.superuser_url, autocommit=True) as conn:
        for statement in ("ALTER SYSTEM SET autovacuum = off", "SELECT pg_reload_conf()"):
            conn.execute(statement)
        template = registries.create(conn, postgres.superuser_url, "sync_template", "template0")
        servers.run(["migrate"], {**settings, "DATABASE_URL": template})
        ways: dict[str, list[object]] = {
            "sync": ["sync", SOURCE],
            "import": ["import", "--source", SOURCE, "--complete", "--replace", rows],
        }
        if chosen.sync_only:
            del ways["import"]
        for number in range(chosen.rounds):
            for case, name in itertools.product(("empty", "unchanged"), ways if number % 2 == 0 else reversed(ways)):
                data = FOLDER / f"{name}-{number}-{os.getpid()}"
                url = registries.address(postgres.superuser_url, f"sync_{name}")
                if case == "empty":
                    url = registries.create(conn, postgres.superuser_url, f"sync_{name}", "sync_template")
                    _configure(data, chosen.port)
                environment = {**settings, "DATABASE_URL": url, "DIRECTORY_DATA_DIR": str(data)}
                postmaster = machine.postmaster(conn)
                before, asked = machine.processor_of_postgres(postmaster), requests.value
                cost = servers.measure(ways[name], environment)
                report.add(case, name, replace(cost, postgres=machine.processor_of_postgres(postmaster) - before))
                print(f"  requests: {requests.value - asked}", file=sys.stderr)
                with psycopg.connect(url, autocommit=True) as own:
                    own.execute("VACUUM ANALYZE")
        if not chosen.sync_only:
            both = [
                _documents(registries.address(postgres.superuser_url, f"sync_{name}"), settings, chosen)
                for name in ways
            ]
            differences = [*registries.compare(*both)]
    return report, differences


def _documents(url: str, settings: Mapping[str, str], chosen: argparse.Namespace) -> registries.Documents:
    environment = {**settings, "DATABASE_URL": url, "DIRECTORY_WORKERS": "1"}
    with servers.service("synchronization", chosen.port + 1, environment) as service:
        return registries.read(service.base)


def _write_rows(number: int) -> Path:
    """Write the rows of a sample with the columns of the dataset, and return their file."""
    sample, rows = FOLDER / "sample.ndjson", FOLDER / f"{number}.ndjson"
    servers.run(["sample", "--accounts", number, "--output", sample], {})
    with sample.open(encoding="utf-8") as read, rows.open("w", encoding="utf-8") as out:
        for row in map(json.loads, read):
            kept = {name: row[name] for name in COLUMNS if name in row}
            out.write(json.dumps(kept, ensure_ascii=False) + "\n")
    return rows


def _configure(data: Path, port: int) -> None:
    data.mkdir(parents=True, exist_ok=True)
    columns = ", ".join(f'{name} = "{name}"' for name in COLUMNS)
    (data / "sync.toml").write_text(
        f'[{SOURCE}]\nconnector = "socrata"\nurl = "http://127.0.0.1:{port}/rows.json"\ncolumns = {{ {columns} }}\n',
        encoding="utf-8",
    )


class _Dataset(http.server.BaseHTTPRequestHandler):
    """Answers `$limit` and `$offset` with rows of a file, whose lines begin at the given places."""

    protocol_version = "HTTP/1.1"

    def __init__(self, file: Path, places: Sequence[int], requests: "Synchronized[int]", *rest: Any) -> None:  # noqa: ANN401
        self._file, self._places, self._requests = file, places, requests
        super().__init__(*rest)

    def do_GET(self) -> None:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        first = min(int(asked["$offset"]), len(self._places) - 1)
        last = min(first + int(asked["$limit"]), len(self._places) - 1)
        with self._file.open("rb") as file:
            file.seek(self._places[first])
            lines = file.read(self._places[last] - self._places[first]).splitlines()
        body = b"[" + b",".join(lines) + b"]"
        with self._requests.get_lock():
            self._requests.value += 1
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the library calls it
        """Print nothing."""


def _serve(rows: Path, port: int, requests: "Synchronized[int]") -> None:
    with rows.open("rb") as file:
        places = [0, *itertools.accumulate(map(len, file))]
    handler = functools.partial(_Dataset, rows, places, requests)
    http.server.ThreadingHTTPServer(("127.0.0.1", port), handler).serve_forever()


if __name__ == "__main__":
    main()
