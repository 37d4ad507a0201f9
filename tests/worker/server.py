"""The RSGI application of a worker over a small Flask application, under granian; for tests of the worker.

`python -m tests.worker.server PORT FOLDER STALLED_SECONDS` serves until SIGTERM.
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
from directory.http.conditional_requests import CACHEABLE, EXPIRES_AT, STORED
from directory.http.files.body import FileBody, UnwrittenFileBody
from directory.http.responses import RAISED, SENDS_UNWRITTEN_FILES
from directory.worker.application import Limits, RsgiApplication
from directory.worker.file_transfers import STALLED_SECONDS
from tests.service import ROOT, SECONDS, free_port

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

Body = bytes | Iterator[bytes] | None

BODY_BYTES = 1000
FILE_BYTES = 50_000_000
BLOCK_BYTES = 200_000
BLOCKS = 100
CACHE_BYTES = 100_000
GRACE_SECONDS = 0.5
BODY_SECONDS = 4.0


class Outermost:
    """The application, and one path that fails outside of it."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer, or fail."""
        if environ["PATH_INFO"] == "/fail":
            message = "a secret"
            raise RuntimeError(message)
        return self._app.wsgi_app(environ, start_response)


class RestoredDatabase:
    """A database that is restored by POST /restore."""

    is_stale = False
    restore_count = 0

    def check_freshness(self) -> None:
        """Do nothing: it is never stale."""

    def interrupt(self, thread: threading.Thread) -> None:
        """Interrupt nothing: these requests wait for no database."""


def create_application(folder: Path, stalled_seconds: float) -> RsgiApplication:
    """Return an RSGI application whose Flask application echoes requests, or does what the path says."""
    app = Flask("worker")
    app.url_map.merge_slashes = False
    revision = [1]
    runs = [0]
    path = folder / "download"

    @app.get("/cached")
    def cached() -> Response:
        runs[0] += 1
        request.environ[CACHEABLE] = State(revision[0])
        if "expires" in request.args:
            request.environ[EXPIRES_AT] = time.time() + float(request.args["expires"])
        headers = {"ETag": f'W/"{revision[0]}"', "Cache-Control": "public", "X-Request-ID": "first"}
        return Response(f"run {runs[0]}", headers=headers)

    @app.post("/revision")
    def post_revision() -> str:
        revision[0] += 1
        return str(revision[0])

    @app.route("/tasks", methods=["GET", "POST"])
    def tasks() -> str:
        return str(len(asyncio.all_tasks(application._loop)))  # noqa: SLF001 - the loop of granian

    @app.get("/slots")
    def slots() -> str:
        return str(len(application._requests._scheduler._started))  # noqa: SLF001 - who runs now

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

    database = _add_restore(app)
    _add_files(app, path)
    _add_growing(app, folder)
    _add_stored(app, path, revision)
    limits = Limits(
        threads=2,
        body_bytes=BODY_BYTES,
        cache_bytes=CACHE_BYTES,
        body_seconds=BODY_SECONDS,
        grace_seconds=GRACE_SECONDS,
        stalled_seconds=stalled_seconds,
    )
    application = RsgiApplication(
        Outermost(app),
        limits,
        get_state=lambda: State(revision[0]),
        database=database,
        may_upload=lambda authorization: authorization == "Bearer good",
    )
    return application


def _add_restore(app: Flask) -> RestoredDatabase:
    """Add POST /restore, and return the database that it restores."""
    database = RestoredDatabase()

    @app.post("/restore")
    def restore() -> str:
        database.restore_count += 1
        return ""

    return database


def _add_files(app: Flask, path: Path) -> None:
    """Add the paths of files that are released once they are sent."""
    released: list[str] = []

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


def _add_growing(app: Flask, folder: Path) -> None:
    """Add the path of a file that fails at a block, or is written on when another path was requested."""
    proceed = threading.Event()
    written: list[int] = []
    fail_at = [BLOCKS]

    def write(path: Path, on_growth: Callable[[int], None]) -> int:
        with path.open("wb", buffering=0) as file:
            for number in range(BLOCKS):
                if number == fail_at[0]:
                    message = "a secret"
                    raise OSError(message)
                file.write(bytes([number]) * BLOCK_BYTES)
                on_growth(file.tell())
                proceed.wait(20 if number == 0 else 0)
            written.append(file.tell())
            return file.tell()

    @app.get("/growing")
    def growing() -> Response:
        if (error := request.environ.get(RAISED)) is not None:
            raise error
        fail_at[0] = int(request.args.get("fail_at", BLOCKS))
        if "wait" in request.args:
            proceed.clear()
        else:
            proceed.set()
        path = folder / f"growing-{time.monotonic_ns()}"
        unwritten = UnwrittenFileBody(path, functools.partial(write, path), release=path.unlink)
        if SENDS_UNWRITTEN_FILES in request.environ:
            return Response(unwritten, direct_passthrough=True)
        unwritten.write()
        headers = {"Content-Length": str(unwritten.size)}
        body = FileBody(path, size=unwritten.size, release=unwritten.close)
        return Response(body, direct_passthrough=True, headers=headers)

    @app.get("/proceed")
    def get_proceed() -> str:
        proceed.set()
        return ""

    @app.get("/written")
    def get_written() -> str:
        return str(len(written))


def _add_stored(app: Flask, path: Path, revision: list[int]) -> None:
    """Add the path of a stored file, and one that removes it."""

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
def running(folder: Path, stalled_seconds: float = STALLED_SECONDS) -> Iterator[int]:
    """Serve by granian while the block runs; yield the port."""
    with _started(folder, stalled_seconds) as (port, server):
        yield port
        server.terminate()
        server.wait(SECONDS)


@contextmanager
def ending(folder: Path) -> Iterator[tuple[int, "subprocess.Popen[str]"]]:
    """Serve as `running` does; yield the port and the process, which the block stops."""
    with _started(folder, STALLED_SECONDS, stderr=subprocess.PIPE) as (port, server):
        yield port, server
        if server.poll() is None:
            server.kill()


@contextmanager
def _started(
    folder: Path, stalled_seconds: float, stderr: int | None = None
) -> Iterator[tuple[int, "subprocess.Popen[str]"]]:
    port = free_port()
    command = [sys.executable, "-m", "tests.worker.server", str(port), str(folder), str(stalled_seconds)]
    with subprocess.Popen(command, cwd=ROOT, stderr=stderr, text=True) as server:
        end = time.monotonic() + SECONDS
        while time.monotonic() < end and server.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.05)
        yield port, server


def get(
    port: int, path: str, method: str = "GET", body: Body = None, headers: dict[str, str] | None = None
) -> tuple[http.client.HTTPResponse, bytes]:
    """Return the response to a request on a connection of its own, and its body."""
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        return response, response.read()


def main() -> None:
    """Serve."""
    multiprocessing.set_start_method("spawn")
    server = Granian(
        "worker",
        port=int(sys.argv[1]),
        interface=Interfaces.RSGI,
        websockets=False,
        log_level=LogLevels.warning,
        workers_kill_timeout=20,
    )
    loader = cast(
        "Callable[[], Callable[..., Any]]", functools.partial(create_application, Path(sys.argv[2]), float(sys.argv[3]))
    )
    server.serve(target_loader=loader, wrap_loader=False)


if __name__ == "__main__":
    main()
