"""A worker's front on a small application, under granian as `directory serve` runs it; for tests of the front.

`python -m tests.front PORT FOLDER` serves until SIGTERM.
"""

import asyncio
import contextlib
import functools
import http.client
import multiprocessing
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from flask import Flask, Response, request
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from directory.database.revisions import State
from directory.http.caching import CACHEABLE, STORED
from directory.http.files.body import FileBody
from directory.worker.application import Bounds, Front
from tests.service import ROOT, SECONDS, free_port

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

Body = bytes | Iterator[bytes] | None

BODY_BYTES = 1000
FILE_BYTES = 50_000_000
CACHE_BYTES = 100_000
GRACE_SECONDS = 0.5


class Outermost:
    """The application, and one address that fails outside of it."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer, or fail."""
        if environ["PATH_INFO"] == "/fail":
            message = "a secret"
            raise RuntimeError(message)
        return self._app.wsgi_app(environ, start_response)


class Restored:
    """A registry that is restored when it is asked to."""

    is_blind = False
    restores = 0

    def look(self) -> None:
        """See nothing."""

    def interrupt(self, thread: threading.Thread) -> None:
        """Interrupt nothing: these requests wait for no database."""


def make_front(folder: Path) -> Front:
    """Give a front whose application tells what it got."""
    app = Flask("front")
    app.url_map.merge_slashes = False
    revision = [1]
    runs = [0]
    released: list[str] = []
    path = folder / "download"

    @app.get("/kept")
    def kept() -> Response:
        runs[0] += 1
        request.environ[CACHEABLE] = State(revision[0])
        headers = {"ETag": f'W/"{revision[0]}"', "Cache-Control": "public", "X-Request-ID": "first"}
        return Response(f"run {runs[0]}", headers=headers)

    @app.post("/revision")
    def post_revision() -> str:
        revision[0] += 1
        return str(revision[0])

    @app.get("/file")
    def file() -> Response:
        # Zeros without blocks on the disk.
        with path.open("ab") as made:
            made.truncate(FILE_BYTES)
        body = FileBody(path, size=FILE_BYTES, release=lambda: released.append("released"))
        return Response(body, direct_passthrough=True, headers={"X-Kind": "file", "Content-Length": str(FILE_BYTES)})

    @app.get("/short-file")
    def short_file() -> Response:
        body = FileBody(path, size=FILE_BYTES + 10)
        return Response(body, direct_passthrough=True)

    @app.get("/released")
    def get_released() -> str:
        return str(len(released))

    @app.route("/tasks", methods=["GET", "POST"])
    def tasks() -> str:
        return str(len(asyncio.all_tasks(front._loop)))  # noqa: SLF001 - what it is to be asked about

    @app.get("/slow")
    def slow() -> str:
        threading.Event().wait(0.5)
        return "slow"

    @app.get("/long")
    def long() -> str:
        threading.Event().wait(10)
        return "long"

    @app.route("/", defaults={"path": ""}, methods=["GET", "POST"])
    @app.route("/<path:path>", methods=["GET", "POST"])
    def echo(path: str) -> dict[str, Any]:
        told = {key: value for key, value in request.environ.items() if isinstance(value, str)}
        return {"path": path, "environ": told, "body": request.get_data().decode("latin-1")}

    registry = _add_restore(app)
    _add_stored(app, path, revision)
    bounds = Bounds(threads=2, body_bytes=BODY_BYTES, cache_bytes=CACHE_BYTES, grace_seconds=GRACE_SECONDS)
    front = Front(Outermost(app), bounds, revision=lambda: State(revision[0]), registry=registry)
    return front


def _add_restore(app: Flask) -> Restored:
    """Add an address by which the registry is restored, and return that."""
    registry = Restored()

    @app.post("/restore")
    def restore() -> str:
        registry.restores += 1
        return ""

    return registry


def _add_stored(app: Flask, path: Path, revision: list[int]) -> None:
    """Add an address of a stored file, and one that removes it."""

    @app.get("/stored")
    def stored() -> Response:
        if not path.exists():
            return Response("gone", status=410)
        with path.open("ab") as made:
            made.truncate(FILE_BYTES)
        request.environ[CACHEABLE] = State(revision[0])
        request.environ[STORED] = True
        return Response(FileBody(path, size=FILE_BYTES), direct_passthrough=True, content_type="application/x-test")

    @app.post("/remove")
    def remove() -> str:
        path.unlink()
        return ""


@contextmanager
def running(folder: Path) -> Iterator[int]:
    """Serve the front by granian while the block runs; give its port."""
    port = free_port()
    command = [sys.executable, "-m", "tests.front", str(port), str(folder)]
    with subprocess.Popen(command, cwd=ROOT) as server:
        end = time.monotonic() + SECONDS
        while time.monotonic() < end and server.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.05)
        yield port
        server.terminate()
        server.wait(SECONDS)


@contextmanager
def ending(folder: Path) -> Iterator[tuple[int, "subprocess.Popen[str]"]]:
    """Serve the front as `running` does; give its port and its process, whose end is left to the block."""
    port = free_port()
    command = [sys.executable, "-m", "tests.front", str(port), str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as server:
        end = time.monotonic() + SECONDS
        while time.monotonic() < end and server.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.05)
        yield port, server
        if server.poll() is None:
            server.kill()


def get(
    port: int, path: str, method: str = "GET", body: Body = None, headers: dict[str, str] | None = None
) -> tuple[http.client.HTTPResponse, bytes]:
    """Give the answer to a request on a connection of its own, and its body."""
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        return response, response.read()


def main() -> None:
    """Serve."""
    multiprocessing.set_start_method("spawn")
    server = Granian(
        "front",
        port=int(sys.argv[1]),
        interface=Interfaces.RSGI,
        websockets=False,
        log_level=LogLevels.warning,
        workers_kill_timeout=20,
    )
    loader = cast("Callable[[], Callable[..., Any]]", functools.partial(make_front, Path(sys.argv[2])))
    server.serve(target_loader=loader, wrap_loader=False)


if __name__ == "__main__":
    main()
