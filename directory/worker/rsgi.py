"""RSGI, the interface of granian, and how a WSGI application (PEP 3333) is run on it."""

import io
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, BinaryIO, Final, Protocol

from directory.http.files.body import FileBody
from directory.http.request_body import CHUNKED

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

Headers = list[tuple[str, str]]

# The two headers that have no prefix HTTP_ in a WSGI environ (PEP 3333).
_UNPREFIXED: Final = frozenset({"content-type", "content-length"})
_CONSTANT_ENVIRON: Final = {
    "SCRIPT_NAME": "",
    "wsgi.version": (1, 0),
    "wsgi.errors": sys.stderr,
    "wsgi.multithread": True,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
    "wsgi.input_terminated": True,
}


class RequestHeaders(Protocol):
    """The headers of a request in RSGI; names are in lower case."""

    def __contains__(self, key: str) -> bool:
        """Whether there is a header `key`."""
        ...

    def items(self) -> list[tuple[str, str]]:
        """Return all headers in their order, repeated ones too."""
        ...

    def get(self, key: str, default: str) -> str:
        """Return the first header `key`."""
        ...

    def get_all(self, key: str) -> list[str]:
        """Return all headers `key`."""
        ...


class Scope(Protocol):
    """A request in RSGI without its body; `path` is percent-decoded, `query_string` is not."""

    http_version: str
    server: str
    client: str
    scheme: str
    method: str
    path: str
    query_string: str
    authority: str | None

    @property
    def headers(self) -> RequestHeaders:
        """Return the request's headers."""
        ...


class HTTPProtocol(Protocol):
    """The connection of a request in RSGI: its body is read from it, and one response is sent to it."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Return the body in chunks."""
        ...

    async def client_disconnect(self) -> None:
        """Return when the client has disconnected; to be cancelled once the response is sent."""

    def response_bytes(self, status: int, headers: Headers, body: bytes) -> None:
        """Send a response with a body."""

    def response_empty(self, status: int, headers: Headers) -> None:
        """Send a response without a body."""

    def response_file(self, status: int, headers: Headers, file: str) -> None:
        """Send a file, which granian reads in a thread of its own."""

    def response_file_range(self, status: int, headers: Headers, file: str, start: int, end: int) -> None:
        """Send the bytes of a file from `start` to before `end`, at least one."""


def has_body(headers: RequestHeaders) -> bool:
    """Whether a request has a body (RFC 9112, 6)."""
    return "content-length" in headers or "transfer-encoding" in headers


def make_environ(scope: Scope, body: bytes | BinaryIO) -> "WSGIEnvironment":
    """Return the WSGI environ (PEP 3333) of an RSGI request whose body was read, into memory or a file."""
    host, _, port = scope.server.rpartition(":")
    environ: WSGIEnvironment = {
        **_CONSTANT_ENVIRON,
        "REQUEST_METHOD": scope.method,
        "PATH_INFO": _path_info(scope.path),
        "QUERY_STRING": _to_wsgi_string(scope.query_string),
        "SERVER_NAME": host,
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": io.BytesIO(body) if isinstance(body, bytes) else body,
    }
    if scope.authority:
        environ["HTTP_HOST"] = scope.authority
    for name, value in scope.headers.items():
        key = _environ_key(name)
        if key in environ:
            environ[key] = f"{environ[key]}{'; ' if key == 'HTTP_COOKIE' else ','}{value}"
        elif key:
            environ[key] = value
    if environ.pop("HTTP_TRANSFER_ENCODING", None) is not None:
        # A chunked body was read to its end, or to where it broke off.
        environ[CHUNKED] = True
        environ["CONTENT_LENGTH"] = str(len(body) if isinstance(body, bytes) else os.fstat(body.fileno()).st_size)
    return environ


@lru_cache(maxsize=500)
def _environ_key(name: str) -> str:
    # In the environ X_Forwarded_For would look like X-Forwarded-For, which only a proxy in front may set.
    if "_" in name:
        return ""
    key = name.upper().replace("-", "_")
    return key if name in _UNPREFIXED else f"HTTP_{key}"


def _path_info(path: str) -> str:
    # granian puts U+FFFD where a path is not UTF-8. No path of ours has that character, so the application gets a byte
    # that is not UTF-8 either, and answers with what is wrong.
    return path if path.isascii() else _to_wsgi_string(path.replace("\ufffd", "\udcff"))


def _to_wsgi_string(text: str) -> str:
    """Return the UTF-8 bytes of `text` as a WSGI string: one character (latin-1) for each byte."""
    return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("latin-1")


def run_wsgi(application: "WSGIApplication", environ: "WSGIEnvironment") -> tuple[int, Headers, bytes | FileBody]:
    """Return the status, headers and body of a WSGI application's response: a file, or all bytes of anything else."""
    started: list[tuple[int, Headers]] = []

    def start_response(status: str, headers: Headers, exc_info: object = None) -> Callable[[bytes], object]:
        del exc_info
        started[:] = [(int(status[:3]), headers)]
        return lambda _: None

    iterable: Iterable[bytes] = application(environ, start_response)
    if isinstance(iterable, FileBody) and started:
        return (*started[0], iterable)
    try:
        body = b"".join(iterable)
    finally:
        if (close := getattr(iterable, "close", None)) is not None:
            close()
    return (*started[0], body)
