"""A hostile registry: it signs any content, and sends invalid responses."""

from __future__ import annotations

import hashlib
import io
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.snapshots.building import KEY

LINE = b'{"id":"0"}\n'


def entry(name: str, content: bytes = LINE, **more: object) -> dict[str, Any]:
    """Return the entry of a file in a manifest."""
    return {"name": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest(), "rows": 1, **more}


def manifest(*files: object, **more: object) -> bytes:
    """Return a manifest with the keys that a mirror needs, and others in their place."""
    content = {"format_version": "1.0", "revision": 5, "public_key": KEY.public.base64, "files": files}
    return json.dumps(content | more).encode()


@dataclass(slots=True)
class Hostile:
    """Its responses: its latest manifest, signed as it is, and for every file `content`.

    `answers` are by the end of the path, each given the handler to write to. `paths` is what was asked for,
    `connections` how many there were.
    """

    latest: bytes = field(default_factory=lambda: manifest(entry("accounts.ndjson")))
    content: bytes = LINE
    answers: dict[str, Callable[[BaseHTTPRequestHandler], None]] = field(default_factory=dict)
    address: str = ""
    paths: list[str] = field(default_factory=list)
    connections: int = 0


@contextmanager
def serving() -> Iterator[Hostile]:
    """Serve on persistent connections while the block runs."""
    hostile = Hostile()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            hostile.connections += 1
            super().setup()

        def do_GET(self) -> None:
            hostile.paths.append(self.path)
            name = self.path.rpartition("/")[2]
            if name in hostile.answers:
                hostile.answers[name](self)
            elif name == "latest":
                give(self, hostile.latest)
            elif name.endswith(".minisig"):
                give(self, KEY.sign(io.BytesIO(hostile.latest), "trusted").encode())
            else:
                give(self, hostile.content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the library calls it
            """Log nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """Log nothing about closed connections."""

    with Server(("127.0.0.1", 0), Handler) as listener:
        thread = threading.Thread(target=listener.serve_forever, args=(0.05,))
        thread.start()
        hostile.address = f"http://127.0.0.1:{listener.server_port}"
        try:
            yield hostile
        finally:
            listener.shutdown()
            thread.join()


def give(handler: BaseHTTPRequestHandler, content: bytes, **headers: str) -> None:
    """Respond with a content."""
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(content)))
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(content)


def redirect(location: str) -> Callable[[BaseHTTPRequestHandler], None]:
    """Return a response that redirects."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(302)
        handler.send_header("Location", location)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def drip(begins: bytes, each: bytes) -> Callable[[BaseHTTPRequestHandler], None]:
    """Return a response that takes a minute, with a few bytes every tenth of a second."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(begins)
        for _ in range(600):
            try:
                handler.wfile.write(each)
            except OSError:
                return
            time.sleep(0.1)

    return answer
