"""A source on a port of this machine that answers as it is told, faults included."""

from __future__ import annotations

import gzip
import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True, slots=True)
class Answer:
    """A response; `cut` sends half of the body and closes the connection."""

    body: bytes = b""
    status: int = 200
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """A request: path without query, parameters of query and form, and headers with names in lower case.

    `lists` has all values of each parameter of the query.
    """

    path: str
    parameters: dict[str, str]
    headers: dict[str, str]
    lists: dict[str, list[str]] = field(default_factory=dict)
    method: str = "GET"


Respond = Callable[[Asked], Any]


@dataclass(slots=True)
class Server:
    """What it answers by path: a value for JSON, bytes, an Answer, or a function of the request that returns one.

    `faults` are answers to the next requests of a path, before the usual one.
    """

    url: str = ""
    answers: dict[str, Any] = field(default_factory=dict)
    faults: dict[str, list[Any]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    @property
    def port(self) -> int:
        """Return the port that it listens on."""
        return urlsplit(self.url).port or 0

    def paths(self) -> list[str]:
        """Return the paths that were asked for, in order."""
        return [asked.path for asked in self.asked]


@contextmanager
def serving() -> Iterator[Server]:
    """Serve while the block runs."""
    server = Server()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer({})

        def do_HEAD(self) -> None:
            self._answer({})

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            self._answer(_single(parse_qs(self.rfile.read(length).decode())))

        def _answer(self, form: dict[str, str]) -> None:
            parts = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            lists = parse_qs(parts.query)
            asked = Asked(parts.path, _single(lists) | form, headers, lists, self.command)
            server.asked.append(asked)
            faults = server.faults.get(asked.path)
            found = faults.pop(0) if faults else server.answers.get(asked.path, Answer(b"{}", 404))
            _send(self, _answer_of(found(asked) if callable(found) else found), headers)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the library calls it
            """Log nothing."""

    with _Listener(("127.0.0.1", 0), Handler) as listener:
        thread = threading.Thread(target=listener.serve_forever, args=(0.05,))
        thread.start()
        server.url = f"http://127.0.0.1:{listener.server_port}"
        try:
            yield server
        finally:
            listener.shutdown()
            thread.join()


class _Listener(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Log nothing about closed connections."""


def _single(parameters: dict[str, list[str]]) -> dict[str, str]:
    return {name: values[-1] for name, values in parameters.items()}


def _answer_of(found: object) -> Answer:
    if isinstance(found, Answer):
        return found
    return Answer(found if isinstance(found, bytes) else json.dumps(found).encode())


def _send(handler: BaseHTTPRequestHandler, answer: Answer, headers: dict[str, str]) -> None:
    etag = f'"{hashlib.sha256(answer.body).hexdigest()[:16]}"'
    if answer.status == 200 and headers.get("if-none-match") == etag:
        handler.send_response(304)
        handler.send_header("ETag", etag)
        handler.end_headers()
        return
    body, is_gzip = (
        answer.body,
        "gzip" in headers.get("accept-encoding", "") and "Content-Encoding" not in answer.headers,
    )
    if is_gzip:
        # The highest level takes seconds for a list of 20,000 accounts.
        body = gzip.compress(body, 1)
    handler.send_response(answer.status)
    handler.send_header("Content-Length", str(len(body)))
    handler.send_header("Content-Type", answer.content_type)
    if is_gzip:
        handler.send_header("Content-Encoding", "gzip")
    if answer.status == 200:
        handler.send_header("ETag", etag)
    for name, value in answer.headers.items():
        handler.send_header(name, value)
    handler.end_headers()
    if handler.command != "HEAD":
        handler.wfile.write(body[: len(body) // 2] if answer.cut else body)
    handler.close_connection = answer.cut
