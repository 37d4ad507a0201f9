"""Which files and functions of the package one request or one command passes through.

`python -m tests.flows` prints them for the flows that tests/test_flows.py holds to a bound, with the files in the order
in which they are entered.
"""

import csv
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Any, Final

import psycopg
from click.testing import CliRunner
from flask.testing import FlaskClient

import directory
from directory.app import create_app
from directory.cli import main
from directory.config import Config
from directory.database.connections import Database
from directory.database.migrations import migrate
from directory.embedded.server import running
from directory.imports.pipeline import load_starter
from directory.reference_data import sync_reference_data

PACKAGE: Final = Path(directory.__file__).parent
REQUESTS: Final = {
    "list": "/v1/accounts?region=GB",
    "search": "/v1/accounts?q=Leeds+City+Council",
    "record": "/v1/accounts/{id}",
    "resolve": "/v1/resolve?q=https://x.com/whitehouse",
}
# Each is asked once before: what a process reads only once is no part of the flow.
WARM_UP: Final = {
    "list": "/v1/accounts?region=FR",
    "search": "/v1/accounts?q=Ville+de+Lyon",
    "record": "/v1/accounts/{other}",
    "resolve": "/v1/resolve?q=https://x.com/nasa",
}


@dataclass
class Flow:
    """The files of the package that a flow entered, in order, and the functions that it called."""

    files: dict[str, int] = field(default_factory=dict)
    functions: set[tuple[str, str]] = field(default_factory=set)


@contextmanager
def traced() -> Iterator[Flow]:
    """Yield the flow of what this thread does inside the `with` block."""
    flow = Flow()
    prefix = f"{PACKAGE}/"

    def note(frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(prefix) and code.co_name != "<module>":
            file = code.co_filename.removeprefix(prefix)
            flow.files[file] = flow.files.get(file, 0) + 1
            flow.functions.add((file, code.co_qualname))

    sys.setprofile(note)
    try:
        yield flow
    finally:
        sys.setprofile(None)


def trace_request(client: FlaskClient, name: str, ids: dict[str, str]) -> Flow:
    """Return the flow of one request inside Flask, after another of its kind."""
    assert client.get(WARM_UP[name].format_map(ids)).status_code == 200
    with traced() as flow:
        response = client.get(REQUESTS[name].format_map(ids))
    assert response.status_code == 200, response.text
    return flow


def trace_import(folder: Path, url: str) -> Flow:
    """Return the flow of `directory import FILE` with two rows, from the command line to the commit."""
    path = folder / "list.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("platform", "handle", "name"), ("x", "nasa", "NASA"), ("x", "esa", "ESA")])
    environment = {"DATABASE_URL": url, "DIRECTORY_SEED_DATA": "none"}
    with traced() as flow:
        result = CliRunner(env=environment).invoke(main, ["import", str(path)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return flow


@contextmanager
def open_client(url: str, folder: Path) -> Iterator[tuple[FlaskClient, dict[str, str]]]:
    """Yield a client of the application on a registry with accounts, and the ids of two of them."""
    with closing(Database(url, statement_timeout_ms=30_000)) as database:
        client = create_app(
            Config(data_dir=folder, download_cache_dir=folder / "download-cache"), database
        ).test_client()
        items: list[dict[str, Any]] = client.get("/v1/accounts?limit=2").json["data"]  # type: ignore[index]
        yield client, {"id": items[0]["id"], "other": items[1]["id"]}


def _print(name: str, flow: Flow) -> None:
    print(f"{name}: {len(flow.files)} files, {len(flow.functions)} functions")  # noqa: T201 - a report
    for file in flow.files:
        print(f"    {file}: {', '.join(sorted(f for path, f in flow.functions if path == file))}")  # noqa: T201


def _each(take: Callable[[str, Flow], None]) -> None:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        url = stack.enter_context(running(folder / "registry")).superuser_url
        migrate(url)
        with psycopg.connect(url, autocommit=True) as conn:
            sync_reference_data(conn)
            load_starter(conn)
        client, ids = stack.enter_context(open_client(url, folder))
        for name in REQUESTS:
            take(name, trace_request(client, name, ids))
        take("import", trace_import(folder, url))


if __name__ == "__main__":
    _each(_print)
